"""Which works a digest tells, in which order, and what it counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from digest.sample import COVERAGE, FORMER, GOALS, WATCHED, WINDOW, WORKS, sample, work
from hypothesis import given
from hypothesis import strategies as st

from monitor.types import Digest, Subscriber, Tag, Work


def uids(digest: Digest, slug: str) -> list[str]:
    return [w.item.uid for section in digest.sections if section.goal.slug == slug for w in section.works]


def made(*works: Work, subscriber: Subscriber | None = None, **changes: Any) -> Digest:
    return sample(subscriber, works=works, **changes)


def undated(dated: Work) -> Work:
    return replace(dated, item=replace(dated.item, published=None))


def test_the_sample_in_numbers() -> None:
    digest = sample()
    assert [(s.goal.slug, s.total) for s in digest.sections] == [
        ("screening", 5),
        ("cyber", 6),
        ("decision", 5),
        ("responder", 4),
        ("resilience", 6),
    ]
    assert (digest.seen, digest.tagged, digest.selected, digest.unknown) == (1216, 21, 21, 3)
    assert digest.by_group == {"ec": 1, "home": 5, "other": 8, "partner": 14, "unknown": 3}
    assert digest.countries["screening"] == {
        "CN": 1, "DE": 1, "IL": 1, "NL": 1, "NO": 1, "SG": 1, "US": 1, "unknown": 1
    }  # fmt: skip
    assert digest.silent == ("theses",)
    assert set(digest.coverage) == set(COVERAGE)
    assert digest.models == ("goals-sample-1",)


def test_probability_then_date_then_uid_decide_the_order() -> None:
    digest = made(
        work("arxiv:5", "b", {"cyber": 0.8}, day=20),
        undated(work("arxiv:4", "undated", {"cyber": 0.8})),
        work("arxiv:3", "a", {"cyber": 0.8}, day=20),
        work("arxiv:2", "newer", {"cyber": 0.8}, day=21),
        work("arxiv:1", "likeliest", {"cyber": 0.9}, day=1),
    )
    assert uids(digest, "cyber") == ["arxiv:1", "arxiv:2", "arxiv:3", "arxiv:5", "arxiv:4"]


def test_a_date_in_the_future_counts_as_the_end_of_the_window() -> None:
    digest = made(
        work("arxiv:2", "from 2099", {"cyber": 0.8}, published=datetime(2099, 1, 1, tzinfo=UTC)),
        work("arxiv:1", "of the last day", {"cyber": 0.8}, published=WINDOW.until),
    )
    assert uids(digest, "cyber") == ["arxiv:1", "arxiv:2"]


def test_the_best_are_shown_and_all_are_counted() -> None:
    digest = sample(Subscriber("few", most=2))
    assert [(len(s.works), s.total) for s in digest.sections] == [(2, 5), (2, 6), (2, 5), (2, 4), (2, 6)]
    listed = {w.item.uid for works in digest.notable.values() for w in works}
    assert set(digest.marks) == {w.item.uid for s in digest.sections for w in s.works} | listed


def test_goals_of_the_subscriber_in_the_order_of_the_taxonomy() -> None:
    digest = sample(Subscriber("two", goals=("responder", "cyber")))
    assert [s.goal.slug for s in digest.sections] == ["cyber", "responder"]
    assert list(digest.countries) == ["cyber", "responder"]
    assert (digest.tagged, digest.selected) == (21, 10)


@pytest.mark.parametrize(
    ("countries", "expected"),
    [
        (("JP",), ["arxiv:2607.00322"]),
        (("home", "JP"), ["arxiv:2607.00322", "doi:10.5555/grid.88"]),
        (("unknown",), []),
        (("partner",), ["arxiv:2607.00301", "doi:10.5555/risk.2026.301", "doi:10.5555/grid.88", "arxiv:2607.00340"]),
    ],
)
def test_countries_and_groups_of_the_subscriber(countries: tuple[str, ...], expected: list[str]) -> None:
    digest = sample(Subscriber("some", countries=countries))
    assert uids(digest, "decision") == expected
    assert digest.asked == countries
    assert (digest.tagged, digest.unknown) == (21, 3), "what a selection cannot see is still counted"


def test_unknown_can_be_asked_for() -> None:
    digest = sample(Subscriber("some", countries=("unknown",)))
    assert digest.selected == digest.by_group["unknown"] == 3


def test_the_minimum_holds_for_each_goal_by_itself() -> None:
    digest = sample(Subscriber("sure", minimum=0.75))
    assert "arxiv:2607.00133" in uids(digest, "screening")
    assert "arxiv:2607.00133" not in uids(digest, "cyber")
    assert digest.minimum == 0.75


def test_a_tag_that_is_not_selected_or_of_another_facet_is_no_goal() -> None:
    below = work("arxiv:1", "below its threshold", {"cyber": 0.9}, threshold=0.95)
    other = replace(below, tags=(Tag("method", "cyber", 0.99, True, "m"),))
    digest = made(below, other)
    assert (digest.tagged, digest.selected, digest.models) == (0, 0, ())
    assert [s.works for s in digest.sections] == [()] * 5


@pytest.mark.parametrize(("year", "group"), [(2020, "other"), (2021, "partner")])
def test_the_group_of_a_country_is_that_of_the_day_of_the_paper(year: int, group: str) -> None:
    digest = made(work("arxiv:1", "from Seoul", {"cyber": 0.9}, "KR", published=datetime(year, 1, 1, tzinfo=UTC)))
    assert digest.by_group == {group: 1}
    assert digest.groups == {"KR": group}
    assert digest.marks == {"arxiv:1": {"KR": group}}


def test_two_works_of_one_country_may_be_of_two_groups() -> None:
    old = work("arxiv:1", "old", {"cyber": 0.9}, "KR", published=datetime(2020, 1, 1, tzinfo=UTC))
    new = work("arxiv:2", "new", {"cyber": 0.9}, "KR")
    digest = made(new, old)
    assert digest.by_group == {"other": 1, "partner": 1}
    assert digest.groups == {"KR": "partner"}
    assert digest.marks == {"arxiv:1": {"KR": "other"}, "arxiv:2": {"KR": "partner"}}


def test_a_work_without_a_date_is_of_the_day_it_was_first_seen() -> None:
    assert made(undated(work("arxiv:1", "undated", {"cyber": 0.9}, "KR"))).by_group == {"partner": 1}


@pytest.mark.parametrize(("year", "group"), [(2020, "other"), (2021, "partner"), (2999, "partner")])
def test_a_work_of_a_year_is_of_its_last_day_but_of_none_to_come(year: int, group: str) -> None:
    plain = undated(work("arxiv:1", "of a year", {"cyber": 0.9}, "KR"))
    dated = replace(plain, item=replace(plain.item, year=year))
    assert made(dated).by_group == {group: 1}


def test_a_country_of_several_authors_counts_once() -> None:
    twice = work("arxiv:1", "a", {"cyber": 0.9}, "DE DE FR")
    assert made(twice).countries["cyber"] == {"DE": 1, "FR": 1}
    assert made(twice).by_group == {"partner": 1}


def test_an_empty_week() -> None:
    digest = made(seen=0, coverage=())
    assert digest.silent == tuple(sorted(WATCHED))
    assert (digest.selected, digest.by_group, digest.groups) == (0, {}, {})
    assert digest.countries == {goal.slug: {} for goal in GOALS}


@given(
    st.permutations(WORKS),
    st.integers(0, 30),
    st.floats(0, 1),
    st.lists(st.sampled_from(["DE", "US", "partner", "home", "other", "unknown"])).map(tuple),
)
def test_any_selection(works: list[Work], most: int, minimum: float, countries: tuple[str, ...]) -> None:
    subscriber = Subscriber("any", most=most, minimum=minimum, countries=countries)
    digest = sample(subscriber, works=works)
    assert digest == sample(subscriber), "the order in which works come does not matter"
    assert digest.selected <= digest.tagged <= digest.seen
    for section in digest.sections:
        standings = digest.context.standings[section.goal.slug]
        scores = [standings[w.item.uid].score for w in section.works]
        assert scores == sorted(scores, reverse=True)
        assert all(w.probability(section.goal.slug) >= minimum for w in section.works)
        assert len(section.works) == min(most, section.total)
        assert sum(digest.countries[section.goal.slug].values()) >= section.total


def test_fetches_are_told_in_the_order_of_feed_and_time() -> None:
    later = replace(COVERAGE[0], started_at=COVERAGE[0].started_at + timedelta(hours=1))
    assert sample(coverage=(later, COVERAGE[0])).coverage == (COVERAGE[0], later)


@pytest.mark.parametrize(
    ("subscriber", "versions", "late"),
    [
        (Subscriber("all"), ["arxiv:2606.00088"], ["arxiv:2606.00412"]),
        (Subscriber("home", countries=("home",)), ["arxiv:2606.00088"], []),
        (Subscriber("norway", countries=("NO",)), [], ["arxiv:2606.00412"]),
        (Subscriber("unknown", countries=("unknown",)), [], []),
        (Subscriber("sure", minimum=0.8), ["arxiv:2606.00088"], []),
        (Subscriber("screening", goals=("screening",)), [], ["arxiv:2606.00412"]),
        (
            Subscriber("both", goals=("screening", "cyber"), countries=("partner",), minimum=0.5),
            ["arxiv:2606.00088"],
            [],
        ),
    ],
)
def test_works_of_former_weeks_fit_the_subscriber_as_those_of_the_week_do(
    subscriber: Subscriber, versions: list[str], late: list[str]
) -> None:
    context = sample(subscriber).context
    assert [one.uid for one in context.versions] == versions
    assert [one.uid for one in context.late] == late


def test_a_work_of_a_former_week_is_told_under_the_goals_of_its_reader() -> None:
    both = replace(FORMER[0], tags=(*FORMER[0].tags, *FORMER[1].tags))
    [version] = sample(Subscriber("sure", minimum=0.8), former=[both]).context.versions
    assert version.goals == ("cyber",)
