from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from monitor.errors import ParseError
from monitor.sources import arxiv
from monitor.types import Feed, Page, Request, Response, Window

WEEK = Window(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 8, tzinfo=UTC))


def source(**options: Any) -> Feed:
    return Feed("new", "arxiv", arxiv.URL, arxiv.EVERY, arxiv.PACE, options={"categories": ["cs.CR"], **options})


def page(*entries: str, total: int | None = None) -> bytes:
    """An answer of the API with the given entries."""
    number = "" if total is None else f"<opensearch:totalResults>{total}</opensearch:totalResults>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"'
        ' xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom">'
        f"{number}{''.join(f'<entry>{e}</entry>' for e in entries)}</feed>"
    ).encode()


def parse(body: bytes, start: int = 0) -> Page:
    request = Request(f"{arxiv.URL}?search_query=cat%3Acs.CR&start={start}&max_results=500")
    return arxiv.parse(source(), request, Response(request.url, body, "application/atom+xml"))


def paper(number: int) -> str:
    return f"<id>http://arxiv.org/abs/2606.{number:05}v1</id><title>t</title>"


def search(window: Window | None, **options: Any) -> str:
    request = arxiv.first(source(**options), window)
    return parse_qs(urlsplit(request.url).query)["search_query"][0]


def test_categories_query_and_window_are_joined() -> None:
    assert search(WEEK, categories=["cs.CR", "math.*"], query="ti:x OR ti:y") == (
        "(cat:cs.CR OR cat:math.*) AND (ti:x OR ti:y) AND submittedDate:[202606010000 TO 202606072359]"
    )
    assert search(None, categories=[], query="au:example") == "(au:example)"


@pytest.mark.parametrize(
    ("until", "last"),
    [
        (datetime(2026, 6, 1, 0, 5, tzinfo=UTC), "202606010004"),
        (datetime(2026, 6, 1, 0, 5, 30, tzinfo=UTC), "202606010005"),
        (datetime(2026, 6, 1, tzinfo=UTC), "202606010000"),
    ],
)
def test_the_end_of_a_window_is_its_last_minute(until: datetime, last: str) -> None:
    assert search(Window(datetime(2026, 6, 1, tzinfo=UTC), until)).endswith(f"[202606010000 TO {last}]")


@pytest.mark.parametrize(
    "options",
    [{"categories": []}, {"categories": ["cs.CR) OR (all:x"]}, {"page": 2_001}, {"page": 0}, {"category": "cs.CR"}],
)
def test_options_that_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        arxiv.Options(**{"categories": ["cs.CR"], **options})


@pytest.mark.parametrize(
    ("received", "start", "total", "following"),
    [(2, 0, 5, "2"), (2, 2, 5, "4"), (1, 4, 5, None), (2, 4, 5, None), (0, 2, 5, None), (0, 0, 0, None)],
)
def test_the_next_page_begins_behind_what_came(received: int, start: int, total: int, following: str | None) -> None:
    found = parse(page(*map(paper, range(received)), total=total), start)
    assert found.announced == total
    assert (parse_qs(urlsplit(found.following.url).query)["start"][0] if found.following else None) == following


def test_a_bad_record_is_named_and_counts_as_received() -> None:
    found = parse(page(paper(1), "<id>nonsense</id>", total=3))
    assert [e.key for e in found.entries] == ["2606.00001"]
    assert "record 2" in found.problems[0]
    assert found.following is not None
    assert "start=2" in found.following.url


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (page("<id>http://arxiv.org/api/errors#start</id><summary>start must be\n small</summary>", total=1),
         "arXiv refused the query: start must be small"),
        (page(paper(1)), "did not answer with a page of arXiv results"),
        (page(total=1)[:-20], "is not well-formed XML"),
        (b"<html><body>Rate exceeded.</body></html>", "did not answer with a page of arXiv results"),
        (b"Rate exceeded.", "is not well-formed XML"),
        (b"", "is empty"),
    ],
)  # fmt: skip
def test_what_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse(body)
    assert said in str(refused.value)
    assert arxiv.URL in str(refused.value) or "arXiv refused" in str(refused.value)


def test_a_page_cut_anywhere_is_refused() -> None:
    whole = page(paper(1), paper(2), total=2)
    for end in range(0, len(whole) - 1, 7):
        with pytest.raises(ParseError):
            parse(whole[:end])


def test_what_a_bare_record_lacks_is_absent() -> None:
    (entry,) = parse(page("<id>http://arxiv.org/abs/2606.00001</id>", total=1)).entries
    assert (entry.title, entry.authors, entry.published, entry.comment, entry.version) == ("", (), None, None, None)


def test_the_largest_bylines_are_kept_whole() -> None:
    names = "".join(f"<author><name>A. Example{n}</name></author>" for n in range(15_025))
    (entry,) = parse(page(paper(1) + names, total=1)).entries
    assert entry.authors[-1].name == "A. Example15024"


def test_provider_terms() -> None:
    assert arxiv.PACE >= 3.0
    assert timedelta(days=7) <= arxiv.LOOKBACK
