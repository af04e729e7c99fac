"""Every kind reads the pages under tests/examples/ as they are written down there by hand (see the README there)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import sources
from monitor.types import Entry, Feed, Request, Response, Window, entry_from_json, moment, to_json

EXAMPLES = Path(__file__).parents[1] / "examples"
CASES = sorted(folder for folder in EXAMPLES.glob("*/*") if folder.is_dir())


@pytest.mark.parametrize("kind", sources.kinds())
def test_every_kind_has_an_example(kind: str) -> None:
    for case in sorted((EXAMPLES / kind).glob("*/")):
        files = {path.name for path in case.iterdir()}
        wanted = {"feed.json", "expected.json", next((f for f in sorted(files) if f.startswith("page.")), "page.*")}
        assert wanted <= files, f"tests/examples/{kind}/{case.name}/ lacks {', '.join(sorted(wanted - files))}"
    assert list((EXAMPLES / kind).glob("*/")), (
        f"the source kind {kind!r} has no example: add tests/examples/{kind}/basic/ with page.*, feed.json and"
        " expected.json, as tests/examples/README.md describes"
    )


@pytest.mark.parametrize("folder", sorted({case.parent.name for case in CASES}))
def test_every_example_belongs_to_a_kind(folder: str) -> None:
    assert folder in sources.kinds()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_example(case: Path) -> None:
    said = json.loads((case / "feed.json").read_text("utf-8"))
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    kind = sources.load(case.parent.name)
    options = kind.Options(**said.get("options", {})).model_dump()
    feed = Feed("example", case.parent.name, said["url"], timedelta(days=1), 0.0, options=options)
    window = Window(*map(moment, said["window"])) if "window" in said else None
    if "first" in expected:
        assert kind.first(feed, window).url == expected["first"]
    request = Request(said["request"]) if "request" in said else kind.first(feed, window)
    body = next(case.glob("page.*")).read_bytes()
    page = kind.parse(
        feed, request, Response(request.url, body, said.get("content_type", ""), following=said.get("following"))
    )

    shown = [told(entry) for entry in page.entries]
    assert [e["key"] for e in shown] == [e["key"] for e in expected["entries"]]
    for entry, wanted in zip(shown, expected["entries"], strict=True):
        assert {name: entry[name] for name in wanted} == wanted
    assert page.announced == expected.get("announced")
    assert (page.following.url if page.following else None) == expected.get("following")
    assert page.restart == expected.get("restart", False)
    problems = expected.get("problems", [])
    assert len(page.problems) == len(problems), page.problems
    assert all(word in problem for word, problem in zip(problems, page.problems, strict=True)), page.problems
    assert all(entry_from_json(json.loads(json.dumps(to_json(e)))) == e for e in page.entries)


def told(entry: Entry) -> dict[str, Any]:
    """`entry` in the short forms of the README."""
    plain: dict[str, Any] = to_json(entry)
    plain["identifiers"] = [str(identifier) for identifier in entry.identifiers]
    plain["authors"] = [author(a) for a in plain["authors"]]
    return plain


def author(plain: dict[str, Any]) -> str | dict[str, Any]:
    known = {name: value for name, value in plain.items() if value}
    if "affiliations" in known:
        known["affiliations"] = [place["text"] for place in known["affiliations"]]
    return known if len(known) > 1 else str(plain["name"])
