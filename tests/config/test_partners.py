"""Section `partners`: every country is in one group on every day, or the file is refused."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import partners
from monitor.config.document import Document
from monitor.config.forms import PartnersForm
from monitor.config.places import ror
from monitor.config.problems import Problems

START = date(2016, 1, 1)
SPANS = st.lists(
    st.tuples(st.sampled_from(["FR", "DE"]), st.integers(0, 20), st.none() | st.integers(1, 10)), max_size=5
)


def day(number: int) -> date:
    return START + timedelta(days=number)


@given(SPANS)
def test_overlapping_spans_are_refused_and_no_others(spans: list[tuple[str, int, int | None]]) -> None:
    nations = [
        {"country": code, "since": day(since), "until": None if length is None else day(since + length)}
        for code, since, length in spans
    ]
    form = PartnersForm.model_validate({"nations": nations})
    problems = Problems(Document(Path("feeds.yaml")))
    partners.check(form, problems)
    lens = partners.build(form)
    holding = [
        sum(n.country == code and n.on(day(number)) for n in lens.nations)
        for code in ("FR", "DE")
        for number in range(40)
    ]
    assert bool(problems.found) == (max(holding) > 1)
    for code in ("FR", "DE"):
        for number in range(40):
            member = any(n.country == code and n.on(day(number)) for n in lens.nations)
            assert lens.group(code, day(number)) == ("partner" if member else "other")


@given(st.integers(0, 32**6 - 1), st.integers(1, 96))
def test_a_slip_in_a_ror_id_is_seen(number: int, shift: int) -> None:
    letters = "0123456789abcdefghjkmnpqrstvwxyz"
    body = "0" + "".join(letters[number >> 5 * place & 31] for place in range(5, -1, -1))
    check = 98 - number * 100 % 97
    good = f"{body}{check:02}"
    assert ror(f"https://ror.org/{good}") == ror(good.upper()) == good
    wrong = f"{body}{(check - 2 + shift) % 97 + 2:02}"
    with pytest.raises(ValueError, match="slip"):
        ror(wrong)
