"""Affiliation text: pieces (one affiliation each), segments (one part of an address each), folded words.

Pieces and segments are cut from the text and never rewritten, so that they can be shown as evidence.
"""

from __future__ import annotations

import re
import unicodedata

_PIECE = re.compile(
    r"""
      [;\n\r\u2028\u2029]
    | \#(?:N|R|TAB)\#                                     # line ends as some exports write them
    | (?<!\S) \(? (?:\d{1,2}|[a-h]) \) (?=\s*\w)          # "1) ..." and "(b) ..."
    | \belectronic\ address\s*: | \be-?mail(?:\ address)?\s*:
    | \b(?:present|current|permanent)\ address\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MARKER = re.compile(r"\)(?:(?<=[\s(][0-9A-Ha-h]\))|(?<=[\s(]\d\d\))|(?<=^[0-9A-Ha-h]\))|(?<=^\d\d\)))")
"""The end of "1)" and "(b)"; begins with a plain character, which makes the search fast."""
_SEPARATORS = ";\n\r,()[]{}/|:\t\u2022\u00b7\u3001\uff0c\u060c\u2028\u2029"
_CUT = re.compile(f"[{re.escape(_SEPARATORS)}]")
_CUT_BYTES = bytes(10 if chr(c) in _SEPARATORS else c for c in range(256))
_ABBREVIATED = "Univ Inst Dept Natl Acad Tech Hosp Coll Technol Sci Fac Lab Nat Med Res Eng Sch Polytech"
_STOP = re.compile(
    rf"\.(?=[\sA-Z{re.escape(_SEPARATORS)}])(?:(?<=[A-Z][A-Z]\.)|(?<=\w\w\w\.))"
    + "".join(rf"(?<![{word[0]}{word[0].lower()}]{word[1:]}\.)" for word in _ABBREVIATED.split())
)
"""A full stop, but not the points of "P. R. China" and "Univ. of Oslo"."""
_DASH = re.compile(rf"[\s{re.escape(_SEPARATORS)}][-\u2013\u2014]+[\s{re.escape(_SEPARATORS)}]")
_ASCII_EDGE = "".join(c for c in map(chr, range(128)) if not c.isalpha())
_EDGE = "".join(c for c in map(chr, range(0x250)) if not c.isalpha()) + "†‡•⁰⁴⁵⁶⁷⁸⁹‘’“”–—。"

_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th", "&": " and ", "\n": "\n"}
_DROPPED = ".'`´\"*’‘ʻʼ′\u00ad\u200b\u200c\u200d\u200e\u200f"


class _Folded(dict[int, str]):
    """Character → what it is folded to; each is worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = "".join(map(_fold_letter, unicodedata.normalize("NFKD", chr(code).casefold())))
        self[code] = folded
        return folded


def _fold_letter(c: str) -> str:
    if c in _LETTERS:
        return _LETTERS[c]
    if c in _DROPPED or unicodedata.combining(c):
        return ""
    return c.lower() if unicodedata.category(c)[0] in "LMN" else " "


_FOLD = _Folded()
_FOLD_BYTES = bytes(ord(_FOLD[c]) if len(_FOLD[c]) == 1 else 32 for c in range(128)) + bytes(range(128, 256))
_DROPPED_BYTES = bytes(c for c in range(128) if not _FOLD[c])
_DIGITS = " 0123456789"
_OTHER = "\0"
_CUT_AND_FOLDED = _Folded({ord(c): "\n" for c in _SEPARATORS})
"""The same as `_FOLD`, and a line end for each character that ends a segment."""
_LATIN = {chr(c): _CUT_AND_FOLDED[c] for c in range(256)}
_LATIN_BYTES = bytes(
    ord(_LATIN[c] if len(_LATIN[c]) == 1 and _LATIN[c].isascii() else _OTHER) for c in map(chr, range(256))
)
"""The same in bytes, where no letter of two letters stands in the way; several times as fast."""
_LATIN_DROPPED = bytes(ord(c) for c, folded in _LATIN.items() if not folded)
_GLUE = ";\n\r#@:\u2028\u2029"
"""Where none of these stands, hardly anything can begin another affiliation or an address."""
_GLUED = re.compile(f"[{_GLUE}]")
_ORDINARY_BYTES = bytes(0 if chr(c) in _GLUE + ".&" else _LATIN_BYTES[c] for c in range(256))
_ORDINARY_DROPPED = _LATIN_DROPPED.replace(b".", b"")
"""The same, where none of these and no point stands."""
_WORD = re.compile(r"\S+")
_POINT = re.compile(r"\.(?=\w\w)")
_SPELLED = re.compile(r"(?<!\S)(\w) (?=\w(?!\S))")


def fold(text: str) -> str:
    """`text` without case, accents, points and hyphens, its words set apart by one space.

    Letters spelled one by one are joined: "P. R. China", "P.R. China" and "PR CHINA" are the same.
    """
    return joined(" ".join(_plain(text).split()))


def joined(folded: str) -> str:
    """Folded text with the letters that are spelled one by one joined."""
    return _SPELLED.sub(r"\1", folded) if list(map(len, folded.split(" "))).count(1) > 1 else folded


def _plain(text: str) -> str:
    """`text` folded, its lines and blanks left alone."""
    if "." in text:
        text = _POINT.sub(" ", text)
    if not text.isascii():
        return text.translate(_FOLD)
    if "&" in text:
        text = text.replace("&", " and ")
    return text.encode("ascii").translate(_FOLD_BYTES, _DROPPED_BYTES).decode("ascii")


def ordinary(text: str) -> list[str] | None:
    """The folded segments of a text that can only be one affiliation, with no e-mail or web address in it.

    Nearly all texts are; a look at which characters they have is enough to tell, and spares the searches that the
    others need. None for those.
    """
    folded = None if " -" in text else _latin(text, _ORDINARY_BYTES, _ORDINARY_DROPPED)
    if folded is None:
        if _GLUED.search(text):
            return None
        folded = _in_full(text)
        if "www" in folded:
            return None
    if "ddress" in folded or "rotected" in folded or (")" in text and _MARKER.search(text)):
        return None
    return _lines(folded)


def segments(piece: str) -> list[str]:
    """The folded segments of one affiliation, without digits at their ends; some are empty.

    Letters that are spelled one by one are not joined; see `joined`.
    """
    return _lines(_in_full(piece))


def _in_full(text: str) -> str:
    """`text` cut and folded, a comma first in place of each point and dash that ends a segment, as `cut` finds them."""
    if "." in text:
        text = _STOP.sub(",", text)
    text = _cut_at_dashes(text, ",")
    if "." in text:
        text = _POINT.sub(" ", text)
    if "&" in text:
        text = text.replace("&", " and ")
    folded = _latin(text, _LATIN_BYTES)
    return text.translate(_CUT_AND_FOLDED) if folded is None else folded


def _latin(text: str, table: bytes, dropped: bytes = _LATIN_DROPPED) -> str | None:
    """`text` cut and folded by `table`, without the letters `dropped`; None where it has others than these know."""
    try:
        folded = text.encode("latin-1").translate(table, dropped).decode()
    except UnicodeEncodeError:
        return None
    return None if _OTHER in folded else folded


def _lines(folded: str) -> list[str]:
    while "  " in folded:
        folded = folded.replace("  ", " ")
    return [line.strip(_DIGITS) for line in folded.split("\n")]


def pieces(text: str) -> list[tuple[int, int]]:
    """Where each of the single affiliations begins and ends that `text` was glued from."""
    if not _glued(text):
        return [(0, len(text))]
    found = []
    start = 0
    for match in _PIECE.finditer(text):
        found.append((start, match.start()))
        start = match.end()
    found.append((start, len(text)))
    return [(start, end) for start, end in found if end > start and not text[start:end].isspace()]


def _glued(text: str) -> bool:
    """Whether `_PIECE` may have a match; most texts have none, and this is much faster to tell."""
    return (
        ";" in text
        or "\n" in text
        or "#" in text
        or "ddress" in text
        or "mail" in text
        or "\r" in text
        or "DDRESS" in text
        or "MAIL" in text
        or (")" in text and _MARKER.search(text) is not None)
        or (not text.isascii() and ("\u2028" in text or "\u2029" in text))
    )


def cut(piece: str) -> str:
    """`piece` with a line end in place of each character that ends a segment; as long as before."""
    lines = piece.encode("ascii").translate(_CUT_BYTES).decode("ascii") if piece.isascii() else _CUT.sub("\n", piece)
    if "." in lines:
        lines = _STOP.sub("\n", lines)
    return _cut_at_dashes(lines, "\n")


def _cut_at_dashes(text: str, mark: str) -> str:
    if " -" in text or "\u2013" in text or "\u2014" in text:
        return _DASH.sub(lambda match: mark * len(match[0]), text)
    return text


def bare(line: str, start: int) -> tuple[int, int]:
    """Where `line`, which begins at `start`, begins and ends without digits and punctuation at its ends."""
    edge = _ASCII_EDGE if line.isascii() else _EDGE
    left = line.lstrip(edge)
    begin = start + len(line) - len(left)
    return begin, begin + len(left.rstrip(edge))


def span(segment: str, first: int, last: int) -> tuple[int, int]:
    """Where in `segment` the words `first` to `last` (exclusive) of `fold(segment)` come from."""
    spans: list[tuple[int, int]] = []
    spelled = False
    for match in _WORD.finditer(segment):
        for word in _plain(match[0]).split():
            letter = len(word) == 1 and word.isalnum()
            if spelled and letter:
                spans[-1] = (spans[-1][0], match.end())
            else:
                spans.append(match.span())
            spelled = letter
    if last > len(spans):
        return 0, len(segment)
    return spans[first][0], spans[last - 1][1]
