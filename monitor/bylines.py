"""Names of authors as sources write them, turned into names as they are displayed. Pure.

Every text handed in is clean already: one line, no markup.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from operator import itemgetter

from monitor.types import Affiliation, Author

_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|ph\.?d|m\.?d)\.?", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[A-ZÀ-ÖØ-Þ]\.?[ -]?){1,4}")
_AND = re.compile(r",?\s+(?:and|&)\s+", re.IGNORECASE)
_NOBODY = re.compile(r"(?:et\.?\s*al|and\s+others|others|anonymous|unknown)\.?", re.IGNORECASE)
_AND_OTHERS = re.compile(r"[,;]?\s+(?:et\.?\s*al|and\s+others)\.?\s*\Z", re.IGNORECASE)
_PIECE = re.compile(r"[()]|[,;]|\s+(?:and|&)\s+", re.IGNORECASE)
_MARKS = re.compile(r"\w{1,3}(?:\s*(?:,|;|and|&)\s*\w{1,3})*")
WORD = re.compile(r"[^\W\d_]+")
UNCOMPOSED = str.maketrans("øØłŁđĐðÐıŧħ", "oOlLdDdDith")
"""Letters that Unicode does not take apart into a plain letter and a mark, though people do."""
_LEGEND = re.compile(r"\((\d{1,3}|[a-z*]{1,2})\)")
_PARTICLES = frozenset(
    {
        *("af", "al", "ben", "bin", "da", "das", "de", "del", "dela", "della", "den", "der", "des", "di", "do"),
        *("dos", "du", "el", "ibn", "la", "le", "ten", "ter", "van", "vom", "von", "zu", "zum", "zur"),
    }
)
"""Words in small letters that belong to the family name behind them."""

_GROUP = re.compile(
    r"\b(?:collaboration|consortium|group|team|network|project|university|institute|committee|society|initiative)\b|[0-9&/]",
    re.IGNORECASE,
)


def is_person(name: str) -> bool:
    """Whether `name` is one at all: some sources put a colon after a collaboration, or "et al.", into the byline."""
    return (name[:1].isalpha() or any(c.isalpha() for c in name)) and not _NOBODY.fullmatch(name.strip())


def natural(name: str) -> str:
    """`Family, Given` and `Family, Given, Jr.` as `Given Family` and `Given Family Jr.`; other forms stay."""
    parts = [p for p in (piece.strip() for piece in name.split(",")) if p]
    suffixes = [p for p in parts[1:] if _SUFFIX.fullmatch(p)]
    rest = [parts[0], *(p for p in parts[1:] if p not in suffixes)] if parts else []
    if len(rest) == 2 and all(len(p.split()) <= 4 and not any(c.isdigit() for c in p) for p in rest):
        rest.reverse()
    elif len(rest) > 1:
        return ", ".join(parts)
    return " ".join([*rest, *suffixes])


def apart(name: str) -> tuple[str, str] | None:
    """Given and family name of a person called `Given Family`; None where a name is not to be taken apart: one of one
    word, or of a group.

    The family name is the last word, with the particles before it and a suffix behind it: `van Beethoven`, `King Jr.`
    """
    words = name.split()
    end = len(words) - 1
    last = end - 1 if end > 1 and _SUFFIX.fullmatch(words[end]) else end
    while last > 1 and words[last - 1] in _PARTICLES:
        last -= 1
    if last < 1 or _GROUP.search(name):
        return None
    return " ".join(words[:last]), " ".join(words[last:])


def split(text: str) -> tuple[str, ...]:
    """The names in one text, whatever parts them: `A, B and C`, `A; B`, `Doe, J., Roe, R.`, `Doe, Jane`."""
    text = _AND_OTHERS.sub("", text)
    if ";" in text:
        return _people(natural(part) for part in text.split(";"))
    groups = _AND.split(text)
    if len(groups) > 1 and all(group.count(",") == 1 for group in groups):
        return _people(natural(group) for group in groups)
    pieces = _with_suffixes(p.strip() for group in groups for p in group.split(",") if p.strip())
    if len(pieces) % 2 == 0 and all(_INITIALS.fullmatch(p) for p in pieces[1::2]):
        return _people(f"{given} {family}" for family, given in zip(pieces[::2], pieces[1::2], strict=True))
    if len(groups) == 1 and len(pieces) == 2 and min(len(p.split()) for p in pieces) == 1:
        return _people([natural(", ".join(pieces))])
    return _people(pieces)


def _with_suffixes(pieces: Iterator[str]) -> list[str]:
    """`pieces` with every `Jr.` put back to the name before it."""
    names: list[str] = []
    for piece in pieces:
        if names and _SUFFIX.fullmatch(piece):
            names[-1] += f" {piece}"
        else:
            names.append(piece)
    return names


def _people(names: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(name for name in (n.strip(" ,;") for n in names) if is_person(name))


def byline(text: str) -> tuple[Author, ...]:
    """The authors of arXiv's author field, each with the affiliations in the parentheses behind the name.

    Knows both forms that arXiv asks for (https://info.arxiv.org/help/prep.html#author): `A (X), B (Y)` and
    `A (1), B (1 and 2) ((1) X, (2) Y)`. With unbalanced parentheses the names are read without affiliations.
    """
    if "(" not in text:
        return tuple(Author(name) for name in split(text))
    pieces = list(_pieces(text))
    legend = {mark: where for _, groups in pieces for group in groups for mark, where in _legend(group)}
    return tuple(Author(name, _places(groups, legend)) for name, groups in pieces if is_person(name))


def _pieces(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each name of `text` with the contents of the parentheses behind it."""
    name, groups, depth, start, end = "", list[str](), 0, 0, 0
    for token in _PIECE.finditer(text):
        mark = token[0]
        if depth == 0:
            name += text[end : token.start()]
        end = token.end()
        if mark == "(":
            start, depth = (token.end() if depth == 0 else start), depth + 1
        elif mark == ")":
            if depth == 1:
                groups.append(text[start : token.start()].strip())
            depth = max(0, depth - 1)
        elif depth == 0:
            yield " ".join(name.split()), groups
            name, groups = "", []
    yield " ".join((name + (text[end:] if depth == 0 else "")).split()), groups


def _legend(group: str) -> Iterator[tuple[str, str]]:
    """The pairs of `(1) Institute X, (2) Institute Y`; nothing when the group is no such list."""
    parts = _LEGEND.split(group)
    if not parts[0].strip():
        for mark, place in zip(parts[1::2], parts[2::2], strict=True):
            where = re.sub(r"(?:\s*[,;.]|\s+and)*\s*$", "", place).strip()
            if where:
                yield mark, where


def _places(groups: list[str], legend: dict[str, str]) -> tuple[Affiliation, ...]:
    places: list[str] = []
    for group in groups:
        marks = re.split(r"\s*(?:,|;|and|&)\s*", group) if _MARKS.fullmatch(group) else []
        if marks and all(mark in legend for mark in marks):
            places += [legend[mark] for mark in marks]
        elif any(c.isalpha() for c in group) and not any(True for _ in _legend(group)):
            places.append(group)
    return tuple(Affiliation(place) for place in dict.fromkeys(places))


def align(names: Sequence[str], authors: Sequence[str]) -> list[int | None]:
    """For each of `names`, as another source spells them, its position among `authors`; None where nobody fits.

    Each author is given once, to a name that is spelt alike before one that is only compatible: initials fit given
    names, "Lima, Ana" fits "Ana Lima". Of several the nearest place counts, for two may share family name and initial.
    """
    wanted = [_folded(name) for name in names]
    there = [_folded(author) for author in authors]
    found: list[int | None] = [None] * len(names)
    free = set(range(len(there)))
    for keys, fits in ((_whole, _equal), (_long, _compatible)):
        index: dict[object, list[int]] = {}
        for n in (n for n in range(len(there)) if n in free):
            for key in keys(there[n]):
                index.setdefault(key, []).append(n)
        for position, name in enumerate(wanted):
            if found[position] is None:
                near = {n for key in keys(name) for n in index.get(key, ())} & free
                fitting = (n for n in near if fits(name, there[n]))
                nearest = min(fitting, key=lambda n: (abs(n - position), n), default=None)
                found[position] = nearest
                if nearest is not None:
                    free.remove(nearest)
    return found


def plain(words: str) -> str:
    """`words` in small letters, without accents and punctuation, one blank between them."""
    apart = unicodedata.normalize("NFKD", words.translate(UNCOMPOSED)).casefold()
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", bare))


def _folded(name: str) -> tuple[str, ...]:
    """The words of `name` in plain small letters, without suffixes such as Jr."""
    words = plain(name).split()
    return tuple(w for w in words if not _SUFFIX.fullmatch(w)) or tuple(words)


def _whole(name: tuple[str, ...]) -> set[object]:
    return {tuple(sorted(name))}


def _long(name: tuple[str, ...]) -> set[object]:
    return {word for word in name if len(word) > 1}


def _equal(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return bool(one) and sorted(one) == sorted(other)


def _compatible(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the family names are equal and one given name abbreviates the other; or, whatever the order, all of the
    words of one stand in the other.
    """
    if len(one) < 2 or len(other) < 2:
        return False
    short_words, long_words = sorted((_long(one), _long(other)), key=len)
    if len(short_words) > 1 and short_words <= long_words:
        return True
    if one[-1] != other[-1]:
        return False
    short, long = sorted((one[0], other[0]), key=len)
    return long.startswith(short)


class Names:
    """The names of a byline, to be found in lines: the given name whole or as its initial, accents or not."""

    def __init__(self, authors: Sequence[str]) -> None:
        self.authors = authors
        self._by_family: dict[str, list[tuple[int, re.Pattern[str]]]] = {}
        for n, name in enumerate(authors):
            if words := WORD.findall(fold(name)):
                self._by_family.setdefault(words[-1], []).append((n, _name_pattern(words)))

    def find(self, line: str) -> list[tuple[int, int, int]]:
        """Start, end and position of each author that `line` names, in the order of the line.

        Of authors whose names look alike there, each gets a place of its own, in the order of the byline.
        """
        folded = fold(line)
        candidates = {c for word in set(WORD.findall(folded)) for c in self._by_family.get(word, ())}
        found, taken = list[tuple[int, int, int]](), set[tuple[int, int]]()
        for n, pattern in sorted(candidates, key=itemgetter(0)):
            spans = [match.span() for match in pattern.finditer(folded)]
            if spans:
                span = next((s for s in spans if s not in taken), spans[0])
                taken.add(span)
                found.append((*span, n))
        return sorted(found)

    def people(self, line: str) -> tuple[int, ...]:
        """The positions of the authors that `line` names, in the order of the line."""
        return tuple(n for _, _, n in self.find(line))


def _name_pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Finds a name of these folded words in a folded line; up to three words may stand between first and last."""
    if len(words) == 1:
        return re.compile(rf"(?<![^\W\d_]){words[0]}(?![^\W\d_])")
    initial, rest = words[0][0], words[0][1:]
    first = rf"{initial}(?:{rest})?" if rest else rf"{initial}[^\W\d_]*"
    return re.compile(rf"(?<![^\W\d_]){first}\b\.?(?:[\s.-]+[^\W\d_]+\.?){{0,3}}?[\s-]+{words[-1]}(?![^\W\d_])")


def fold(words: str) -> str:
    """`words` in small letters without accents, each character in its place."""
    plain = words.translate(UNCOMPOSED)
    return "".join((unicodedata.normalize("NFKD", c) or c)[0].lower()[:1] or c for c in plain)
