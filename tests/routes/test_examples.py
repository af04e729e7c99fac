"""Every route reads the pages under tests/routes/examples/ as they are written down by hand (see the README there)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import small_pdf

from monitor import routes
from monitor.errors import ParseError
from monitor.evidence import Statement
from monitor.publication import Publication
from monitor.types import Identifier, Response, to_json

EXAMPLES = Path(__file__).parent / "examples"
CASES = sorted(folder for folder in EXAMPLES.glob("*/*") if folder.is_dir())


@pytest.mark.parametrize("kind", routes.kinds())
def test_every_kind_has_an_example_that_is_read_and_one_that_is_refused(kind: str) -> None:
    expected = [json.loads((c / "expected.json").read_text("utf-8")) for c in CASES if c.parent.name == kind]
    assert any(e.get("statements") or e.get("answers") for e in expected), (
        f"the route {kind!r} has no example: add tests/routes/examples/{kind}/basic/ with page.*, question.json and"
        " expected.json, as tests/routes/examples/README.md describes"
    )
    assert any("refused" in e for e in expected)
    assert any("request" in e for e in expected)


@pytest.mark.parametrize("folder", sorted({case.parent.name for case in CASES}))
def test_every_example_belongs_to_a_kind(folder: str) -> None:
    assert folder in routes.kinds()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_example(case: Path) -> None:
    said = json.loads((case / "question.json").read_text("utf-8"))
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    works = [question(work) for work in (said if isinstance(said, list) else [said])]
    route = routes.load(case.parent.name)
    assert len(works) <= route.BATCH
    assert all(route.name(work) is not None for work in works)
    request = route.ask(works, route.URL, None)
    assert request.url == expected.get("request", request.url)
    assert request.body == expected.get("body", request.body)
    response = Response(request.url, page(case))
    if "refused" in expected:
        with pytest.raises(ParseError, match=expected["refused"]):
            raise_refusal(route.parse(works, response))
    else:
        found = route.parse(works, response)
        assert [shown(answer) for answer in found] == expected.get("answers") or [only(expected)]


def question(work: dict[str, Any]) -> routes.Question:
    names = tuple(Identifier(*name.split(":", 1)) for name in work["identifiers"])
    return routes.Question(work["title"], tuple(work["authors"]), names)


def only(expected: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in expected.items() if k in ("statements", "publication")}


def raise_refusal(answers: tuple[routes.Answer | None, ...]) -> None:
    """A document that is refused as a whole, and one of which the only answer is, read alike."""
    [answer] = answers
    if answer is not None and answer.refused:
        raise ParseError(answer.refused)


def shown(answer: routes.Answer | None) -> dict[str, Any] | None:
    """`answer` in the short form of the README."""
    if answer is None:
        return None
    if answer.refused:
        return {"refused": answer.refused}
    statements = {"statements": [told(s) for s in answer.statements]}
    published = {k: v for k, v in to_json(answer.publication or Publication()).items() if v not in (None, "")}
    return statements | ({"publication": published} if published else {})


def page(case: Path) -> bytes:
    path = next(case.glob("page.*"))
    return small_pdf.make(path.read_text("utf-8").splitlines()) if path.suffix == ".txt" else path.read_bytes()


def told(s: Statement) -> dict[str, Any]:
    """`s` in the short form of the README."""
    shown: dict[str, Any] = {"author": s.author, s.kind: s.raw}
    if s.ror:
        shown["ror"] = s.ror
    if s.corresponding:
        shown["corresponding"] = True
    return shown
