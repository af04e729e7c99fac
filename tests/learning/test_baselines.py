from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder

from monitor.goals import Paper, load_taxonomy
from monitor.goals.words import Vocabulary, counts
from monitor.learning import Examples, Label
from monitor.learning import baselines as module
from monitor.learning.baselines import BASELINES, KEYWORDS, VECTORS, WORDS, Decisions, keywords
from monitor.learning.baselines import words as by_words
from monitor.learning.learn import LEAST

SAID = {(): "stars", ("bread",): "sourdough", ("tea",): "oolong", ("bread", "tea"): "sourdough and oolong"}
KINDS = list(SAID)


def made(folder: Path, papers: Iterable[tuple[str, tuple[str, ...]]], *, confidence: int = 3) -> Examples:
    """Examples of texts and their goals."""
    texts, goals = zip(*papers, strict=True)
    found = [counts(text) for text in texts]
    terms = tuple(sorted({term for text in found for term in text}))
    return Examples(
        taxonomy=load_taxonomy(folder),
        labels=tuple(Label(f"x:{n}", carried, confidence) for n, carried in enumerate(goals)),
        vectors=FakeEncoder().encode(texts).vectors,
        terms=terms,
        counts=Vocabulary(terms, np.ones(len(terms), np.float32)).counts(found),
        background=None,
        encoder="fake",
        encoded=len(found),
        missing=(),
    )


def world(number: int, start: int = 0) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (Paper(f"Study {n % 7}", f"{SAID[KINDS[n % 4]]} of kind {n % 11} on day {n % 5}").text, KINDS[n % 4])
        for n in range(start, start + number)
    ]


def right(decisions: Decisions, held: Examples) -> float:
    return float((decisions.chosen == held.targets).mean())


@pytest.mark.parametrize("name", [WORDS, VECTORS])
def test_what_is_plain_to_see_is_learnt(model_folder: Path, name: str) -> None:
    seen, held = made(model_folder, world(120)), made(model_folder, world(40, 120))
    decisions = BASELINES[name](seen, held)
    assert right(decisions, held) > 0.9
    assert decisions.chances.shape == decisions.chosen.shape == (40, 2)
    assert ((decisions.chances >= 0) & (decisions.chances <= 1)).all()
    again = BASELINES[name](seen, held)
    assert np.array_equal(decisions.chances, again.chances)


@pytest.mark.parametrize("name", [WORDS, VECTORS])
def test_a_goal_with_too_few_labels_is_given_to_none(model_folder: Path, name: str) -> None:
    papers = [(text, goals if "tea" not in goals else ()) for text, goals in world(120)]
    tea = [n for n, (text, _) in enumerate(papers) if "oolong" in text][: LEAST - 1]
    for n in tea:
        papers[n] = papers[n][0], ("tea",)
    held = made(model_folder, world(40, 120))
    decisions = BASELINES[name](made(model_folder, papers), held)
    assert not decisions.chosen[:, 1].any()
    assert decisions.chosen[:, 0].any()


@pytest.mark.parametrize("name", list(BASELINES))
def test_no_seen_paper_or_none_to_judge_is_no_error(model_folder: Path, name: str) -> None:
    some = made(model_folder, world(8))
    none = some.only(np.array([], np.int64))
    assert BASELINES[name](none, some).chosen.shape == (8, 2)


def test_words_of_the_held_out_papers_alone_are_passed_over(model_folder: Path) -> None:
    seen = made(model_folder, world(120))
    held = made(model_folder, [("Unheard words alone", ()), ("Unheard sourdough of kind", ("bread",))])
    assert by_words(seen, held).chances[1, 0] > by_words(seen, held).chances[0, 0]


def test_key_words_are_those_of_the_taxonomy(model_folder: Path) -> None:
    """Of tea it says oolong and steeping oolong; of bread sourdough, its starter, and sourdough starter."""
    papers = ["Sourdough", "Sourdough starter", "A starter for oolong", "Steeping oolong", "Loaves and cake"]
    held = made(model_folder, [(text, ()) for text in papers])
    decisions = keywords(held, held)
    assert decisions.chosen[:, 0].tolist() == [False, True, False, False, False], "one pair of words does"
    assert decisions.chosen[:, 1].tolist() == [False, False, False, True, False]
    assert decisions.chances[:, 0].tolist() == pytest.approx([1 / 12, 5 / 12, 1 / 12, 0, 0])


def test_three_single_key_words_do_too(model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = made(model_folder, [("Starter before sourdough", ()), ("Starter", ())])
    assert not keywords(held, held).chosen.any()
    monkeypatch.setattr(module, "LEAST_KEYWORDS", 2)
    assert keywords(held, held).chosen.tolist() == [[True, False], [False, False]]


def test_key_words_need_no_seen_paper(model_folder: Path) -> None:
    held = made(model_folder, world(12))
    none = held.only(np.array([], np.int64))
    assert np.array_equal(keywords(none, held).chances, keywords(held, held).chances)


def test_the_baselines_have_names() -> None:
    assert list(BASELINES) == [KEYWORDS, WORDS, VECTORS]
