"""Output `email`: a digest as a message of two parts, handed to one mail server over TLS (RFC 5321, 5322)."""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import smtplib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

from monitor.errors import ConfigError, DeliveryError
from monitor.messages import address, compose_message, header_text
from monitor.outputs import Means
from monitor.types import Delivery, Document, Mail, Subscriber

_MAIL_AUTH_DONE = 235
_MAIL_AUTH_REQUIRED = 530
"""Not a word about the recipient, whenever it comes (RFC 4954, section 6)."""

_TOO_LARGE = 552
"""Given to the sender's line, which names the size of the message, it is about that message alone (RFC 1870)."""

_GOODBYE = 2.0
"""Seconds that a server has to say goodbye: what it took is recorded only then."""


def check(subscriber: Subscriber, means: Means) -> None:
    """There must be a mail server that may be used, and valid addresses on both ends."""
    mail = means.mail
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


def deliver(delivery: Delivery, document: Document, means: Means) -> None:
    """Hand the message to the mail server, and return once the server has taken it.

    Each recipient has a message and a transaction of its own: a refusal is about nobody else, and the way out of
    the subscription is the reader's own.
    """
    mail = means.mail
    if mail is None:
        raise DeliveryError(f"{delivery.recipient} is sent by mail, but no mail server is configured")
    try:
        recipient, sender = address(delivery.recipient).addr_spec, address(mail.bounces_to or mail.sender).addr_spec
        _safe(mail)
        at = delivery.made_at or datetime.now(UTC)
        links = means.links(delivery.subscriber, delivery.recipient)
        content = compose_message(delivery, document, mail.sender, at, links).as_bytes()
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
                raise _closed(f"{mail.host} wants the password of {mail.user!r}, and the environment has none")
            _log_in(server, mail.user, mail.password)
        yield server
        # The message is taken: whatever goes wrong from here on must not send it again, nor keep us from noting it.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            if server.sock:
                server.sock.settimeout(_GOODBYE)
            server.quit()
    finally:
        server.close()


def _log_in(server: smtplib.SMTP, user: str, password: str) -> None:
    """smtplib cannot say what is not ASCII; the mechanism PLAIN says it in UTF-8 (RFC 4616)."""
    if (user + password).isascii():
        server.login(user, password)
        return
    server.ehlo_or_helo_if_needed()
    if "PLAIN" not in server.esmtp_features.get("auth", "").upper().split():
        raise _closed("the mail server takes no user or password outside ASCII: it does not offer AUTH PLAIN")
    told = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    answer = server.docmd("AUTH", f"PLAIN {told}")
    if answer[0] != _MAIL_AUTH_DONE:
        raise smtplib.SMTPAuthenticationError(*answer)


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
    by the operator or passes. What is not an answer to them concerns everybody whose mail goes this way.
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
        raise _closed(f"{server} did not accept user {mail.user!r} and its password: {reply}") from error
    except smtplib.SMTPSenderRefused as error:
        raise _sender_refused(server, recipient, error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise _closed(f"{server} does not offer what is asked of it, and nothing was sent: {error}") from error
    except smtplib.SMTPResponseException as error:
        reply = _reply(error.smtp_code, error.smtp_error)
        raise _closed(f"{server} refused the conversation: {reply}") from error
    except ssl.SSLCertVerificationError as error:
        raise _closed(f"the certificate of {server} is not trusted: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise _closed(f"no encrypted connection to {server}: {error.reason or error}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise _closed(f"the mail server {server} could not be used: {error}") from error


def _sender_refused(server: str, recipient: str, error: smtplib.SMTPSenderRefused) -> DeliveryError:
    reply = _reply(error.smtp_code, error.smtp_error)
    if error.smtp_code == _TOO_LARGE:
        return DeliveryError(f"{server} refused the message for {recipient}: {reply}", permanent=True)
    return _closed(f"{server} refused the sender {error.sender}: {reply}")


def _closed(sentence: str) -> DeliveryError:
    """Nobody's mail goes this way at present."""
    return DeliveryError(sentence, everybody=True)


def _is_final(code: int) -> bool:
    return code >= 500 and code != _MAIL_AUTH_REQUIRED


def _reply(code: int, text: bytes | str) -> str:
    """The server's own words, on one line and not too many of them."""
    line = header_text(text.decode(errors="replace") if isinstance(text, bytes) else text)
    return f"{code} {line[:200]}".rstrip()
