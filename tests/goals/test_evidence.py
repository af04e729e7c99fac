from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.encoder import Attribution
from monitor.goals.evidence import MOST_PHRASES, MOST_WORDS, merged, phrases


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


# --- tokens and words together ----------------------------------------------------------------


def attribution(text: str, **shares: float) -> Attribution:
    """What the words in `shares` add to a first score, and its opposite for a second."""
    found = [(m.start(), m.end(), shares[m[0]]) for m in re.finditer(r"\w+", text) if m[0] in shares]
    spans = np.array([(a, b) for a, b, _ in found], np.int32).reshape(len(found), 2)
    return Attribution(spans, np.array([(c, -c) for _, _, c in found], np.float32).reshape(len(found), 2))


def both(text: str, tokens_add: dict[str, float], words_add: dict[str, float]) -> tuple[str, ...]:
    spans, shares = tokens(text, tokens_add)
    read = Attribution(spans, np.stack([shares, -shares], axis=1))
    joined = merged(read, attribution(text, **words_add))
    return phrases(text, joined.spans, joined.contributions[:, 0])


def test_words_and_tokens_are_shown_together() -> None:
    text = "Flood maps of towns. Here we speak of other things for long, and of thermal cameras"
    assert both(text, {"Flood": 3, "maps": 3}, {"thermal": 2, "cameras": 2}) == ("Flood maps", "thermal cameras")
    assert both(text, {"Flood": 3, "maps": 3}, {"Flood": -3, "maps": -3, "thermal": 1, "cameras": 1}) == (
        "thermal cameras",
    )


def test_words_are_shown_beyond_what_the_encoder_read() -> None:
    text = "Here we speak of other things for long, and of thermal cameras"
    spans, shares = tokens(text, {})
    read = Attribution(spans[:4], shares[:4, None])
    words_add = attribution(text, thermal=2, cameras=2)
    joined = merged(read, Attribution(words_add.spans, words_add.contributions[:, :1]))
    assert phrases(text, joined.spans, joined.contributions[:, 0]) == ("thermal cameras",)


def test_without_words_there_are_only_tokens() -> None:
    text = "Flood maps of towns and more"
    assert both(text, {"Flood": 3, "maps": 3}, {}) == pick(text, Flood=3, maps=3) == ("Flood maps",)


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(-9, 9)),
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(-9, 9)),
)
def test_merging_loses_nothing_and_keeps_the_order_of_the_text(one: dict[str, int], two: dict[str, int]) -> None:
    text = "a b c d e f g h"
    joined = merged(attribution(text, **one), attribution(text, **two))
    ends = joined.spans[:, 1].tolist()
    assert ends == sorted(ends)
    assert len(ends) == len(one) + len(two)
    for letter in text.split():
        here = [text[a:b] == letter for a, b in joined.spans]
        assert joined.contributions[here, 0].sum() == one.get(letter, 0) + two.get(letter, 0)
        assert joined.contributions[here, 1].sum() == -one.get(letter, 0) - two.get(letter, 0)


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
