"""Malformed and hostile documents from public test suites: none may crash, stall, bloat or phone home.

Where feedparser's own test files state what an entry's title, link or date must be, ours must be the same or the
difference must be one that `REASONS` explains.
"""

from __future__ import annotations

import ast
import calendar
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from monitor.errors import ParseError
from monitor.sources import feed as feed_kind
from monitor.types import Feed, Request, Response

HOSTILE = Path(__file__).parents[3] / "shared/data/hostile"
FEEDPARSER = HOSTILE / "feedparser"
BASE = "http://127.0.0.1:8097/"
SECONDS, BYTES = 5.0, 300 * 1024 * 1024

pytestmark = pytest.mark.skipif(not HOSTILE.exists(), reason="the hostile documents are not beside the project")


def documents(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (HOSTILE / folder).rglob("*") if path.is_file()]
    return sorted(path for path in found if path.name != "manifest.tsv")


def leading_comment(path: Path) -> str:
    """The comment in which a test file of feedparser says what it is about, whatever its encoding."""
    return path.read_bytes()[:6_000].replace(b"\0", b"").decode("latin-1").partition("-->")[0]


def asked(path: Path) -> tuple[str, str]:
    """The address and the content type that a document is to be taken as coming from and with."""
    headers = dict(re.findall(r"^\s*Header:\s*([\w-]+):[ \t]*(.*?)\s*$", leading_comment(path), re.MULTILINE))
    headers = {name.lower(): value for name, value in headers.items()}
    url = BASE + path.relative_to(HOSTILE).as_posix().removeprefix("feedparser/")
    location = headers.get("content-location", "")
    return (
        url if location.startswith("javascript:") else urljoin(url, location),
        headers.get("content-type", "application/json" if path.suffix == ".json" else "application/xml"),
    )


# --- no crash, no stall, no bloat, no call home ----------------------------------------------


@pytest.fixture(scope="module")
def lot() -> dict[str, Any]:
    """Every document read by the kinds it may reach, in one process."""
    asks = [["feed", path] for path in documents(".")]
    others = ("acl-anthology", "arxiv", "arxiv-list", "dblp", "oai", "openreview", "pmlr", "usenix")
    asks += [[kind, path] for kind in others for path in documents("xml_attacks", "oai_errors")]
    lines = "\n".join(json.dumps([kind, str(path), *asked(path)]) for kind, path in asks)
    script = Path(__file__).with_name("hostile_lot.py")
    command = [sys.executable, "-W", "error", str(script)]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    assert len(result["outcomes"]) == len(asks)
    return result


def test_nothing_but_entries_or_a_parse_error(lot: dict[str, Any]) -> None:
    assert {(k, p, r) for k, p, r, _ in lot["outcomes"] if r not in ("entries", "refused")} == set()


def test_no_document_takes_long(lot: dict[str, Any]) -> None:
    assert [(k, p, s) for k, p, _, s in lot["outcomes"] if s > SECONDS] == []


def test_memory_stays_small(lot: dict[str, Any]) -> None:
    assert lot["peak"] < BYTES


def test_no_file_is_opened_and_no_host_called(lot: dict[str, Any]) -> None:
    assert lot["touched"] == []


def test_errors_of_oai_are_told_apart(lot: dict[str, Any]) -> None:
    found = {Path(p).stem: r for k, p, r, _ in lot["outcomes"] if k == "oai" and "/oai_errors/" in p}
    assert {name for name, result in found.items() if result == "entries"} == {"badResumptionToken", "noRecordsMatch"}


def test_attacks_are_refused_by_the_strict_kinds(lot: dict[str, Any]) -> None:
    found = {r for k, p, r, _ in lot["outcomes"] if k != "feed" and "/xml_attacks/" in p}
    assert found == {"refused"}


def test_what_feedparser_reads_as_a_feed_is_not_refused(lot: dict[str, Any]) -> None:
    refused = {Path(p) for k, p, r, _ in lot["outcomes"] if k == "feed" and r == "refused"}
    unexplained = {p for p in refused if p.is_relative_to(FEEDPARSER) and not (p.parent.name == "cdf" or empty(p))}
    assert unexplained == set()


def empty(path: Path) -> bool:
    return not re.search(rb"<\w", re.sub(rb"<!--.*?-->", b"", path.read_bytes(), flags=re.DOTALL))


# --- the expectations that feedparser states -------------------------------------------------


@dataclass(frozen=True)
class Stated:
    """What a test file says of one entry."""

    index: int
    field: str
    value: Any


FIELDS = {
    "title": "title",
    "description": "abstract",
    "summary": "abstract",
    "link": "url",
    "id": "key",
    "guid": "key",
    "published_parsed": "published",
    "updated_parsed": "updated",
}


def stated(path: Path) -> Iterator[Stated]:
    """The comparisons `entries[0]['title'] == '...'` in a file's expectation, in all the spellings used there."""
    found = re.search(r"Expect:\s*(.*?)\s*$", leading_comment(path), re.MULTILINE | re.DOTALL)
    if not found or "entries[" not in found[1]:
        return
    for node in ast.walk(ast.parse(" ".join(found[1].split()), mode="eval")):
        if isinstance(node, ast.Compare) and all(isinstance(op, ast.Eq) for op in node.ops):
            sides = [node.left, *node.comparators]
            for index, name in filter(None, map(reference, sides)):
                yield Stated(index, name, constant(sides[-1]))


def reference(node: ast.expr) -> tuple[int, str] | None:
    """`entries[0]['title']` or `entries[0].title`, for the fields we have."""
    if isinstance(node, ast.Attribute):
        of, name = node.value, node.attr
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        of, name = node.value, node.slice.value
    else:
        return None
    if name not in FIELDS or not isinstance(of, ast.Subscript) or ast.unparse(of.value) != "entries":
        return None
    return ast.literal_eval(of.slice), str(name)


def constant(node: ast.expr) -> Any:
    """A literal, or literals put together with `+`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return constant(node.left) + constant(node.right)
    return ast.literal_eval(node)


class Words(HTMLParser):
    """The words of a piece of HTML by another hand than ours."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(markup)
        self.close()

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:
            self.found.append(data)


TEXTS = ("title", "description", "summary")
NOISE = str.maketrans("", "", "<>\x9d")

REASONS: dict[str, Callable[[Stated, Any], bool]] = {
    "a text is words on one line: markup is dropped": lambda said, got: (
        said.field in TEXTS and squeezed("".join(Words(said.value).found)) == squeezed(got)
    ),
    "what stands in head, script and comment of a page that is a title is no text": lambda said, got: (
        said.field in TEXTS
        and "<script" in said.value
        and squeezed("".join(Words(said.value).found)).endswith(squeezed(got))
    ),
    "the words inside a drawing are no text": lambda said, got: (
        said.field in TEXTS and said.value.startswith("<svg") and got == ""
    ),
    "control characters are dropped, and a pair of brackets is no tag": lambda said, got: (
        said.field in TEXTS and "\x9d" in said.value and said.value.translate(NOISE) == got.translate(NOISE)
    ),
    "the abstract is the longer of a short summary and the content": lambda said, got: (
        said.field in TEXTS and len(said.value) < feed_kind.TEASER and len(got) > len(said.value) and "Example" in got
    ),
    "only http and https are linked to": lambda said, got: (
        said.field == "link" and got is None and not said.value.startswith(("http:", "https:"))
    ),
    "a guid stays as the feed writes it, so that a feed may move": lambda said, got: (
        said.field in ("id", "guid") and got.startswith("/") and urljoin(said.value, got) == said.value
    ),
    "different articles under one guid are told apart": lambda said, got: (
        said.field in ("id", "guid") and got.startswith(f"{said.value}#")
    ),
    "a date in a year that no feed can mean is left out": lambda said, got: (
        said.field.endswith("_parsed") and got is None and said.value[0] not in feed_kind.YEARS
    ),
}


def squeezed(text: str) -> str:
    return "".join(text.split())


EXPECTATIONS = [(path, said) for path in documents("feedparser") for said in stated(path)] if HOSTILE.exists() else []


def reading(path: Path, said: Stated) -> Any:
    url, content_type = asked(path)
    feed = Feed("hostile", "feed", url, timedelta(days=1), 0.0)
    try:
        page = feed_kind.parse(feed, Request(url), Response(url, path.read_bytes(), content_type))
        # An entry that stands in a document twice, word for word, is kept once.
        return getattr(page.entries[min(said.index, len(page.entries) - 1)], FIELDS[said.field])
    except (ParseError, IndexError) as error:
        return error


def differences(*fields: str) -> Iterator[tuple[str, Any, Any, list[str]]]:
    """Where we differ from what feedparser expects: the file, its value, ours, and the reasons that explain it."""
    for path, said in EXPECTATIONS:
        got, want = reading(path, said), said.value
        if said.field.endswith("_parsed") and want:
            want = datetime.fromtimestamp(calendar.timegm(want), UTC)
        if said.field in fields and got != want:
            failed = isinstance(got, Exception)
            reasons = [] if failed else [name for name, holds in REASONS.items() if holds(said, got)]
            yield path.relative_to(FEEDPARSER).as_posix(), want, got, reasons


def test_there_are_expectations() -> None:
    assert len(EXPECTATIONS) > 600


@pytest.mark.parametrize("field", FIELDS)
def test_we_agree_with_feedparser_or_say_why_not(field: str) -> None:
    assert [difference for difference in differences(field) if not difference[-1]] == []


def test_only_the_rule_about_markup_is_used_often() -> None:
    used = Counter(reasons[0] for *_, reasons in differences(*FIELDS))
    assert all(used[name] <= 5 for name in list(REASONS)[1:])
