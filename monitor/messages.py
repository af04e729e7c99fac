"""A digest as a mail message (RFC 5322), and the texts and addresses that may stand in its header. Pure."""

from __future__ import annotations

import hashlib
import re
import textwrap
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import (
    Address,
    BaseHeader,
    Group,
    HeaderRegistry,
    UnstructuredHeader,
)
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from html import escape

from monitor.types import Delivery, Document
from monitor.unsubscribe import Links


class _LinksHeader(UnstructuredHeader, BaseHeader):
    """Addresses in angle brackets, folded between them only: an address cut into encoded words (RFC 2047), which
    is what the standard library makes of a long one, is none any more."""

    def fold(self, *, policy: Policy) -> str:
        """The field as it stands in the message."""
        between = f",{policy.linesep} "
        return f"{self.name}: {between.join(str(self).split(', '))}{policy.linesep}"


class _SubjectHeader(UnstructuredHeader, BaseHeader):
    """A line that is too long is folded between its last words; the standard library leaves the first line empty
    where the rest fits into one, and some readers then take the subject for empty."""

    def fold(self, *, policy: Policy) -> str:
        """The field as it stands in the message."""
        lines = textwrap.wrap(f"{self.name}: {self}", 77, break_long_words=False, break_on_hyphens=False)
        if not str(self).isascii() or max(map(len, lines)) > 77:
            return str(super().fold(policy=policy))
        return f"{policy.linesep} ".join(lines) + policy.linesep


_FIELDS = HeaderRegistry()
_FIELDS.map_to_type("subject", _SubjectHeader)
_FIELDS.map_to_type("list-unsubscribe", _LinksHeader)

_POLICY = SMTP.clone(cte_type="7bit", header_factory=_FIELDS)
"""Lines end in CRLF, and bodies are encoded so that no server needs 8BITMIME."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, line separators, bidirectional overrides and halves of characters have no place in a header."""

_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]+)>")

_ATTACHED = {"md": ("text", "markdown"), "json": ("application", "json"), "pdf": ("application", "pdf")}
"""Formats that go along as files, with their media types (RFC 7763, 8259, 8118)."""


def message_id(digest_key: str, recipient: str, sender: str) -> str:
    """The Message-ID of a digest for a recipient: the same at every try, so that a repeated mail can be recognised."""
    name = hashlib.sha256(f"{digest_key}\0{recipient}".encode()).hexdigest()[:32]
    return f"<{name}@{address(sender).domain}>"


def compose_message(
    delivery: Delivery, document: Document, sender: str, at: datetime, links: Links | None = None
) -> EmailMessage:
    """The message: the whole digest as plain text, then as HTML, of which a client shows the last it can (RFC 2046);
    other formats are attached. The same arguments give the same bytes, so that a repeated mail is the same mail.

    `at` is when the digest was made; `links` are the ways out of the subscription (RFC 2369, RFC 8058).
    Raises ValueError when an address is not one.
    """
    author = address(sender)
    message = EmailMessage(policy=_POLICY)
    message["From"] = author
    message["To"] = _recipient(delivery)
    message["Subject"] = header_text(document.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = header_text(delivery.message_id)
    message["List-Id"] = f"Research monitor <research-digest.{author.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    for name, value in links.headers().items() if links else ():
        message[name] = value
    _fill(message, delivery, document, links)
    _name_boundaries(message, delivery.message_id)
    return message


def _recipient(delivery: Delivery) -> Address | Group:
    """The reader; a folder of mail has no address, and the subscriber's name stands as a group without members."""
    if delivery.output != "email":
        return Group(display_name=header_text(delivery.subscriber))
    return address(delivery.recipient)


def _fill(message: EmailMessage, delivery: Delivery, document: Document, links: Links | None) -> None:
    # Base64, the library's choice where much is not ASCII, hides the text from people and looks like spam to filters.
    message.set_content(_text(document.formats["txt"].decode(), links), cte="quoted-printable")
    if "html" in document.formats:
        message.add_alternative(_html(document.formats["html"].decode(), links), subtype="html", cte="quoted-printable")
        _add_pictures(message, document)
    for name, (main, sub) in _ATTACHED.items():
        if name in document.formats:
            file = f"digest-{delivery.week}.{name}"
            message.add_attachment(document.formats[name], maintype=main, subtype=sub, filename=file)


def _add_pictures(message: EmailMessage, document: Document) -> None:
    """Beside the HTML that shows them, by the names that it calls them (RFC 2387, RFC 2392)."""
    *_, page = message.iter_parts()
    for name, picture in document.pictures.items():
        file = f"{name}.png"
        page.add_related(picture, maintype="image", subtype="png", cid=f"<{name}>", filename=file, disposition="inline")


def _text(text: str, links: Links | None) -> str:
    """With the way out below the line that begins a signature (RFC 3676, section 4.3)."""
    return f"{text}\n-- \nTo end this subscription:\n{links.visible}\n" if links else text


def _html(html: str, links: Links | None) -> str:
    if not links:
        return html
    line = f'<p style="font-size:14px;padding:0 16px"><a href="{escape(links.visible)}">End this subscription</a></p>'
    before, found, after = html.rpartition("</body>")
    return f"{before}{line}{found}{after}" if found else html + line


def _name_boundaries(message: EmailMessage, name: str) -> None:
    """Fixed boundaries in place of random ones."""
    for position, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"={hashlib.sha256(f'{name} {position}'.encode()).hexdigest()[:32]}=")


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
