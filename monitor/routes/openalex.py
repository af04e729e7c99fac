"""Route `openalex`: the authorships of a work in OpenAlex, where it was published, and how often it was cited.

API: https://developers.openalex.org/api-reference/works. With a key a work looked up by its DOI is free, and a list of
as many works as a filter takes costs a ten-thousandth of the free allowance of a day. A preprint that was merged into
its journal version is not found under arXiv's DOI in a list, but by itself. arXiv's preprints arrive some days late,
hence the days. The affiliations as printed are read like any other; the countries that OpenAlex made of them are
evidence of their own, and weaker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from monitor import bylines, frontmatter, routes, text
from monitor.errors import ParseError
from monitor.evidence import Statement
from monitor.publication import Publication
from monitor.types import Request, Response

URL = "https://api.openalex.org/works/"
PACE = 0.2
BUDGET = 1_000
DAYS = (3, 7, 14, 30)
KEY = "OPENALEX_API_KEY"
BATCH = 50
PUBLICATIONS = True
ALONE = True

ARXIV_DOI = "10.48550/arXiv."
"""DOIs that DataCite registers for arXiv papers (https://info.arxiv.org/help/doi.html)."""

_FIELDS = "id,doi,title,authorships,locations,type,cited_by_count,publication_year"
_PARTING = frozenset(",|")
"""What parts values in a filter: a DOI with such a character cannot stand in one, and is not asked for."""


def name(question: routes.Question) -> str | None:
    """The arXiv DOI, else the work's own."""
    number, doi = question.name("arxiv"), question.name("doi")
    own = doi if doi and _PARTING.isdisjoint(doi) else None
    return f"{ARXIV_DOI}{number}" if number else own


def ask(questions: Sequence[routes.Question], url: str, key: str | None) -> Request:
    """One work by its DOI, or a list of several."""
    dois = [doi for q in questions if (doi := name(q))]
    query = {"select": _FIELDS} | ({"api_key": key} if key else {})
    if len(questions) == 1:
        return Request(
            f"{url.rstrip('/')}/doi:{quote(dois[0], safe='/:')}?{urlencode(query)}", accept="application/json"
        )
    query |= {"filter": f"doi:{'|'.join(dois)}", "per_page": str(2 * BATCH)}
    return Request(f"{url.rstrip('/')}?{urlencode(query)}", accept="application/json")


def parse(questions: Sequence[routes.Question], response: Response) -> tuple[routes.Answer | None, ...]:
    """The authorships, each given to the author of that name, and what became of the work.

    A work of which fewer than half of the authors are found is refused: a DOI may have been merged into another work.
    """
    document = routes.record(response)
    if len(questions) == 1:
        if not isinstance(document.get("authorships"), list):
            raise ParseError("the answer is no work of OpenAlex")
        return (_answer(questions[0], document),)
    if not isinstance(document.get("results"), list):
        raise ParseError("the answer is no list of works of OpenAlex")
    works = {text.doi(routes.string(work.get("doi"))): work for work in routes.objects(document["results"])}
    found = (works.get((name(question) or "").lower()) for question in questions)
    return tuple(_answer(q, work) if work is not None else None for q, work in zip(questions, found, strict=True))


def _answer(question: routes.Question, work: Mapping[str, Any]) -> routes.Answer:
    told = routes.objects(work.get("authorships"))
    if why := routes.another(question, _title(work), [_name(a) for a in told]):
        return routes.Answer(refused=f"OpenAlex {why}")
    places = bylines.align([_name(a) for a in told], question.authors)
    found = (s for a, n in zip(told, places, strict=True) if n is not None for s in _of(a, n))
    return routes.Answer(tuple(dict.fromkeys(found)), _publication(work))


def _publication(work: Mapping[str, Any]) -> Publication:
    """Where the work appeared: the first of its locations that is no repository."""
    sources = [location.get("source") for location in routes.objects(work.get("locations"))]
    source = next((s for s in routes.objects(sources) if s.get("type") not in ("repository", None)), None)
    doi = text.doi(routes.string(work.get("doi"))) if source else None
    kind = "proceedings-article" if source and source.get("type") == "conference" else routes.string(work.get("type"))
    return Publication(
        doi=None if doi and doi.startswith(ARXIV_DOI.lower()) else doi,
        title=_title(work),
        venue=(text.clean(routes.string(source.get("display_name")), text.TITLE_LIMIT) or None) if source else None,
        type=(kind or None) if source else "preprint",
        year=routes.number(work.get("publication_year")),
        citations=routes.number(work.get("cited_by_count")),
    )


def _title(work: Mapping[str, Any]) -> str:
    return text.from_html(routes.string(work.get("title")), text.TITLE_LIMIT)


def _of(authorship: Mapping[str, Any], author: int) -> Iterator[Statement]:
    corresponding = authorship.get("is_corresponding") is True
    for raw in _texts(authorship.get("raw_affiliation_strings")):
        words, hosts = frontmatter.without_addresses(text.clean(raw, text.TITLE_LIMIT))
        if words:
            yield Statement("affiliation", words, author, corresponding=corresponding)
        yield from (Statement("domain", host, author, corresponding=corresponding) for host in hosts)
    institutions = routes.objects(authorship.get("institutions"))
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
