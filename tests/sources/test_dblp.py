from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from monitor.errors import ParseError
from monitor.sources import dblp
from monitor.types import Feed, Page, Request, Response, Window, moment

WINDOW = Window(moment("2025-12-01T00:00:00Z"), moment("2026-02-01T00:00:00Z"))


def source(**options: Any) -> Feed:
    plain = dblp.Options(**(options or {"stream": "conf/sp"})).model_dump()
    return Feed("security", "dblp", dblp.URL, dblp.EVERY, dblp.PACE, options=plain)


def search(keys: list[str], total: int, request: Request | None = None) -> Page:
    hits = "".join(
        f"<hit><info><title>T.</title><year>2026</year><type>Journal Articles</type><key>{key}</key></info></hit>"
        for key in keys
    )
    asked = request or dblp.first(source(), WINDOW)
    body = f'<result><hits total="{total}" sent="{len(keys)}">{hits}</hits></result>'.encode()
    return dblp.parse(source(), asked, Response(asked.url, body))


def asked(request: Request | None) -> tuple[str, str]:
    assert request is not None
    query = parse_qs(urlsplit(request.url).query)
    return query["q"][0], query["f"][0]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stream": "sp"},
        {"stream": "conf/sp/sp2026"},
        {"toc": "conf/sp"},
        {"toc": "conf/../../x/y"},
        {"stream": "conf/sp", "query": "x"},
        {"query": ""},
        {"streams": "conf/sp"},
    ],
)
def test_options_that_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        dblp.Options(**options)


def test_every_year_of_the_window_is_asked_for_and_counted() -> None:
    page = search(["a", "b"], 3)
    assert (asked(page.following), page.announced) == (("stream:streams/conf/sp: year:2025:", "2"), 3)
    page = search(["c"], 3, page.following)
    assert (asked(page.following), page.announced) == (("stream:streams/conf/sp: year:2026:", "0"), 3)
    page = search([], 0, page.following)
    assert (page.following, page.announced) == (None, 3)


def test_an_empty_page_before_the_total_is_not_the_end_of_the_year() -> None:
    page = search([], 3)
    assert (page.following, page.announced) == (None, 3)


def test_a_search_in_words_is_bound_to_the_years_too() -> None:
    assert asked(dblp.first(source(query="biometric spoof"), WINDOW)) == ("biometric spoof year:2025:", "0")
    assert asked(dblp.first(source(query="biometric spoof"), None)) == ("biometric spoof", "0")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is empty"),
        (b"<!doctype html><html><title>Making sure</title></html>", "HTML page"),
        (b"<html/>", "did not answer with a search or a table of contents"),
        (b"<result><hits/></result>", "does not say how much it found"),
        (b'<!DOCTYPE dblp [<!ENTITY a "aa">]><dblp/>', "document type declaration"),
        (b"<dblp><article key='a'><title>&unheard;</title></article></dblp>", "not well-formed"),
    ],
)
def test_what_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        dblp.parse(source(), Request(dblp.URL), Response(dblp.URL, body))


def test_the_characters_that_the_dtd_names() -> None:
    body = b"<?xml version='1.0' encoding='ISO-8859-1'?><!DOCTYPE dblp SYSTEM \"dblp.dtd\"><dblp><article key='a/b'>"
    body += b"<author>M. B&ouml;hlen</author><title>R&amp;D &lt; &Aacute;.</title></article><www key='h/x'/></dblp>"
    (entry,) = dblp.parse(source(), Request(dblp.URL), Response(dblp.URL, body)).entries
    assert (entry.title, entry.authors[0].name) == ("R&D < Á", "M. Böhlen")


@pytest.mark.parametrize(
    ("name", "shown"), [("Yang Liu 0001", "Yang Liu"), ("Agent 007", "Agent 007"), ("X 12345", "X 12345")]
)
def test_only_a_number_of_four_digits_tells_namesakes_apart(name: str, shown: str) -> None:
    body = f"<article key='a/b'><author>{name}</author><title>T.</title></article>".encode()
    (entry,) = dblp.parse(source(), Request(dblp.URL), Response(dblp.URL, body)).entries
    assert [a.name for a in entry.authors] == [shown]


def test_a_type_that_dblp_did_not_have_before_is_named() -> None:
    hit = b"<hit><info><title>T.</title><type>Songs</type><key>a/b</key></info></hit>"
    body = b"<result><hits total='1'>%s</hits></result>" % hit
    page = dblp.parse(source(), dblp.first(source(), None), Response(dblp.URL, body))
    assert [(e.key, e.type) for e in page.entries] == [("a/b", None)]
    assert ["unknown type: Songs" in p for p in page.problems] == [True]
