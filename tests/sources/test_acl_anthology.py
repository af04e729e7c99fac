from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from monitor.errors import ParseError
from monitor.sources import acl_anthology
from monitor.types import Feed, Page, Request, Response

ASKED = "https://raw.example.org/2026.acl.xml"


def parse(body: str, asked: str = ASKED, **options: Any) -> Page:
    plain = acl_anthology.Options(**(options or {"volume": "2026.acl"})).model_dump()
    feed = Feed("acl", "acl-anthology", acl_anthology.URL, acl_anthology.EVERY, 2.0, options=plain)
    return acl_anthology.parse(feed, Request(asked), Response(asked, body.encode()))


def paper(collection: str, volume: str, number: str) -> str:
    return (
        f'<collection id="{collection}"><volume id="{volume}"><paper id="{number}"><title>T</title></paper>'
        "</volume></collection>"
    )


@pytest.mark.parametrize(
    "options",
    [{}, {"venue": "acl", "volume": "2026.acl"}, {"venue": "../x"}, {"volume": "acl"}, {"volume": "2026.acl/../x"}],
)
def test_options_that_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        acl_anthology.Options(**options)


@pytest.mark.parametrize(
    ("collection", "volume", "number", "name"),
    [
        ("2026.acl", "long", "7", "2026.acl-long.7"),
        ("P19", "1", "7", "P19-1007"),
        ("W06", "1", "7", "W06-0107"),
        ("C69", "4", "7", "C69-0407"),
        ("D19", "4", "7", "D19-4007"),
        ("D19", "58", "7", "D19-5807"),
    ],
)
def test_names_of_both_schemes(collection: str, volume: str, number: str, name: str) -> None:
    (entry,) = parse(paper(collection, volume, number), volume=collection).entries
    assert (entry.key, str(entry.identifiers[-1])) == (name, f"acl:{name}")


@pytest.mark.parametrize(("volume", "number"), [("long", "x"), ("../x", "1"), ("", "1")])
def test_papers_that_cannot_be_named_are_told(volume: str, number: str) -> None:
    body = paper("2026.acl", volume, number).replace("<paper", '<paper id="1"><title>T</title></paper><paper', 1)
    if volume == "long":
        page = parse(body)
        assert ([e.key for e in page.entries], len(page.problems)) == (["2026.acl-long.1"], 1)
    else:
        with pytest.raises(ParseError, match="has no papers of the volume"):
            parse(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("404: Not Found", "not well-formed"),
        ("<collection/>", "is no collection"),
        ("<html/>", "is no collection"),
        ('<collection id="2026.acl"/>', "has no papers of the volume 2026.acl"),
    ],
)
def test_what_is_refused(body: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        parse(body)


@pytest.mark.parametrize("body", ["<p>Gone</p>", "<a href='/volumes/P19-1/'>old</a>", ""])
def test_a_page_that_links_no_volume_is_refused(body: str) -> None:
    with pytest.raises(ParseError):
        parse(body, f"{acl_anthology.URL}/venues/acl/", venue="acl")


def test_a_mirror_has_the_collections_below_its_address() -> None:
    plain = acl_anthology.Options(volume="2026.acl-long").model_dump()
    feed = Feed("acl", "acl-anthology", "https://mirror.example/acl/", acl_anthology.EVERY, 2.0, options=plain)
    assert acl_anthology.first(feed, None).url == "https://mirror.example/acl/data/xml/2026.acl.xml"
