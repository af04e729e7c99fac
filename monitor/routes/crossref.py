"""Route `crossref`: the affiliations that a publisher deposits with a work's DOI, asked for once it has one.

API: https://api.crossref.org/swagger-ui/index.html. arXiv's own DOIs are DataCite's and not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from monitor import bylines, frontmatter, routes, text
from monitor.errors import ParseError
from monitor.evidence import Statement
from monitor.types import Request, Response

URL = "https://api.crossref.org/works/"
PACE = 1.0
BUDGET = 500
DAYS = (0,)
KEY = None


def ask(question: routes.Question, url: str, key: str | None) -> Request | None:
    """The work by its DOI; None before a journal or a publisher has given it one."""
    doi = question.name("doi")
    return Request(f"{url.rstrip('/')}/{quote(doi, safe='')}", accept="application/json") if doi else None


def parse(question: routes.Question, response: Response) -> tuple[Statement, ...]:
    """The affiliations of the authors, each given to the author of that name."""
    message = routes.record(response).get("message")
    if not isinstance(message, dict):
        raise ParseError("the answer is no work of Crossref")
    told = [a for a in _list(message.get("author")) if isinstance(a, dict)]
    places = bylines.align([_name(a) for a in told], question.authors)
    if told and 2 * sum(place is not None for place in places) < len(question.authors):
        raise ParseError("Crossref names other authors than the record")
    found = (s for a, n in zip(told, places, strict=True) if n is not None for s in _of(a, n))
    return tuple(dict.fromkeys(found))


def _of(author: Mapping[str, Any], position: int) -> Iterator[Statement]:
    for affiliation in _list(author.get("affiliation")):
        if not isinstance(affiliation, dict):
            continue
        parts = [affiliation.get("name"), *_list(affiliation.get("place"))]
        joined = ", ".join(text.from_html(p) for p in parts if isinstance(p, str))
        words, hosts = frontmatter.without_addresses(text.clean(joined, text.TITLE_LIMIT))
        ror = _ror(affiliation)
        if words:
            yield Statement("affiliation", words, position, ror)
        elif ror:
            yield Statement("ror", ror, position, ror)
        yield from (Statement("domain", host, position) for host in hosts)


def _ror(affiliation: Mapping[str, Any]) -> str | None:
    for name in _list(affiliation.get("id")):
        value = name.get("id") if isinstance(name, dict) and name.get("id-type") == "ROR" else None
        if isinstance(value, str) and value.startswith("https://ror.org/"):
            return value
    return None


def _name(author: Mapping[str, Any]) -> str:
    parts = [author.get("given"), author.get("family") or author.get("name")]
    return " ".join(p for p in parts if isinstance(p, str))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
