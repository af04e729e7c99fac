"""The front page of a paper as lines of text: whose affiliation is whose, and the hosts of e-mail addresses. Pure.

Three layouts are read: marks (`Ana Lima1, Bo Ek2` with `1 University of Porto, Portugal` below), blocks (each name with
its lines under it), and notes (`A. Lima is with the University of Porto`). Where a layout does not tell whose an
affiliation is, it is given to the work as a whole, never to a guess.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from monitor import bylines, text
from monitor.errors import ParseError
from monitor.evidence import Statement
from monitor.types import Affiliation, Author

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
_SYMBOL = "*∗†‡§¶‖#⋆★☆✉♠♣♥♦♢◇◆○●□■△▲▽∆ΛΨΩ"
_RAISED = str.maketrans("¹²³⁴⁵⁶⁷⁸⁹⁰", "1234567890")
_MARK = rf"(?:[0-9]{{1,2}}|[a-z](?![a-z])|[{_SYMBOL}])"
_AFTER_NAME = re.compile(rf"\s*[\[(]?\s*({_MARK}(?:\s*[,;&]?\s*{_MARK})*)\s*[\])]?")
_BEFORE_PLACE = re.compile(rf"\s*[\[(]?({_MARK})[\])]?\s*[.:]?\s*(?=\S)")
_NO_PLACE = re.compile(
    r"equal\s+contribution|contributed\s+equally|project\s+lead|work\s+(?:was\s+)?done|correspond|these authors"
    r"|intern\b|support(?:ed)?\s+by|funded|\bgrants?\s+(?:no|number|agreement)|acknowledg|thank|preprint"
    r"|conference|proceedings|copyright|©|arxiv|permission|received|accepted|https?:",
    re.IGNORECASE,
)
_CORRESPONDING = re.compile(r"correspond", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{3})\.\s")
"""A full stop that is not that of an initial."""
_ALL = re.compile(r"\bthe authors\s*\Z", re.IGNORECASE)
_IS_WITH = re.compile(
    r"\b(?:is|are|was|were)\s+(?:also\s+)?with\s+(?:the\s+)*(.{8,300}?)"
    r"(?=\s*\(\s*(?:[Ee]-?[Mm]ail|[Cc]orr)|\s+[Ee]-?[Mm]ail\b|;|\.\s+(?![a-z])|\.?$)"
)
_IS_CORRESPONDING = re.compile(r"\bcorresponding author(s?)\b:?\s+([^()]{3,100})", re.IGNORECASE)
_NO_RESIDUE = re.compile(r"\b(?:member|fellow|ieee|student|and|is|are|was|were)\b|^\W*$", re.IGNORECASE)


def without_addresses(words: str) -> tuple[str, tuple[str, ...]]:
    """`words` without the e-mail addresses in them, and the hosts of those, in small letters."""
    if "@" not in words:
        return words, ()
    hosts = tuple(dict.fromkeys(match[2].lower() for match in _ADDRESS.finditer(words)))
    rest = _LEFT_OVER.sub(" ", _LABEL.sub(" ", _ADDRESS.sub(" ", words)))
    return text.clean(rest).strip(" ,;:"), hosts


def author(name: str, places: Iterable[tuple[str, str | None]], orcid: str = "") -> Author | None:
    """An author as records have them: each place with the ROR id that the record attaches to it.

    E-mail addresses are taken out of the places, and the host of the first is kept. None when the name is none.
    """
    if not bylines.is_person(name):
        return None
    kept, hosts = list[Affiliation](), list[str]()
    for place, ror in places:
        words, found = without_addresses(text.clean(place, text.TITLE_LIMIT))
        hosts += found
        words = words.removesuffix(" .")  # what is left of a sentence that was an address
        if words or ror:
            kept.append(Affiliation(words, ror))
    return Author(name, tuple(dict.fromkeys(kept)), text.orcid(orcid), next(iter(hosts), None))


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
    names = bylines.Names(authors)
    told = (names.people(match[2])[: None if match[1] else 1] for match in _IS_CORRESPONDING.finditer(whole))
    named = set(itertools.chain.from_iterable(told))
    found, end = list[Statement](), 0
    for match in _IS_WITH.finditer(whole):
        subject = _SENTENCE_END.split(whole[max(end, match.start() - 300) : match.start()])[-1]
        place, _ = without_addresses(match[1].strip(" ,;:"))
        people = range(len(authors)) if _ALL.search(subject) else names.people(subject)
        found += [Statement("affiliation", place, n, corresponding=n in named) for n in people]
        end = match.end()
    return tuple(dict.fromkeys(found))


@dataclass(slots=True)
class _Line:
    """One line: the authors it names with the marks behind each name, its words without addresses, their owners."""

    words: str
    people: dict[int, tuple[str, ...]] = field(default_factory=dict)
    mails: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of local part, folded, and host; they live no longer than the page."""
    after: str = ""
    """What stands behind the only name on the line."""
    columns: bool = False
    """Several names with nothing between them: they stand in columns, and the lines below do, too."""


@dataclass(slots=True)
class _Page:
    lines: list[_Line]
    authors: Sequence[str]

    @classmethod
    def of(cls, lines: Iterable[str], authors: Sequence[str]) -> _Page:
        names = bylines.Names(authors)
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
        group, below, columns = list[int](), list[str](), False
        for line in [*self.lines, _Line("", {-1: ()})]:
            if line.people and below:
                yield from _block(group, below, columns)
                group, below, columns = [], [], False
            if line.people:
                group += line.people
                columns = columns or line.columns
            words = line.after if line.people else line.words
            if _is_place(words):
                below.append(words)

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
        words = text.clean(line, MOST_CHARACTERS).translate(_RAISED)
        if number >= MOST_LINES or _END.match(words):
            return
        if words:
            yield words


def _line(words: str, names: bylines.Names) -> _Line:
    mails = [(bylines.fold(match[1]), match[2].lower()) for match in _ADDRESS.finditer(words)]
    words, _ = without_addresses(words)
    spans = names.find(words)
    marks = {n: _marks(words, end) for _, end, n in spans}
    between = [words[end:start] for (_, end, _), (start, _, _) in itertools.pairwise(spans)]
    columns = any(not re.search(r"[,;&]|\band\b", gap) for gap in between)
    after = words[spans[0][1] :] if len(spans) == 1 else ""
    if mark := _AFTER_NAME.match(after):
        after = after[mark.end() :]
    return _Line(words, marks, mails, "" if _NO_RESIDUE.search(after) else after.strip(" ,;:"), columns)


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
    while following := _next_mark(mark, rest, used):
        yield mark, rest[: following.start()].strip(" ,;")
        mark, rest = following[1].replace("∗", "*"), rest[following.end() :]
    yield mark, rest.strip(" ,;")


def _next_mark(mark: str, rest: str, used: set[str]) -> re.Match[str] | None:
    """Where the next place begins: with the next number, or with any other symbol that names carry."""
    signs = [str(int(mark) + 1)] if mark.isdigit() else [m for m in used if m in _SYMBOL]
    told = "|".join(re.escape(m) for m in signs if m in used).replace(r"\*", "[*∗]")
    return re.search(rf"(?<=[\s,;.])[\[(]?({told})[\])]?\s*(?=[^\W\d_])", rest) if told else None


def _block(group: Sequence[int], below: Sequence[str], columns: bool) -> Iterator[Statement]:
    if len(group) == 1 or (len(below) == 1 and not columns):
        yield from (Statement("affiliation", ", ".join(below)[:LONGEST], n) for n in group)
    else:
        yield from (Statement("affiliation", line) for line in below)


def _is_place(words: str) -> bool:
    letters = sum(c.isalpha() for c in words)
    return letters >= 3 and len(words) <= LONGEST and not _NO_PLACE.search(words)


def _signs(name: str, local: str) -> bool:
    """Whether the local part of an address is made of this name: `ana.lima`, `alima`, `lima2`, `{ana,bo}`."""
    words = bylines.WORD.findall(bylines.fold(name))
    parts = set(bylines.WORD.findall(local))
    if not words:
        return False
    given, family = words[0], words[-1]
    alone = {family, given[0] + family, family + given[0]} | ({given} if len(given) > 1 else set())
    return bool(parts & alone) or (len(family) > 3 and family in local)
