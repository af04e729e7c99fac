"""The demo's pages are of the week before they are asked for, whenever that is."""

import re
from datetime import date, timedelta
from email.utils import parsedate_to_datetime

import demo
from hypothesis import given
from hypothesis import strategies as st

_MAIL = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} [A-Z+0-9]+")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?!\d)")


def days(page: bytes) -> list[date]:
    """Every day that a page names; days of the week must be right."""
    text = page.decode("utf-8")
    mailed = [(stated, parsedate_to_datetime(stated)) for stated in _MAIL.findall(text)]
    assert all(stated.startswith(f"{when:%a}, ") for stated, when in mailed)
    return [when.date() for _, when in mailed] + [date.fromisoformat(found) for found in _ISO.findall(text)]


@given(st.dates(date(2020, 1, 1), date(2050, 1, 1)))
def test_no_page_is_of_a_day_to_come_nor_of_long_ago(today: date) -> None:
    for case in demo.CASES:
        named = days(demo.page(case, today))
        assert named
        assert max(named) < today
        assert min(named) >= today - timedelta(days=15)


def test_pages_are_as_they_lie_there_in_the_week_after() -> None:
    for case in demo.CASES:
        assert demo.page(case, demo.ENDS) == next(case.glob("page.*")).read_bytes()
