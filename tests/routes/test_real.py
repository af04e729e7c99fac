"""Routes on real records, which are beside the project and not in it; skipped where they are not there."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import DATA

from monitor import bylines, routes
from monitor.errors import ParseError
from monitor.evidence import STRONG, Evidence, Statement, answer
from monitor.origin import Resolver
from monitor.pipeline.locate import Provenance, weigh
from monitor.types import Author, Identifier, Response

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
OPENALEX = DATA / "openalex" / "works.jsonl.gz"
CROSSREF = DATA / "feeds" / "crossref_json"


def openalex_works() -> list[dict[str, Any]]:
    with gzip.open(OPENALEX, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in itertools.islice(lines, 0, None, 5)]


def read(kind: str, work: dict[str, Any], names: tuple[str, ...]) -> tuple[Statement, ...]:
    question = routes.Question(work.get("title") or "", names, (Identifier("doi", "10.5555/x"),))
    [answer] = routes.parse(kind, [question], Response("https://x.example", json.dumps(work).encode()))
    assert answer is not None
    if answer.refused:
        raise ParseError(answer.refused)
    return answer.statements


@pytest.mark.skipif(not OPENALEX.exists(), reason="the OpenAlex records are not beside this checkout")
def test_authorships_of_openalex_are_given_to_their_authors_and_agree_with_its_countries() -> None:
    resolver = Resolver()
    authorships = found = both = same = 0
    for work in openalex_works():
        names = tuple(a["author"]["display_name"] or "" for a in work["authorships"])
        told = [a.get("raw_author_name") or n for a, n in zip(work["authorships"], names, strict=True)]
        places = bylines.align([bylines.natural(name) for name in told], names)
        authorships += len(names)
        found += sum(place == n for n, place in enumerate(places))
        try:
            statements = read("openalex", work, names)
        except ParseError:
            continue
        assert not any("@" in s.raw and "." in s.raw.partition("@")[2] for s in statements)
        authors = [Author(name) for name in names]
        rows: dict[int, list[Evidence]] = {}
        for s in statements:
            assert s.author is not None
            where = Provenance("openalex", "x", NOW)
            rows.setdefault(s.author, []).extend(weigh(s, where, authors, resolver, lambda ror: None))
        for evidence in rows.values():
            own = {e.country for e in answer(e for e in evidence if e.rank <= STRONG)}
            index = {e.country for e in evidence if e.statement.kind == "index"}
            both += bool(own and index)
            same += bool(own & index)
    assert found >= 0.97 * authorships
    assert both >= 500
    # 3 in 100 differ, two thirds of them because OpenAlex places Saudi Aramco in the USA: hence its rank.
    assert same >= 0.95 * both


def crossref_works() -> Iterator[dict[str, Any]]:
    for path in sorted(CROSSREF.glob("*.json*")):
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for line in (content,) if content.lstrip()[:1] == b"{" else content.splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            message = record.get("message", record) if isinstance(record, dict) else {}
            yield from message.get("items", [message]) if isinstance(message, dict) else ()


@pytest.mark.skipif(not CROSSREF.exists(), reason="the Crossref records are not beside this checkout")
def test_affiliations_of_crossref_are_all_found() -> None:
    wanted = found = 0
    for work in crossref_works():
        people = [a for a in work.get("author") or [] if isinstance(a, dict) and a.get("family")]
        names = tuple(f"{a.get('given', '')} {a['family']}".strip() for a in people)
        if not names:
            continue
        wanted += sum(bool(a.get("affiliation")) for a in people)
        found += len({s.author for s in read("crossref", {"message": work}, names)})
    assert wanted >= 100
    assert found >= 0.98 * wanted
