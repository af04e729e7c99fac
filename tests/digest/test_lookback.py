"""How the week compares with those before: novelty, movement, first appearances."""

from __future__ import annotations

import numpy as np
import pytest
from digest.sample import work
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest.arrivals import ENOUGH, arrivals
from monitor.digest.novelty import Text, nearest
from monitor.digest.trend import movement
from monitor.weekly import Past


def vector(*values: float) -> bytes:
    return np.array(values, dtype="<f2").tobytes()


def test_what_is_further_from_the_past_is_newer() -> None:
    past = [Text("old", "x", "e", vector(1, 0)), Text("older", "y", "e", vector(0.9, 0.1))]
    week = [
        Text("same", "a", "e", vector(1, 0)),
        Text("new", "b", "e", vector(0, 1)),
        Text("mid", "c", "e", vector(1, 1)),
    ]
    found = nearest(week, past)
    assert {uid: novelty for uid, (novelty, _) in found.items()} == {"same": 0.0, "mid": 0.5, "new": 1.0}
    assert found["same"][1] == "old"


def test_vectors_of_another_encoder_are_not_compared() -> None:
    past = [Text("old", "flood maps of cities", "other", vector(1, 0))]
    found = nearest([Text("a", "Flood maps", "e", vector(1, 0)), Text("b", "Muon tomography", "e", vector(1, 0))], past)
    assert found == {"a": (0.0, "old"), "b": (1.0, "old")}


def test_without_a_past_nothing_is_said() -> None:
    assert nearest([Text("a", "Flood maps")], []) == {}


def test_a_lone_work_is_in_the_middle() -> None:
    assert nearest([Text("a", "Flood maps")], [Text("o", "Flood")])["a"][0] == 0.5


@given(st.lists(st.text(max_size=30), min_size=2, max_size=12))
def test_novelties_are_ranks(titles: list[str]) -> None:
    found = nearest([Text(str(n), title) for n, title in enumerate(titles)], [Text("o", "flood maps of cities")])
    assert sum(novelty for novelty, _ in found.values()) == pytest.approx(len(titles) / 2, abs=0.01)


@pytest.mark.parametrize(
    ("before", "now", "moved"),
    [
        ((10,) * 12, 10, None),
        ((10,) * 12, 16, None),
        ((10,) * 12, 17, "up"),
        ((10,) * 12, 3, "down"),
        ((2, 18) * 6, 20, None),
        ((0,) * 12, 1, None),
        ((0,) * 12, 2, "up"),
        ((10,) * 3, 50, None),
        ((), 5, None),
    ],
)
def test_movement(before: tuple[int, ...], now: int, moved: str | None) -> None:
    assert movement(before, now) == moved


def test_first_appearances_need_weeks_to_compare_with() -> None:
    norway = work("arxiv:1", "a", {"cyber": 0.9}, "NO GB", told={"NO": ("city", "Oslo", "Example Institute")})
    past = Past(weeks=("2026-W29",) * ENOUGH, countries={"cyber": frozenset({"GB"})})
    assert [(a.goal, a.kind, a.code, a.uid) for a in arrivals({"cyber": [norway]}, past)] == [
        ("cyber", "country", "NO", "arxiv:1")
    ]
    assert arrivals({"cyber": [norway]}, Past()) == ()
