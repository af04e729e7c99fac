"""What a provider grants its clients, as the headers of its answers say. Pure.

No standard is followed by all. `X-RateLimit-Limit`, `-Remaining` and `-Reset` are a budget and what is left of it
(OpenAlex, CORE, Zenodo); `X-Rate-Limit-Limit` and `-Interval` are a pace (Crossref).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RESERVE = 0.1
"""The share of a budget that is left to others who use the same key or address."""

SLOWEST = 60.0
"""Seconds between two requests: the slowest pace that is believed."""

_EPOCH = 1e9
"""Numbers above are moments in Unix time (after 2001), numbers below are seconds from now."""


def pause(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until the budget is whole again, when no more than the reserve is left of it.

    None while there is more, and where the headers do not say both.
    """
    granted, left = _number(headers.get("x-ratelimit-limit")), _number(headers.get("x-ratelimit-remaining"))
    if granted is None or left is None or left > granted * RESERVE:
        return None
    waits = (_wait(headers.get(f"x-ratelimit-{name}"), now) for name in ("reset", "retry-after"))
    return next((wait for wait in waits if wait is not None), None)


def pace(headers: Mapping[str, str]) -> float:
    """Seconds between two requests that the answer asks for; 0 when it says nothing."""
    requests = _number(headers.get("x-rate-limit-limit"))
    seconds = _number(headers.get("x-rate-limit-interval", "").strip().removesuffix("s"))
    return min(seconds / requests, SLOWEST) if requests and seconds else 0.0


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and re.fullmatch(r"\s*[0-9]{1,15}(\.[0-9]{1,9})?\s*", text) else None


def _wait(text: str | None, now: datetime) -> float | None:
    """Seconds from now that a number of them, a moment in Unix time or a date in ISO 8601 or RFC 5322 stands for."""
    number = _number(text)
    if number is not None:
        return number if number < _EPOCH else max(0.0, number - now.timestamp())
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text or "")
            seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
            return max(0.0, seconds)
        except (ValueError, OverflowError):
            continue
    return None
