"""The words behind a country in a digest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import lens
from monitor.digest.reasons import METHODS, MOST_NAME, MOST_WORDS, reason
from monitor.evidence import SCORES
from monitor.origin.resolution import CONFIDENCE
from monitor.types import Origin


def origin(
    method: str, evidence: str, name: str | None = None, *, confidence: float = 0.9, country: str = "DE"
) -> Origin:
    return Origin(country, method, confidence, evidence, institution_name=name)


@pytest.mark.parametrize(
    ("origins", "said"),
    [
        ([origin("country-name", "Germany")], "named"),
        ([origin("country-name", "GERMANY")], "named"),
        ([origin("country-name", "Allemagne")], "“Allemagne”, named"),
        ([origin("city", "Marburg", "Philipps University")], "“Marburg”, town, at Philipps University"),
        ([origin("word", "Mar", "A"), origin("city", "Mar", "B")], "“Mar”, telling word, at A and 1 more"),
        ([origin("city", "Mar", "A"), origin("city", "Mar", "A")], "“Mar”, town, at A"),
        ([origin("word", "Mar"), origin("city", "Burg", confidence=0.99)], "“Burg”, town"),
        ([origin("city", "Paris", "B", confidence=1.0, country="FR"), origin("city", "Burg")], "“Burg”, town"),
        ([origin("index", "DE", "Bruker")], "OpenAlex, at Bruker"),
        ([origin("country-name", "the Germany")], "named"),
        ([origin("institution", "University of Bonn", "The University of Bonn")], "“University of Bonn”, institution"),
        ([origin("of tomorrow", "x\ny")], "“x y”, of tomorrow"),
    ],
)
def test_the_surest_words_and_every_institution_of_the_country(origins: list[Origin], said: str) -> None:
    assert reason("DE", origins) == said


def test_every_method_has_words_of_its_own() -> None:
    answers = {*CONFIDENCE, *SCORES, *lens.METHODS} - {"profile"}
    assert answers == set(METHODS)


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_reason_is_one_short_line(words: str, name: str) -> None:
    said = reason("DE", [origin("city", words, name)])
    assert "\n" not in said
    assert len(said) <= MOST_WORDS + MOST_NAME + 20
