"""Every recorded document is accounted for: read by a kind, refused in clear words, or nobody's for a reason."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path

import pytest
from sources.documents import WHO, Nobody, Read, Refused

from monitor import sources
from monitor.errors import ParseError
from monitor.types import Feed, Page, Request, Response

FEEDS = Path(__file__).parents[3] / "shared/data/feeds"
MANIFEST = FEEDS / "manifest.tsv"
BASE = "https://provider.example.org/feed"

pytestmark = pytest.mark.skipif(not MANIFEST.exists(), reason="the recorded documents are not beside the project")


def documents() -> list[str]:
    if not MANIFEST.exists():
        return []
    with MANIFEST.open(encoding="utf-8", newline="") as lines:
        return [row["file"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


def who(name: str) -> tuple[str, Read | Refused | Nobody]:
    return next((pattern, reader) for pattern, reader in WHO if fnmatch(name, pattern))


def parse(name: str, reader: Read | Refused) -> Page:
    body = (FEEDS / name).read_bytes()
    body = gzip.decompress(body) if name.endswith(".gz") else body
    if reader.within:
        body = json.loads(body)[reader.within].encode()
    options = sources.load(reader.kind).Options(**reader.options).model_dump()
    feed = Feed("real", reader.kind, BASE, timedelta(days=1), 0.0, options=options)
    content_type = reader.content_type if isinstance(reader, Read) else "application/xml"
    return sources.parse(feed, Request(BASE), Response(BASE, body, content_type))


def test_the_table_and_the_manifest_are_in_step() -> None:
    names = documents()
    assert len(names) == 582
    assert [name for name in names if not any(fnmatch(name, pattern) for pattern, _ in WHO)] == []
    used = {who(name)[0] for name in names}
    assert [pattern for pattern, _ in WHO if pattern not in used] == []
    assert [name for name in names if not (FEEDS / name).is_file()] == []


@pytest.mark.parametrize("name", [n for n in documents() if isinstance(who(n)[1], Read)])
def test_what_is_read(name: str) -> None:
    reader = who(name)[1]
    assert isinstance(reader, Read)
    page = parse(name, reader)
    assert bool(page.entries or page.restart or page.announced == 0) != reader.empty, page


@pytest.mark.parametrize("name", [n for n in documents() if isinstance(who(n)[1], Refused)])
def test_what_is_refused(name: str) -> None:
    reader = who(name)[1]
    assert isinstance(reader, Refused)
    with pytest.raises(ParseError, match=reader.words):
        parse(name, reader)
