"""Route `arxiv-html`: the author block of a paper's HTML edition on arXiv, which LaTeXML makes.

The edition: https://info.arxiv.org/about/accessible_HTML.html. Papers sent as TeX mostly have one, within a day or two.
The classes of the block (`ltx_creator`, `ltx_personname`, `ltx_contact ltx_role_affiliation`, ...) are those of LaTeXML
(https://math.nist.gov/~BMiller/LaTeXML/). The block is often garbled, so it is only believed when it names the authors
that the record names, and when affiliations do not all hang on the last of them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from monitor import bylines, frontmatter, html, routes, text
from monitor.errors import ParseError
from monitor.evidence import Statement
from monitor.types import Request, Response

URL = "https://arxiv.org/html/"
PACE = 3.0
BUDGET = 300
DAYS = (0, 2)
KEY = None
BATCH = 1
PUBLICATIONS = False
ALONE = False

_PLACE = {"ltx_role_affiliation", "ltx_role_institution", "ltx_role_institute", "ltx_role_address"}
_LEGEND = {
    *("ltx_role_affiliationtext", "ltx_role_institutetext", "ltx_role_addresstext", "ltx_role_footnotetext"),
    "ltx_role_thanks",
}
_UNSEEN = {"ltx_ERROR", "ltx_note_type", "ltx_note_name", "ltx_tag", "ltx_role_orcid", "ltx_contact_name"}
_SYMBOLS = {r"\dagger": "†", r"\ddagger": "‡", r"\ast": "*", r"\star": "⋆", r"\S": "§", r"\P": "¶", r"\ddag": "‡"}
_TEX = re.compile(r"\\[a-zA-Z]+")


@dataclass(frozen=True, slots=True)
class _Creator:
    """One `ltx_creator`: the authors whose names stand in it, its lines, and the affiliations marked as such."""

    people: tuple[int, ...]
    lines: tuple[str, ...]
    places: tuple[str, ...]
    mails: tuple[str, ...]


def name(question: routes.Question) -> str | None:
    """The identifier of arXiv."""
    return question.name("arxiv")


def ask(questions: Sequence[routes.Question], url: str, key: str | None) -> Request:
    """The newest version's page."""
    return Request(f"{url.rstrip('/')}/{name(questions[0])}", accept="text/html")


def parse(questions: Sequence[routes.Question], response: Response) -> tuple[routes.Answer]:
    """What the author block says; ParseError when there is no such page or block, or a garbled one."""
    question, page = questions[0], html.parse(response.body, "the answer")
    block = next(iter(html.with_class(page, "ltx_authors")), None)
    if block is None:
        raise ParseError("the page has no author block")
    names = bylines.Names(question.authors)
    creators = [_creator(e, names) for e in html.with_class(block, "ltx_role_author")] or [_creator(block, names)]
    legend = [line for e in html.with_class(page, *_LEGEND) for line in _note(e)]
    if any(creator.places for creator in creators):
        found = _structured(creators, question)
    else:
        lines = [line for creator in creators for line in (*creator.lines, *creator.mails)]
        found = [*frontmatter.read([*lines, *legend], question.authors), *frontmatter.notes(legend, question.authors)]
    return (routes.Answer(routes.believable(tuple(dict.fromkeys(found)), question)),)


def _structured(creators: Sequence[_Creator], question: routes.Question) -> list[Statement]:
    """The statements of a block in which affiliations are marked as such."""
    named = {n for creator in creators for n in creator.people}
    if 2 * len(named) < len(question.authors) or not all(creator.people for creator in creators):
        raise ParseError("the author block does not name the authors of the record")
    alone = len(creators) > 1 and not any(creator.places for creator in creators[:-1])
    if alone and len(creators[-1].places) > 1:
        raise ParseError("all affiliations hang on the last author")
    found = list(_of(creators[0], shared=False))
    for before, creator in itertools.pairwise(creators):
        found += _of(creator, shared=alone or (not before.places and len(creator.places) > 1))
    return found


def _of(creator: _Creator, *, shared: bool) -> Iterator[Statement]:
    """What one creator says. Affiliations `shared` with authors before, who have none of their own, are the work's:
    they hang on the last of a group, and it is not told whose each of them is.
    """
    for place in creator.places:
        words, hosts = frontmatter.without_addresses(place)
        owners: Sequence[int | None] = [None] if shared else creator.people
        if any(c.isalpha() for c in words):
            yield from (Statement("affiliation", words[: frontmatter.LONGEST], n) for n in owners)
        yield from (Statement("domain", host, n) for host in hosts for n in creator.people)
    for line in creator.mails:
        _, hosts = frontmatter.without_addresses(line)
        yield from (Statement("domain", host, n) for host in hosts for n in creator.people)


def _creator(element: Any, names: bylines.Names) -> _Creator:
    contacts = list(html.with_class(element, "ltx_contact"))
    lines = [line for name in html.with_class(element, "ltx_personname") for line in _lines(name)]
    places = (_words(e) for e in contacts if html.classes(e) & _PLACE)
    mails = (_words(e) for e in contacts if "ltx_role_email" in html.classes(e))
    people = tuple(dict.fromkeys(n for line in lines for n in names.people(line)))
    return _Creator(people, tuple(lines), tuple(p for p in places if p), tuple(mails))


def _note(element: Any) -> list[str]:
    """The lines of a note, the first of them beginning with its mark."""
    mark = next((_words(e) for e in html.with_class(element, "ltx_note_mark")), "")
    content = next(iter(html.with_class(element, "ltx_note_content")), None)
    first, *more = (_lines(content) if content is not None else []) or [""]
    return [first if first.startswith(mark) else f"{mark} {first}", *more]


def _words(element: Any) -> str:
    return text.clean(" ".join(_lines(element))).strip(" ,;")


def _lines(element: Any) -> list[str]:
    """The text of an element, a line ending at each break and before each block. Of notes in it only the mark is there,
    and of a note's content everything but the mark.
    """
    unseen = _UNSEEN | ({"ltx_note_mark"} if "ltx_note_content" in html.classes(element) else {"ltx_note_outer"})
    words = "".join(_pieces(element, unseen))
    return [line for piece in words.split("\n") if (line := text.clean(piece))]


def _pieces(element: Any, unseen: set[str]) -> Iterator[str]:
    if html.classes(element) & unseen:
        return
    if element.tag == "math":
        yield _mark(element.get("alttext") or "")
        return
    yield "\n" if element.tag in ("br", "p", "div", "tr", "li") else ""
    yield (element.text or "").replace("\n", " ")
    for child in element:
        if isinstance(child.tag, str):
            yield from _pieces(child, unseen)
        yield (child.tail or "").replace("\n", " ")
    # The parts of an address (institution, city, country) are elements of their own, with nothing between them.
    yield ", " if any(c.startswith("ltx_affiliation_") for c in html.classes(element)) else ""


def _mark(tex: str) -> str:
    """The mark that a formula such as `{}^{1,\\dagger}` puts behind a name."""
    return re.sub(r"[{}^_$\s]", "", _TEX.sub(lambda m: _SYMBOLS.get(m[0], ""), tex))
