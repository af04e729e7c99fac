"""What was looked at in a span of time, and what may have been missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.pipeline import verdict
from monitor.store import Store
from monitor.types import Feed, Fetch, FetchState, Gap, Window

MOST_MISSES = 1_000
"""Works possibly missed that are named."""


@dataclass(frozen=True, slots=True)
class FeedCoverage:
    """The fetches of one feed, added up."""

    feed: str
    kind: str
    state: FetchState | None
    """How its last fetch ended; None when it was due and never asked."""
    fetches: int
    good: int
    announced: int | None
    """None when the source never says how many records it has."""
    seen: int
    new: int
    changed: int
    refused: int
    """Records that could not be read."""
    backlog: int
    """New ones that are old stock and no news."""
    complete_until: datetime | None
    """Everything before this was answered in full, but for what was given up."""
    note: str | None
    """What is to be known of it: the last error, that it was stopped, that it has moved."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The answer to: what did we look at, and what may we have missed?"""

    window: Window
    feeds: tuple[FeedCoverage, ...]
    gaps: tuple[Gap, ...]
    possibly_missed: tuple[dict[str, object], ...]
    """Rows of the view coverage_misses."""

    @property
    def never_asked(self) -> tuple[str, ...]:
        """Feeds that were to be asked in the window, and were not."""
        return tuple(feed.feed for feed in self.feeds if feed.state is None)

    @property
    def unread(self) -> tuple[FeedCoverage, ...]:
        """Feeds that did not come back well at last, and owe no window that would tell so: polled ones."""
        owing = {gap.feed for gap in self.gaps if gap.state == "open"}
        return tuple(f for f in self.feeds if f.state and f.state not in verdict.GOOD and f.feed not in owing)

    @property
    def unreadable(self) -> tuple[FeedCoverage, ...]:
        """Feeds of whose records so many could not be read that their form seems to have changed."""
        return tuple(feed for feed in self.feeds if verdict.drifts(feed.refused, feed.seen))

    @property
    def complete(self) -> bool:
        """Whether nothing is known that may have been missed."""
        missed = any(row["state"] != "found" for row in self.possibly_missed)
        well = all(feed.state in verdict.GOOD for feed in self.feeds)
        return well and not (self.gaps or self.never_asked or self.unreadable or missed)


def coverage(store: Store, feeds: Sequence[Feed], window: Window) -> Coverage:
    """What `feeds` were asked in `window`, what came, and what is still owed or was given up."""
    names = {feed.name for feed in feeds}
    fetches = [fetch for fetch in store.ledger.fetches(window) if fetch.feed in names]
    health = {str(row["feed"]): row for row in store.ledger.health()}
    return Coverage(
        window,
        tuple(
            _of(feed, [f for f in fetches if f.feed == feed.name], store, health[feed.name], window) for feed in feeds
        ),
        tuple(gap for gap in store.windows.gaps(window) if gap.feed in names),
        tuple(row for row in store.misses.told(window, MOST_MISSES) if row["feed"] in names),
    )


def _of(feed: Feed, fetches: Sequence[Fetch], store: Store, health: dict[str, object], window: Window) -> FeedCoverage:
    announced = [fetch.announced for fetch in fetches if fetch.announced is not None]
    last = fetches[-1] if fetches else None
    notes = [last.error if last else None]
    if health["stopped"]:
        notes = [str(health["last_error"])]
    if health["moved_to"]:
        notes.append(f"moved for good to {health['moved_to']}: change its url in feeds.yaml")
    return FeedCoverage(
        feed=feed.name,
        kind=feed.kind,
        state=last.state if last else waits(store, feed.name, feed.every, window),
        fetches=len(fetches),
        good=sum(fetch.state in verdict.GOOD for fetch in fetches),
        announced=sum(announced) if announced else None,
        seen=sum(fetch.seen for fetch in fetches),
        new=sum(fetch.new for fetch in fetches),
        changed=sum(fetch.changed for fetch in fetches),
        refused=sum(fetch.refused for fetch in fetches),
        backlog=sum(fetch.backlog for fetch in fetches),
        complete_until=_complete_until(feed, store),
        note="; ".join(note for note in notes if note) or None,
    )


def waits(store: Store, feed: str, every: timedelta, window: Window) -> FetchState | None:
    """How a feed came back that was not to be asked in `window`, because its rhythm is slower; None when it was due."""
    last = store.ledger.last_before(feed, window.since)
    came = last is not None and last.state in verdict.GOOD and last.started_at + every >= window.until
    return last.state if last and came else None


def _complete_until(feed: Feed, store: Store) -> datetime | None:
    position = store.ledger.position(feed.name)
    owed = [owed.window.since for owed in store.windows.owed(feed.name) if owed.scheduled]
    return min([position.asked_until, *owed]) if position.asked_until else position.last_ok
