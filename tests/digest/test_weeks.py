"""ISO weeks as windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest import due, week_of, window_of
from monitor.errors import ConfigError
from monitor.types import Window


@pytest.mark.parametrize(
    ("week", "monday"),
    [
        ("2026-W30", datetime(2026, 7, 20, tzinfo=UTC)),
        ("2026-W01", datetime(2025, 12, 29, tzinfo=UTC)),
        ("2026-W53", datetime(2026, 12, 28, tzinfo=UTC)),
    ],
)
def test_a_week_runs_from_monday_to_monday(week: str, monday: datetime) -> None:
    assert window_of(week) == Window(monday, monday + timedelta(days=7))


@given(st.datetimes(datetime(1, 1, 8), datetime(9999, 12, 20), timezones=st.just(UTC)))
def test_every_moment_is_in_its_own_week_and_in_no_other(moment: datetime) -> None:
    window = window_of(week_of(moment))
    assert moment in window
    assert week_of(window.since) == week_of(moment)
    assert week_of(window.until) != week_of(moment)
    assert week_of(window.since - timedelta(seconds=1)) != week_of(moment)


def test_the_week_is_that_of_utc() -> None:
    assert week_of(datetime(2026, 7, 27, 1, tzinfo=timezone(timedelta(hours=2)))) == "2026-W30"


@pytest.mark.parametrize(
    "text", ["", "2026-30", "2026-w30", "26-W30", "2026-W3", "2026-W30 ", "٢٠٢٦-W30", "../2026-W30"]
)
def test_what_is_not_a_week_is_said_so(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a week: write the year and the ISO week, such as 2026-W30"):
        window_of(text)


@pytest.mark.parametrize("text", ["2026-W00", "2026-W54", "2025-W53", "0000-W01", "9999-W53", "9999-W52"])
def test_a_week_that_its_year_lacks_is_said_so(text: str) -> None:
    with pytest.raises(ConfigError, match=f"there is no week {text}"):
        window_of(text)


@pytest.mark.parametrize(
    ("week", "weekday", "hour", "zone", "moment"),
    [
        ("2026-W30", 0, 6, "UTC", datetime(2026, 7, 27, 6, tzinfo=UTC)),
        ("2026-W30", 1, 8, "Europe/Berlin", datetime(2026, 7, 28, 6, tzinfo=UTC)),
        ("2026-W30", 0, 6, "Asia/Tokyo", datetime(2026, 7, 27, 0, tzinfo=UTC)),
        ("2026-W30", 6, 23, "Pacific/Honolulu", datetime(2026, 8, 3, 9, tzinfo=UTC)),
        ("2026-W42", 6, 2, "Europe/Berlin", datetime(2026, 10, 25, 0, tzinfo=UTC)),
        ("2026-W12", 6, 2, "Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ],
    ids=["utc", "summer", "before the week is over in UTC", "far west", "an hour twice", "an hour never"],
)
def test_when_a_digest_is_due(week: str, weekday: int, hour: int, zone: str, moment: datetime) -> None:
    assert due(window_of(week), weekday, hour, zone) == moment


@given(
    st.dates(datetime(2000, 1, 3).date(), datetime(2035, 1, 1).date()),
    st.integers(0, 6),
    st.integers(0, 23),
    st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_a_digest_is_due_after_its_week_and_before_the_one_after_next(
    day: date, weekday: int, hour: int, zone: str
) -> None:
    window = window_of(week_of(datetime(day.year, day.month, day.day, tzinfo=UTC)))
    moment = due(window, weekday, hour, zone)
    assert window.until <= moment < window.until + timedelta(days=8)
