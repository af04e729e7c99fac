"""Route `crossref`: what a publisher deposits with a work's DOI, asked for once it has one: affiliations, venue, the
version of record of a preprint, citations by other deposits.

API: https://api.crossref.org/swagger-ui/index.html; values of one filter are alternatives. arXiv's own DOIs are
DataCite's and not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from monitor import bylines, frontmatter, routes, text
from monitor.errors import ParseError
from monitor.evidence import Statement
from monitor.publication import ARXIV_DOI, Publication
from monitor.types import Request, Response

URL = "https://api.crossref.org/works/"
PACE = 1.0
BUDGET = 500
DAYS = (0, 3, 7, 14, 30)
KEY = None
BATCH = 20
PUBLICATIONS = True
ALONE = True

_FIELDS = "DOI,title,author,container-title,type,issued,is-referenced-by-count,relation"
_TYPES = {"journal-article": "article", "posted-content": "preprint"}


def name(question: routes.Question) -> str | None:
    """A DOI, once a journal or a publisher has given it one: none of arXiv's, which Crossref does not have, and none
    with a comma, which parts the values of a filter."""
    dois = (i.value for i in question.identifiers if i.scheme == "doi")
    return next((doi for doi in dois if "," not in doi and not doi.startswith(ARXIV_DOI)), None)


def ask(questions: Sequence[routes.Question], url: str, key: str | None) -> Request:
    """One work by its DOI, or several by a filter."""
    dois = [doi for q in questions if (doi := name(q))]
    if len(questions) == 1:
        return Request(f"{url.rstrip('/')}/{quote(dois[0], safe='')}", accept="application/json")
    wanted = ",".join(f"doi:{doi}" for doi in dois)
    query = urlencode({"filter": wanted, "rows": len(questions), "select": _FIELDS})
    return Request(f"{url.rstrip('/')}?{query}", accept="application/json")


def parse(questions: Sequence[routes.Question], response: Response) -> tuple[routes.Answer | None, ...]:
    """The affiliations of the authors, each given to the author of that name, and where the work appeared."""
    message = routes.record(response).get("message")
    if not isinstance(message, dict):
        raise ParseError("the answer is no work of Crossref")
    if len(questions) == 1:
        return (_answer(questions[0], message),)
    if not isinstance(message.get("items"), list):
        raise ParseError("the answer is no list of works of Crossref")
    works = {routes.string(work.get("DOI")).lower(): work for work in routes.objects(message["items"])}
    found = (works.get(name(question) or "") for question in questions)
    return tuple(_answer(q, work) if work is not None else None for q, work in zip(questions, found, strict=True))


def _answer(question: routes.Question, work: Mapping[str, Any]) -> routes.Answer:
    told = routes.objects(work.get("author"))
    if why := routes.another(question, _first(work.get("title")), [_name(a) for a in told]):
        return routes.Answer(refused=f"Crossref {why}")
    places = bylines.align([_name(a) for a in told], question.authors)
    found = (s for a, n in zip(told, places, strict=True) if n is not None for s in _of(a, n))
    return routes.Answer(tuple(dict.fromkeys(found)), _publication(work))


def _publication(work: Mapping[str, Any]) -> Publication:
    kind = routes.string(work.get("type"))
    relation = work.get("relation")
    later = routes.objects(relation.get("is-preprint-of")) if isinstance(relation, dict) else []
    doi = next((routes.string(r.get("id")) for r in later if r.get("id-type") == "doi"), None)
    return Publication(
        doi=text.doi(doi or routes.string(work.get("DOI"))) if doi or kind != "posted-content" else None,
        title=_first(work.get("title")),
        venue=_first(work.get("container-title")) or None,
        type=_TYPES.get(kind, kind) or None,
        year=_year(work.get("issued")),
        citations=routes.number(work.get("is-referenced-by-count")),
    )


def _year(issued: object) -> int | None:
    """Dates are lists of year, month and day, in a list of their own."""
    dates = _list(issued.get("date-parts")) if isinstance(issued, dict) else []
    first = _list(dates[0]) if dates else []
    return routes.number(first[0]) if first else None


def _first(texts: object) -> str:
    found = (t for t in _list(texts) if isinstance(t, str))
    return text.from_html(next(found, ""), text.TITLE_LIMIT)


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
