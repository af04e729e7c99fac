from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from monitor.errors import ParseError
from monitor.sources import openreview
from monitor.types import Feed, Page, Request, Response, Window

ASKED = f"{openreview.URL}/notes?content.venueid=Inv.cc&sort=tcdate%3Aasc&limit=1000&offset=2000"


def parse(document: object, **options: Any) -> Page:
    plain = openreview.Options(**(options or {"venue": "Inv.cc"})).model_dump()
    feed = Feed("inv", "openreview", openreview.URL, openreview.EVERY, 3.0, options=plain)
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return openreview.parse(feed, Request(ASKED), Response(ASKED, body, "application/json"))


def notes(number: int) -> list[dict[str, Any]]:
    return [{"id": f"n{n}", "content": {"title": {"value": "T"}}} for n in range(number)]


@pytest.mark.parametrize(
    "options",
    [{}, {"venue": "a", "invitation": "a/-/B"}, {"venue": "a b"}, {"invitation": "a/b"}, {"venue": "a", "x": 1}],
)
def test_options_that_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        openreview.Options(**options)


@pytest.mark.parametrize(
    ("received", "count", "offset"),
    [
        (1000, 5000, "3000"),
        (3, 2004, "2003"),
        (3, 2003, None),
        (0, 5000, None),
        (1000, None, "3000"),
        (999, None, None),
        (1000, "5000", "3000"),
    ],
)
def test_the_next_page_begins_behind_what_came(received: int, count: object, offset: str | None) -> None:
    page = parse({"notes": notes(received), "count": count})
    assert page.announced == (count if isinstance(count, int) else None)
    query = parse_qs(urlsplit(page.following.url).query) if page.following else {}
    assert query.get("offset", [None])[0] == offset
    assert query.get("content.venueid", ["Inv.cc"]) == ["Inv.cc"]


def test_a_window_that_touches_two_years_asks_for_the_venues_of_both() -> None:
    feed = Feed(
        "inv", "openreview", openreview.URL, openreview.EVERY, 3.0, options={"venue": "Inv.cc/{year}/Conference"}
    )
    window = Window(datetime(2026, 12, 5, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC))
    request: Request | None = openreview.first(feed, window)
    asked, announced = [], []
    for answer in (
        {"notes": notes(1000), "count": 1002},
        {"notes": notes(2), "count": 1002},
        {"notes": [], "count": 0},
    ):
        assert request is not None
        query = parse_qs(urlsplit(request.url).query)
        asked.append((query["content.venueid"][0], query["offset"][0]))
        body = json.dumps(answer).encode()
        page = openreview.parse(feed, request, Response(request.url, body, "application/json"))
        request, announced = page.following, [*announced, page.announced]
    assert asked == [
        ("Inv.cc/2026/Conference", "0"),
        ("Inv.cc/2026/Conference", "1000"),
        ("Inv.cc/2027/Conference", "0"),
    ]
    assert (request, announced) == (None, [1002, 1002, 1002])


def test_a_window_that_ends_with_the_year_asks_for_that_year_alone() -> None:
    feed = Feed(
        "inv", "openreview", openreview.URL, openreview.EVERY, 3.0, options={"venue": "Inv.cc/{year}/Conference"}
    )
    request = openreview.first(feed, Window(datetime(2026, 12, 5, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)))
    page = openreview.parse(feed, request, Response(request.url, b'{"notes": [], "count": 0}'))
    assert page == Page(announced=0)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"<html>", "did not answer in JSON"),
        ([], "there are none"),
        ({"name": "NotFoundError", "message": "The Venue was not found"}, "The Venue was not found"),
        ({"notes": None, "name": "ForbiddenError"}, "ForbiddenError"),
    ],
)
def test_what_is_refused(document: object, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        parse(document)


@pytest.mark.parametrize(
    ("content", "authors"),
    [
        ({"authors": {"value": ["Ada Example", None, 7]}}, ["Ada Example"]),
        ({"authors": {"value": "Ada Example, Bo Sample"}}, ["Ada Example", "Bo Sample"]),
        ({"authors": ["Ada Example"]}, ["Ada Example"]),
        ({"authors": {"value": [{"name": "Ada Example", "institutions": [None, {"name": 3}]}]}}, ["Ada Example"]),
        ({"authors": {"readers": ["Inv.cc"]}}, []),
        ([], []),
    ],
)
def test_content_of_other_shapes(content: object, authors: list[str]) -> None:
    page = parse({"notes": [{"id": "a", "content": content, "cdate": "soon", "pdate": -1}], "count": 1})
    (entry,) = page.entries
    assert ([a.name for a in entry.authors], entry.published) == (authors, None)
    assert ["has no title" in problem for problem in page.problems] == [True]


def test_a_journal_says_what_its_papers_are() -> None:
    note = {"id": "a", "content": {"title": {"value": "T"}, "venue": {"value": "TMLR"}, "venueid": {"value": "TMLR"}}}
    (entry,) = parse({"notes": [note], "count": 1}, venue="TMLR", type="article").entries
    assert (entry.type, entry.venue) == ("article", "TMLR")
