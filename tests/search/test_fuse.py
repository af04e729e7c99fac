"""Rankings made one, and snippets in pieces."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.search import fuse
from monitor.search.snippets import beginning, pieces

RANKING = st.lists(st.integers(0, 30), unique=True, max_size=20)


def test_what_both_have_goes_first() -> None:
    assert fuse([1, 2, 3], [3, 4, 5]) == [3, 1, 2, 4, 5]


def test_one_ranking_stays_as_it_is() -> None:
    assert fuse([3, 1, 2], []) == [3, 1, 2]


@given(RANKING, RANKING)
def test_everything_is_there_once_and_nothing_better_stands_behind(one: list[int], other: list[int]) -> None:
    both = fuse(one, other)
    assert sorted(both) == sorted({*one, *other})
    for better, worse in pairwise(one):
        if better in other and (worse not in other or other.index(better) < other.index(worse)):
            assert both.index(better) < both.index(worse)


def test_a_snippet_is_plain_text_in_pieces() -> None:
    assert pieces("a \x02<b>\x03 c\x02d\x03") == (("a ", False), ("<b>", True), (" c", False), ("d", True))
    assert pieces("") == ()


@given(st.text())
def test_no_snippet_holds_a_control_character(text: str) -> None:
    assert not any(ord(sign) < 32 for piece, _ in pieces(text) for sign in piece)


def test_the_beginning_ends_at_a_word() -> None:
    ((text, asked),) = beginning("word " * 100)
    assert text.endswith("word…")
    assert len(text) <= 241
    assert not asked
    assert beginning("  ") == ()
