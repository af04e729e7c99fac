"""The output `email` against real mail servers on this machine."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from hypothesis import given
from hypothesis import strategies as st

from monitor import outputs
from monitor.errors import ConfigError, DeliveryError
from monitor.messages import address, compose_message, header_text, message_id
from monitor.outputs import Means
from monitor.types import Delivery, Document, Mail, Subscriber

email = outputs.load("email")

TEXT = "Research abroad\n\n.a line that begins with a dot\n研究 a<b — “end”\n" + "long " * 400 + "\n"
HTML = f"<!DOCTYPE html>\n<html lang='en'><body><p>研究 &amp; {'x' * 3000}</p></body></html>\n"
DOCUMENT = Document("Research abroad, week 2026-W30: 3 new works", {"txt": TEXT.encode(), "html": HTML.encode()})
AT = datetime(2026, 7, 27, 6, tzinfo=UTC)


class Sink:
    """A mail server's mind: what it answers to a recipient and to a message, and what it took."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.to_sender = "250 fine"
        self.to_data = "250 taken"
        self.to_quit = "221 bye"
        self.taken: list[Envelope] = []

    async def handle_MAIL(  # noqa: N802 — aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, sender: str, options: list[str]
    ) -> str:
        envelope.mail_from = sender
        return self.to_sender

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, to: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(to)
        return self.answers.get(to, "250 fine")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.to_data.startswith("250"):
            self.taken.append(envelope)
        return self.to_data

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return self.to_quit


Start = Callable[..., Mail]


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def start(sink: Sink) -> Iterator[Start]:
    """Starts a server with the sink's mind; returns how to reach it."""
    running: list[Controller] = []

    def run(**options: Any) -> Mail:
        controller = Controller(sink, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        running.append(controller)
        return Mail("127.0.0.1", "Monitor <monitor@example.org>", port=controller.port, security="none", timeout=5)

    yield run
    for controller in running:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def delivery(recipient: str = "reader@agency.example") -> Delivery:
    name = message_id("analysts 2026-W30", recipient, "monitor@example.org")
    return Delivery(7, 3, "analysts", "2026-W30", "email", recipient, name)


def refused(mail: Mail, recipient: str = "reader@agency.example") -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        email.deliver(delivery(recipient), DOCUMENT, Means(mail))
    assert "\n" not in str(caught.value)
    return caught.value


# --- on the wire -----------------------------------------------------------------------------


def test_the_message_on_the_wire(sink: Sink, start: Start) -> None:
    email.deliver(delivery(), DOCUMENT, Means(start()))
    [envelope] = sink.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("monitor@example.org", ["reader@agency.example"])
    raw = envelope.original_content
    assert isinstance(raw, bytes)
    assert raw.isascii(), "no server needs 8BITMIME"
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == TEXT
    assert html.get_content().replace("\r\n", "\n") == HTML
    assert message["From"] == "Monitor <monitor@example.org>"
    assert message["To"] == "reader@agency.example"
    assert message["Subject"] == DOCUMENT.subject
    assert message["Message-ID"] == delivery().message_id
    assert message["List-Id"] == "Research monitor <research-digest.example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime.utcoffset() is not None
    assert "Precedence" not in message


def test_a_server_that_says_goodbye_badly_has_taken_the_message_all_the_same(sink: Sink, start: Start) -> None:
    sink.to_quit = "421 in a hurry"
    email.deliver(delivery(), DOCUMENT, Means(start()))
    assert len(sink.taken) == 1


# --- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ("550 5.1.1 no such user", True),
        ("552 mailbox full", True),
        ("451 greylisted", False),
        ("530 5.7.0 authentication required", False),
    ],
)
def test_an_answer_to_one_recipient_is_about_that_one(sink: Sink, start: Start, answer: str, permanent: bool) -> None:
    sink.answers["gone@agency.example"] = answer
    mail = start()
    error = refused(mail, "gone@agency.example")
    assert (error.permanent, answer in str(error), "gone@agency.example" in str(error)) == (permanent, True, True)
    email.deliver(delivery(), DOCUMENT, Means(mail))
    assert [e.rcpt_tos for e in sink.taken] == [["reader@agency.example"]]


@pytest.mark.parametrize(("answer", "permanent"), [("554 no spam", True), ("452 disk full", False)])
def test_an_answer_to_the_message(sink: Sink, start: Start, answer: str, permanent: bool) -> None:
    sink.to_data = answer
    assert refused(start()).permanent is permanent


def test_a_refused_sender_is_for_the_operator(sink: Sink, start: Start) -> None:
    sink.to_sender = "553 not your address"
    error = refused(start())
    assert not error.permanent
    assert "refused the sender monitor@example.org: 553 not your address" in str(error)


def test_a_message_that_is_too_large_is_nobody_elses_trouble(start: Start) -> None:
    mail = start(data_size_limit=100)
    error = refused(mail)
    assert (error.permanent, error.everybody) == (True, False)
    assert "refused the message for reader@agency.example: 552" in str(error)


def test_a_server_that_is_down_may_come_back() -> None:
    error = refused(Mail("127.0.0.1", "monitor@example.org", port=free_port(), security="none", timeout=2))
    assert not error.permanent
    assert "127.0.0.1:" in str(error)


def test_a_silent_server_is_given_up_after_the_timeout() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        error = refused(Mail("127.0.0.1", "monitor@example.org", port=port, security="none", timeout=0.2))
    assert not error.permanent
    assert "timed out" in str(error)


@pytest.mark.parametrize(("greeting", "words"), [(b"554 go away\r\n", "554 go away"), (b"", "closed")])
def test_a_server_that_refuses_to_talk_may_change_its_mind(greeting: bytes, words: str) -> None:
    with answering(greeting) as port:
        error = refused(Mail("127.0.0.1", "monitor@example.org", port=port, security="none", timeout=2))
    assert not error.permanent
    assert words in str(error)


def test_a_server_without_tls_on_its_tls_port() -> None:
    with answering(b"220 hello\r\n") as port:
        error = refused(Mail("127.0.0.1", "monitor@example.org", port=port, security="tls", timeout=2))
    assert not error.permanent
    assert "no encrypted connection to 127.0.0.1:" in str(error)


@contextlib.contextmanager
def answering(greeting: bytes) -> Iterator[int]:
    """A server that says `greeting` to the first who comes, and hangs up; the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(ConnectionError):
                connection.sendall(greeting)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1024):
                    pass

        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


# --- nothing in the clear --------------------------------------------------------------------


def test_without_starttls_nothing_is_sent(sink: Sink, start: Start) -> None:
    error = refused(replace(start(), security="starttls"))
    assert not error.permanent
    assert "STARTTLS" in str(error)
    assert not sink.taken


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_signed_is_refused(
    sink: Sink, start: Start, tls: tuple[ssl.SSLContext, Path], security: Any
) -> None:
    error = refused(replace(start(**tls_options(security, tls[0])), security=security))
    assert not error.permanent
    assert re.search(r"the certificate of 127\.0\.0\.1:\d+ is not trusted: self.signed", str(error))
    assert not sink.taken


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_trusted_certificate_and_the_right_password(
    sink: Sink, start: Start, tls: tuple[ssl.SSLContext, Path], security: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls[1]))
    mail = replace(
        start(**tls_options(security, tls[0]), authenticator=authenticator),
        security=security,
        user="monitor",
        password="right",
    )
    assert email.probe(mail) == f"127.0.0.1:{mail.port} accepts monitor"
    assert not sink.taken
    email.deliver(delivery(), DOCUMENT, Means(mail))
    assert len(sink.taken) == 1

    wrong = refused(replace(mail, password="wrong"))
    assert not wrong.permanent
    assert "did not accept user 'monitor' and its password: 535" in str(wrong)

    missing = refused(replace(mail, password=None))
    assert not missing.permanent
    assert "wants the password of 'monitor'" in str(missing)


@pytest.mark.parametrize("offered", ["PLAIN", "LOGIN"])
def test_a_password_beyond_ascii(
    sink: Sink, start: Start, tls: tuple[ssl.SSLContext, Path], offered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls[1]))
    others = {"PLAIN", "LOGIN"} - {offered}
    options = {**tls_options("starttls", tls[0]), "authenticator": authenticator, "auth_exclude_mechanism": others}
    mail = replace(start(**options), security="starttls", user="monitor", password="öffne dich")
    if offered == "PLAIN":
        email.deliver(delivery(), DOCUMENT, Means(mail))
        assert len(sink.taken) == 1
        assert "535" in str(refused(replace(mail, password="falsch, überall")))
    else:
        assert "does not offer AUTH PLAIN" in str(refused(mail))
        assert not sink.taken


def authenticator(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any) -> AuthResult:
    good = [(b"monitor", password.encode()) for password in ("right", "öffne dich")]
    right = isinstance(login, LoginPassword) and (login.login, login.password) in good
    return AuthResult(success=right, handled=False)


def tls_options(security: str, context: ssl.SSLContext) -> dict[str, Any]:
    # With `ssl_context` aiosmtpd is encrypted from the start, does not notice it, and must be told to take passwords.
    if security == "tls":
        return {"ssl_context": context, "auth_require_tls": False}
    return {"tls_context": context, "require_starttls": True, "auth_required": True}


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (Mail("mail.agency.example", "m@example.org", security="none"), "not this machine"),
        (Mail("127.0.0.1", "m@example.org", security="none", user="u", password="secret"), "password of 'u'"),
    ],
)
def test_what_would_cross_the_network_in_the_clear_is_refused_twice(mail: Mail, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        email.check(Subscriber("a", "email", ("r@example.org",)), Means(mail))
    error = refused(mail)
    assert words in str(error)
    assert "secret" not in str(error)


# --- addresses and headers -------------------------------------------------------------------

BAD_ADDRESSES = [
    *("", "a", "a@", "@b.example", "a b@b.example", "a@b.example, c@d.example", "a@b.example;x", "a@b..example"),
    *("a@b.example\nRCPT TO:<evil@b.example>", "a\0@b.example", "a@b.example\r", "ü@b.example", "a@bü.example"),
    *("A <a@b.example> <c@d.example>", "A <>", "A\n <a@b.example>"),
]


@pytest.mark.parametrize("bad", BAD_ADDRESSES)
def test_bad_addresses_are_refused_before_any_server_is_asked(bad: str) -> None:
    mail = Mail("127.0.0.1", "m@example.org", port=1, security="none")
    with pytest.raises(ConfigError, match=r"subscriber 'a' cannot be sent mail: .* is not a mail address"):
        email.check(Subscriber("a", "email", (bad,)), Means(mail))
    with pytest.raises(ConfigError, match="is not a mail address"):
        email.check(Subscriber("a", "email", ("r@example.org",)), Means(replace(mail, sender=bad)))
    with pytest.raises(DeliveryError, match="is not a mail address") as caught:
        email.deliver(replace(delivery(), recipient=bad), DOCUMENT, Means(mail))
    assert caught.value.permanent


@given(st.text(max_size=40))
def test_an_address_is_one_address_or_refused(text: str) -> None:
    try:
        bare = address(text).addr_spec
    except ValueError:
        return
    assert bare.isascii()
    assert "@" in bare
    assert not re.search(r"[\x00-\x1f\x7f]", bare)


def test_a_probe_says_what_is_wrong(start: Start) -> None:
    with pytest.raises(DeliveryError, match=r"connection refused|could not be used"):
        email.probe(Mail("127.0.0.1", "m@example.org", port=free_port(), security="none"))
    with pytest.raises(ConfigError, match="not this machine"):
        email.probe(Mail("mail.agency.example", "m@example.org", security="none"))


def test_check_wants_a_server_and_addresses() -> None:
    mail = Mail("mail.agency.example", "Research Monitor <m@example.org>")
    email.check(Subscriber("a", "email", ("r@example.org", "Reader <r@example.org>")), Means(mail))
    with pytest.raises(ConfigError, match="no mail server"):
        email.check(Subscriber("a", "email", ("r@example.org",)), Means())
    with pytest.raises(ConfigError, match="no address"):
        email.check(Subscriber("a", "email"), Means(mail))
    with pytest.raises(DeliveryError, match="no mail server") as caught:
        email.deliver(delivery(), DOCUMENT, Means())
    assert not caught.value.permanent


def test_the_message_id_is_stable_and_says_nothing() -> None:
    mine = message_id("analysts 2026-W30", "r@example.org", "Monitor <m@example.org>")
    assert mine == message_id("analysts 2026-W30", "r@example.org", "m@example.org")
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", mine)
    others = [("analysts 2026-W31", "r@example.org"), ("analysts 2026-W30", "s@example.org")]
    assert mine not in {message_id(key, to, "m@example.org") for key, to in others}


@pytest.mark.parametrize(
    "subject",
    [
        "本周的海外研究：41 篇新论文",
        "Digest 🚀👩\u200d🚀 " * 12,
        "بحث \u202eabroad",
        "a\r\nBcc: evil@example.org",
        "=?utf-8?q?a=0D=0ABcc:_evil@example.org?=",
        "nul \0 and \x1b[31m",
        "\ud800",
        "x" * 3000,
        "",
    ],
)
def test_every_subject_makes_one_valid_header(subject: str) -> None:
    message = compose_message(delivery(), replace(DOCUMENT, subject=subject), "m@example.org", AT)
    raw = message.as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    again = message_from_bytes(raw, policy=default)
    assert again["Bcc"] is None
    assert set(again.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "MIME-Version", "Content-Type")
    }
    assert again["Subject"].replace(" ", "") == header_text(subject).replace(" ", "")


def test_a_long_subject_begins_on_its_first_line_and_text_can_be_read_in_the_source() -> None:
    subject = "Research abroad, week 2026-W49: no new works; 7 of 7 feeds not read well"
    long = f"{subject}, {'and more ' * 12}".strip()
    for text in (subject, long):
        raw = compose_message(delivery(), replace(DOCUMENT, subject=text), "m@example.org", AT).as_bytes()
        assert b"\r\nSubject: Research abroad, week" in raw
        assert max(map(len, raw.partition(b"Content-Type")[0].split(b"\r\n"))) <= 78
        assert message_from_bytes(raw, policy=default)["Subject"] == text
        assert b"Research abroad\r\n\r\n.a line" in raw
        assert b"base64" not in raw


def test_a_long_domain_keeps_its_message_id() -> None:
    sender = "m@" + ".".join(["a-department-of-some-length"] * 7) + ".example"
    name = message_id("k", "r@example.org", sender)
    raw = compose_message(replace(delivery(), message_id=name), DOCUMENT, sender, AT).as_bytes()
    assert name.encode() in raw
