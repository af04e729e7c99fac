"""Whatever bytes arrive, every kind answers with a page or a ParseError: example pages damaged at random, and noise."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import sources
from monitor.errors import ParseError
from monitor.types import Feed, Page, Request, Response, moment, to_json
from monitor.types import Window as Span

EXAMPLES = Path(__file__).parents[1] / "examples"
PAGES = {
    kind: [(case, next(case.glob("page.*")).read_bytes()) for case in sorted((EXAMPLES / kind).glob("*/"))]
    for kind in sources.kinds()
}
JUNK = [
    b"",
    b"\0",
    b"\xff\xfe",
    b"<",
    b">",
    b"&",
    b"]]>",
    b'"',
    b"{",
    b"[" * 50,
    b"null",
    b"<!DOCTYPE x>",
    b"\xe2\x80",
    b"9" * 400,
]

relaxed = settings(max_examples=60, suppress_health_check=list(HealthCheck))


def parsed(kind: str, case: Path, body: bytes) -> Page | None:
    """The page that `body` gives in place of the page of `case`; None when it is refused."""
    said = json.loads((case / "feed.json").read_text("utf-8"))
    module = sources.load(kind)
    options = module.Options(**said.get("options", {})).model_dump()
    feed = Feed("damaged", kind, said["url"], timedelta(days=1), 0.0, options=options)
    window = Span(*map(moment, said["window"])) if "window" in said else None
    request = Request(said["request"]) if "request" in said else module.first(feed, window)
    try:
        return sources.parse(feed, request, Response(request.url, body, said.get("content_type", "")))
    except ParseError as error:
        refusal = str(error)
    assert refusal == " ".join(refusal.split()) != ""
    return None


def check(page: Page | None) -> None:
    """What may be relied on even of a damaged page: it can be stored, and every entry can be named."""
    if page is not None:
        assert all(entry.key for entry in page.entries)
        json.dumps(to_json(page.entries)).encode()
        for entry in page.entries:
            assert all(when.tzinfo is not None for when in (entry.published, entry.updated) if when)
            f"{entry}".encode()


@pytest.mark.parametrize("kind", sources.kinds())
@relaxed
@given(body=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_noise(kind: str, body: bytes) -> None:
    for case, _ in PAGES[kind][:1]:
        check(parsed(kind, case, body))


@pytest.mark.parametrize("kind", sources.kinds())
@relaxed
@given(data=st.data())
def test_damaged_pages(kind: str, data: st.DataObject) -> None:
    if not PAGES[kind]:
        pytest.skip(f"the kind {kind} has no example page")
    case, page = data.draw(st.sampled_from(PAGES[kind]))
    body = bytearray(page)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        end = min(len(body), start + data.draw(st.integers(0, 30)))
        body[start:end] = data.draw(st.sampled_from(JUNK))
    check(parsed(kind, case, bytes(body)))


@pytest.mark.parametrize("kind", sources.kinds())
@relaxed
@given(data=st.data())
def test_pages_cut_short(kind: str, data: st.DataObject) -> None:
    if not PAGES[kind]:
        pytest.skip(f"the kind {kind} has no example page")
    case, page = data.draw(st.sampled_from(PAGES[kind]))
    check(parsed(kind, case, page[: data.draw(st.integers(0, len(page)))]))


def scrambled(value: object, pick: Callable[[], int]) -> object:
    """A JSON value with some of its parts replaced by parts of another type: what schema drift looks like."""
    others: list[object] = [None, True, -1, 1.5, "", "text", [], [None], {}, {"name": 3}, [["a"], 1, "b"], "\ud800"]
    if pick() % 6 == 0:
        return others[pick() % len(others)]
    if isinstance(value, dict):
        return {key: scrambled(part, pick) for key, part in value.items()}
    return [scrambled(part, pick) for part in value] if isinstance(value, list) else value


JSON_PAGES = [(kind, case, page) for kind, pages in PAGES.items() for case, page in pages if page[:1] in (b"{", b"[")]


@relaxed
@given(data=st.data())
def test_json_of_another_shape(data: st.DataObject) -> None:
    kind, case, page = data.draw(st.sampled_from(JSON_PAGES))
    whole = kind != "jsonl"
    documents = (
        [page] if whole else [line for line in page.splitlines() if line.endswith(b"}") and line.startswith(b"{")]
    )
    numbers = st.integers(0, 600)
    parts = [json.dumps(scrambled(json.loads(d), lambda: data.draw(numbers))).encode() for d in documents[:2]]
    check(parsed(kind, case, b"\n".join(parts)))
