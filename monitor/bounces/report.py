"""What a message that came back says. Pure.

A report is a multipart/report with a message/delivery-status (RFC 3464) and the header, at least, of the message that
it is about, whose Message-ID names the delivery. Everything else is somebody's mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32

_MESSAGE_ID = re.compile(r"<[^<>\s]{3,500}>")
_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_MOST_PARTS = 50
"""Parts of a message that are looked at; a report has three."""


@dataclass(frozen=True, slots=True)
class Report:
    """One recipient's fate, by a mail server that took the message."""

    message_id: str
    """Of the message that was sent."""
    action: str
    """`failed`, `delayed`, `delivered`, `relayed` or `expanded` (RFC 3464, section 2.3.3)."""
    status: str
    """Such as 5.1.1 (RFC 3463); empty when it is not told."""
    reason: str
    """The server's words, on one line."""

    @property
    def failed(self) -> bool:
        """Whether the message did not arrive and never will."""
        return self.action == "failed"

    @property
    def hard(self) -> bool:
        """Whether the next message would fare no better. A queue that ran out of time (4.x.x) does not say so."""
        return self.failed and not self.status.startswith("4")


def read(content: bytes) -> Report | None:
    """The report that a message holds; None when it is none, or about no message that can be named."""
    try:
        parts = list(_parts(message_from_bytes(content, policy=compat32)))
        fields = next((_recipient(p) for p in parts if p.get_content_type() == "message/delivery-status"), None)
        name = next(filter(None, map(_original, parts)), None)
    except (MessageError, LookupError, ValueError, AttributeError, TypeError):  # what the parser raises for broken mail
        return None
    if fields is None or name is None:
        return None
    status = _STATUS.search(_line(fields["Status"]))
    reason = _line(fields["Diagnostic-Code"]).partition(";")[2].strip() or _line(fields["Status"])
    return Report(name, _line(fields["Action"]).lower(), status[0] if status else "", reason[:200])


def subject(content: bytes) -> str:
    """The subject of a message, empty when it has none that can be read. Mail programs write long words as encoded ones
    (RFC 2047), ASCII or not."""
    try:
        said = _line(message_from_bytes(content, policy=compat32)["Subject"])
        return _line(make_header(decode_header(said)))
    except (MessageError, LookupError, ValueError):
        return ""


def _parts(message: Message) -> list[Message]:
    """The parts of a report: what may stand in it, and nothing that is nested deeper."""
    if message.get_content_type() != "multipart/report":
        return []
    parts = message.get_payload()
    return [part for part in parts if isinstance(part, Message)][:_MOST_PARTS] if isinstance(parts, list) else []


def _recipient(part: Message) -> Message | None:
    """The fields about the recipient: the second block of a delivery status."""
    blocks = part.get_payload()
    found = [block for block in blocks if isinstance(block, Message)] if isinstance(blocks, list) else []
    return next((block for block in found if block["Action"]), None)


def _original(part: Message) -> str | None:
    """The Message-ID of the message that the report is about."""
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        header = inner[0] if isinstance(inner, list) and isinstance(inner[0], Message) else None
    elif part.get_content_type() == "text/rfc822-headers":
        text = part.get_payload(decode=True)
        header = message_from_bytes(text, policy=compat32) if isinstance(text, bytes) else None
    else:
        return None
    found = _MESSAGE_ID.search(_line(header["Message-ID"])) if header else None
    return found[0] if found else None


def _line(value: object) -> str:
    """A header's value on one line, without controls."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(value or "")).split())
