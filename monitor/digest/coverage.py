"""What was looked at: the fetches of the window, told feed by feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from monitor.digest import words
from monitor.types import Digest, Fetch, Gap

STATES: Mapping[str, str] = {
    "ok": "read",
    "unchanged": "nothing changed",
    "empty": "nothing announced",
    "short": "fewer than announced",
    "stale": "older than it should be",
    "throttled": "asked us to slow down",
    "blocked": "refused us",
    "failed": "failed",
    "skipped": "not asked",
    "silent": "never fetched",
}
"""Ledger state → what it means to a reader; `silent` stands for a feed without any fetch."""

_WELL = ("ok", "unchanged", "empty")
_MANY = 12
"""From more feeds than these on, those that came back well are told in one paragraph."""


@dataclass(frozen=True, slots=True)
class FeedLine:
    """What one feed gave in the window."""

    name: str
    state: str
    """Ledger state of its last fetch; `ok` when that came back well and any fetch read something; `silent` when there
    was none."""
    fetches: int
    failures: int
    """How many of the fetches did not come back well."""
    seen: int
    new: int
    error: str | None
    """The last error, healed or not."""

    @property
    def well(self) -> bool:
        """Whether it came back well in the end."""
        return self.state in _WELL

    @property
    def note(self) -> str | None:
        """What a reader should know about failures; None when there was none."""
        if self.well and self.failures:
            return f"{self.failures:,} of {self.fetches:,} fetches did not come back well"
        return self.error


@dataclass(frozen=True, slots=True)
class Brief:
    """Feeds told in one paragraph."""

    words: str
    names: tuple[str, ...]
    more: int
    """How many further ones are not named."""


@dataclass(frozen=True, slots=True)
class Looked:
    """The feeds as they are shown: a line for some, a paragraph for the rest."""

    rows: tuple[FeedLine, ...]
    briefly: tuple[Brief, ...]


def missed(digest: Digest, most: int | None = None) -> tuple[str, ...]:
    """What may have been missed, a sentence each; `most` of them, and how many more there are."""
    told = [_gap(gap) for gap in digest.gaps]
    told += [
        f"{words.plain(feed, 60)} may have missed {words.counted(number, 'work')} that another feed brought."
        for feed, number in sorted(digest.possibly_missed.items())
    ]
    if most is None or len(told) <= most:
        return tuple(told)
    return (*told[:most], f"And {words.counted(len(told) - most, 'more gap')}.")


def _gap(gap: Gap) -> str:
    reason = words.plain(gap.reason.removeprefix(f"{gap.feed}: "), 200)
    span = f"{words.minute(gap.window.since)} to {words.minute(gap.window.until)}"
    how = "still owed" if gap.state == "open" else "lost"
    return f"{words.plain(gap.feed, 60)}, {span}: {how}; {reason}."


def looked(feeds: Sequence[FeedLine], most_rows: int | None = None, most_names: int | None = None) -> Looked:
    """Lines for the feeds that did not come back well, and for the others when there are few of them.

    `most_rows` and `most_names` bound what a mail has room for; a format without bounds leaves nothing out.
    """
    ill = [feed for feed in feeds if not feed.well]
    well = [feed for feed in feeds if feed.well]
    rows = ill[:most_rows] + (well if len(well) <= _MANY else [])
    briefly = [
        _brief(STATES[state], [feed.name for feed in ill[len(rows) :] if feed.state == state], most_names)
        for state in dict.fromkeys(feed.state for feed in ill[len(rows) :])
    ]
    if len(well) > _MANY:
        briefly.append(_brief("came back well", [_figures(feed) for feed in well], most_names))
    return Looked(tuple(rows), tuple(briefly))


def _brief(state: str, names: Sequence[str], most: int | None) -> Brief:
    shown = tuple(names[:most])
    return Brief(state, shown, len(names) - len(shown))


def _figures(feed: FeedLine) -> str:
    return f"{feed.name} ({feed.seen:,} seen, {feed.new:,} new{f'; {feed.note}' if feed.note else ''})"


def feed_lines(digest: Digest) -> tuple[FeedLine, ...]:
    """One line a feed: those that did not come back well first, each part by name."""
    fetches = sorted(digest.coverage, key=attrgetter("feed", "started_at"))
    lines = [_feed_line(name, list(of_feed)) for name, of_feed in groupby(fetches, key=attrgetter("feed"))]
    lines += [FeedLine(words.plain(name, 60), "silent", 0, 0, 0, 0, None) for name in digest.silent]
    return tuple(sorted(lines, key=lambda line: (line.well, line.name)))


def _feed_line(name: str, fetches: Sequence[Fetch]) -> FeedLine:
    """A fetch that was skipped says nothing about the source, unless there was no other."""
    asked = [fetch for fetch in fetches if fetch.state != "skipped"] or fetches
    last = asked[-1].state
    failed = [fetch for fetch in asked if fetch.state not in _WELL]
    return FeedLine(
        name=words.plain(name, 60),
        state="ok" if last in _WELL and any(fetch.state == "ok" for fetch in asked) else last,
        fetches=len(asked),
        failures=len(failed),
        seen=sum(fetch.seen for fetch in asked),
        new=sum(fetch.new for fetch in asked),
        error=_error(failed[-1]) if failed else None,
    )


def _error(fetch: Fetch) -> str | None:
    if fetch.error:
        return words.plain(fetch.error.removeprefix(f"{fetch.feed}: "), 200)
    return f"{fetch.seen:,} of {fetch.announced:,} records came" if fetch.announced else None
