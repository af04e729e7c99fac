"""Services that list works page by page, each as its documentation describes its paging, over records of a test.

They share no code with the program, so that the two may disagree. Records are numbers; what a service says of one is
as little as makes a record. `fault` decides, for each request that lists records, whether something goes wrong.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from servers.pages import Answer, Asked

Fault = Literal["error", "cut", "gone", "empty", "no-cursor", "again", "null-record"]
"""500, no answer, the answer to an expired cursor, a page without records, one that leads nowhere, the page before once
more, a record that is null."""


class Provider:
    """What the services have in common: they list `count` records, `page` at a time, from a place they are told."""

    kind: ClassVar[str]
    options: ClassVar[Mapping[str, Any]]
    gone = 404
    """Status of the answer to a cursor that has expired."""
    page = 3

    def __init__(self, count: int = 8) -> None:
        self.records = list(range(count))
        self.fault: Callable[[int], Fault | None] = lambda request: None
        """By the number of the request that lists records, from 0."""
        self.lists = 0
        self.headers: dict[str, str] = {}

    def __call__(self, asked: Asked) -> Answer:
        place = self.place(asked)
        fault, self.lists = self.fault(self.lists), self.lists + 1
        if fault == "error":
            return Answer(b"", 500)
        if fault == "gone":
            return Answer(b"", self.gone)
        if fault == "again":
            place = max(0, place - self.page)
        listed = [] if fault == "empty" else self.records[place : place + self.page]
        following = None if fault == "no-cursor" else place + len(listed)
        records: Sequence[Any] = [self.record(number) for number in listed]
        if fault == "null-record":
            records = [None, *records[1:]]
        self.listed(asked, following)
        body = None if fault == "cut" else self.body(asked, records, following)
        return Answer(body, headers=self.headers)

    def place(self, asked: Asked) -> int:
        raise NotImplementedError

    def listed(self, asked: Asked, following: int | None) -> None:
        """Told before a page goes out."""

    def record(self, number: int) -> Any:
        raise NotImplementedError

    def body(self, asked: Asked, records: Sequence[Any], following: int | None) -> bytes:
        raise NotImplementedError


def token(place: int) -> str:
    """A cursor with every character that an address must escape."""
    return base64.b64encode(b"\xfb\xff" + str(place).encode()).decode()


def place_of(cursor: str) -> int:
    return int(base64.b64decode(cursor, validate=True)[2:])


class Crossref(Provider):
    """https://api.crossref.org: a cursor that is the same for all pages, and moves on with each that is sent."""

    kind = "crossref"
    options: ClassVar[Mapping[str, Any]] = {"issn": ["5555-0018"], "rows": 3}

    def __init__(self, count: int = 8) -> None:
        super().__init__(count)
        self.at = 0

    def place(self, asked: Asked) -> int:
        filters = asked.query["filter"].split(",")
        names = [name.partition(":")[0] for name in filters]
        assert names == ["issn", "from-index-date", "until-index-date", "from-pub-date"]
        assert asked.query["rows"] == "3"
        if asked.query["cursor"] == "*":
            self.at = 0
        else:
            assert asked.query["cursor"] == "c+/=="
        return self.at

    def listed(self, asked: Asked, following: int | None) -> None:
        self.at = self.at if following is None else following

    def record(self, number: int) -> Any:
        return {"DOI": f"10.5555/w{number}", "title": [f"Work {number}"], "type": "journal-article"}

    def body(self, asked: Asked, records: Sequence[Any], following: int | None) -> bytes:
        message = {"total-results": len(self.records), "items": records}
        message |= {} if following is None else {"next-cursor": "c+/=="}
        return json.dumps({"status": "ok", "message-type": "work-list", "message": message}).encode()


class OpenAlex(Provider):
    """https://developers.openalex.org: a cursor of its own for each page, null behind the last."""

    kind = "openalex"
    options: ClassVar[Mapping[str, Any]] = {"topic": ["T1"], "page": 3}
    gone = 400

    def place(self, asked: Asked) -> int:
        assert asked.query["filter"].startswith("topics.id:T1,from_publication_date:")
        return 0 if asked.query["cursor"] == "*" else place_of(asked.query["cursor"])

    def record(self, number: int) -> Any:
        return {"id": f"https://openalex.org/W{number}", "title": f"Work {number}", "ids": {}, "authorships": []}

    def body(self, asked: Asked, records: Sequence[Any], following: int | None) -> bytes:
        cursor = token(following) if following is not None and records else None
        return json.dumps({"meta": {"count": len(self.records), "next_cursor": cursor}, "results": records}).encode()


class DataCite(Provider):
    """https://support.datacite.org/docs/pagination: a link to the next page, on the service's own host."""

    kind = "datacite"
    options: ClassVar[Mapping[str, Any]] = {"query": "x", "page": 3}
    gone = 400

    def place(self, asked: Asked) -> int:
        assert asked.query["query"].startswith("(x) AND updated:[")
        return 0 if asked.query["page[cursor]"] == "1" else place_of(asked.query["page[cursor]"])

    def record(self, number: int) -> Any:
        attributes = {"doi": f"10.5555/w{number}", "titles": [{"title": f"Work {number}"}]}
        return {"id": f"10.5555/w{number}", "type": "dois", "attributes": attributes}

    def body(self, asked: Asked, records: Sequence[Any], following: int | None) -> bytes:
        links = {"self": "https://api.example.org/dois"}
        if following is not None and following < len(self.records):
            cursor = token(following).replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
            links["next"] = f"https://api.example.org/dois?page%5Bcursor%5D={cursor}&page%5Bsize%5D=3"
        return json.dumps({"data": records, "meta": {"total": len(self.records)}, "links": links}).encode()


class BioRxiv(Provider):
    """https://api.biorxiv.org: pages counted in the path; some records are versions of others."""

    kind = "biorxiv"
    options: ClassVar[Mapping[str, Any]] = {}

    def place(self, asked: Asked) -> int:
        path = re.fullmatch(r"/details/biorxiv/[\d-]{10}/[\d-]{10}/(\d+)/json", asked.path)
        assert path
        return int(path[1])

    def record(self, number: int) -> Any:
        doi, version = f"10.1101/2026.07.01.{number // 2}", 1 + number % 2
        return {
            "doi": doi,
            "title": f"Work {number}",
            "version": str(version),
            "date": "2026-07-20",
            "server": "bioRxiv",
        }

    def body(self, asked: Asked, records: Sequence[Any], following: int | None) -> bytes:
        message = {"status": "ok", "count": len(records), "total": str(len(self.records))}
        return json.dumps({"messages": [message], "collection": records}).encode()


class PubMed(Provider):
    """https://www.ncbi.nlm.nih.gov/books/NBK25499/: a search, then its result part by part."""

    kind = "pubmed"
    options: ClassVar[Mapping[str, Any]] = {"term": "x", "page": 3}
    gone = 400

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/esearch.fcgi":
            assert (asked.query["usehistory"], asked.query["datetype"]) == ("y", "edat")
            found = f"<Count>{len(self.records)}</Count><QueryKey>1</QueryKey><WebEnv>MCID_x</WebEnv>"
            return Answer(f"<?xml version='1.0'?><eSearchResult>{found}</eSearchResult>".encode())
        assert (asked.path, asked.query["WebEnv"], asked.query["retmax"]) == ("/efetch.fcgi", "MCID_x", "3")
        return super().__call__(asked)

    def place(self, asked: Asked) -> int:
        return int(asked.query["retstart"])

    def record(self, number: int) -> Any:
        title = f"<Article><ArticleTitle>Work {number}</ArticleTitle></Article>"
        return f"<PubmedArticle><MedlineCitation><PMID>{number + 1}</PMID>{title}</MedlineCitation></PubmedArticle>"

    def body(self, asked: Asked, records: Sequence[Any], following: int | None) -> bytes:
        listed = "".join(record or "<PubmedArticle/>" for record in records)
        return f"<?xml version='1.0'?><PubmedArticleSet>{listed}</PubmedArticleSet>".encode()


class Core(Provider):
    """https://api.core.ac.uk/docs/v3: pages counted by offset."""

    kind = "core"
    options: ClassVar[Mapping[str, Any]] = {"query": "x", "page": 3}

    def place(self, asked: Asked) -> int:
        assert asked.query["q"].startswith('(x) AND createdDate>="')
        assert asked.query["limit"] == "3"
        return int(asked.query["offset"])

    def record(self, number: int) -> Any:
        return {"id": number + 1, "title": f"Work {number}"}

    def body(self, asked: Asked, records: Sequence[Any], following: int | None) -> bytes:
        return json.dumps({"totalHits": len(self.records), "results": records}).encode()


PROVIDERS: tuple[type[Provider], ...] = (Crossref, OpenAlex, DataCite, BioRxiv, PubMed, Core)
