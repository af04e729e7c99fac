"""ISO weeks as windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest import week_of, window_of
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
