"""Output `email`: a digest as a message of two parts, handed to one mail server over TLS (RFC 5321, 5322)."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import re
import smtplib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from monitor.errors import ConfigError, DeliveryError
from monitor.types import Delivery, Document, Mail, Subscriber

_POLICY = SMTP.clone(cte_type="7bit")
"""Lines end in CRLF, and bodies are encoded so that no server needs 8BITMIME."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, line separators, bidirectional overrides and halves of characters have no place in a header."""

_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]+)>")

_MAIL_AUTH_REQUIRED = 530
"""Not a word about the recipient, whenever it comes (RFC 4954, section 6)."""


def check(subscriber: Subscriber, mail: Mail | None) -> None:
    """There must be a mail server that may be used, and valid addresses on both ends."""
    if mail is None:
        raise ConfigError(f"subscriber {subscriber.name!r} is sent by mail, but no mail server is configured")
    if not subscriber.addresses:
        raise ConfigError(f"subscriber {subscriber.name!r} has no address that mail could go to")
    try:
        for text in (mail.sender, *subscriber.addresses):
            address(text)
        _safe(mail)
    except ValueError as error:
        raise ConfigError(f"subscriber {subscriber.name!r} cannot be sent mail: {error}") from error


def deliver(delivery: Delivery, document: Document, mail: Mail | None) -> None:
    """Hand the message to the mail server, and return once the server has taken it."""
    if mail is None:
        raise DeliveryError(f"{delivery.recipient} is sent by mail, but no mail server is configured")
    try:
        recipient, sender = address(delivery.recipient).addr_spec, address(mail.sender).addr_spec
        _safe(mail)
        content = compose_message(delivery, document, mail, datetime.now(UTC)).as_bytes()
    except ValueError as error:
        raise DeliveryError(
            f"the digest cannot be mailed to {delivery.recipient!r}: {error}", permanent=True
        ) from error
    with _refusals_of(mail, recipient):
        _send(mail, sender, recipient, content)


def probe(mail: Mail) -> str:
    """Connect, encrypt and log in as `deliver` would, and send nothing; what there is to say about it.

    Raises ConfigError when the settings would send in the clear, DeliveryError when the server cannot be used.
    """
    try:
        address(mail.sender)
        _safe(mail)
    except ValueError as error:
        raise ConfigError(f"mail: {error}") from error
    with _refusals_of(mail, mail.sender), _session(mail) as server:
        server.noop()
    return f"{mail.host}:{mail.port} accepts {mail.user or 'mail without a user'}"


def message_id(digest_key: str, recipient: str, sender: str) -> str:
    """The Message-ID of a digest for a recipient: the same at every try, so that a repeated mail can be recognised."""
    name = hashlib.sha256(f"{digest_key}\0{recipient}".encode()).hexdigest()[:32]
    return f"<{name}@{address(sender).domain}>"


def compose_message(delivery: Delivery, document: Document, mail: Mail, at: datetime) -> EmailMessage:
    """The message: the whole digest as plain text, then as HTML, of which a client shows the last it can (RFC 2046).

    Raises ValueError when an address is not one.
    """
    sender = address(mail.sender)
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = address(delivery.recipient)
    message["Subject"] = header_text(document.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = header_text(delivery.message_id)
    message["List-Id"] = f"Research monitor <research-digest.{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(document.formats["txt"].decode())
    message.add_alternative(document.formats["html"].decode(), subtype="html")
    return message


def header_text(text: str) -> str:
    """`text` on one line, and without what a header parser would take for an encoded word (RFC 2047)."""
    return " ".join(_UNPRINTABLE.sub(" ", text).replace("=?", "= ?").split())


def address(text: str) -> Address:
    """One mail address, with or without a name before it in angle brackets.

    Raises ValueError with a sentence. smtplib and EmailMessage let blanks, NUL and a second line
    pass, so everything goes through here.
    """
    problem = f"{text!r} is not a mail address"
    if _UNPRINTABLE.search(text):
        raise ValueError(problem)
    named = _NAMED.fullmatch(text.strip())
    name, bare = (named["name"].strip().strip('"'), named["address"]) if named else ("", text)
    try:
        parsed = Address(display_name=name, addr_spec=bare)
    except (ValueError, IndexError, MessageError) as error:
        raise ValueError(problem) from error
    if not parsed.addr_spec.isascii() or not parsed.domain:
        raise ValueError(f"{problem} in ASCII; write the domain in its xn-- form")
    return parsed


def _safe(mail: Mail) -> None:
    """Raise ValueError where mail or a password would cross a network in the clear."""
    if mail.security != "none":
        return
    if not _is_loopback(mail.host):
        raise ValueError(f"{mail.host} is not this machine, so mail to it needs security 'starttls' or 'tls'")
    if mail.user:
        raise ValueError(f"the password of {mail.user!r} is not sent to {mail.host} without 'starttls' or 'tls'")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


# --- the conversation ------------------------------------------------------------------------


def _send(mail: Mail, sender: str, recipient: str, content: bytes) -> None:
    with _session(mail) as server:
        server.sendmail(sender, [recipient], content)


@contextlib.contextmanager
def _session(mail: Mail) -> Iterator[smtplib.SMTP]:
    """A server that has let us in."""
    server = _connect(mail)
    try:
        if mail.user:
            if not mail.password:
                raise DeliveryError(f"{mail.host} wants the password of {mail.user!r}, and the environment has none")
            server.login(mail.user, mail.password)
        yield server
        # The message is taken: whatever goes wrong from here on must not send it again.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()
    finally:
        server.close()


def _connect(mail: Mail) -> smtplib.SMTP:
    """A connection that is encrypted, or to this machine."""
    context = ssl.create_default_context()
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=mail.timeout, context=context)
    server = smtplib.SMTP(mail.host, mail.port, timeout=mail.timeout)
    try:
        if mail.security == "starttls":
            server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


@contextlib.contextmanager
def _refusals_of(mail: Mail, recipient: str) -> Iterator[None]:
    """The one door where the exceptions of smtplib, ssl and the network become DeliveryError.

    Only a 5xx answer to the recipient or to the message is permanent: everything else can be mended
    by the operator or passes.
    """
    server = f"{mail.host}:{mail.port}"
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise DeliveryError(f"{server} refused {recipient}: {_reply(code, text)}", permanent=_is_final(code)) from error
    except smtplib.SMTPDataError as error:
        reply = _reply(error.smtp_code, error.smtp_error)
        sentence = f"{server} refused the message for {recipient}: {reply}"
        raise DeliveryError(sentence, permanent=_is_final(error.smtp_code)) from error
    except smtplib.SMTPAuthenticationError as error:
        reply = _reply(error.smtp_code, error.smtp_error)
        raise DeliveryError(f"{server} did not accept user {mail.user!r} and its password: {reply}") from error
    except smtplib.SMTPSenderRefused as error:
        reply = _reply(error.smtp_code, error.smtp_error)
        raise DeliveryError(f"{server} refused the sender {error.sender}: {reply}") from error
    except smtplib.SMTPNotSupportedError as error:
        raise DeliveryError(f"{server} does not offer what is asked of it, and nothing was sent: {error}") from error
    except smtplib.SMTPResponseException as error:
        reply = _reply(error.smtp_code, error.smtp_error)
        raise DeliveryError(f"{server} refused the conversation: {reply}") from error
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError(f"the certificate of {server} is not trusted: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise DeliveryError(f"no encrypted connection to {server}: {error.reason or error}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError(f"the mail server {server} could not be used: {error}") from error


def _is_final(code: int) -> bool:
    return code >= 500 and code != _MAIL_AUTH_REQUIRED


def _reply(code: int, text: bytes | str) -> str:
    """The server's own words, on one line and not too many of them."""
    line = header_text(text.decode(errors="replace") if isinstance(text, bytes) else text)
    return f"{code} {line[:200]}".rstrip()
