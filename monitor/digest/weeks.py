"""Weeks as ISO 8601 names them, Monday to Monday in UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.errors import ConfigError
from monitor.types import Window

_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")


def week_of(moment: datetime) -> str:
    """Name of the ISO week in which `moment` falls in UTC, such as `2026-W30`."""
    year, week, _ = moment.astimezone(UTC).isocalendar()
    return f"{year:04}-W{week:02}"


def window_of(week: str) -> Window:
    """Monday 00:00 UTC of `week` up to, and without, the Monday after it.

    Raises ConfigError when `week` is not written like `2026-W30` or its year has no such week.
    """
    match = _WEEK.fullmatch(week)
    if match is None:
        raise ConfigError(f"{week!r} is not a week: write the year and the ISO week, such as 2026-W30")
    try:
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        since = datetime(monday.year, monday.month, monday.day, tzinfo=UTC)
        return Window(since, since + timedelta(days=7))
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"there is no week {week}: ISO years have 52 or 53 weeks, counted from 01") from error


def due(window: Window, weekday: int, hour: int, zone: str) -> datetime:
    """When the digest of a week is due: on a day after it (0 for its Monday) at an hour of the clocks in `zone`.

    Never before the week is over, which east of Greenwich is later than the first hours of Monday. An hour that
    occurs twice, when clocks go back, counts the first time; one that is left out counts as the hour after it.
    """
    local = datetime.combine(window.until.date() + timedelta(days=weekday), time(hour), ZoneInfo(zone))
    return max(local.astimezone(UTC), window.until)
