from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.goals.evidence import MOST_PHRASES, MOST_WORDS, phrases


def tokens(text: str, shares: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """One token a word, between the two special ones; words that are not in `shares` add 0."""
    found = list(re.finditer(r"\w+|[^\w\s]", text))
    spans = [(0, 0), *((m.start(), m.end()) for m in found), (0, 0)]
    return np.array(spans, np.int32), np.array([9, *(shares.get(m[0], 0) for m in found), 9], np.float32)


def pick(text: str, **shares: float) -> tuple[str, ...]:
    return phrases(text, *tokens(text, shares))


def test_the_words_that_carry_the_score_are_shown_best_first() -> None:
    text = "Drones for rescue. We locate trapped victims with thermal cameras, and measure flight time in summer"
    found = pick(text, trapped=3, victims=3, thermal=1, cameras=1)
    assert found == ("trapped victims with thermal cameras",)
    assert pick(text, victims=3, trapped=3, flight=1, time=1) == ("trapped victims", "flight time")


def test_a_phrase_stays_within_its_clause() -> None:
    text = "Smoke alarm, fire engine (red ladder). Nothing else of any note happened here today"
    assert pick(text, alarm=3, fire=2, red=1) == ("Smoke alarm", "fire engine", "red ladder")


def test_stop_words_do_not_open_or_close_a_phrase() -> None:
    assert pick("this is the flood of the river and what it does to us", the=5, flood=5, river=5, does=5) == (
        "flood of the river",
    )


def test_formulas_are_not_shown() -> None:
    text = r"A loss $x^2$ of networks in \cite{x} here for flood maps, and nothing else that would be of note"
    assert pick(text, x=9, flood=6, maps=6) == ("flood maps",)


def test_addresses_are_not_shown() -> None:
    text = "Code available at https://example.org/malware and www.example.org/malware, with malware samples to read"
    assert pick(text, malware=3, available=1) == ("malware samples",)


def test_the_same_words_are_shown_once() -> None:
    text = "Flood maps. We make flood maps. Other words follow here for long"
    assert pick(text, Flood=2, flood=2, maps=2) == ("Flood maps",)


def test_a_single_word_only_when_nothing_longer_adds() -> None:
    assert pick("malware of the of the", malware=1) == ("malware",)


def test_no_tokens_no_evidence() -> None:
    assert phrases("words here", np.zeros((2, 2), np.int32), np.ones(2, np.float32)) == ()


def test_words_beyond_the_cut_are_not_shown() -> None:
    text = "flood maps here and unread words there"
    spans, shares = tokens(text, {"flood": 1, "unread": 1})
    assert phrases(text, spans[:4], shares[:4]) == ("flood maps",)


words = st.text("abcdefghij.,;()-é$\\ ", min_size=1, max_size=200).map(lambda s: " ".join(s.split()))


@given(words, st.randoms(use_true_random=False))
def test_phrases_are_short_separate_pieces_of_the_text(text: str, random: object) -> None:
    spans, shares = tokens(text, {})
    shares = np.random.default_rng(random.getrandbits(32)).normal(size=len(spans)).astype(np.float32)  # type: ignore[attr-defined]
    found = phrases(text, spans, shares)
    assert len(found) <= MOST_PHRASES
    assert len(set(found)) == len(found)
    for phrase in found:
        assert phrase
        assert phrase in text
        assert len(phrase.split()) <= MOST_WORDS
    assert found == phrases(text, spans, shares)


@pytest.mark.parametrize("text", ["", "a", "...", "$"])
def test_texts_without_words(text: str) -> None:
    assert phrases(text, *tokens(text, {})) == ()
