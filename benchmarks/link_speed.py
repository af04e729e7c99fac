"""How fast entries are linked, in an empty store and among many: entries a second of processor time.

    python benchmarks/link_speed.py [MONTHS]

Keeps MONTHS months of arXiv records (all by default) as entries and links them, then a month more, timed apart.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from monitor import sources  # noqa: E402
from monitor.pipeline import link  # noqa: E402
from monitor.store import Store  # noqa: E402
from monitor.types import Entry, Feed, Request, Response  # noqa: E402

FOLDER = ROOT.parent / "shared" / "data" / "arxiv"
LAST = "2026-06"
NOW = datetime(2026, 7, 1, tzinfo=UTC)
FEED = Feed("arxiv", "jsonl", "", timedelta(hours=6), 0.0)


def entries(path: Path) -> Iterator[Entry]:
    kind = sources.load("jsonl")
    with gzip.open(path, "rb") as lines:
        page = kind.parse(FEED, Request(str(path)), Response(str(path), lines.read()))
    yield from page.entries


def add(store: Store, path: Path) -> tuple[int, float]:
    """Keep and link the records of a file; how many, and the seconds that linking took."""
    store.entries.keep("arxiv", list(entries(path)), NOW)
    started = time.process_time()
    return link(store, lambda: NOW), time.process_time() - started


def main(months: int) -> None:
    last = FOLDER / f"{LAST}.jsonl.gz"
    others = [path for path in sorted(FOLDER.glob("*.jsonl.gz")) if path != last]
    for name, before in (("empty store", []), ("full store", others[:months])):
        with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "monitor.db") as store:
            store.ledger.register([FEED], NOW)
            done = [add(store, path) for path in before]
            if done:
                number, seconds = (sum(column) for column in zip(*done, strict=True))
                print(f"filling      {number:8,} entries {number / seconds:8,.0f} a second")
            number, seconds = add(store, last)
            print(
                f"{name:<12} {number:8,} entries {number / seconds:8,.0f} a second, {store.items.count():,} works then"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 99)
