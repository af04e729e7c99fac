from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from monitor.errors import ParseError
from monitor.sources import usenix
from monitor.types import Feed, Page, Request, Response

ASKED = f"{usenix.URL}/conference/invsec26/technical-sessions"


def parse(body: str, **options: Any) -> Page:
    plain = usenix.Options(**{"conference": "invsec26", **options}).model_dump()
    feed = Feed("inv", "usenix", usenix.URL, usenix.EVERY, 10.0, options=plain)
    return usenix.parse(feed, Request(ASKED), Response(ASKED, body.encode()))


def paper(people: str) -> str:
    return (
        '<article class="node-paper"><h2><a href="/conference/invsec26/presentation/x">T</a></h2>'
        f'<div class="field-name-field-paper-people-text"><p>{people}</p></div></article>'
    )


def byline(people: str) -> list[tuple[str, list[str]]]:
    (entry,) = parse(paper(people)).entries
    return [(a.name, [place.text for place in a.affiliations]) for a in entry.authors]


@pytest.mark.parametrize(
    "options", [{"conference": "usenixsecurity"}, {"conference": "../x26"}, {"page": "../x"}, {"venues": "x"}]
)
def test_options_that_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        usenix.Options(**{"conference": "invsec26", **options})


@pytest.mark.parametrize(("conference", "year"), [("usenixsecurity26", 2026), ("soups2025", 2025)])
def test_the_year_of_the_conference(conference: str, year: int) -> None:
    (entry,) = parse(paper("Ada Example"), conference=conference).entries
    assert (entry.year, entry.venue, entry.published) == (year, conference, None)


@pytest.mark.parametrize(
    ("people", "authors"),
    [
        ("Ada Example, <em>X</em>", [("Ada Example", ["X"])]),
        ("Ada Example and Bo Sample, <em>X</em>", [("Ada Example", ["X"]), ("Bo Sample", ["X"])]),
        (
            "Ada Example, <i>X; </i>Bo Sample, <em><strong>Y</strong></em>",
            [("Ada Example", ["X"]), ("Bo Sample", ["Y"])],
        ),
        ("Ada Example, <em>X and Y</em>; Bo Sample", [("Ada Example", ["X and Y"]), ("Bo Sample", [])]),
        ("Ada Example, <em>X</em><br><em>Awarded Best Paper!</em>", [("Ada Example", ["X"])]),
        ("Ada Example<br><em>Distinguished Paper Award</em>", [("Ada Example", [])]),
        ("Ada Example, <em>Univ<em>ersity</em> X</em>", [("Ada Example", ["University X"])]),
        ("", []),
    ],
)
def test_whose_institution_is_whose(people: str, authors: list[tuple[str, list[str]]]) -> None:
    assert byline(people) == authors


@pytest.mark.parametrize("body", ["<p>Page not found</p>", '<article class="node-paper"><h2>Break</h2></article>'])
def test_a_page_without_papers_is_never_a_quiet_day(body: str) -> None:
    with pytest.raises(ParseError, match="shows no papers"):
        parse(body)


def test_a_page_that_is_cut_short_says_so() -> None:
    page = parse(f"<!DOCTYPE html><HTML><body>{paper('Ada Example')}<article class='node-pap")
    assert (len(page.entries), page.refused) == (1, 1), "so that it is asked for whole the next time"
    assert page.problems == (f"{ASKED} is cut short: it has no end, and papers may be missing",)
    assert parse(f"<html><body>{paper('Ada Example')}</body></html>").problems == ()


def test_nothing_is_no_page() -> None:
    with pytest.raises(ParseError, match="is not an HTML page"):
        parse("")


def test_links_elsewhere_are_not_followed_into_scripts() -> None:
    with pytest.raises(ParseError, match="shows no papers"):
        parse(paper("Ada Example").replace("/conference/invsec26/presentation/x", "javascript:alert(1)"))
