from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.review import propose as proposals
from monitor.review.propose import POOL, distance

EAST, NORTH, UP = np.eye(3, dtype=np.float32)


def propose(*arguments: Any) -> list[int]:
    """The rows alone."""
    return [found.row for found in proposals(*arguments)]


def test_the_most_doubtful_comes_first() -> None:
    chances = [[0.9], [0.45], [0.1], [0.55]]
    assert propose(chances, [0.46], [None] * 4, 1) == [1]
    assert propose(chances, [0.6], [None] * 4, 1) == [3]


def test_doubt_is_measured_in_log_odds() -> None:
    near, far = distance([[0.02], [0.1]], [0.05]).ravel()
    assert near > far > 0, "0.02 is nearer to 0.05 than 0.1 is, but not in odds"
    assert distance([[0.3, 0.7]], [0.3, 0.7]).tolist() == [[0, 0]]
    assert np.isfinite(distance([[0.0, 1.0]], [0.5, 0.0])).all()


def test_no_two_alike_while_there_are_others() -> None:
    chances = [[0.5], [0.5], [0.49], [0.4], [0.3]]
    assert propose(chances, [0.5], [EAST, 2 * EAST, EAST, NORTH, UP], 5) == [0, 3, 4, 1, 2]


def test_only_the_doubtful_are_looked_at_however_far_the_others_are() -> None:
    doubtful = [[0.5]] * POOL
    assert propose([*doubtful, [0.99]], [0.5], [EAST] * POOL + [NORTH], 1) == [0]
    assert POOL not in propose([*doubtful, *doubtful, [0.99]], [0.5], [EAST] * 2 * POOL + [NORTH], 2)


def test_goals_take_turns_and_the_rarest_begins() -> None:
    chances = [[0.5, 0.01]] * 6 + [[0.01, 0.5]] * 2
    found = propose(chances, [0.5, 0.5], [None] * 8, 6)
    assert [row >= 6 for row in found] == [True, False, True, False, False, False]
    assert sorted(found) == [0, 1, 2, 3, 6, 7]


def test_one_missing_vector_is_far_from_all_and_the_next_are_like_it() -> None:
    chances = [[0.5], [0.49], [0.48], [0.47], [0.46]]
    assert propose(chances, [0.5], [EAST, EAST + NORTH / 2, None, None, NORTH + EAST / 2], 5) == [0, 2, 4, 1, 3]


@pytest.mark.parametrize("vector", [np.zeros(3, np.float32), np.array([1, np.nan, 0], np.float16)])
def test_a_vector_without_direction_is_none(vector: Any) -> None:
    chances = [[0.5], [0.49], [0.48], [0.47]]
    with_it = propose(chances, [0.5], [EAST, NORTH, vector, None], 4)
    assert with_it == propose(chances, [0.5], [EAST, NORTH, None, None], 4)


def test_nothing_of_nothing() -> None:
    assert propose(np.zeros((0, 5)), [0.5] * 5, [], 20) == []
    assert propose([[0.5]], [0.5], [None], 0) == []


@st.composite
def stores(draw: st.DrawFn) -> tuple[Any, Any, list[Any]]:
    rows, goals = draw(st.integers(1, 30)), draw(st.integers(1, 4))
    share = st.integers(0, 20).map(lambda n: n / 20)
    chances = draw(st.lists(st.lists(share, min_size=goals, max_size=goals), min_size=rows, max_size=rows))
    thresholds = draw(st.lists(st.sampled_from([0.2, 0.5, 0.8]), min_size=goals, max_size=goals))
    one = st.none() | st.lists(st.integers(-3, 3), min_size=3, max_size=3).map(lambda v: np.array(v, np.float16))
    return chances, thresholds, draw(st.lists(one, min_size=rows, max_size=rows))


@given(stores(), st.integers(1, 40))
def test_rows_are_proposed_once_and_as_many_as_there_are(store: tuple[Any, Any, list[Any]], count: int) -> None:
    chances, thresholds, vectors = store
    found = propose(chances, thresholds, vectors, count)
    assert len(found) == len(set(found)) == min(count, len(vectors))
    assert found == propose(chances, thresholds, vectors, count)


@given(stores(), st.integers(1, 40))
def test_no_goal_has_more_than_its_share_while_another_waits(store: tuple[Any, Any, list[Any]], count: int) -> None:
    chances, thresholds, vectors = store
    nearest = distance(chances, thresholds).argmin(axis=1).tolist()
    found = [nearest[row] for row in propose(chances, thresholds, vectors, count)]
    for goal in set(nearest):
        if found.count(goal) < nearest.count(goal):
            assert all(found.count(other) <= found.count(goal) + 1 for other in set(nearest))


@given(stores())
def test_the_first_is_worth_most_of_its_goal(store: tuple[Any, Any, list[Any]]) -> None:
    chances, thresholds, vectors = store
    found = proposals(chances, thresholds, vectors, len(vectors))
    first = proposals(chances, thresholds, vectors, 1)[0]
    assert first.apart == 1
    assert first.value == pytest.approx(
        max(other.doubt * (1 + other.relevance) / 2 for other in found if other.goal == first.goal)
    )


@given(stores(), st.integers(1, 40))
def test_what_a_proposal_says_is_between_none_and_all(store: tuple[Any, Any, list[Any]], count: int) -> None:
    for found in proposals(*store, count):
        assert 0 < found.doubt <= 1
        assert 0 <= found.relevance <= 1
        assert 0 <= found.apart <= 1
        assert 0 <= found.value <= 1


def test_of_two_as_doubtful_the_relevant_one_comes_first() -> None:
    chances = [[0.5, 0.01], [0.5, 0.9]]
    assert propose(chances, [0.5, 0.1], [EAST, NORTH], 2) == [1, 0]


def test_worth_and_being_apart_are_weighed_against_each_other() -> None:
    near, far = EAST + NORTH, NORTH
    assert propose([[0.5], [0.49], [0.4]], [0.5], [EAST, near, far], 3) == [0, 2, 1]
    assert propose([[0.5], [0.49], [0.05]], [0.5], [EAST, near, far], 3) == [0, 1, 2], "apart, but hardly in doubt"
