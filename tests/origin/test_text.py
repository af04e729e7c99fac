from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.origin.text import fold, pieces, segments, span


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("P. R. China", "pr china"),
        ("P.R.China", "pr china"),
        ("U. S. A.", "usa"),
        ("Guinea-Bissau", "guinea bissau"),
        ("Bosnia & Herzegovina", "bosnia and herzegovina"),
        ("Côte d’Ivoire", "cote divoire"),
        ("Łódź", "lodz"),
        ("Großbritannien", "grossbritannien"),
        ("TÜRKİYE", "turkiye"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(fold(text))) == fold(fold(text))


@given(st.text(alphabet=st.sampled_from("ab .-$&é´ﬁ中\u00a0_'")))
def test_a_span_covers_the_words_asked_for(text: str) -> None:
    words = fold(text).split()
    for first in range(len(words)):
        covered = span(text, first, len(words))
        assert covered in text
        assert fold(covered).split()[-1:] == words[-1:]


def test_segments_lose_digits_and_punctuation_at_their_ends() -> None:
    assert segments("1Dept. of X, 75005 Paris (France)2.") == ["Dept", "of X", "Paris", "France"]


def test_a_full_stop_ends_a_segment_and_the_point_of_an_abbreviation_does_not() -> None:
    assert segments("Sede Sur, La Paz. Bolivia. wara") == ["Sede Sur", "La Paz", "Bolivia", "wara"]
    assert segments("Beijing, P. R. China") == ["Beijing", "P. R. China"]
    assert segments("St. Lucia") == ["St. Lucia"]


def test_pieces() -> None:
    assert pieces("A, Norway; B\nC#N#D Electronic address: x") == ["A, Norway", " B", "C", "D ", " x"]
