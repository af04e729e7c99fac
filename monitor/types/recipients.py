"""Whom digests are for, and how mail leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who gets a digest, and which part of it."""

    name: str
    output: str = "file"
    """Kind of output: `email`, `file`, `maildir` or `webhook`."""
    addresses: tuple[str, ...] = ()
    """E-mail addresses, folders, or addresses on the web."""
    goals: tuple[str, ...] = ()
    """Slugs; empty means all."""
    countries: tuple[str, ...] = ()
    """ISO codes or groups (`home`, `partner`, `ec`, `other`, `unknown`); empty means all."""
    minimum: float = 0.0
    """Least probability shown."""
    most: int = 10
    """Most works shown for each goal."""
    weekday: int | None = None
    """Day after the week on which the digest is due, 0 for Monday; None: when all digests are."""
    hour: int | None = None
    """Hour of that day, on the clocks of `zone`."""
    zone: str = "UTC"
    """Name in the IANA time zone database."""
    formats: tuple[str, ...] = ()
    """Formats that are sent; empty means those that are usual for the output."""
    language: str = "en"
    """Locale in which dates are written (CLDR)."""
    allow_private: bool = False
    """Whether a webhook may be on a private or loopback address."""
    searches: tuple[str, ...] = ()
    """Names of saved searches whose new works the digest tells too."""


@dataclass(frozen=True, slots=True)
class Mail:
    """How mail leaves. The password comes from the environment only."""

    host: str
    sender: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` is refused unless the host is a loopback address."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 30.0
    bounces_to: str | None = None
    """Envelope sender, to which reports of what did not arrive go; None: the sender."""
    unsubscribe_to: str | None = None
    """Where mail goes with which a reader ends a subscription."""
    most: int = 500
    """Most deliveries of one run: a brake on runaway mail."""
