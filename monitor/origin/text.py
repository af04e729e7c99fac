"""Affiliation text: pieces (one affiliation each), segments (one part of an address each), folded words.

Pieces and segments are cut from the text and never rewritten, so that they can be shown as evidence.
"""

from __future__ import annotations

import re
import unicodedata

_PIECE = re.compile(
    r"""
      [;\n\r\u2028]
    | \#(?:N|R|TAB)\#                                     # line ends as some exports write them
    | (?<!\S) \(? (?:\d{1,2}|[a-h]) \) (?=\s*\w)          # "1) ..." and "(b) ..."
    | \belectronic\ address\s*: | \be-?mail(?:\ address)?\s*:
    | \b(?:present|current|permanent)\ address\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SEGMENT = re.compile(
    r"""
      [;\n\r,()\[\]{}/|:\t\u2022\u00b7\u3001\uff0c\u060c]
    | (?:(?<=[A-Z][A-Z])|(?<=\w\w\w)) \. (?=\s|[A-Z])     # a full stop, but not the points of "P. R. China"
    | \s[-\u2013\u2014]+\s
    """,
    re.VERBOSE,
)
_EDGE = "".join(c for c in map(chr, range(0x250)) if not c.isalpha()) + "†‡•⁰⁴⁵⁶⁷⁸⁹‘’“”–—。"

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"})
_MARKS = str.maketrans(
    dict.fromkeys("-‐‑‒–—_,;:()[]{}/|·・", " ")
    | {"&": " and "}
    | dict.fromkeys(".'`´\"*’‘ʻʼ′\u00ad\u200b\u200c\u200d\u200e\u200f")
)
_WORD = re.compile(r"\S+")
_POINT = re.compile(r"\.(?=\w\w)")
_SPELLED = re.compile(r"(?<!\S)(\w) (?=\w(?!\S))")


def fold(text: str) -> str:
    """`text` without case, accents, points and hyphens, its words set apart by one space.

    Letters spelled one by one are joined: "P. R. China", "P.R. China" and "PR CHINA" are the same.
    """
    return _SPELLED.sub(r"\1", " ".join(_plain(text)))


def _plain(text: str) -> list[str]:
    """The folded words, spelled letters each on its own."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
        text = "".join(c for c in parts if not unicodedata.combining(c))
    if "." in text:
        text = _POINT.sub(" ", text)
    return text.lower().translate(_MARKS).split()


def pieces(text: str) -> list[str]:
    """The single affiliations that `text` was glued from."""
    return [piece for piece in _PIECE.split(text) if piece and not piece.isspace()]


def segments(piece: str) -> list[str]:
    """The parts of an address, in order, without digits and punctuation at their ends."""
    return [bare for part in _SEGMENT.split(piece) if (bare := part.strip(_EDGE))]


def span(segment: str, first: int, last: int) -> str:
    """The part of `segment` that the words `first` to `last` (exclusive) of `fold(segment)` come from."""
    spans: list[tuple[int, int]] = []
    spelled = False
    for match in _WORD.finditer(segment):
        for word in _plain(match[0]):
            letter = len(word) == 1 and word.isalnum()
            if spelled and letter:
                spans[-1] = (spans[-1][0], match.end())
            else:
                spans.append(match.span())
            spelled = letter
    return segment[spans[first][0] : spans[last - 1][1]]
