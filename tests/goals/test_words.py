"""Words as numbers: where the terms stand, and the same rows as scikit-learn's vectoriser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from monitor.goals.stopwords import STOP_WORDS
from monitor.goals.words import Vocabulary, counts, inverse_frequencies, moved, terms

TEXTS = (
    "The flood of the river. Flood maps, flood warnings and the river.",
    "Maps of the brain: a brain map",
    "River",
    "",
    "Nothing known here",
    "x y z of the",
)
LISTED = ("flood", "flood river", "river", "maps", "flood maps", "brain", "never seen", "map")

known = st.sampled_from(["flood", "Flood", "river", "MAPS", "brain", "map"])
unknown = st.sampled_from(["zebra", "über", "of", "the", "x", "42", "_a", "雪崩", "-", "$x$", "e.g."])
texts = st.lists(known | unknown, max_size=30).map(" ".join)


def vocabulary(listed: Sequence[str] = LISTED) -> Vocabulary:
    return Vocabulary(listed, np.linspace(1, 3, len(listed), dtype=np.float32))


def rows(*read: str) -> Any:
    return vocabulary().rows(counts(text) for text in read)


def learnt(vectorizer: Any, listed: Sequence[str], read: Sequence[str]) -> Any:
    """scikit-learn's vectoriser with the document frequencies of `read`."""
    return vectorizer(
        sublinear_tf=True,
        vocabulary=list(listed),
        ngram_range=(1, 2),
        norm="l2",
        token_pattern=r"\w\w+",
        stop_words=sorted(STOP_WORDS),
    ).fit(read)


# --- terms --------------------------------------------------------------------------------------


def test_terms_are_words_and_neighbours_once_stop_words_are_left_out() -> None:
    assert [term for term, _, _ in terms("Maps of the River X flood, 3D and CO2")] == [
        "maps",
        "maps river",
        "river",
        "river flood",
        "flood",
        "flood 3d",
        "3d",
        "3d co2",
        "co2",
    ]


def test_the_places_of_a_pair_are_those_of_its_words() -> None:
    text = "Maps of the River"
    first, pair, second = sorted(terms(text), key=lambda t: t.first + t.last)
    assert (first.term, first.first, first.last) == ("maps", (0, 4), (0, 4))
    assert (pair.term, pair.first, pair.last) == ("maps river", (0, 4), (12, 17))
    assert (second.term, second.first, second.last) == ("river", (12, 17), (12, 17))


@given(st.text() | texts)
def test_places_point_into_the_text_in_its_order(text: str) -> None:
    last = 0
    for term, (a, b), (c, d) in terms(text):
        assert 0 <= a < b <= len(text)
        assert (a, b) == (c, d) or b <= c < d <= len(text)
        assert term == (text[a:b].lower() if (a, b) == (c, d) else f"{text[a:b].lower()} {text[c:d].lower()}")
        assert not {text[a:b].lower(), text[c:d].lower()} & STOP_WORDS
        assert d >= last
        last = d


@pytest.mark.parametrize("text", ["", "of the", "x", "!?", "  \n"])
def test_texts_without_terms(text: str) -> None:
    assert list(terms(text)) == []
    assert counts(text) == {}


def test_counts_say_how_often() -> None:
    assert counts(TEXTS[2] * 2) == {"riverriver": 1}
    assert counts("River, river; the maps. RIVER") == {
        "river": 3,
        "river river": 1,
        "river maps": 1,
        "maps": 1,
        "maps river": 1,
    }


@given(st.text() | texts)
def test_counts_add_up_to_the_terms(text: str) -> None:
    assert sum(counts(text).values()) == len(list(terms(text)))


# --- rows ---------------------------------------------------------------------------------------


def test_rows_are_those_of_scikit_learn() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    judge = learnt(TfidfVectorizer, LISTED, TEXTS)
    found = Vocabulary(LISTED, judge.idf_.astype(np.float32)).rows(map(counts, TEXTS))
    assert found.shape == (len(TEXTS), len(LISTED))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.toarray(), judge.transform(TEXTS).toarray(), atol=1e-6)


@given(st.lists(texts, min_size=1, max_size=6))
def test_rows_are_those_of_scikit_learn_for_any_words(read: list[str]) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    judge = learnt(TfidfVectorizer, LISTED, TEXTS)
    found = Vocabulary(LISTED, judge.idf_.astype(np.float32)).rows(map(counts, read))
    np.testing.assert_allclose(found.toarray(), judge.transform(read).toarray(), atol=1e-6)


def test_rows_are_those_of_scikit_learn_given_the_same_terms_of_each_text() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    judge = TfidfVectorizer(
        sublinear_tf=True, vocabulary=list(LISTED), norm="l2", analyzer=lambda text: [t.term for t in terms(text)]
    )
    judge.idf_ = vocabulary().idf.astype(np.float64)
    np.testing.assert_allclose(rows(*TEXTS).toarray(), judge.transform(TEXTS).toarray(), atol=1e-6)


def test_inverse_frequencies_are_those_of_scikit_learn() -> None:
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    frequencies = (learnt_counts(CountVectorizer) > 0).sum(axis=0)
    found = inverse_frequencies(frequencies.astype(np.float64), len(TEXTS))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, learnt(TfidfVectorizer, LISTED, TEXTS).idf_, rtol=1e-6)


def learnt_counts(vectorizer: Any) -> Any:
    judge = vectorizer(
        vocabulary=list(LISTED), ngram_range=(1, 2), token_pattern=r"\w\w+", stop_words=sorted(STOP_WORDS)
    )
    return judge.fit_transform(TEXTS).toarray()


def test_counted_columns_are_those_of_scikit_learn() -> None:
    from sklearn.feature_extraction.text import CountVectorizer

    found = vocabulary().counts(map(counts, TEXTS))
    assert np.array_equal(found.toarray(), learnt_counts(CountVectorizer))


def test_a_text_without_known_terms_has_an_empty_row() -> None:
    found = rows("", "Nothing known here", "river", "of the")
    assert np.diff(found.indptr).tolist() == [0, 0, 1, 0]
    assert np.array_equal(found.toarray()[2], np.eye(len(LISTED))[2])


def test_no_texts_and_no_terms() -> None:
    assert rows().shape == (0, len(LISTED))
    assert vocabulary(()).rows([counts("river")]).shape == (1, 0)


def test_terms_that_weigh_nothing_give_no_length() -> None:
    found = Vocabulary(("river",), np.zeros(1, np.float32)).rows([counts("river river")])
    assert found.toarray().tolist() == [[0.0]]


def test_the_column_of_a_term() -> None:
    assert [vocabulary().column(term) for term in ("flood", "map", "zebra", "")] == [0, 7, None, None]


@given(st.lists(texts | st.text(), max_size=5))
def test_rows_have_length_one_or_nothing(read: list[str]) -> None:
    lengths = np.linalg.norm(rows(*read).toarray(), axis=1)
    known_terms = [bool(set(counts(text)) & set(LISTED)) for text in read]
    np.testing.assert_allclose(lengths, np.array(known_terms, float), atol=1e-6)


@given(texts, st.lists(st.text("qxz", min_size=2), max_size=5))
def test_unknown_terms_change_nothing(text: str, more: list[str]) -> None:
    longer = {**counts(text), **dict.fromkeys(more, 3)}
    one, other = (vocabulary().rows([found]).toarray() for found in (counts(text), longer))
    assert np.array_equal(one, other)
    appended = vocabulary().rows([counts(" ".join([text, *more]))]).toarray()
    assert np.array_equal(one, appended)


@given(st.lists(texts, max_size=5))
def test_a_row_does_not_depend_on_its_company(read: list[str]) -> None:
    together = rows(*read).toarray()
    for text, row in zip(read, together, strict=True):
        assert np.array_equal(rows(text).toarray()[0], row)


# --- other columns ------------------------------------------------------------------------------


@given(st.lists(texts, max_size=5), st.permutations([*LISTED, "zebra", "two words"]), st.integers(0, 10))
def test_moved_counts_are_those_of_the_other_vocabulary(read: list[str], listed: list[str], kept: int) -> None:
    new = listed[:kept]
    found = moved(vocabulary().counts(map(counts, read)), LISTED, new)
    assert found.shape == (len(read), kept)
    assert found.has_sorted_indices
    # What the old columns did not count cannot appear in the new ones.
    there = [term if term in LISTED else "\0" for term in new]
    assert np.array_equal(found.toarray(), vocabulary(there).counts(map(counts, read)).toarray())


def test_moving_to_the_same_columns_changes_nothing() -> None:
    before = csr_array(np.arange(6, dtype=np.float32).reshape(2, 3))
    after = moved(before, ("a", "b", "c"), ("a", "b", "c"))
    assert np.array_equal(after.toarray(), before.toarray())
