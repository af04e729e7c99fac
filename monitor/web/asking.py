"""What an address asks for: its query string as checked values. Bad input is left out, as if it had not been given."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from monitor.countries import is_place
from monitor.digest import week_of
from monitor.digest.weeks import window_of
from monitor.errors import ConfigError
from monitor.types import GROUPS
from monitor.web.survey import Choice

WEEKS = 12
"""How many weeks are looked at where nothing else is asked for."""

MOST_WEEKS = 200
"""Weeks that are looked at together, the last of those asked for: what was counted is what charts show."""


def choice(asked: Mapping[str, str], goals: Collection[str], now: datetime) -> Choice:
    """Which works to count; by default those of the last twelve weeks, and of no more than `MOST_WEEKS`."""
    last = week(asked.get("until", "")) or week_of(now)
    first = week(asked.get("since", "")) or _before(last, WEEKS - 1)
    if first > last:
        first, last = last, first
    first = max(first, _before(last, MOST_WEEKS - 1))
    goal, country, group = (asked.get(key, "") for key in ("goal", "country", "group"))
    return Choice(
        first,
        last,
        goal if goal in goals else "",
        country if is_place(country) or country == "unknown" else "",
        group if group in GROUPS else "",
    )


def week(text: str) -> str:
    """An ISO week such as 2026-W30; empty when it is none."""
    try:
        window_of(text)
    except (ConfigError, ValueError):
        return ""
    return text


def _before(name: str, number: int) -> str:
    """The week so many before the week `name`; the first of the calendar when there are not so many."""
    try:
        return week_of(window_of(name).since - timedelta(weeks=number))
    except OverflowError:
        return week_of(datetime.min.replace(tzinfo=UTC))


def weeks(first: str, last: str) -> list[str]:
    """Every week from `first` to `last`, at most `MOST_WEEKS`."""
    found: list[str] = []
    since = window_of(first).since
    while week_of(since) <= last and len(found) < MOST_WEEKS:
        found.append(week_of(since))
        since += timedelta(weeks=1)
    return found


def address(path: str, **asked: object) -> str:
    """`path` with the parameters that have a value."""
    query = urlencode({key: value for key, value in asked.items() if value not in ("", None)})
    return f"{path}?{query}" if query else path


def number(text: str, least: int, most: int, otherwise: int) -> int:
    """A whole number between two; `otherwise` when it is none."""
    return min(most, max(least, int(text))) if text.isdecimal() and len(text) < 9 else otherwise
