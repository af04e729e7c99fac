"""The order of works: what the score adds up to, and that nobody can pin the top."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from digest.sample import work
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest.rank import TOP, Candidate, order
from monitor.types import Work
from monitor.weekly import Ranking


def candidate(
    number: int, probability: float, *, feed: str = "a", author: str = "", partner: bool = False
) -> Candidate:
    one = work(f"arxiv:2607.{number:05}", f"Work {number}", {"cyber": probability}, "", [author or f"Author {number}"])
    return Candidate(replace(one, item=replace(one.item, feeds=(feed,))), probability, date(2026, 7, 20), partner)


def uids(candidates: list[Candidate], ranking: Ranking, **nearest: tuple[float, str]) -> list[str]:
    return [work.item.uid for work, _ in order(candidates, ranking, nearest)]


def test_the_score_is_what_the_guide_says() -> None:
    ranking = Ranking(novelty=0.1, partner=0.05, source=0.2, sources={"a": 0.5})
    one = candidate(1, 0.8, partner=True)
    [(_, standing)] = order([one], ranking, {one.work.item.uid: (0.75, "arxiv:1")})
    assert standing.score == pytest.approx(0.8 + 0.1 * 0.75 + 0.05 - 0.2 * 0.5)
    assert (standing.novelty, standing.nearest, standing.partner, standing.weight) == (0.75, "arxiv:1", True, 0.5)


def test_without_weights_only_the_probability_counts() -> None:
    plain = Ranking(0, 0, 0)
    assert uids([candidate(1, 0.7, partner=True), candidate(2, 0.9)], plain) == ["arxiv:2607.00002", "arxiv:2607.00001"]


def test_a_stuffed_feed_cannot_pin_the_top() -> None:
    stuffed = [candidate(n, 0.999, feed="stuffed") for n in range(30)]
    honest = [candidate(100 + n, 0.7, feed=f"feed-{n}") for n in range(8)]
    ranked = order([*stuffed, *honest], Ranking(), {})
    top = [work.item.feeds[0] for work, _ in ranked[:TOP]]
    assert top.count("stuffed") == Ranking().per_feed
    assert [standing.deferred for _, standing in ranked[:TOP]] == [False] * TOP
    assert ranked[TOP][1].deferred


def test_an_author_cannot_pin_the_top() -> None:
    prolific = [candidate(n, 0.99, feed=f"f{n}", author="Ada Example") for n in range(10)]
    ranked = order([*prolific, *(candidate(50 + n, 0.6, feed=f"g{n}") for n in range(9))], Ranking(), {})
    names = [work.item.authors[0].name for work, _ in ranked[:TOP]]
    assert names.count("Ada Example") == Ranking().per_author


def test_where_there_is_nothing_else_a_feed_fills_the_page() -> None:
    ranked = order([candidate(n, 0.9) for n in range(20)], Ranking(), {})
    assert len(ranked) == 20
    assert not any(standing.deferred for _, standing in ranked)


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abc"), st.booleans()), max_size=25))
def test_every_work_is_kept_once(given: list[tuple[float, str, bool]]) -> None:
    some = [candidate(n, p, feed=f, partner=partner) for n, (p, f, partner) in enumerate(given)]
    ranked: list[Work] = [work for work, _ in order(some, Ranking(), {})]
    assert sorted(work.item.uid for work in ranked) == [c.work.item.uid for c in some]
