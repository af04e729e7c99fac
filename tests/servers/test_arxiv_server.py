"""The sources page through the loopback arXiv and get every record once."""

from __future__ import annotations

import gzip
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from servers.arxiv import ArxivServer

from monitor import sources
from monitor.types import Entry, Feed, Page, Request, Response, Window

MONTH = Path(__file__).parents[3] / "shared/data/arxiv/2026-06.jsonl.gz"


def invented(count: int) -> list[dict[str, Any]]:
    """`count` records, one every minute from midnight on, over three announcement days."""
    start = datetime(2026, 6, 1, tzinfo=UTC)
    return [
        {
            "id": f"2606.{n:05}",
            "title": f"Paper {n} on a < b & c",
            "abstract": f"We study {n} things.",
            "authors": ["Ada Example", "Bo Sample"],
            "affiliations": [["Institute of Examples, Oslo, Norway"], []],
            "categories": ["cs.CR", "math.CO"] if n % 2 else ["hep-th"],
            "published": (start + timedelta(minutes=n)).isoformat(),
            "first_seen": f"2026-06-0{2 + n % 3}",
            "doi": f"10.5555/{n}",
        }
        for n in range(1, count + 1)
    ]


def feed(kind: str, url: str, **options: Any) -> Feed:
    return Feed("test", kind, url, timedelta(days=1), 0.0, options=options)


def ask(request: Request) -> Response:
    with urllib.request.urlopen(request.url, timeout=20) as answer:
        return Response(answer.url, answer.read(), answer.headers["Content-Type"])


def pages(source: Feed, window: Window | None) -> Iterator[Page]:
    kind = sources.load(source.kind)
    request: Request | None = kind.first(source, window)
    while request:
        page = kind.parse(source, request, ask(request))
        yield page
        request = page.following


def entries(source: Feed, window: Window | None) -> list[Entry]:
    return [entry for page in pages(source, window) for entry in page.entries]


JUNE = Window(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))


def test_the_api_is_paged_to_its_end() -> None:
    with ArxivServer(invented(25)) as server:
        found = list(pages(feed("arxiv", server.api_url, categories=["cs.CR", "hep-th"], page=10), JUNE))
    assert [len(p.entries) for p in found] == [10, 10, 5]
    assert {p.announced for p in found} == {25}
    assert [e.key for p in found for e in p.entries] == [f"2606.{n:05}" for n in range(1, 26)]
    author = found[0].entries[0].authors[0]
    assert (author.name, author.affiliations[0].text) == ("Ada Example", "Institute of Examples, Oslo, Norway")
    assert [hit.interface for hit in server.log] == ["api"] * 3


def test_the_api_filters_by_category_and_by_minute() -> None:
    window = Window(datetime(2026, 6, 1, 0, 5, tzinfo=UTC), datetime(2026, 6, 1, 0, 9, tzinfo=UTC))
    with ArxivServer(invented(25)) as server:
        found = entries(feed("arxiv", server.api_url, categories=["math.*"]), window)
        worded = entries(feed("arxiv", server.api_url, query='abs:"study 7 things"'), window)
    assert [e.key for e in found] == ["2606.00005", "2606.00007"]
    assert [e.key for e in worded] == ["2606.00007"]


@pytest.mark.parametrize("prefix", ["oai_dc", "arXiv", "arXivRaw"])
def test_oai_is_resumed_to_its_end(prefix: str) -> None:
    records = invented(25)
    with ArxivServer(records, page=10) as server:
        found = list(pages(feed("oai", server.oai_url, prefix=prefix), JUNE))
    assert [(len(p.entries), p.announced) for p in found] == [(10, 25), (10, 25), (5, 25)]
    assert {e.key for p in found for e in p.entries} == {f"oai:arXiv.org:{r['id']}" for r in records}
    by_key = {e.key: e for p in found for e in p.entries}
    entry = by_key["oai:arXiv.org:2606.00001"]
    assert entry.title == "Paper 1 on a < b & c"
    assert [a.name for a in entry.authors] == ["Ada Example", "Bo Sample"]
    assert {str(i) for i in entry.identifiers} == {"arxiv:2606.00001", "doi:10.5555/1"}
    assert entry.published is not None
    assert entry.published.date().isoformat() == "2026-06-01"


def test_oai_sets_and_days() -> None:
    with ArxivServer(invented(25)) as server:
        day = Window(datetime(2026, 6, 3, tzinfo=UTC), datetime(2026, 6, 4, tzinfo=UTC))
        found = entries(feed("oai", server.oai_url, set="cs:cs:CR"), day)
        none = list(pages(feed("oai", server.oai_url, set="q-bio"), day))
    assert [e.key for e in found] == [f"oai:arXiv.org:2606.{n:05}" for n in (1, 7, 13, 19, 25)]
    assert none == [Page(announced=0)]


def test_seconds_and_deleted_records() -> None:
    records = [{**r, "first_seen": r["published"], "deleted": r["id"].endswith("3")} for r in invented(5)]
    window = Window(datetime(2026, 6, 1, 0, 2, tzinfo=UTC), datetime(2026, 6, 1, 0, 4, tzinfo=UTC))
    with ArxivServer(records, granularity="second") as server:
        found = entries(feed("oai", server.oai_url, granularity="second"), window)
    assert [(e.key[-1], e.deleted) for e in found] == [("2", False), ("3", True)]


def test_faults_befall_the_request_they_are_meant_for() -> None:
    faults = {0: "unavailable", 2: "empty", 3: "short", 4: "cut", 6: "bad-token"}
    with ArxivServer(invented(25), page=10, faults=faults, retry_after=7) as server:  # type: ignore[arg-type]
        api, oai = feed("arxiv", server.api_url, query="all:study", page=10), feed("oai", server.oai_url)
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(sources.load("arxiv").first(api, JUNE))
        assert (refused.value.code, refused.value.headers["Retry-After"]) == (503, "7")
        refused.value.close()
        whole, empty, short = (next(pages(api, JUNE)) for _ in range(3))
        assert [len(p.entries) for p in (whole, empty, short)] == [10, 0, 5]
        assert (empty.announced, empty.following) == (25, None)
        assert short.following is not None
        assert "start=5" in short.following.url
        with pytest.raises(http.client.IncompleteRead):
            ask(sources.load("arxiv").first(api, JUNE))
        _, restarted = pages(oai, JUNE)
        assert restarted.restart
    assert [hit.status for hit in server.log] == [503, 200, 200, 200, 200, 200, 200]
    assert len(server.gaps()) == 6


def test_a_wrong_query_is_refused_in_the_way_of_each_interface() -> None:
    with ArxivServer(invented(3)) as server:
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(Request(f"{server.api_url}?search_query=nonsense"))
        assert b"/api/errors#" in refused.value.read()
        refused.value.close()
        assert b"badVerb" in ask(Request(f"{server.oai_url}?verb=Nothing")).body
        assert b"<granularity>YYYY-MM-DD</granularity>" in ask(Request(f"{server.oai_url}?verb=Identify")).body
        reverse = f"{server.oai_url}?verb=ListRecords&metadataPrefix=arXiv&from=2026-06-09&until=2026-06-01"
        assert b"badArgument" in ask(Request(reverse)).body


@pytest.mark.parametrize("kind", ["arxiv", "oai"])
def test_a_month_of_arxiv_arrives_whole(kind: str) -> None:
    if not MONTH.exists():
        pytest.skip(f"no {MONTH.name} beside the project")
    with gzip.open(MONTH, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    dated = {r["id"] for r in records if r.get("first_seen") or r.get("published")}
    options = {"query": "submittedDate:[199001010000 TO 209001010000]", "page": 1_000} if kind == "arxiv" else {}
    ages = Window(datetime(1991, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC))
    with ArxivServer(records) as server:
        found = entries(feed(kind, server.api_url if kind == "arxiv" else server.oai_url, **options), ages)
    assert len(found) == len(dated) > 9_000
    assert {e.key.removeprefix("oai:arXiv.org:") for e in found} == dated
    titles = {r["id"]: " ".join(r["title"].split()) for r in records}
    assert all(e.title == titles[e.key.removeprefix("oai:arXiv.org:")] for e in found)
