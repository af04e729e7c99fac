"""The sentences of a digest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from digest.sample import WINDOW, fetch, sample, work

from monitor.digest import brief
from monitor.digest.coverage import feed_lines
from monitor.digest.explain import explanations
from monitor.types import Digest, Subscriber, Window

ONE = (work("arxiv:1", "one", {"cyber": 0.9}, "JP"),)
WELL = {"coverage": (fetch("f", "ok", 1, 1),), "watched": ("f",)}


def subject(digest: Digest) -> str:
    return brief.subject(digest, feed_lines(digest))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "week 2026-W30: 21 new works, 14 from partner nations, 3 of unknown country"),
        ({"works": ONE}, "week 2026-W30: 1 new work, none from partner nations"),
        ({"running": True}, "week 2026-W30 so far: 21 new works, 14 from partner nations, 3 of unknown country"),
        ({"works": ()} | WELL, "week 2026-W30: no new works"),
        ({"works": ()}, "week 2026-W30: no new works; 3 of 6 feeds not read well"),
        ({"works": (), "coverage": (), "watched": ("f",)}, "week 2026-W30: no new works; 1 of 1 feed not read well"),
        (
            {"works": ONE, "subscriber": Subscriber("a", countries=("JP",))},
            "week 2026-W30, from Japan: 1 new work, none from partner nations",
        ),
        (
            {"works": ONE, "subscriber": Subscriber("a", goals=("cyber",), countries=("JP", "partner"))},
            "week 2026-W30, A Trusted Cyber Future from Japan or partner nations: 1 new work, "
            "none from partner nations",
        ),
        (
            {"works": ONE, "subscriber": Subscriber("a", countries=("JP", "PT", "home"))},
            "week 2026-W30, from 3 places: 1 new work, none from partner nations",
        ),
        (
            {"week": "2026-07-20-to-2026-07-23", "window": Window(WINDOW.since, WINDOW.since.replace(day=23))},
            "20 to 22 July 2026: 21 new works, 14 from partner nations, 3 of unknown country",
        ),
    ],
)
def test_subject(changes: dict[str, Any], expected: str) -> None:
    assert subject(sample(**changes)) == f"Research abroad, {expected}"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "21 of 1,216 works first seen in this week carry at least one of the 5 goals."),
        ({"works": ONE, "seen": 1}, "1 of 1 work first seen in this week carries at least one of the 5 goals."),
        ({"works": (), "seen": 9}, "9 works were first seen in this week; none carries a goal."),
        ({"works": (), "seen": 0}, "No new works were first seen in this week."),
        (
            {"subscriber": Subscriber("a", countries=("JP",))},
            "21 of 1,216 works first seen in this week carry a goal; 1 of them fits what this digest is asked for.",
        ),
        (
            {"subscriber": Subscriber("a", countries=("AQ",))},
            "21 of 1,216 works first seen in this week carry a goal; none of them fits what this digest is asked for.",
        ),
    ],
)
def test_what_was_found(changes: dict[str, Any], expected: str) -> None:
    assert brief.headline(sample(**changes))[0] == expected


def test_what_is_left_out_on_purpose_is_said_at_once() -> None:
    asked = Subscriber("a", countries=("partner", "JP", "unknown"), minimum=0.75)
    assert brief.headline(sample(subscriber=asked))[1] == (
        "This digest shows only works from partner nations, Japan or an unknown country and only goals with a "
        "probability of at least 0.75."
    )
    assert not any("only" in sentence for sentence in brief.headline(sample()))


SEVERAL = " (a work counts wherever it has authors)"
"""Said where the numbers add up to more than the works."""


@pytest.mark.parametrize(
    ("countries", "expected"),
    [
        ("DE", "By country of origin: 1 in partner nations."),
        ("US JP", f"By country of origin{SEVERAL}: 1 at home (United States) and 1 in other countries."),
        ("", "For 1 of them (100%) no country is known."),
    ],
)
def test_where_it_comes_from(countries: str, expected: str) -> None:
    assert brief.headline(sample(works=(work("arxiv:1", "one", {"cyber": 0.9}, countries),)))[1] == expected


def test_known_and_unknown_are_told_together() -> None:
    assert brief.headline(sample())[1] == (
        f"By country of origin{SEVERAL}: 14 in partner nations, 5 at home (United States), 1 in bodies of the "
        "European Union and 8 in other countries; for 3 of them (14%) no country is known."
    )


def test_a_running_week_says_so() -> None:
    assert brief.headline(sample(running=True))[-1] == (
        "The week is not over: this is what was known on 27 July 2026, 06:00 UTC."
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "3 of 6 feeds came back well; 3 did not, so works may be missing here."),
        (WELL, "The one feed came back well."),
        (
            {"coverage": (fetch("f", "ok", 1, 1), fetch("g", "empty", 0, 0)), "watched": ()},
            "All 2 feeds came back well.",
        ),
        ({"coverage": (), "watched": ()}, "No feed was watched."),
    ],
)
def test_completeness(changes: dict[str, Any], expected: str) -> None:
    assert brief.completeness(feed_lines(sample(**changes))) == expected


def test_explanations_name_the_model_and_the_unknown() -> None:
    told = dict(explanations(sample()))
    assert "3 of 21 works with a goal (14%)" in told["Country unknown"]
    assert "goals-sample-1" in told["Model"]
    empty = dict(explanations(sample(works=())))
    assert not {"Country unknown", "Model"} & set(empty)


def test_a_week_is_one_only_when_its_name_and_its_window_agree() -> None:
    digest = sample()
    assert brief.period(digest) == "week 2026-W30"
    assert brief.period(replace(digest, week="2026-W31")) == "20 to 26 July 2026"


@pytest.mark.parametrize(
    ("countries", "told"),
    [((), False), (("partner",), True), (("partner", "unknown"), False), (("JP", "home"), True)],
)
def test_a_selection_by_country_says_what_it_cannot_know(countries: tuple[str, ...], told: bool) -> None:
    sentences = brief.headline(sample(Subscriber("a", countries=countries)))
    missing = "No country is known for 3 of 21 works with a goal (14%); those that belong here are missing."
    assert (missing in sentences) == told


def test_a_selection_by_country_of_which_all_is_known_misses_nothing() -> None:
    sentences = brief.headline(sample(Subscriber("a", countries=("JP",)), works=ONE))
    assert not [sentence for sentence in sentences if "missing" in sentence]
