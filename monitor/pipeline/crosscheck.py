"""Cross-check: where feeds.yaml says that every record of one feed ought to come through another as well, name those
that did not, and ask for them.

Two routes to the same records are the only proof against a source that is wrong and says that all is well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor import identity, sources
from monitor.errors import FetchError, ParseError
from monitor.pipeline import verdict
from monitor.pipeline.harvest import Fetcher
from monitor.pipeline.link import link
from monitor.sandbox import Sandbox
from monitor.store.misses import Missed
from monitor.types import Feed, Request, Window

LOOK_BACK = timedelta(days=30)
"""Records seen longer ago are not compared any more."""

SLACK = timedelta(days=14)
"""Records that were dated longer before both feeds were watched are not compared: lists do not go back that far."""

MOST_ASKED = 20
"""Records that one feed is asked for by name in a run."""

GIVE_UP_AFTER = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """What the comparison of two feeds came to."""

    feed: str
    """It ought to have brought what `seen_by` did."""
    seen_by: str
    noticed: int
    """Works possibly missed that were not known as such before."""
    asked: int
    found: int


def cross_check(feeds: Iterable[Feed], fetcher: Fetcher) -> tuple[CrossCheck, ...]:
    """Compare each of `feeds` that checks another with it; entries must have been linked before.

    Raises StoreError or LockError when nothing can be kept.
    """
    feeds = tuple(feeds)
    by_name = {feed.name: feed for feed in feeds}
    misses, done = fetcher.store.misses, []
    misses.settle(fetcher.clock())
    for feed in feeds:
        other = by_name.get(feed.checks or "")
        if other is None or fetcher.stop.is_set():
            continue
        now = fetcher.clock()
        window = _window(other, feed, fetcher, now)
        oldest = window.since - SLACK if window else now
        noticed = misses.notice(other.name, feed.name, window, oldest, now) if window else 0
        due = misses.due(other.name, now, MOST_ASKED)
        asked = _look_for(due, other, fetcher)
        if asked:
            link(fetcher.store, fetcher.clock, fetcher.stop.is_set)
        done.append(CrossCheck(other.name, feed.name, noticed, asked, misses.settle(fetcher.clock())))
    return tuple(done)


def _window(other: Feed, feed: Feed, fetcher: Fetcher, now: datetime) -> Window | None:
    """The times of first sight through `feed` that can be held against `other`: both were looked at by then, and
    `other` has had a rhythm, and a day at least, to bring the same."""
    since = fetcher.store.misses.overlap(feed.name, other.name)
    last_ok = fetcher.store.ledger.position(other.name).last_ok
    if since is None or last_ok is None:
        return None
    window = Window(max(since, now - LOOK_BACK), last_ok - max(other.every, timedelta(days=1)))
    return window if window.since < window.until else None


def _look_for(due: Sequence[Missed], other: Feed, fetcher: Fetcher) -> int:
    """Ask `other` for each by name; how many it was asked for. A host that does not answer is not asked on, and a feed
    that was stopped not at all."""
    asked = 0
    if fetcher.store.ledger.position(other.name).stopped:
        return asked
    with fetcher.sandbox() as sandbox:
        for missed in due:
            request = _request(missed, other)
            if request is None:
                _put_off(missed, f"{other.name} cannot be asked for single records", other, fetcher)
                continue
            asked += 1
            try:
                _ask(request, other, fetcher, sandbox)
            except ParseError as error:
                _put_off(missed, str(error), other, fetcher)
            except FetchError as error:
                _put_off(missed, str(error), other, fetcher)
                break
            else:
                _put_off(missed, f"asked for by name, {other.name} had it not", other, fetcher)
    return asked


def _request(missed: Missed, other: Feed) -> Request | None:
    names = identity.identifiers(missed.entry)
    return next((request for name in names if (request := sources.by_id(other, name))), None)


def _ask(request: Request, other: Feed, fetcher: Fetcher, sandbox: Sandbox) -> None:
    response = fetcher.client.get(request, pace=other.pace, allow_private=other.allow_private, validators=None)
    page = sandbox.run(sources.parse, other, request, response)
    now = fetcher.clock()
    fetcher.store.entries.keep(other.name, [verdict.dated(entry, now)[0] for entry in page.entries], now)


def _put_off(missed: Missed, reason: str, other: Feed, fetcher: Fetcher) -> None:
    """Look again later, or give it up; should the answer have held it, `settle` closes it after linking."""
    now = fetcher.clock()
    if now - missed.noticed_at >= GIVE_UP_AFTER:
        fetcher.store.misses.give_up(missed, reason, now)
    else:
        wait = max(timedelta(days=1), verdict.backoff(missed.tries + 1, missed.feed))
        fetcher.store.misses.tried(missed, reason, now + wait)
