"""Questions to routes: when one about a work is due, and what came of one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor import routes
from monitor.errors import FetchError
from monitor.publication import Publication
from monitor.store.evidence import ANSWERS, Lookup, LookupState
from monitor.types import Request

DAY = timedelta(days=1)
FIRST_BACKOFF = timedelta(hours=1)
"""Wait after a question that got no answer; it doubles with each, up to a day."""
MOST_FAILURES = 8
"""Questions without an answer after which a route is asked no more about a work."""
DECLINED = frozenset({400, 414, 422})
"""What servers answer to a question that they do not take; one name may be why they do not take a list."""
REST: dict[LookupState, timedelta] = {"throttled": timedelta(hours=1), "blocked": timedelta(hours=6)}
"""How long a route is left alone that said so, unless it said how long."""


# --- when ------------------------------------------------------------------------------------


def is_due(
    days: Sequence[int], first_seen: datetime, lookups: Iterable[Lookup], now: datetime, *, alone: bool = False
) -> bool:
    """Whether a work first seen then is to be asked about now, after what was asked before.

    Each of `days` after first sight calls for one answer; days that were missed are made up for by one question. A
    question that got no answer is asked again, after waits that double, and given up after `MOST_FAILURES`. Where a
    work that a list does not have is to be asked about `alone`, the list was no answer about it.
    """
    since = _since(days, first_seen, lookups, now)
    if since is None or any(lookup.state in ANSWERS and not (alone and _unlisted(lookup)) for lookup in since):
        return False
    failed = [lookup for lookup in since if lookup.state not in ANSWERS]
    if not failed:
        return True
    wait = min(FIRST_BACKOFF * 2 ** (len(failed) - 1), DAY)
    return len(failed) < MOST_FAILURES and now >= failed[-1].asked_at + wait


def was_unlisted(days: Sequence[int], first_seen: datetime, lookups: Iterable[Lookup], now: datetime) -> bool:
    """Whether a list did not have the work when it was last asked about on one of `days`."""
    return any(map(_unlisted, _since(days, first_seen, lookups, now) or ()))


def _since(days: Sequence[int], first_seen: datetime, lookups: Iterable[Lookup], now: datetime) -> list[Lookup] | None:
    """What was asked since the last of `days` after first sight; None before the first."""
    passed = [first_seen + day * DAY for day in days if first_seen + day * DAY <= now]
    return [lookup for lookup in lookups if lookup.asked_at >= max(passed)] if passed else None


def _unlisted(lookup: Lookup) -> bool:
    return lookup.state == "absent" and lookup.works > 1


# --- what came -------------------------------------------------------------------------------


def source(request: Request) -> str:
    """The address of what was asked for, without its query, in which a key may be."""
    return request.url.partition("?")[0]


def outcome(plain: Lookup, answer: routes.Answer | None) -> Lookup:
    """The row of a work about which the source has spoken."""
    if answer is None:
        return replace(plain, state="absent", error="the source does not have the work")
    if answer.refused:
        return replace(plain, state="refused", error=answer.refused)
    told = bool(answer.statements) or answer.publication not in (None, Publication())
    return replace(plain, state="answered" if told else "none", statements=len(answer.statements))


def failed(plain: Lookup, failure: FetchError) -> Lookup:
    """The row of a question that brought no document. That there is none, one too long to be read, or none to such a
    question, is an answer; but of several works it says nothing."""
    if failure.status in (404, 410) and plain.works == 1:
        return replace(plain, state="absent", error=str(failure))
    if failure.status in DECLINED and plain.works == 1:
        return replace(plain, state="refused", error=f"it does not take the question about this work: {failure}")
    if failure.status == 200:
        return replace(plain, state="refused", error=str(failure))
    rest = REST.get(failure.state)
    if failure.state == "throttled" and failure.retry_after:
        rest = max(timedelta(minutes=1), timedelta(seconds=failure.retry_after))
    retry_at = plain.asked_at + rest if rest else None
    return replace(plain, state=failure.state, retry_at=retry_at, error=str(failure))
