"""Evidence: the few short phrases of a text that did most for a score.

A score is a sum over tokens and words: its part on words is linear, and its part on the vector is taken as linear
around the text itself (gradient times input, Shrikumar et al., "Not just a black box", 2016). So a phrase's share of
it is a sum as well. Shares are taken against the mean word of the text: a phrase counts for what it adds
beyond as many words of this text in general, or else the longest phrase would always win.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from monitor.encoder import Attribution
from monitor.goals.stopwords import STOP_WORDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_PHRASES = 3
LEAST_WORDS, MOST_WORDS = 2, 8

_WORD = re.compile(r"\S+")
_OPENING, _CLOSING = "([{\"'“‘«", ".,;:!?)]}\"'”’»"
_NO_WORD = re.compile(r"[\\$^{}|=<>~]|://|^www\.|^[^\w]+$")
"""Formulas, addresses and lone signs."""
_LETTERS = re.compile(r"[^\W\d_]{2}")


class _Word(NamedTuple):
    start: int
    """First character, punctuation before the word left out."""
    end: int
    share: float
    """What it adds to the score beyond the mean word of the text."""
    opens: bool
    """Whether a clause begins with it."""
    edge: bool
    """Whether a phrase may begin or end with it."""


def phrases(text: str, spans: NDArray[np.int32], contributions: NDArray[np.float32]) -> tuple[str, ...]:
    """At most three phrases of two to eight words, best first: pieces of `text` that do not overlap.

    `spans` (tokens, 2) and `contributions` (tokens,) are those of an `Attribution` of the same text. A phrase
    stays within a clause and neither begins nor ends with a stop word; only when no such phrase adds to the
    score is a single word given.
    """
    words = _words(text, spans, contributions)
    return _best(text, words, LEAST_WORDS) or _best(text, words, 1)


def merged(tokens: Attribution, words: Attribution) -> Attribution:
    """Two attributions of one text to the same scores as one: spans in the order of their ends, and nothing added
    up, since `phrases` adds up what lies in a word."""
    import numpy as np

    spans = np.concatenate([tokens.spans, words.spans])
    order = np.argsort(spans[:, 1], kind="stable")
    return Attribution(spans[order], np.concatenate([tokens.contributions, words.contributions])[order])


def _best(text: str, words: list[_Word], least: int) -> tuple[str, ...]:
    candidates = sorted(_candidates(words, least), key=lambda c: (-c[0], c[1]))
    chosen: list[str] = []
    taken: set[int] = set()
    for share, first, last in candidates:
        if share <= 0 or len(chosen) == MOST_PHRASES:
            break
        phrase = text[words[first].start : words[last].end]
        if taken.isdisjoint(range(first, last + 1)) and not _said(phrase, chosen):
            chosen.append(phrase)
            taken.update(range(first, last + 1))
    return tuple(chosen)


def _said(phrase: str, chosen: list[str]) -> bool:
    """Whether one of the chosen phrases says the same already."""
    new = phrase.casefold()
    return any(new in old.casefold() or old.casefold() in new for old in chosen)


def _candidates(words: list[_Word], least: int) -> Iterator[tuple[float, int, int]]:
    """Share, first and last word of every phrase that may be shown."""
    for first, opening in enumerate(words):
        if not opening.edge:
            continue
        share = 0.0
        for last in range(first, min(first + MOST_WORDS, len(words))):
            if last > first and words[last].opens:
                break
            share += words[last].share
            if words[last].edge and last - first + 1 >= least:
                yield share, first, last


def _words(text: str, spans: NDArray[np.int32], contributions: NDArray[np.float32]) -> list[_Word]:
    """The words that the encoder read, formulas, addresses and lone signs left out."""
    seen = spans[:, 1] > spans[:, 0]
    ends, sums = spans[seen, 1], contributions[seen].cumsum()
    if not len(ends):
        return []
    pieces = list(_WORD.finditer(text, 0, int(ends[-1])))
    counts = ends.searchsorted([piece.end() for piece in pieces], side="right")
    totals = [float(sums[count - 1]) if count else 0.0 for count in counts]
    mean = totals[-1] / len(pieces)
    words: list[_Word] = []
    opens = True
    for piece, before, total in zip(pieces, [0.0, *totals], totals, strict=False):
        word = _word(piece, total - before - mean, opens)
        if word is not None:
            words.append(word)
        opens = word is None or word.end < piece.end()
    return words


def _word(piece: re.Match[str], share: float, opens: bool) -> _Word | None:
    """The word in `piece` without the punctuation around it; None for a formula, an address or a lone sign."""
    closed = piece[0].lstrip(_OPENING)
    bare = closed.rstrip(_CLOSING)
    if not bare or _NO_WORD.search(bare):
        return None
    start = piece.end() - len(closed)
    edge = bool(_LETTERS.search(bare)) and bare.casefold() not in STOP_WORDS
    return _Word(start, start + len(bare), share, opens or start > piece.start(), edge)
