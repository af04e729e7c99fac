"""Port `Route`: one module of this package for each source that can be asked for the affiliations of a work.

A kind is a module of that name (`arxiv-html` lives in `arxiv_html`). It says which document to ask for and what a
document means; it never fetches, looks at the clock, or touches the store. Kinds are found by name, so a new one is one
file, with an example page under `tests/routes/examples/<kind>/`.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from monitor import bylines
from monitor.errors import ConfigError, ParseError
from monitor.evidence import Statement
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

    def ask(self, question: Question, url: str, key: str | None) -> Request | None:
        """The request about a work, below the base address `url`; None when this source cannot know the work."""
        ...

    def parse(self, question: Question, response: Response) -> tuple[Statement, ...]:
        """What `response` says of the authors of the work; empty when it is about the work and tells nothing.

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


def parse(kind: str, question: Question, response: Response) -> tuple[Statement, ...]:
    """`Route.parse` of that kind, by name, so that it can be called in another process."""
    return load(kind).parse(question, response)


def record(response: Response) -> dict[str, Any]:
    """The JSON object that `response` is; raises ParseError when it is none."""
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        raise ParseError("the answer is not JSON") from None
    if not isinstance(found, dict):
        raise ParseError("the answer is not a JSON object")
    return found


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
