"""What a fetch comes to: when silence is an alarm, when old stock is no news, how long to wait, when to give up. Pure.

Every limit of the coverage ledger stands here, and docs/coverage.md tells them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.store.windows import Owed
from monitor.types import Entry, Fetch, FetchState, Window

DAY = timedelta(days=1)

GOOD: tuple[FetchState, ...] = ("ok", "unchanged", "empty")
UNANSWERED: tuple[FetchState, ...] = ("failed", "throttled", "blocked")
"""States in which the source did not get to say what it has: nothing more is asked of its host in that turn."""

FIRST_BACKOFF = timedelta(minutes=5)
LONGEST_BACKOFF = DAY

MOST_TRIES = 8
GIVE_UP_AFTER = 14 * DAY
"""A window that the source did answer, and not in full, is given up after so many tries, the first so long ago."""
GIVE_UP_UNANSWERED = 90 * DAY
"""Of one of which nothing came at all, what is older is given up, once it has been owed for so long."""

STALE_GAPS = 3
"""Silence of so many times the usual time between arrivals is an alarm (and of two rhythms of the feed at least)."""
LEAST_ARRIVALS = 5
"""Arrivals, or dated records, from which a usual time is told."""
LEAST_AGE = 30 * DAY
"""Listed dates alone, without a history of arrivals, are an alarm only when the newest is older than this."""

FLOOD = 50
"""So many new records at once that are all old are old stock: an archive was published again, or stamped anew."""
OLD = 90 * DAY

FUTURE = timedelta(days=400)
"""Issues are dated months ahead; what is dated further ahead has no date."""

GONE_SIGHTINGS, GONE_FOR = 5, 3 * DAY
"""404 so often in a row, over so long a time, means that the feed is gone. 410 says so at once."""
BLOCKED_SIGHTINGS, BLOCKED_FOR = 3, 2 * DAY
"""Refused so often in a row, over so long a time: somebody has to look."""
MOVED_SIGHTINGS = 3
"""So many equal permanent redirects in a row are believed."""

DRIFT_LEAST, DRIFT_SHARE = 5, 0.1
"""Records that could not be read, as a number and as a share, from which a source is said to have changed its form."""


# --- silence ---------------------------------------------------------------------------------


def usual_gap(times: Sequence[datetime]) -> timedelta | None:
    """Mean time between `times`, None when they are too few. The mean holds weekends; a median would not."""
    if len(times) < LEAST_ARRIVALS:
        return None
    return (max(times) - min(times)) / (len(times) - 1)


def silence(arrivals: Sequence[datetime], every: timedelta, now: datetime) -> str | None:
    """What is wrong when nothing new came for far longer than usual; None while nothing is."""
    usual = usual_gap(arrivals)
    if usual is None:
        return None
    still = now - arrivals[-1]
    if still <= max(STALE_GAPS * usual, 2 * every):
        return None
    return f"nothing new for {_span(still)}; it usually goes {_span(usual)} without"


def old_listing(dates: Iterable[datetime], now: datetime) -> str | None:
    """What is wrong when all that a feed lists is far older than its own rhythm would have it.

    The rhythm is told by days and not by records, many of which share the day of their issue.
    """
    days = sorted({date.replace(hour=0, minute=0, second=0, microsecond=0) for date in dates if date <= now})
    usual = usual_gap(days)
    if usual is None or now - days[-1] <= max(STALE_GAPS * usual, LEAST_AGE):
        return None
    return f"the newest record it lists is of {days[-1]:%Y-%m-%d}; they are usually {_span(usual)} apart"


def drifts(refused: int, seen: int) -> bool:
    """Whether so many records could not be read that the source seems to have changed its form."""
    return refused >= DRIFT_LEAST and refused >= DRIFT_SHARE * (refused + seen)


# --- records ---------------------------------------------------------------------------------


def dated(entry: Entry, now: datetime) -> tuple[Entry, str | None]:
    """`entry` without dates that stand for none (1 January 1970) or lie too far ahead, and what was left out."""
    odd = [moment for moment in (entry.published, entry.updated) if moment and _is_odd(moment, now)]
    if not odd:
        return entry, None
    published, updated = (None if moment in odd else moment for moment in (entry.published, entry.updated))
    year = None if entry.year in {moment.year for moment in odd} else entry.year
    told = ", ".join(f"{moment:%Y-%m-%d}" for moment in dict.fromkeys(odd))
    told = f"entry {entry.key!r}: the date {told} is left out"
    return replace(entry, published=published, updated=updated, year=year), told


def _is_odd(moment: datetime, now: datetime) -> bool:
    return moment - now > FUTURE or (moment.year, moment.month, moment.day) == (1970, 1, 1)


def old_keys(entries: Iterable[Entry], now: datetime) -> list[str]:
    """Keys of the records that are too old to be news, where they are so many that they came as a flood."""
    keys = [e.key for e in entries if e.published and not e.deleted and now - e.published > OLD]
    return keys if len(keys) >= FLOOD else []


# --- waits and ends --------------------------------------------------------------------------


def backoff(tries: int, name: str, longest: timedelta = LONGEST_BACKOFF) -> timedelta:
    """The wait after so many tries (1, 2, ...) that did not come back well: doubling, up to `longest`, then up to a
    fifth more, so that feeds which failed together do not come back together. The same for the same name and try."""
    mark = hashlib.sha256(f"{name}{tries}".encode()).digest()[0]
    doubled: int = 2 ** min(max(tries - 1, 0), 12)
    return min(FIRST_BACKOFF * doubled, max(longest, FIRST_BACKOFF)) * (1 + mark / 255 / 5)


def given_up(owed: Owed, fetch: Fetch) -> str | None:
    """The sentence with which a window is given up that was answered, and not in full; None while it is asked for
    again. `owed.tries` counts this try.

    One that others became one with is owed as a whole since its end.
    """
    answered = fetch.state not in UNANSWERED or fetch.seen > 0 or fetch.requests > 0
    owed_for = fetch.finished_at - max(owed.opened_at, owed.window.until)
    if not answered or fetch.state == "skipped" or owed.tries < MOST_TRIES or owed_for < GIVE_UP_AFTER:
        return None
    age = _span(fetch.finished_at - owed.opened_at)
    return f"given up after {owed.tries} tries in {age}: {fetch.error or fetch.state}"


def lapsed(owed: Owed, fetch: Fetch) -> tuple[datetime, str] | None:
    """Up to where a window is given up of which nothing came at all, and the sentence; None while it is not.

    A host that was down for longer than anybody waits for still owes what is younger.
    """
    until = min(owed.window.until, fetch.finished_at - GIVE_UP_UNANSWERED).replace(microsecond=0)
    came = fetch.state not in UNANSWERED or fetch.seen > 0
    if came or fetch.finished_at - owed.opened_at < GIVE_UP_UNANSWERED or until <= owed.window.since:
        return None
    return until, f"given up after {_span(GIVE_UP_UNANSWERED)} without an answer: {fetch.error or fetch.state}"


def stop_reason(status: int | None, refusals: Sequence[datetime], reason: str) -> str | None:
    """Why a feed is not to be asked any more; None while it is.

    `status` is the HTTP status of the latest refusal, `refusals` are the times of all that were like it in a row.
    """
    if status == 410:
        return f"stopped: {reason}: it is gone for good"
    most, spell = (GONE_SIGHTINGS, GONE_FOR) if status == 404 else (BLOCKED_SIGHTINGS, BLOCKED_FOR)
    if len(refusals) < most or refusals[-1] - refusals[0] < spell:
        return None
    since = f"{len(refusals)} times in a row since {refusals[0]:%Y-%m-%d}"
    return f"stopped: {reason}, {since}; mend its entry in feeds.yaml, or try `monitor fetch --feed NAME`"


def unlisted(known: int, listed: int, last_read: datetime | None, every: timedelta, now: datetime) -> Window | None:
    """The span in which a polled feed may have listed records that nobody saw: it was not looked at for two rhythms,
    and of what it lists now nothing was known."""
    if last_read is None or known or not listed or now - last_read <= 2 * every:
        return None
    return Window(last_read, now)


def _span(time: timedelta) -> str:
    hours = time / timedelta(hours=1)
    return f"{hours / 24:,.1f} days" if hours >= 36 else f"{max(hours, 0):,.0f} hours"
