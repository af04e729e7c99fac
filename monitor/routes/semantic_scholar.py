"""Route `semantic-scholar`: where a work was published and how often it was cited, as Semantic Scholar has it.

API: https://api.semanticscholar.org/api-docs/graph, up to 500 works a request. It is asked with a key only: without one
everybody shares one pool. Affiliations there are those of profiles, which are current and not the paper's, so none are
taken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from monitor import routes, text
from monitor.errors import ParseError
from monitor.publication import ARXIV_DOI, Publication
from monitor.types import Key, Request, Response

URL = "https://api.semanticscholar.org/graph/v1/paper/batch"
PACE = 1.0
BUDGET = 200
DAYS = (3, 7, 14, 30)
KEY = "SEMANTIC_SCHOLAR_API_KEY"
BATCH = 500
PUBLICATIONS = True
ALONE = False

_KEY = Key(KEY, header="x-api-key")
_FIELDS = "title,authors.name,externalIds,venue,publicationVenue,publicationTypes,year,citationCount"
_TYPES = {
    "JournalArticle": "article",
    "Conference": "proceedings-article",
    "Book": "book",
    "BookSection": "book-chapter",
}
_SERVERS = (
    "arxiv",
    "biorxiv",
    "medrxiv",
    "ssrn",
    "social science research network",
    "preprints.org",
    "research square",
)
"""How the names of preprint servers begin, in small letters."""


def name(question: routes.Question) -> str | None:
    """The identifier in the words of the interface."""
    number, doi = question.name("arxiv"), question.name("doi")
    return f"ARXIV:{number}" if number else f"DOI:{doi}" if doi else None


def ask(questions: Sequence[routes.Question], url: str, key: str | None) -> Request:
    """All works in one request."""
    return Request(
        f"{url}?fields={_FIELDS}",
        accept="application/json",
        body=json.dumps({"ids": [name(q) for q in questions]}),
        key=_KEY,
    )


def parse(questions: Sequence[routes.Question], response: Response) -> tuple[routes.Answer | None, ...]:
    """One answer a work, in the order of the question; null stands for a work that is not there."""
    works = routes.document(response)
    if not isinstance(works, list) or len(works) != len(questions):
        raise ParseError("the answer is no list of the works that were asked for")
    return tuple(_answer(q, w) if isinstance(w, dict) else None for q, w in zip(questions, works, strict=True))


def _answer(question: routes.Question, work: Mapping[str, Any]) -> routes.Answer:
    names = [routes.string(author.get("name")) for author in routes.objects(work.get("authors"))]
    if why := routes.another(question, routes.string(work.get("title")), names):
        return routes.Answer(refused=f"Semantic Scholar {why}")
    return routes.Answer(publication=_publication(work))


def _publication(work: Mapping[str, Any]) -> Publication:
    journal, named = work.get("publicationVenue"), work.get("externalIds")
    venue = routes.string(journal.get("name")) if isinstance(journal, dict) else ""
    venue = text.clean(venue or routes.string(work.get("venue")), text.TITLE_LIMIT)
    if venue.lower().startswith(_SERVERS):
        venue = ""
    doi = text.doi(routes.string(named.get("DOI"))) if isinstance(named, dict) and venue else None
    said = work.get("publicationTypes")
    kinds = [_TYPES[k] for k in said if isinstance(k, str) and k in _TYPES] if isinstance(said, list) else []
    return Publication(
        doi=None if doi and doi.startswith(ARXIV_DOI) else doi,
        title=text.clean(routes.string(work.get("title")), text.TITLE_LIMIT),
        venue=venue or None,
        type=next(iter(sorted(kinds, reverse=True)), "article") if venue else "preprint",
        year=routes.number(work.get("year")),
        citations=routes.number(work.get("citationCount")),
    )
