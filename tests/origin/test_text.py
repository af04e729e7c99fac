from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.origin import domains
from monitor.origin.text import bare, cut, fold, joined, ordinary, pieces, segments, span


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
        begin, end = span(text, first, len(words))
        assert fold(text[begin:end]).split()[-1:] == words[-1:]


def parts_of(text: str) -> list[str]:
    lines = cut(text)
    assert len(lines) == len(text)
    starts = [0, *(i + 1 for i, c in enumerate(lines) if c == "\n")]
    found = [bare(line, start) for line, start in zip(lines.split("\n"), starts, strict=True)]
    return [text[begin:end] for begin, end in found if begin < end]


def test_segments_lose_digits_and_punctuation_at_their_ends() -> None:
    assert parts_of("1Dept. of X, 75005 Paris (France)2.") == ["Dept. of X", "Paris", "France"]


def test_a_full_stop_ends_a_segment_and_the_point_of_an_abbreviation_does_not() -> None:
    assert parts_of("Sede Sur, La Paz. Bolivia. wara") == ["Sede Sur", "La Paz", "Bolivia", "wara"]
    assert parts_of("Beijing, P. R. China") == ["Beijing", "P. R. China"]
    assert parts_of("St. Lucia") == ["St. Lucia"]


TEXTS = st.text() | st.text(alphabet=st.sampled_from("ab1 .,-–;:@#()&éßµ½²\xad\x85´ﬁ中\n\u2028\u00a0"))


@given(TEXTS)
def test_each_segment_has_its_folded_form(text: str) -> None:
    lines = cut(text)
    assert len(lines) == len(text)
    assert len(segments(text)) == len(lines.split("\n"))
    assert fold(" ".join(segments(lines))) == joined(" ".join(" ".join(segments(lines)).split()))


@given(TEXTS)
def test_latin_letters_are_folded_as_beside_others(text: str) -> None:
    assert segments("b" + text) == segments("中,b" + text)[1:]


@given(
    TEXTS | st.sampled_from(["1) a", "Present address", "email protected", "www.a.b", "a@b.c", "mail: a", "E-Mail:x"])
)
def test_an_ordinary_text_is_one_piece_without_an_address(text: str) -> None:
    found = ordinary(text)
    if found is not None:
        assert found == segments(text)
        assert domains.take_out(text) == (text, ())
        assert pieces(text) == [(0, len(text))] or not text.strip()


def test_most_texts_are_ordinary() -> None:
    assert ordinary("2Université de Genève (UNIGE), 1211 Genève, Switzerland") == [
        *("universite de geneve", "unige", "", "geneve", "switzerland")
    ]
    assert ordinary("1) Univ. of Oslo; Norway") is None


def test_pieces() -> None:
    def parts(text: str) -> list[str]:
        return [text[start:end] for start, end in pieces(text)]

    assert parts("A, Norway; B\nC#N#D Electronic address: x") == ["A, Norway", " B", "C", "D ", " x"]
    assert parts("1) A 2) B") == [" A ", " B"]
    assert parts("(a) A (b) B") == [" A ", " B"]
    assert parts("A (1), B") == ["A (1), B"]
