"""Words for figures, people, places and links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.digest import words
from monitor.types import Author, Identifier, Item, Window

MONDAY = datetime(2026, 7, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (1.0, "virtually certain, over 0.99"),
        (0.996, "virtually certain, over 0.99"),
        (0.99, "virtually certain, 0.99"),
        (0.96, "very likely, 0.96"),
        (0.896, "very likely, 0.90"),
        (0.66, "likely, 0.66"),
        (0.5, "about as likely as not, 0.50"),
        (0.2, "unlikely, 0.20"),
        (0.0, "very unlikely, 0.00"),
    ],
)
def test_likelihood_never_says_another_word_than_its_number(probability: float, expected: str) -> None:
    assert words.likelihood(probability) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], "authors not given"),
        (["Ada"], "Ada"),
        (["Ada", "Bo"], "Ada and Bo"),
        (["Ada", "Bo", "Cy"], "Ada, Bo and Cy"),
        (["Ada", "Bo", "Cy", "Di"], "Ada, Bo, Cy and 1 more"),
        (["Ada", " \u200b "], "Ada and a nameless author"),
        (["Ada"] * 5000, "Ada, Ada, Ada and 4,997 more"),
    ],
)
def test_byline(names: list[str], expected: str) -> None:
    assert words.byline([Author(name) for name in names]) == expected


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(0, 0, "0%"), (0, 9, "0%"), (1, 300, "under 1%"), (2, 9, "22%"), (299, 300, "over 99%"), (9, 9, "100%")],
)
def test_share(part: int, whole: int, expected: str) -> None:
    assert words.share(part, whole) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (1, "20 July 2026"),
        (7, "20 to 26 July 2026"),
        (13, "20 July to 1 August 2026"),
        (170, "20 July 2026 to 5 January 2027"),
    ],
)
def test_span(days: int, expected: str) -> None:
    assert words.span(Window(MONDAY, MONDAY + timedelta(days=days))) == expected


def test_days_and_minutes() -> None:
    assert words.day(None) == "date not given"
    assert words.minute(MONDAY + timedelta(hours=6, minutes=30)) == "20 July 2026, 06:30 UTC"


def test_countries_by_name() -> None:
    assert [words.country(code) for code in ("GB", "KR", "unknown", "Q!")] == [
        "United Kingdom",
        "South Korea",
        "Country unknown",
        "Q!",
    ]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Item(1, "u", "t", venue="Annals"), "Annals"),
        (Item(1, "u", "t", venue="\u200b", type="proceedings-article"), "proceedings article"),
        (Item(1, "u", "t", identifiers=(Identifier("arxiv", "2607.1"),)), "preprint"),
        (Item(1, "u", "t"), "venue not given"),
    ],
)
def test_venue(item: Item, expected: str) -> None:
    assert words.venue(item) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://journals.example/a?b=c#d", "https://journals.example/a?b=c#d"),
        ("https://journals.example/é", "https://journals.example/%C3%A9"),
        ("https://xn--jurnals-bxa.example/", "https://xn--jurnals-bxa.example/"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//journals.example/", None),
        ("https://jоurnals.example/", None),  # a Cyrillic letter in the host
        ("https://journals.example@evil.example/", None),
        ("https://journals.example\\@evil.example/", None),
        ("https://journals.example/" + "é" * 1900, None),
        ("https://[oops/", None),
    ],
)
def test_safe_link(url: str, expected: str | None) -> None:
    assert words.safe_link(url) == expected


def test_a_work_without_a_safe_address_is_found_by_its_identifiers() -> None:
    arxiv, doi = Identifier("arxiv", "2607.00001"), Identifier("doi", "10.5555/a<b> c")
    assert words.link(Item(1, "u", "t", url="https://a.example/", identifiers=(doi,))) == "https://a.example/"
    assert words.link(Item(1, "u", "t", url="data:x", identifiers=(arxiv, doi))) == (
        "https://doi.org/10.5555/a%3Cb%3E%20c"
    )
    assert words.link(Item(1, "u", "t", identifiers=(arxiv,))) == "https://arxiv.org/abs/2607.00001"
    assert words.link(Item(1, "u", "t", identifiers=(Identifier("pmid", "1"),))) is None


def test_plain_text_is_visible_on_one_line_and_short() -> None:
    assert words.plain(" a\u202e\x00\n\tb\u200bc ") == "a bc"
    assert words.plain("x" * 10, 5) == "xxxx…"
    assert words.plain("x" * 5, 5) == "xxxxx"


def test_cleaned_reaches_every_string() -> None:
    assert words.cleaned({"a\x00": ["\ud800b", 1, None, {"c": "d\u202e"}]}) == {"a": ["b", 1, None, {"c": "d"}]}


@pytest.mark.parametrize(
    ("language", "day", "span"),
    [
        ("en", "20 July 2026", "20 to 26 July 2026"),
        ("en_US", "July 20, 2026", "Jul 20 – 26, 2026"),
        ("de", "20. Juli 2026", "20.–26. Juli 2026"),
        ("fr", "20 juillet 2026", "20–26 juil. 2026"),
        ("pt_BR", "20 de julho de 2026", "20 – 26 de jul. de 2026"),
        ("ja", "2026年7月20日", "2026年7月20日～26日"),
        ("he", "20 ביולי 2026", "20–26 ביולי 2026"),
    ],
)
def test_dates_as_each_language_writes_them(language: str, day: str, span: str) -> None:
    with words.dates_in(language):
        assert words.day(MONDAY) == day
        assert words.minute(MONDAY + timedelta(hours=6, minutes=5)) == f"{day}, 06:05 UTC"
        assert words.span(Window(MONDAY, MONDAY + timedelta(days=7))).replace("\u2009", " ") == span
    assert words.day(MONDAY) == "20 July 2026"
