"""What is told: a digest, its documents, and what became of each on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from monitor.types.ledger import Fetch, Gap
from monitor.types.partners import PartnerGroup
from monitor.types.times import Window
from monitor.types.works import Goal, Work
from monitor.weekly import Context

DeliveryState = Literal["queued", "sending", "sent", "deferred", "bounced", "given-up", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Section:
    """The part of a digest that belongs to one goal."""

    goal: Goal
    works: tuple[Work, ...]
    """The best, in order."""
    total: int
    """How many works were selected for the goal, shown or not."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How works fall to the groups of partners, each group named."""

    works: int
    by_group: Mapping[str, int]
    """group → works with a place in it, a work counted once for each of its groups; `unknown`: no place is known."""
    authors: Mapping[str, float]
    """group → mean share of the authors of a work, 0 to 1; they add up to 1, `unknown` among them."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two places that have works together."""

    one: str
    other: str
    works: int


@dataclass(frozen=True, slots=True)
class Digest:
    """The weekly document, the same content whatever the format."""

    subscriber: str
    week: str
    """ISO 8601 week, such as 2026-W30."""
    window: Window
    made_at: datetime
    sections: tuple[Section, ...]
    countries: Mapping[str, Mapping[str, int]]
    """goal slug → country (or `unknown`) → number of works, a work counted once for each of its countries."""
    seen: int
    """How many works were first seen in the window."""
    tagged: int
    """How many of them carry at least one goal."""
    unknown: int
    """How many of the tagged ones have no known country."""
    coverage: tuple[Fetch, ...]
    """Every fetch of the window."""
    silent: tuple[str, ...]
    """Feeds that were to be watched and were not fetched at all in the window."""
    groups: Mapping[str, PartnerGroup] = field(default_factory=dict)
    """country → group, for the countries that occur."""
    models: tuple[str, ...] = ()
    running: bool = False
    """The week is not over yet."""
    selected: int = 0
    """How many of the tagged ones fit the subscriber's goals, countries and minimum: the works this digest is about."""
    by_group: Mapping[str, int] = field(default_factory=dict)
    """group → number of selected works, a work counted once for each of its groups."""
    marks: Mapping[str, Mapping[str, PartnerGroup]] = field(default_factory=dict)
    """uid of a shown work → country → group on the day of that work."""
    shares: Mapping[str, Shares] = field(default_factory=dict)
    """goal slug → how its works fall to the groups."""
    shares_of_all: Shares | None = None
    """The same for all selected works, each counted once."""
    collaborations: Mapping[str, int] = field(default_factory=dict)
    """kind of collaboration → number of selected works; each has one kind."""
    pairs: tuple[Pair, ...] = ()
    """Places that have selected works together, the most frequent pairs first."""
    asked: tuple[str, ...] = ()
    """Countries and groups that the subscriber restricts the digest to; empty means all."""
    minimum: float = 0.0
    """Least probability that the subscriber asked for."""
    gaps: tuple[Gap, ...] = ()
    """What may have been missed: windows that are open, and those given up in this window."""
    possibly_missed: Mapping[str, int] = field(default_factory=dict)
    """feed → works that another feed brought and it ought to have brought too."""
    language: str = "en"
    """Locale in which dates are written (CLDR)."""
    unjudged: int = 0
    """How many of the works first seen in the window no model has judged yet: what they carry is not known."""
    notable: Mapping[str, tuple[Work, ...]] = field(default_factory=dict)
    """`partner`, `together` (home and partners) and `other` (neither) → the best of these works, over all goals."""
    context: Context = field(default_factory=Context)
    """How the week compares with those before, and what the figures rest on."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One digest on its way to one recipient."""

    id: int
    digest_id: int
    subscriber: str
    week: str
    output: str
    recipient: str
    message_id: str
    attempts: int = 0
    state: DeliveryState = "queued"
    error: str | None = None
    queued_at: datetime | None = None
    made_at: datetime | None = None
    """When the digest was made."""


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered digest: its subject line, and the bytes of each format (`html`, `txt`, `md`, `json`, `pdf`)."""

    subject: str
    formats: Mapping[str, bytes]
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """PNG images that the HTML shows where a message carries them (`cid:` and the name, RFC 2392)."""
