"""Shares, kinds of collaboration and pairs, and the sentences made of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from digest.sample import WINDOW, sample, work
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest import brief, lens
from monitor.types import COLLABORATIONS, EU, PartnerGroup, Subscriber, Work, collaboration

GROUP: dict[str, PartnerGroup] = {
    "US": "home",
    "DE": "partner",
    "SE": "partner",
    EU: "ec",
    "CN": "other",
    "IN": "other",
}
PLACES = st.sets(st.sampled_from(sorted(GROUP)))


def seen(places: str, known: float = 1.0) -> tuple[Work, dict[str, PartnerGroup]]:
    one = work("arxiv:1", "a", {"cyber": 0.9}, places)
    origins = tuple(replace(origin, fraction=origin.fraction * known) for origin in one.origins)
    return replace(one, origins=origins), {place: GROUP[place] for place in places.split()}


def test_shares_of_works_and_of_authors() -> None:
    found = lens.shares([seen("US DE"), seen("DE SE", known=0.5), seen("")])
    assert found.works == 3
    assert found.by_group == {"home": 1, "partner": 2, "ec": 0, "other": 0, "unknown": 1}
    assert found.authors == {"home": 0.1667, "partner": 0.3333, "ec": 0.0, "other": 0.0, "unknown": 0.5}


def test_nothing_has_no_shares() -> None:
    found = lens.shares([])
    assert (found.works, set(found.by_group.values()), set(found.authors.values())) == (0, {0}, {0.0})


@given(st.lists(st.tuples(PLACES, st.floats(min_value=0, max_value=3)), min_size=1, max_size=6))
def test_shares_add_to_one_whatever_the_record_says(works: list[tuple[set[str], float]]) -> None:
    found = lens.shares([seen(" ".join(sorted(places)), known) for places, known in works])
    assert sum(found.authors.values()) == pytest.approx(1, abs=0.0005)
    assert min(found.authors.values()) >= 0


@given(PLACES)
def test_a_kind_is_the_first_of_those_that_hold(places: set[str]) -> None:
    groups = {place: GROUP[place] for place in places}
    kind = collaboration(groups)
    assert kind in COLLABORATIONS
    if len(places) > 1:
        one, other = kind.split("-")
        assert {one, other} <= set(groups.values())
        assert ("home" in groups.values()) == (one == "home")
        if "home" in groups.values():
            assert (other == "partner") == ("partner" in groups.values())
    else:
        assert kind in ("unknown", "domestic", "single-country")


def test_kinds_come_in_their_order_and_add_to_the_works() -> None:
    works = [seen(places) for places in ("", "CN", "US", "DE SE", "US DE CN", "US DE")]
    assert list(lens.collaborations(works).items()) == [
        ("home-partner", 2),
        ("partner-partner", 1),
        ("domestic", 1),
        ("single-country", 1),
        ("unknown", 1),
    ]


def test_every_kind_has_words() -> None:
    assert len({brief.kind(kind) for kind in COLLABORATIONS}) == len(COLLABORATIONS)


def test_pairs_begin_with_the_first_group_and_the_most_frequent() -> None:
    found = lens.pairs([seen("CN US"), seen("DE US"), seen("SE US DE")])
    assert [(pair.one, pair.other, pair.works) for pair in found] == [
        ("US", "DE", 2),
        ("DE", "SE", 1),
        ("US", "CN", 1),
        ("US", "SE", 1),
    ]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (
            ["US DE", "DE"],
            (
                "Partner nations have a part in 2 of 2 works (100%), 1 of them together with home.",
                "Of the authors, each work weighing the same, 75% work in partner nations, 25% work at home and "
                "0% work where no record tells.",
            ),
        ),
        (
            [""],
            (
                "Partner nations have a part in none of 1 work.",
                "Of the authors, each work weighing the same, 100% work where no record tells.",
            ),
        ),
        (
            ["EU"],
            (
                "Partner nations have a part in none of 1 work.",
                "Of the authors, each work weighing the same, 100% work in bodies of the European Union and 0% work "
                "where no record tells.",
            ),
        ),
        ([], ()),
    ],
)
def test_what_part_partners_have(places: list[str], expected: tuple[str, ...]) -> None:
    works = [work(f"arxiv:{n}", "a", {"cyber": 0.9}, codes) for n, codes in enumerate(places)]
    assert brief.partners(sample(works=works)) == expected


def test_places_that_are_once_together_are_no_pattern() -> None:
    once = sample(works=[work("arxiv:1", "a", {"cyber": 0.9}, "US DE")])
    assert brief.pairs(once) == "No two countries are together in more than one work."
    assert brief.pairs(sample()) == (
        "Most works together: United States and Canada (2); United States and Germany (2); "
        "United States and United Kingdom (2)."
    )


def test_a_body_of_the_union_counts_by_the_day_of_the_work() -> None:
    old = work("arxiv:1", "a", {"cyber": 0.9}, EU, published=WINDOW.since.replace(year=2015))
    digest = sample(works=(old, work("arxiv:2", "b", {"cyber": 0.9}, EU)))
    assert digest.marks == {"arxiv:1": {EU: "other"}, "arxiv:2": {EU: "ec"}}
    assert sample(Subscriber("eu", countries=("ec",)), works=digest.sections[1].works).selected == 1
