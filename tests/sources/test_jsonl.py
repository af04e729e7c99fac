from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.sources import jsonl
from monitor.types import Entry, Feed, Page, Request, Response

FILE = "file:///archive/records.jsonl"
SHARED = Path(__file__).parents[3] / "shared/data"


def parse(body: bytes, following: str | None = None, **options: Any) -> Page:
    source = Feed("archive", "jsonl", FILE, timedelta(days=1), 0.0, options=options)
    return jsonl.parse(source, Request(FILE), Response(FILE, body, following=following))


def entry(**fields: Any) -> Entry:
    (only,) = parse(json.dumps({"id": "2606.00001", **fields}).encode()).entries
    return only


@pytest.mark.parametrize(
    ("url", "asked"),
    [("/archive/my records.jsonl", "file:///archive/my%20records.jsonl"), (FILE, FILE)],
)
def test_the_first_request_is_the_file(url: str, asked: str) -> None:
    assert jsonl.first(Feed("archive", "jsonl", url, timedelta(days=1), 0.0), None) == Request(asked)


def test_parts_follow_each_other() -> None:
    assert parse(b'{"id": "a"}\n', following=f"{FILE}#12").following == Request(f"{FILE}#12")
    assert parse(b"") == Page()


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"nonsense",
        b"[1]",
        b'"text"',
        b"null",
        b'{"abstract": "x"}',
        b'{"id": "\xff"}',
        b"[" * 100_000,
        b"\0",
        b"9" * 5_000,
    ],
)
def test_a_bad_line_is_named_and_costs_nothing_else(line: bytes) -> None:
    page = parse(b'{"id": "one"}\n\n' + line + b'\r\n{"id": "two"}')
    assert [e.key for e in page.entries] == ["one", "two"]
    assert len(page.problems) == page.refused == 1
    assert page.problems[0].startswith(f"line 3 of {FILE}: ")


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert [e.key for e in parse(b'\xef\xbb\xbf{"id": "one"}\n').entries] == ["one"]


@pytest.mark.parametrize(
    ("said", "key", "names"),
    [
        ("2606.00001", "2606.00001", ["arxiv:2606.00001"]),
        ("2606.00001v4", "2606.00001", ["arxiv:2606.00001"]),
        ("arxiv:2606.00001", "arxiv:2606.00001", ["arxiv:2606.00001"]),
        ("math.GT/0309136", "math.GT/0309136", ["arxiv:math/0309136"]),
        ("doi:10.5555/A", "doi:10.5555/A", ["doi:10.5555/a"]),
        ("https://doi.org/10.5555/a", "https://doi.org/10.5555/a", ["doi:10.5555/a"]),
        ("10.5555/a", "10.5555/a", ["doi:10.5555/a"]),
        ("pmid:12345", "pmid:12345", ["pmid:12345"]),
        ("src:x#1", "src:x#1", []),
        (17, "17", []),
    ],
)
def test_ids(said: object, key: str, names: list[str]) -> None:
    found = entry(id=said)
    assert (found.key, [str(i) for i in found.identifiers]) == (key, names)


def test_a_record_without_id_is_known_by_its_doi_or_title() -> None:
    assert entry(id=None, doi="10.5555/A").key == "doi:10.5555/a"
    by_title = entry(id=None, title="A title").key
    assert by_title == entry(id="", title=" A  title ").key
    assert len(by_title) == 16


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"authors": ["Ada Example", "", 3, None, ":", "Bo\nSample"]}, ["Ada Example", "Bo Sample"]),
        ({"authors": "A. Example, B. Sample and C. Invented"}, ["A. Example", "B. Sample", "C. Invented"]),
        ({"authors": [{"name": "Ada Example"}, {"affiliations": ["x"]}]}, ["Ada Example"]),
        (
            {"authors": "x", "authors_parsed": [["Example", "Ada", ""], "bad", [], [None, "Plato"]]},
            ["Ada Example", "Plato"],
        ),
        ({"authors": {"name": "no list"}}, []),
        ({}, []),
    ],
)
def test_authors(fields: dict[str, Any], names: list[str]) -> None:
    assert [a.name for a in entry(**fields).authors] == names


@pytest.mark.parametrize(
    "author",
    [
        {"name": "Ada", "affiliations": ["U Oslo"]},
        {"name": "Ada", "affiliation": "U Oslo"},
        {"name": "Ada", "affiliations": [{"name": "U Oslo"}, None]},
    ],
)
def test_affiliations(author: dict[str, Any]) -> None:
    assert [place.text for place in entry(authors=[author]).authors[0].affiliations] == ["U Oslo"]


@pytest.mark.parametrize(
    ("fields", "type_", "venue"),
    [
        ({"kind": "proceedings", "venue": "X 2019"}, "proceedings-article", "X 2019"),
        ({"type": "Journal-Article", "journal": "J"}, "article", "J"),
        ({"journal-ref": "J. X 1 (2020)"}, "preprint", "J. X 1 (2020)"),
        ({"id": "src:1"}, None, None),
    ],
)
def test_type_and_venue(fields: dict[str, Any], type_: str | None, venue: str | None) -> None:
    found = entry(**fields)
    assert (found.type, found.venue) == (type_, venue)


def test_fields_of_another_type_are_left_out() -> None:
    found = entry(
        title=["x"], abstract={}, categories=[1, None, "cs.CR"], doi=True, published=5, versions="v1", year="?"
    )
    assert (found.title, found.abstract, found.categories, found.published, found.year) == (
        "",
        "",
        ("cs.CR",),
        None,
        None,
    )


@pytest.mark.parametrize("name", ["arxiv/2026-06", "arxiv/2025-03", "arxiv/earlier", "papers/open"])
def test_the_archives_beside_the_project_are_read_whole(name: str) -> None:
    path = SHARED / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the project")
    body = gzip.decompress(path.read_bytes())
    records = [json.loads(line) for line in body.splitlines()]
    page = parse(body)
    assert page.problems == ()
    assert [e.key for e in page.entries] == [r["id"] for r in records]
    assert [e.title for e in page.entries] == [" ".join(r["title"].split()) for r in records]
    assert all(
        (e.published is not None) == bool(r.get("published") or r.get("first_seen"))
        for e, r in zip(page.entries, records, strict=True)
    )
    named = {"arxiv"} if name.startswith("arxiv/") else {"arxiv", "doi"}
    assert all(
        named & {i.scheme for i in e.identifiers} for e in page.entries if not e.key.startswith(("src:", "acl:"))
    )


def test_markup_of_a_page_goes_and_what_only_looks_like_it_stays() -> None:
    found = entry(title="Uptake of <i>Bacillus</i> &amp; CO<sub>2</sub>", abstract="<p>if a<b &amp; c</p>")
    assert (found.title, found.abstract) == ("Uptake of Bacillus & CO2", "if a<b & c")
    plain = entry(title="If a<b & c>d, R&amp;D", abstract="a token <think> of $x<y$")
    assert (plain.title, plain.abstract) == ("If a<b & c>d, R&amp;D", "a token <think> of $x<y$")
