"""Port `Route`: one module of this package for each source that can be asked what it knows of works: affiliations of
their authors, and what became of them (venue, DOI of the published version, citations).

A kind is a module of that name (`arxiv-html` lives in `arxiv_html`). It says which document to ask for, about one work
or about as many as one request may be about, and what a document means; it never fetches, looks at the clock, or
touches the store. Kinds are found by name, so a new one is one file, with an example page under
`tests/routes/examples/<kind>/`.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from monitor import bylines
from monitor.errors import ConfigError, ParseError
from monitor.evidence import Statement
from monitor.publication import Publication
from monitor.types import Identifier, Request, Response


@dataclass(frozen=True, slots=True)
class Question:
    """A work, as far as a route must know it."""

    title: str
    authors: tuple[str, ...]
    """Names as displayed, in the order of the byline; statements give positions in it."""
    identifiers: tuple[Identifier, ...]

    def name(self, scheme: str) -> str | None:
        """The work's identifier of that scheme, if it has one."""
        return next((i.value for i in self.identifiers if i.scheme == scheme), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source says of one work that it has."""

    statements: tuple[Statement, ...] = ()
    """On its authors; empty when it tells nothing of them."""
    publication: Publication | None = None
    refused: str = ""
    """Why what it says is not believed, as a sentence; nothing else is said then."""


class Route(Protocol):
    """What a kind's module holds."""

    URL: str
    """The provider's base address."""
    PACE: float
    """Seconds between two requests that keep the provider's terms."""
    BUDGET: int
    """Most requests in 24 hours, unless feeds.yaml says otherwise."""
    DAYS: tuple[int, ...]
    """When a work is asked about: days after its first sight, rising."""
    KEY: str | None
    """Environment variable with the key without which the provider does not answer; None where it needs none."""

    BATCH: int
    """Works that one request may be about."""
    PUBLICATIONS: bool
    """Whether it tells what became of a work, and so is asked about works of which all authors are known as well."""
    ALONE: bool
    """Whether a work that an answer about several does not have is to be asked about by itself."""

    def name(self, question: Question) -> str | None:
        """The name by which this source may know the work; None when it cannot know it."""
        ...

    def ask(self, questions: Sequence[Question], url: str, key: str | None) -> Request:
        """The request about works that all have a `name`, below the base address `url`."""
        ...

    def parse(self, questions: Sequence[Question], response: Response) -> tuple[Answer | None, ...]:
        """What `response` says of each of the works; None for one that the source does not have.

        Pure. Raises ParseError when it is not what this kind promises, or too garbled to be believed.
        """
        ...


def kinds() -> tuple[str, ...]:
    """Names of all kinds, sorted."""
    return tuple(sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(__path__)))


def load(kind: str) -> Route:
    """The module of `kind`; raises ConfigError when there is none."""
    name = f"{__name__}.{kind.replace('-', '_')}"
    try:
        return cast(Route, importlib.import_module(name))
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ConfigError(f"there is no route {kind!r}; the routes are {', '.join(kinds())}") from None


def parse(kind: str, questions: Sequence[Question], response: Response) -> tuple[Answer | None, ...]:
    """`Route.parse` of that kind, by name, so that it can be called in another process."""
    return load(kind).parse(questions, response)


def record(response: Response) -> dict[str, Any]:
    """The JSON object that `response` is; raises ParseError when it is none."""
    found = document(response)
    if not isinstance(found, dict):
        raise ParseError("the answer is not a JSON object")
    return found


def document(response: Response) -> Any:
    """What `response` is as JSON; raises ParseError when it is none."""
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        raise ParseError("the answer is not JSON") from None


def objects(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; empty for anything else."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def string(value: object) -> str:
    """`value` when it is a text; empty otherwise."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int | None:
    """`value` when it is a whole number that is not negative."""
    return value if type(value) is int and 0 <= value < 2**31 else None


def another(question: Question, title: str, names: Sequence[str]) -> str:
    """Why what a source calls `title`, by authors called `names`, is another work, as words to go on after the source's
    name; empty where it is not. A name may lead to another work: that of a paper to its volume, or to what it became.

    Fewer than half of the authors must be missing. Where one side names nobody, half of the words of the shorter title
    must be in the other.
    """
    if question.authors and names:
        found = sum(place is not None for place in bylines.align(names, question.authors))
        return "names other authors than the record" if 2 * found < len(question.authors) else ""
    ours, theirs = _words(question.title), _words(title)
    few = min(len(ours), len(theirs))
    return "has a work of another title under this name" if 2 * len(ours & theirs) < few else ""


def _words(title: str) -> set[str]:
    return {word for word in bylines.plain(title).split() if len(word) > 3}


def believable(statements: Sequence[Statement], question: Question) -> tuple[Statement, ...]:
    """`statements` read from a page, unless an affiliation among them holds the title or another author's name.

    Raises ParseError then: pages are converted by programs, which now and then put one field in place of another.
    """
    title, names = bylines.plain(question.title), bylines.Names(question.authors)
    for statement in (s for s in statements if s.kind == "affiliation"):
        if len(title) >= 20 and title in bylines.plain(statement.raw):
            raise ParseError("the title stands where an affiliation should be")
        if set(names.people(statement.raw)) - {statement.author}:
            raise ParseError("the names of authors stand where an affiliation should be")
    return tuple(statements)
