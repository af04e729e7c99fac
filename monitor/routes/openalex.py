"""Route `openalex`: the authorships of a work in OpenAlex, asked for by DOI.

API: https://developers.openalex.org/api-reference/works. A work looked up by its DOI is free, with a key. arXiv's
preprints arrive some days late, hence the days. The affiliations as printed are read like any other; the countries
that OpenAlex made of them are evidence of their own, and weaker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from monitor import bylines, frontmatter, routes, text
from monitor.errors import ParseError
from monitor.evidence import Statement
from monitor.types import Request, Response

URL = "https://api.openalex.org/works/"
PACE = 0.2
BUDGET = 1_000
DAYS = (3, 7, 14, 30)
KEY = "MONITOR_OPENALEX_KEY"

ARXIV_DOI = "10.48550/arXiv."
"""DOIs that DataCite registers for arXiv papers (https://info.arxiv.org/help/doi.html)."""


def ask(question: routes.Question, url: str, key: str | None) -> Request | None:
    """The work by its arXiv DOI, else by its own."""
    name = question.name("arxiv")
    doi = f"{ARXIV_DOI}{name}" if name else question.name("doi")
    if doi is None:
        return None
    query = {"select": "id,doi,title,authorships"} | ({"api_key": key} if key else {})
    return Request(f"{url.rstrip('/')}/doi:{quote(doi, safe='/:')}?{urlencode(query)}", accept="application/json")


def parse(question: routes.Question, response: Response) -> tuple[Statement, ...]:
    """The authorships, each given to the author of that name.

    Raises ParseError when fewer than half of the authors are found: a DOI may have been merged into another work.
    """
    authorships = routes.record(response).get("authorships")
    if not isinstance(authorships, list):
        raise ParseError("the answer is no work of OpenAlex")
    told = [a for a in authorships if isinstance(a, dict)]
    places = bylines.align([_name(a) for a in told], question.authors)
    if 2 * sum(place is not None for place in places) < len(question.authors):
        raise ParseError("OpenAlex names other authors than the record")
    found = (s for a, n in zip(told, places, strict=True) if n is not None for s in _of(a, n))
    return tuple(dict.fromkeys(found))


def _of(authorship: Mapping[str, Any], author: int) -> Iterator[Statement]:
    corresponding = authorship.get("is_corresponding") is True
    for raw in _texts(authorship.get("raw_affiliation_strings")):
        words, hosts = frontmatter.without_addresses(text.clean(raw, text.TITLE_LIMIT))
        if words:
            yield Statement("affiliation", words, author, corresponding=corresponding)
        yield from (Statement("domain", host, author, corresponding=corresponding) for host in hosts)
    institutions = _objects(authorship.get("institutions"))
    placed = {i.get("country_code"): i.get("ror") for i in reversed(institutions)}
    for country in _texts(authorship.get("countries")) or [c for c in placed if isinstance(c, str)]:
        if len(country) == 2 and country.isalpha() and country.isupper():
            ror = placed.get(country)
            yield Statement("index", country, author, ror if isinstance(ror, str) else None, corresponding)


def _name(authorship: Mapping[str, Any]) -> str:
    author = authorship.get("author")
    shown = author.get("display_name") if isinstance(author, dict) else None
    name = authorship.get("raw_author_name") or shown
    return bylines.natural(name) if isinstance(name, str) else ""


def _texts(value: object) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
