"""What the kinds of JSON services and PubMed ask for, and what they make of answers that are no lists of works."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor import config, sources
from monitor.errors import ConfigError, ParseError
from monitor.types import Entry, Feed, Key, Page, Request, Response, Window

WEEK = Window(datetime(2026, 6, 1, 6, 30, tzinfo=UTC), datetime(2026, 6, 8, 6, 30, tzinfo=UTC))
LEAST: dict[str, dict[str, Any]] = {
    "crossref": {"issn": ["5555-0018"]},
    "openalex": {"topic": ["T1"]},
    "datacite": {"query": "mud"},
    "biorxiv": {},
    "pubmed": {"term": "mud"},
    "core": {"query": "mud"},
}


def feed(kind: str, **options: Any) -> Feed:
    module = sources.load(kind)
    values = module.Options(**(LEAST[kind] | options)).model_dump()
    return Feed("f", kind, module.URL, module.EVERY, module.PACE, options=values)


def first(kind: str, window: Window | None = WEEK, **options: Any) -> dict[str, str]:
    url = sources.load(kind).first(feed(kind, **options), window).url
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def parse(kind: str, body: bytes | dict[str, Any], asked: str | None = None, **options: Any) -> Page:
    module = sources.load(kind)
    request = Request(asked) if asked else module.first(feed(kind, **options), WEEK)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return module.parse(feed(kind, **options), request, Response(module.URL, content))


def entry(kind: str, record: dict[str, Any]) -> Entry:
    bodies = {
        "crossref": {"message-type": "work-list", "message": {"items": [record]}},
        "openalex": {"results": [record]},
        "datacite": {"data": [{"attributes": record}]},
        "biorxiv": {"messages": [{"status": "ok"}], "collection": [record]},
        "core": {"results": [record]},
    }
    (found,) = parse(kind, bodies[kind]).entries
    return found


# --- what is asked ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LEAST)
def test_terms_and_rhythm(kind: str) -> None:
    module = sources.load(kind)
    assert module.URL.startswith("https://")
    assert {"openalex": 0.1, "pubmed": 0.34, "core": 6.0}.get(kind, 1.0) <= module.PACE
    assert module.LOOKBACK is not None


@pytest.mark.parametrize(
    ("options", "filters"),
    [
        ({}, "from-index-date:2026-06-01,until-index-date:2026-06-08,from-pub-date:2025"),
        ({"years": None}, "from-index-date:2026-06-01,until-index-date:2026-06-08"),
        ({"date": "update", "years": 0}, "from-update-date:2026-06-01,until-update-date:2026-06-08,from-pub-date:2026"),
        ({"date": "created"}, "from-created-date:2026-06-01,until-created-date:2026-06-08"),
        ({"date": "online-pub"}, "from-online-pub-date:2026-05-02,until-online-pub-date:2026-06-08"),
    ],
)
def test_dates_of_crossref(options: dict[str, Any], filters: str) -> None:
    assert first("crossref", **options)["filter"] == f"issn:5555-0018,{filters}"


@pytest.mark.parametrize(
    ("options", "filters"),
    [
        ({}, "from_publication_date:2026-05-02,to_publication_date:2026-06-08"),
        (
            {"date": "created"},
            "from_created_date:2026-06-01,to_created_date:2026-06-08,from_publication_date:2025-01-01",
        ),
        ({"date": "updated", "years": None}, "from_updated_date:2026-06-01,to_updated_date:2026-06-08"),
    ],
)
def test_dates_of_openalex(options: dict[str, Any], filters: str) -> None:
    assert first("openalex", **options)["filter"] == f"topics.id:T1,{filters}"


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({}, "updated:[2026-06-01T06:30:00Z TO 2026-06-08T06:30:00Z} AND publicationYear:[2025 TO *]"),
        ({"date": "created", "years": None}, "created:[2026-06-01T06:30:00Z TO 2026-06-08T06:30:00Z}"),
        ({"date": "published"}, "published:[2026-06-01 TO 2026-06-08]"),
    ],
)
def test_dates_of_datacite(options: dict[str, Any], query: str) -> None:
    assert first("datacite", **options)["query"] == f"(mud) AND {query}"


def test_without_a_window_no_dates_are_asked_for() -> None:
    assert first("crossref", None) == {"filter": "issn:5555-0018", "rows": "100", "cursor": "*"}
    assert first("crossref", None, issn=[], query="mud") == {"query": "mud", "rows": "100", "cursor": "*"}
    assert first("openalex", None, topic=[], query="mud") == {"search": "mud", "per_page": "100", "cursor": "*"}
    assert "query" not in first("datacite", None, query=None, client_id=["a.b", "c.d"])
    assert first("datacite", None, query=None, client_id=["a.b", "c.d"])["client-id"] == "a.b,c.d"
    assert "mindate" not in first("pubmed", None)
    assert first("core", None)["q"] == "(mud)"
    assert (
        sources.load("biorxiv").first(feed("biorxiv"), None).url == "https://api.biorxiv.org/details/biorxiv/1d/0/json"
    )


def test_keys_are_named_and_not_held() -> None:
    assert sources.load("openalex").first(feed("openalex"), WEEK).key == Key("OPENALEX_API_KEY", "api_key")
    assert sources.load("core").first(feed("core"), WEEK).key == Key("CORE_API_KEY")


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("crossref", {"issn": []}, "name issn, container, query or type"),
        ("crossref", {"container": ["Fire, Flood and Mud"]}, "has a comma"),
        ("crossref", {"date": "yesterday"}, "index"),
        ("crossref", {"rows": 1_001}, "1000"),
        ("openalex", {"topic": []}, "name topic, venue, country, query or filter"),
        ("openalex", {"topic": ["S1"]}, "no id of OpenAlex such as T"),
        ("openalex", {"venue": ["Nature"]}, "no id of OpenAlex such as S"),
        ("openalex", {"country": ["Germany"]}, "no country code"),
        ("datacite", {"query": None}, "name query, client-id or resource-type"),
        ("biorxiv", {"server": "chemrxiv"}, "biorxiv"),
        ("pubmed", {"term": ""}, "at least 1"),
    ],
)
def test_options_that_are_refused(kind: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        sources.load(kind).Options(**(LEAST[kind] | options))


def test_a_slip_in_feeds_yaml_is_told_with_line_and_suggestion(tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(
        "feeds:\n  risk:\n    kind: crossref\n    isn: ['5555-0018']\n"
        "  mud:\n    kind: datacite\n    client_id: [a.b]\n"
        "  ok:\n    kind: datacite\n    client-id: [a.b]\n    resource-type: [preprint]\n"
    )
    with pytest.raises(ConfigError) as refused:
        config.load(tmp_path / "feeds.yaml", kinds=sources.kinds(), kind=sources.load, outputs=("file",), env={})
    told = str(refused.value)
    assert "line 4: unknown key 'isn' in feed 'risk'; did you mean 'issn'?" in told
    assert "line 7: unknown key 'client_id' in feed 'mud'; did you mean 'client-id'?" in told
    assert "'ok'" not in told


# --- what is no list of works ----------------------------------------------------------------

SEARCH = "<?xml version='1.0'?><eSearchResult>{}</eSearchResult>"
FETCH = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/efetch.fcgi?WebEnv=x&retstart=3#3/8/1"


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("crossref", {"message-type": "validation-failure", "message": [{"message": "Bad\nfilter"}]},
         "did not answer with works of Crossref; it sent validation-failure: Bad filter"),
        ("crossref", {"message-type": "work-list", "message": {"items": None}}, "did not answer with works of"),
        ("crossref", b"Resource not found.", "is not JSON"),
        ("openalex", {"error": "Invalid query", "message": "no such filter"}, "works of OpenAlex: Invalid query no"),
        ("openalex", {"id": "https://openalex.org/A5000000001", "display_name": "Ada"}, "did not answer with works of"),
        ("datacite", {"errors": [{"status": "400", "title": "Bad query"}]}, "records of DataCite: Bad query"),
        ("biorxiv", {"messages": [{"status": "error: no such server"}], "collection": []}, "preprints: error: no such"),
        ("biorxiv", {"messages": [], "collection": []}, "did not answer with preprints"),
        ("core", {"message": "Rate limit exceeded"}, "works of CORE: Rate limit exceeded"),
        ("core", {"totalHits": 10_001, "results": []}, "CORE has 10001 works for the window and lists 10000: narrow"),
        ("pubmed", SEARCH.format("<ERROR>Empty term</ERROR>").encode(), "refused the search: Empty term"),
        ("pubmed", SEARCH.format("").encode(), "refused the search: no number of citations"),
        ("pubmed", SEARCH.format("<Count>10000</Count>").encode(), "PubMed has 10000 citations for the window"),
        ("pubmed", b"<eFetchResult><ERROR>Too busy</ERROR></eFetchResult>", "citations of PubMed: Too busy"),
        ("pubmed", b"<!DOCTYPE html><html></html>", "HTML page"),
    ],
)  # fmt: skip
def test_what_is_refused(kind: str, body: bytes | dict[str, Any], said: str) -> None:
    with pytest.raises(ParseError, match=said):
        parse(kind, body)


def test_a_search_of_pubmed_that_finds_nothing_says_what_it_did_not_know() -> None:
    found = parse(
        "pubmed", SEARCH.format("<Count>0</Count><ErrorList><PhraseNotFound>mudd</PhraseNotFound></ErrorList>").encode()
    )
    assert (found.announced, found.following) == (0, None)
    assert found.problems == ("eutils.ncbi.nlm.nih.gov knows no 'mudd'",)


def test_a_history_that_pubmed_has_forgotten_begins_the_window_anew() -> None:
    body = b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>"
    assert parse("pubmed", body, FETCH).restart


# --- what works say, besides the examples ----------------------------------------------------


@pytest.mark.parametrize("kind", ["crossref", "openalex", "datacite", "biorxiv", "core"])
def test_a_record_without_a_name_goes_by_its_title(kind: str) -> None:
    titles = {"crossref": ["Mud"], "datacite": None}
    record = {"titles": [{"title": "Mud"}]} if kind == "datacite" else {"title": titles.get(kind, "Mud")}
    assert entry(kind, record).key == "Mud"


@pytest.mark.parametrize(
    ("kind", "record", "field", "value"),
    [
        ("crossref", {"DOI": "10.5555/x", "type": "posted-content", "subtype": "other"}, "type", "posted-content"),
        ("crossref", {"DOI": "10.5555/x", "issued": {"date-parts": [[2026, 2, 30]]}}, "published", None),
        ("crossref", {"DOI": "10.5555/x", "issued": "2026"}, "year", None),
        ("crossref", {"DOI": "10.5555/x", "language": "de_DE"}, "language", "de-de"),
        (
            "openalex",
            {"id": "https://openalex.org/W1", "abstract_inverted_index": {"a": [0, -1, "x", 10**9], "b": 1}},
            "abstract",
            "a",
        ),
        ("openalex", {"id": "https://openalex.org/W1", "publication_date": "2026"}, "published", None),
        ("openalex", {"id": "W1", "ids": {"pmcid": "PMC12"}}, "key", "W1"),
        ("datacite", {"doi": "10.5555/x", "types": {"resourceTypeGeneral": "Model"}}, "type", "model"),
        ("datacite", {"doi": "10.5555/x", "version": "1.0.2"}, "version", None),
        (
            "datacite",
            {"doi": "10.5555/x", "created": "2026-06-02T09:19:08Z", "publicationYear": 1950},
            "published",
            None,
        ),
        ("biorxiv", {"doi": "10.1101/123456", "version": "2", "date": "2026-06-02"}, "published", None),
        ("biorxiv", {"doi": "10.1101/123456", "version": "2"}, "key", "10.1101/123456v2"),
        ("core", {"id": 1, "documentType": "slides"}, "type", "slides"),
        ("core", {"id": 1, "documentType": "unknown"}, "type", None),
    ],
)
def test_a_field(kind: str, record: dict[str, Any], field: str, value: object) -> None:
    assert getattr(entry(kind, record), field) == value


# --- from page to page -----------------------------------------------------------------------

ASKED = Request("https://api.example.org/works?cursor=%2A&q=a%2Bb", accept="x/y", key=Key("K"))


def test_the_next_page_is_the_same_question_from_another_position() -> None:
    onward = sources.onward(ASKED, "cursor", "c+/=&#")
    assert onward == Request("https://api.example.org/works?q=a%2Bb&cursor=c%2B%2F%3D%26%23", "x/y", Key("K"))
    assert sources.position(onward, "cursor") == "c+/=&#"
    assert sources.position(onward, "nothing") == ""
    assert sources.position(Request("https://[broken?cursor=x"), "cursor") == ""


@given(st.integers(1, 60), st.integers(1, 9), st.booleans())
def test_a_harvest_ends_with_the_total_and_counts_as_it_goes(count: int, size: int, told_once: bool) -> None:
    request, seen, pages = sources.noting(ASKED, 0, count), 0, 0
    while True:
        listed = min(size, count - seen)
        keys = [f"key/{seen + n}" for n in range(listed)]
        seen, pages = seen + listed, pages + 1
        behind = sources.onward(request, "cursor", "the same")
        following = sources.turned(request, behind, keys=keys, listed=listed, total=None if told_once else count)
        if following is None:
            break
        request = following
    assert (seen, pages) == (count, -(-count // size))


def test_the_same_page_again_is_a_circle_and_a_page_without_keys_is_none() -> None:
    behind = sources.onward(ASKED, "cursor", "c")
    second = sources.turned(ASKED, behind, keys=["a/b", "c"], listed=2, total=9)
    assert second is not None
    with pytest.raises(ParseError, match=r"api\.example\.org goes round in circles: .* begins with a/b"):
        sources.turned(second, behind, keys=["a/b"], listed=1, total=9)
    told = replace(second, url=second.url.replace("//", "//reader:opensesame@"))
    with pytest.raises(ParseError, match=r"\Aapi\.example\.org goes"):
        sources.turned(told, behind, keys=["a/b"], listed=1, total=9)
    third = sources.turned(second, behind, keys=[], listed=2, total=9)
    assert third is not None
    assert sources.turned(third, behind, keys=[], listed=2, total=9) is not None
    assert sources.turned(second, behind, keys=[], listed=0, total=9) is None
    assert sources.turned(second, None, keys=["d"], listed=2, total=9) is None


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ((1, 0, 0), (2, 0, 0), ("2026-06-01", "2026-06-01")),
        ((1, 23, 59), (2, 0, 1), ("2026-06-01", "2026-06-02")),
        ((1, 0, 0), (1, 0, 0), ("2026-06-01", "2026-06-01")),
    ],
)
def test_days(since: tuple[int, int, int], until: tuple[int, int, int], days: tuple[str, str]) -> None:
    window = Window(datetime(2026, 6, *since, tzinfo=UTC), datetime(2026, 6, *until, tzinfo=UTC))
    assert tuple(map(str, sources.days(window))) == days
