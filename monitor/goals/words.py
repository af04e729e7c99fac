"""Words and word pairs of a text as numbers: tf-idf, with the place of every term.

Term frequencies are damped (1 + ln count), weighted by inverse document frequency and scaled to length 1 (Salton and
Buckley, "Term-weighting approaches in automatic text retrieval", 1988). It is what scikit-learn's vectoriser does;
written out here because evidence needs to know where a term stands, and tagging should not import a learner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

from monitor.goals.stopwords import STOP_WORDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_WORD = re.compile(r"\w\w+")


class Term(NamedTuple):
    """A word, or two that follow each other once stop words are left out."""

    term: str
    first: tuple[int, int]
    """Place in the text: first character and the one after the last."""
    last: tuple[int, int]
    """Place of the second word; of the same word when it is alone."""


def terms(text: str) -> Iterator[Term]:
    """Every word of two letters or more that is no stop word, in lower case, and every pair of neighbours."""
    before, place = "", (0, 0)
    for match in _WORD.finditer(text):
        word = match[0].lower()
        if word in STOP_WORDS:
            continue
        if before:
            yield Term(f"{before} {word}", place, match.span())
        before, place = word, match.span()
        yield Term(word, place, place)


def counts(text: str) -> dict[str, int]:
    """How often each term is in `text`."""
    words = [word for word in map(str.lower, _WORD.findall(text)) if word not in STOP_WORDS]
    found: dict[str, int] = {}
    for term in chain(words, map(" ".join, pairwise(words))):
        found[term] = found.get(term, 0) + 1
    return found


class Vocabulary:
    """Terms and how rare they are."""

    def __init__(self, listed: Sequence[str], idf: NDArray[np.float32]) -> None:
        """`idf` (terms,) is the weight of each of the `listed` terms."""
        self.terms = tuple(listed)
        self.idf = idf
        self._columns = {term: column for column, term in enumerate(self.terms)}

    def column(self, term: str) -> int | None:
        """The column of `term`, or None."""
        return self._columns.get(term)

    def counts(self, texts: Iterable[Mapping[str, int]]) -> csr_array:
        """(n, terms) how often each term is in each of `texts`, given as `counts` gives them; other terms are
        passed over."""
        import numpy as np
        from scipy.sparse import csr_array

        starts, columns, found = [0], [], []
        known = self._columns
        for text in texts:
            for term, count in text.items():
                column = known.get(term)
                if column is not None:
                    columns.append(column)
                    found.append(count)
            starts.append(len(columns))
        parts = np.array(found, np.float32), np.array(columns, np.int32), np.array(starts, np.int32)
        matrix = csr_array(parts, shape=(len(starts) - 1, len(self.terms)))
        matrix.sort_indices()
        return matrix

    def weigh(self, found: csr_array) -> csr_array:
        """The rows of length 1 for counts; a row without terms stays empty."""
        import numpy as np
        from scipy.sparse import csr_array

        values = (1 + np.log(found.data)) * self.idf[found.indices]
        squares = csr_array((np.square(values), found.indices, found.indptr), found.shape).sum(axis=1)
        lengths = np.sqrt(np.where(squares > 0, squares, 1))
        values = (values / np.repeat(lengths, np.diff(found.indptr))).astype(np.float32)
        return csr_array((values, found.indices, found.indptr), found.shape)

    def rows(self, texts: Iterable[Mapping[str, int]]) -> csr_array:
        """(n, terms) tf-idf of `texts`, given as `counts` gives them."""
        return self.weigh(self.counts(texts))


def inverse_frequencies(frequencies: NDArray[np.float64], texts: float) -> NDArray[np.float32]:
    """Weights of terms that are in so many of `texts` texts: 1 + ln((1 + texts) / (1 + frequency))."""
    import numpy as np

    return (1 + np.log((1 + texts) / (1 + frequencies))).astype(np.float32)


def moved(found: csr_array, old: Sequence[str], new: Sequence[str]) -> csr_array:
    """(n, len(new)) the counts `found` (n, len(old)) with other columns; terms that are not in `new` are dropped."""
    import numpy as np
    from scipy.sparse import csr_array

    places = {term: column for column, term in enumerate(new)}
    columns = np.array([places.get(term, -1) for term in old], np.int64)
    known = np.flatnonzero(columns >= 0)
    move = csr_array((np.ones(len(known), np.float32), (known, columns[known])), (len(old), len(new)))
    matrix = csr_array(found @ move)
    matrix.sort_indices()
    return matrix
