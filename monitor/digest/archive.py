"""The archive's front page: which digests there are, and the feeds that tell of new ones. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.digest import words
from monitor.digest.atom import AtomEntry, AtomFeed, newest
from monitor.digest.typeset import typeset
from monitor.digest.weeks import window_of
from monitor.types import Goal

_TITLE = "Research abroad: "


@dataclass(frozen=True, slots=True)
class Told:
    """A work as a feed tells it."""

    uid: str
    title: str
    url: str | None
    first_seen: datetime
    goals: tuple[str, ...]
    """Slugs."""
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownDigest:
    """A line of the front page."""

    week: str
    span: str
    subject: str
    made: str


def feeds(
    digests: Sequence[tuple[str, str, datetime]], works: Sequence[Told], goals: Sequence[Goal]
) -> tuple[AtomFeed, ...]:
    """The feed of digests (week, subject, when made), then one a goal, then one a country."""
    names = {goal.slug: words.plain(goal.name, 80) for goal in goals}
    entries = [(work, _entry(work, names)) for work in works]
    codes = sorted({code for work in works for code in work.countries})
    weekly = [
        AtomEntry(f"digest {week}", subject, made, f"{week}/digest.html", subject) for week, subject, made in digests
    ]
    return (
        AtomFeed("digests.atom", _TITLE + "weekly digests", newest(weekly)),
        *(
            AtomFeed(f"goals/{slug}.atom", _TITLE + name, newest([e for w, e in entries if slug in w.goals]))
            for slug, name in names.items()
        ),
        *(
            AtomFeed(
                f"countries/{code}.atom",
                _TITLE + words.country(code),
                newest([e for w, e in entries if code in w.countries]),
            )
            for code in codes
        ),
    )


def _entry(work: Told, names: dict[str, str]) -> AtomEntry:
    goals = [names[slug] for slug in work.goals if slug in names]
    places = [words.country(code) for code in work.countries] or [words.country("unknown")]
    summary = (
        f"{words.plain(work.uid, 120)}. Goals: {words.listed(goals)}. Countries of origin: {words.listed(places)}."
    )
    link = words.safe_link(work.url) if work.url else None
    return AtomEntry(f"work {work.uid}", work.title, work.first_seen, link, summary, tuple(goals))


def index(
    digests: Sequence[tuple[str, str, datetime]], found: Sequence[AtomFeed], templates: Path | None = None
) -> bytes:
    """The front page in UTF-8."""
    shown = [
        ShownDigest(week, words.span(window_of(week)), words.plain(subject), words.minute(made))
        for week, subject, made in digests
    ]
    return typeset("html", {"digests": shown, "feeds": found}, templates, stem="index").encode()
