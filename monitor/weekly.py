"""What a digest knows besides the works of its week: nouns that the store, the digest and the configuration share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

WEEKS = 12
"""How many weeks before its own a digest looks back on."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What decides the order of works beside their probability (`digest.ranking` in feeds.yaml).

    The score of a work is its probability, plus `novelty` times its novelty (0 to 1), plus `partner` where a partner
    nation has a part in it, plus `source` times the weight of its feed less one.
    """

    novelty: float = 0.10
    partner: float = 0.05
    source: float = 0.10
    sources: Mapping[str, float] = field(default_factory=dict)
    """feed → weight, 0 to 2; feeds that are not named weigh 1."""
    per_feed: int = 6
    """Most of the first ten works of a goal that come from one feed, while others have works to show."""
    per_author: int = 2
    """Most of the first ten works of a goal that have the same first author."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Why a work stands where it stands below a goal."""

    score: float
    novelty: float | None
    """Part of the works of the week that are nearer to the weeks before, 0 to 1; None when there are none before."""
    nearest: str | None
    """uid of the nearest work of the weeks before."""
    partner: bool
    weight: float
    deferred: bool = False
    """Whether it stands further down than its score, because its feed or author had enough above."""


@dataclass(frozen=True, slots=True)
class Former:
    """A work of a former week that a digest tells in a line: there is a new version of it, or it was judged late."""

    uid: str
    title: str
    url: str | None
    goals: tuple[str, ...]
    """Slugs of the goals under which this reader is told of it."""
    first_seen: datetime
    changed: datetime | None = None
    """The day that its source gives the version that was seen in the window; None where none was."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A country or an institution that a goal has not seen before."""

    goal: str
    kind: str
    """`country` or `institution`."""
    code: str
    """ISO 3166-1 alpha-2 code (or EU), or ROR id."""
    name: str
    """Name of an institution; empty for a country."""
    uid: str
    """The first work that brought it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One work that a saved search found."""

    uid: str
    title: str
    url: str | None
    venue: str | None
    countries: tuple[str, ...]
    goals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is new to a saved search."""

    name: str
    query: str
    total: int
    """Works first seen in the window that it finds."""
    works: tuple[Answered, ...]
    """The best of them."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the store holds of the time before a digest."""

    weeks: tuple[str, ...] = ()
    """The weeks before, oldest first, from the first on in which anything was seen."""
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """goal → works of each of `weeks`."""
    countries: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """goal → places of its works before."""
    institutions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """goal → ROR ids of its works before."""
    versions: Mapping[str, datetime] = field(default_factory=dict)
    """uid of a work of a former week of which a new version was seen → the day that its source gives that."""
    late: tuple[str, ...] = ()
    """uids of works that no digest could tell in its week: they were first judged after the reader's last one was made.
    """
    told: frozenset[str] = frozenset()
    """uids of works that a former digest told the same reader."""
    nearest: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    """uid of a work of the week → part of the week's works that are nearer to the past, and its nearest work there."""
    answers: tuple[Answer, ...] = ()
    """What is new to the reader's saved searches."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a digest tells besides its works."""

    standings: Mapping[str, Mapping[str, Standing]] = field(default_factory=dict)
    """goal → uid of a shown work → its standing."""
    ranking: Ranking = Ranking()
    weeks: tuple[str, ...] = ()
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)
    """goal → works of the week that carry it, whatever the reader asked for: what `counts` are compared with."""
    versions: tuple[Former, ...] = ()
    late: tuple[Former, ...] = ()
    """Of these two only what fits the reader, as of the works of the week."""
    arrivals: tuple[Arrival, ...] = ()
    answers: tuple[Answer, ...] = ()
    """What is new to the reader's saved searches, whatever goals it carries."""
    repeated: int = 0
    """Works of the window that are left out, because a former digest told them."""
    queries: Mapping[str, str] = field(default_factory=dict)
    """Name of a figure → SQL that gives it from the store."""
    base_url: str | None = None
    """Where readers reach the pages of `monitor serve`, and the filed digests below it."""
    opinions: Mapping[str, str] = field(default_factory=dict)
    """uid → address where this reader says whether the work was of use."""
