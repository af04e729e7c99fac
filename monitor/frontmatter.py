"""The front page of a paper as lines of text: whose affiliation is whose, and the hosts of e-mail addresses. Pure.

Three layouts are read: marks (`Ana Lima1, Bo Ek2` with `1 University of Porto, Portugal` below), blocks (each name with
its lines under it), and notes (`A. Lima is with the University of Porto`). Where a layout does not tell whose an
affiliation is, it is given to the work as a whole, never to a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from monitor import bylines, text
from monitor.errors import ParseError
from monitor.evidence import Statement

MOST_LINES = 120
"""Lines that are read before the abstract: long bylines with long lists of institutes have about as many."""

LONGEST = 500
"""Characters of an affiliation that is believed; more is running text."""

MOST_CHARACTERS = 2_000
"""Characters of a line that are read."""

_END = re.compile(
    r"\W*(?:[1I]\.?\s*)?(?:abstract|summary|introduction|keywords|index terms|ccs concepts)\b", re.IGNORECASE
)
_ADDRESS = re.compile(
    r"((?:\{[^{}@]{1,300}\}|\[[^\[\]@]{1,300}\]|[^\s,;:<>()\[\]{}@]{1,64}))\s?@\s?([\w-]+(?:\.[\w-]+)+)"
)
_LEFT_OVER = re.compile(r"\S*@\S*|mailto:\S*")
_LABEL = re.compile(r"\(?\b(?:e-?mails?|email address(?:es)?|electronic address)\b\s*:?\s*\)?", re.IGNORECASE)
_SYMBOL = "*∗†‡§¶‖#⋆✉♠♣♥♦◇"
_MARK = rf"(?:[0-9]{{1,2}}|[a-z](?![a-z])|[{_SYMBOL}])"
_AFTER_NAME = re.compile(rf"\s*[\[(]?\s*({_MARK}(?:\s*[,;&]?\s*{_MARK})*)\s*[\])]?")
_BEFORE_PLACE = re.compile(rf"\s*[\[(]?({_MARK})[\])]?\s*[.:]?\s*(?=\S)")
_NO_PLACE = re.compile(
    r"equal\s+contribution|contributed\s+equally|work\s+(?:was\s+)?done|correspond|these authors|intern\b|preprint"
    r"|support(?:ed)?\s+by|funded|grants?\b|acknowledg|thank"
    r"|conference|proceedings|copyright|©|arxiv|permission|received|accepted|https?:",
    re.IGNORECASE,
)
_CORRESPONDING = re.compile(r"correspond", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{3})\.\s")
"""A full stop that is not that of an initial."""
_IS_WITH = re.compile(
    r"\b(?:is|are|was|were)\s+(?:also\s+)?with\s+(?:the\s+)?(.{8,300}?)(?=\s*\(\s*(?:[Ee]-?[Mm]ail|[Cc]orr)|;|\.\s+(?![a-z])|\.?$)",
)


def without_addresses(words: str) -> tuple[str, tuple[str, ...]]:
    """`words` without the e-mail addresses in them, and the hosts of those, in small letters."""
    if "@" not in words:
        return words, ()
    hosts = tuple(dict.fromkeys(match[2].lower() for match in _ADDRESS.finditer(words)))
    rest = _LEFT_OVER.sub(" ", _LABEL.sub(" ", _ADDRESS.sub(" ", words)))
    return text.clean(rest).strip(" ,;:"), hosts


def read(lines: Iterable[str], authors: Sequence[str]) -> tuple[Statement, ...]:
    """What the lines above the abstract say of `authors`, the names of the byline in order; empty when nothing.

    Raises ParseError when they do not name at least half of the authors: then they are no byline, or a garbled one.
    """
    page = _Page.of(lines, authors)
    if 2 * len(page.named) < len(authors):
        raise ParseError(f"the page names {len(page.named)} of {len(authors)} authors where the byline should be")
    legend = page.legend()
    places = any(_is_place(place) for place in legend.values())
    told = list(page.marked(legend) if places else page.blocks())
    corresponding = page.corresponding(legend)
    hosts = [s for s in page.hosts() if s not in told]
    return tuple(
        Statement(s.kind, s.raw, s.author, corresponding=s.author in corresponding) for s in dict.fromkeys(told + hosts)
    )


def notes(lines: Iterable[str], authors: Sequence[str]) -> tuple[Statement, ...]:
    """The affiliations that footnotes give in sentences, as journals of the IEEE have them."""
    whole = text.clean(" ".join(lines))
    names = Names(authors)
    found, end = list[Statement](), 0
    for match in _IS_WITH.finditer(whole):
        subject = _SENTENCE_END.split(whole[max(end, match.start() - 300) : match.start()])[-1]
        place, _ = without_addresses(match[1].strip(" ,;:"))
        found += [Statement("affiliation", place, n) for n in names.people(subject)]
        end = match.end()
    return tuple(dict.fromkeys(found))


class Names:
    """The names of a byline, to be found in lines: the given name whole or as its initial, accents or not."""

    def __init__(self, authors: Sequence[str]) -> None:
        self.authors = authors
        self._by_family: dict[str, list[tuple[int, re.Pattern[str]]]] = {}
        for n, name in enumerate(authors):
            if words := _WORD.findall(_fold(name)):
                self._by_family.setdefault(words[-1], []).append((n, _pattern(words)))

    def find(self, line: str) -> list[tuple[int, int, int]]:
        """Start, end and position of each author that `line` names, in the order of the line."""
        folded = _fold(line)
        candidates = (c for word in set(_WORD.findall(folded)) for c in self._by_family.get(word, ()))
        return sorted((m.start(), m.end(), n) for n, pattern in candidates if (m := pattern.search(folded)))

    def people(self, line: str) -> tuple[int, ...]:
        """The positions of the authors that `line` names, in the order of the line."""
        return tuple(n for _, _, n in self.find(line))


@dataclass(slots=True)
class _Line:
    """One line: the authors it names with the marks behind each name, its words without addresses, their owners."""

    words: str
    people: dict[int, tuple[str, ...]] = field(default_factory=dict)
    mails: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of local part, folded, and host; they live no longer than the page."""


@dataclass(slots=True)
class _Page:
    lines: list[_Line]
    authors: Sequence[str]

    @classmethod
    def of(cls, lines: Iterable[str], authors: Sequence[str]) -> _Page:
        names = Names(authors)
        read = [_line(line, names) for line in _head(lines)]
        first = next((n for n, line in enumerate(read) if line.people), len(read))
        return cls(read[first:], authors)

    @property
    def named(self) -> set[int]:
        return {n for line in self.lines for n in line.people}

    def legend(self) -> dict[str, str]:
        """Mark → the text it stands for; empty where names carry no marks that are explained."""
        used = {mark for line in self.lines for marks in line.people.values() for mark in marks}
        found: dict[str, str] = {}
        last = ""
        for line in self.lines:
            if line.people:
                last = ""
                continue
            for mark, place in _split(line.words, used):
                if mark:
                    found.setdefault(mark, place)
                    last = mark
                elif last and place and not line.mails and not _NO_PLACE.search(place):
                    found[last] = f"{found[last]}, {place}"
                else:
                    last = ""
        return {mark: place for mark, place in found.items() if place}

    def marked(self, legend: dict[str, str]) -> Iterator[Statement]:
        for line in self.lines:
            for author, marks in line.people.items():
                for place in (legend[m] for m in marks if m in legend):
                    if _is_place(place):
                        yield Statement("affiliation", place, author)

    def blocks(self) -> Iterator[Statement]:
        """Each run of names with the lines below it; several lines below several names are nobody's in particular."""
        group, below = list[int](), list[str]()
        for line in [*self.lines, _Line("", {-1: ()})]:
            if line.people and below:
                yield from _block(group, below)
                group, below = [], []
            if line.people:
                group += line.people
            elif _is_place(line.words):
                below.append(line.words)

    def hosts(self) -> Iterator[Statement]:
        """The host of each address: the author's whose name is in it, else the one's whose block it stands in."""
        group, naming = list[int](), False
        for line in self.lines:
            if line.people:
                group = [*(group if naming else []), *line.people]
            naming = bool(line.people)
            for local, host in line.mails:
                named = [n for n, name in enumerate(self.authors) if _signs(name, local)]
                yield from (Statement("domain", host, n) for n in named)
                if not named:
                    yield Statement("domain", host, group[0] if len(group) == 1 else None)

    def corresponding(self, legend: dict[str, str]) -> set[int | None]:
        signs = {mark for mark, words in legend.items() if _CORRESPONDING.search(words)} | {"✉"}
        marked = {n for line in self.lines for n, marks in line.people.items() if signs & set(marks)}
        told = {n for line in self.lines if _CORRESPONDING.search(line.words) for n in line.people}
        return {*marked, *told}


def _head(lines: Iterable[str]) -> Iterator[str]:
    """The lines before the abstract, clean; what is on the abstract's own line belongs to it."""
    for number, line in enumerate(lines):
        words = text.clean(line, MOST_CHARACTERS)
        if number >= MOST_LINES or _END.match(words):
            return
        if words:
            yield words


def _line(words: str, names: Names) -> _Line:
    mails = [(_fold(match[1]), match[2].lower()) for match in _ADDRESS.finditer(words)]
    words, _ = without_addresses(words)
    marks = {n: _marks(words, end) for _, end, n in names.find(words)}
    return _Line(words, marks, mails)


def _marks(words: str, end: int) -> tuple[str, ...]:
    found = _AFTER_NAME.match(words, end)
    return tuple(re.findall(_MARK, found[1].replace("∗", "*"))) if found else ()


def _split(words: str, used: set[str]) -> Iterator[tuple[str, str]]:
    """The pairs of mark and place on a line, which may hold several that are numbered on; without a mark it is empty.

    Within a line a number only begins a place when it goes on from the one before: postcodes hold numbers, too.
    """
    start = _BEFORE_PLACE.match(words)
    mark = start[1].replace("∗", "*") if start else ""
    if start is None or mark not in used:
        yield "", words.strip(" ,;")
        return
    rest = words[start.end() :]
    while mark.isdigit():
        following = re.search(rf"(?<=[\s,;])[\[(]?{int(mark) + 1}[\])]?\s*(?=[^\W\d_])", rest)
        if following is None or str(int(mark) + 1) not in used:
            break
        yield mark, rest[: following.start()].strip(" ,;")
        mark, rest = str(int(mark) + 1), rest[following.end() :]
    yield mark, rest.strip(" ,;")


def _block(group: Sequence[int], below: Sequence[str]) -> Iterator[Statement]:
    if len(group) == 1 or len(below) == 1:
        yield from (Statement("affiliation", ", ".join(below)[:LONGEST], n) for n in group)
    else:
        yield from (Statement("affiliation", line) for line in below)


def _is_place(words: str) -> bool:
    letters = sum(c.isalpha() for c in words)
    return letters >= 3 and len(words) <= LONGEST and not _NO_PLACE.search(words)


def _signs(name: str, local: str) -> bool:
    """Whether the local part of an address is made of this name: `ana.lima`, `alima`, `lima2`, `{ana,bo}`."""
    words = _WORD.findall(_fold(name))
    parts = set(_WORD.findall(local))
    if not words:
        return False
    given, family = words[0], words[-1]
    alone = {family, given[0] + family, family + given[0]} | ({given} if len(given) > 1 else set())
    return bool(parts & alone) or (len(family) > 3 and family in local)


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Finds a name of these folded words in a folded line; up to three words may stand between first and last."""
    if len(words) == 1:
        return re.compile(rf"(?<![^\W\d_]){words[0]}(?![^\W\d_])")
    initial, rest = words[0][0], words[0][1:]
    first = rf"{initial}(?:{rest})?" if rest else rf"{initial}[^\W\d_]*"
    return re.compile(rf"(?<![^\W\d_]){first}\b\.?(?:[\s.-]+[^\W\d_]+\.?){{0,3}}?[\s-]+{words[-1]}(?![^\W\d_])")


def _fold(words: str) -> str:
    """`words` in small letters without accents, each character in its place."""
    plain = words.translate(bylines.UNCOMPOSED)
    return "".join((unicodedata.normalize("NFKD", c) or c)[0].lower()[:1] or c for c in plain)
