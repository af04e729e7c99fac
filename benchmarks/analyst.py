"""How long searches take among 100,000 real works, while another process writes.

    python benchmarks/analyst.py [WORKS [HOME]]

Records of arXiv, with invented tags and countries. Vectors are random projections of the words of each text, made of
length 1: their product costs what that of real ones does, and nothing is said of how good they are. Queries are two to
five words that stand together in a title, some in quotes, with a field or an exclusion; one in three is narrowed by a
goal, a country or days. For meaning the real encoder reads each query. The other process keeps adding and tagging
works in transactions of 100. With HOME the store is made there once and used again.
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import random
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from monitor import bylines, identity  # noqa: E402
from monitor.digest import week_of  # noqa: E402
from monitor.encoder import Encoder  # noqa: E402
from monitor.pipeline.search import Searcher  # noqa: E402
from monitor.selection import Asked, Mode, Selection  # noqa: E402
from monitor.store import Store  # noqa: E402
from monitor.store.findings import Due  # noqa: E402
from monitor.store.items import Description  # noqa: E402
from monitor.types import Entry, Identifier, Origin, Partners, Tag, stamp  # noqa: E402

MONTHS = sorted((ROOT.parent / "shared" / "data" / "arxiv").glob("*.jsonl.gz"))
GOALS = ("screening", "cyber", "decision", "responder", "resilience")
COUNTRIES = ("US", "CN", "GB", "DE", "FR", "IT", "KR", "JP", "IN", "CA", "AU", "ES", "NL", "SE", "SG", "BR", "IL", "CH")
NOW = datetime(2026, 6, 30, tzinfo=UTC)
DIMENSIONS = 384
QUERIES = 200
BARS: dict[Mode, int] = {"text": 100, "meaning": 250, "both": 300}
"""Milliseconds within which 95 of 100 searches are to be done."""


def records() -> Iterator[dict[str, Any]]:
    """The records of all months."""
    for month in MONTHS:
        with gzip.open(month, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


DIRECTIONS = np.random.default_rng(1).normal(size=(4096, DIMENSIONS)).astype(np.float32)


def vector(text: str) -> bytes:
    """A random projection of the words of a text, as the store keeps it."""
    rows = [zlib.crc32(word.encode()) % len(DIRECTIONS) for word in text.lower().split()]
    total = DIRECTIONS[rows].sum(axis=0)
    return (total / (np.linalg.norm(total) or 1)).astype("<f2").tobytes()


def put(store: Store, record: dict[str, Any], encoder: str, chance: random.Random) -> None:
    """A work as the steps would leave it."""
    seen = NOW - timedelta(minutes=chance.randrange(500 * 24 * 60))
    authors = record.get("authors") or ""
    people = bylines.byline(authors if isinstance(authors, str) else ", ".join(authors))
    title, abstract = " ".join(record["title"].split()), " ".join(record["abstract"].split())
    content = identity.content(title, abstract)
    entry = Entry(record["id"], title, abstract, people, published=seen, venue=record.get("journal_ref"))
    text = Description(entry, [Identifier("arxiv", record["id"])], content)
    item = store.items.begin(f"arxiv:{record['id']}", stamp(seen), week_of(seen), text)
    carries = chance.random() < 0.08
    goal = chance.choice(GOALS)
    tags = [Tag("goal", g, chance.random(), carries and g == goal, "m", ("words",)) for g in GOALS]
    store.findings.tag(Due(item, "", "", content), "m", tags, None, NOW)
    if people and chance.random() < 0.4:
        code = chance.choice(COUNTRIES)
        store.findings.locate(item, [Origin(code, "country-name", 0.99, code, fraction=1.0, author=0)], "invented")
    store.findings.save_vector(item, encoder, content, vector(f"{title} {abstract}"))


def fill(path: Path, works: int, encoder: str) -> None:
    """A store of so many works."""
    chance = random.Random(1)
    with Store.open(path) as store:
        store.findings.set_partners(Partners("US"))
        remaining = islice(records(), works)
        while part := list(islice(remaining, 1000)):
            with store.transaction():
                for record in part:
                    put(store, record, encoder, chance)


def write(path: Path, encoder: str, works: int, ready: Any, stop: Any) -> None:
    """Keep adding works until told to stop."""
    chance = random.Random(2)
    number = int(time.time())
    with Store.open(path) as store:
        source = islice(records(), works, None)
        ready.set()
        while not stop.is_set():
            with store.transaction():
                for record in islice(source, 100):
                    number += 1
                    put(store, {**record, "id": f"{record['id']}-{number}"}, encoder, chance)
            stop.wait(0.2)


def queries(chance: random.Random) -> list[tuple[str, Selection]]:
    """What an analyst might ask."""
    titles = [r["title"].split() for r in islice(records(), 0, 60_000, 97)]
    asked = []
    for title in chance.sample(titles, QUERIES):
        start = chance.randrange(max(len(title) - 2, 1))
        words = " ".join(title[start : start + chance.randint(2, 5)]).replace('"', "")
        shapes = (words, words, words, f'"{words}"', f"title:({words})", f"{words} -survey", f"{words.split()[0][:5]}*")
        narrowed = (
            Selection(goals=(chance.choice(GOALS),)),
            Selection(countries=(chance.choice(COUNTRIES),)),
            Selection(since=NOW - timedelta(days=chance.choice((7, 30, 365)))),
        )
        asked.append((chance.choice(shapes), chance.choice(narrowed) if chance.random() < 1 / 3 else Selection()))
    return asked


def measure(searcher: Searcher, asked: list[tuple[str, Selection]], mode: Mode) -> None:
    """Print the median, the 95th percentile and the longest time of one way to search, by the clock and by the
    processor, which others on the machine disturb less."""
    clock, processor = [], []
    found = 0
    for query, selection in asked:
        begin, used = time.perf_counter(), time.process_time()
        found += bool(searcher.search(Asked(query, selection, mode)).hits)
        clock.append((time.perf_counter() - begin) * 1000)
        processor.append((time.process_time() - used) * 1000)
    late = sorted(clock)[int(0.95 * len(clock))]
    for name, times in (("clock", sorted(clock)), ("processor", sorted(processor))):
        print(
            f"{mode:8} {name:10} median {times[len(times) // 2]:6.0f} ms, "
            f"95 of 100 within {times[int(0.95 * len(times))]:6.0f} ms, longest {times[-1]:6.0f} ms"
        )
    print(
        f"{'':8} {'within' if late <= BARS[mode] else 'OVER'} {BARS[mode]} ms; {found} of {len(asked)} found something"
    )


def main(works: int, home: Path) -> None:
    """Fill, then search while another process writes."""
    path = home / "monitor.db"
    encoder = Encoder.open()
    if not path.exists():
        begin = time.perf_counter()
        fill(path, works, encoder.identity)
        print(f"{works:,} works put in within {time.perf_counter() - begin:,.0f} s")
    spawn = multiprocessing.get_context("spawn")
    ready, stop = spawn.Event(), spawn.Event()
    writer = spawn.Process(target=write, args=(path, encoder.identity, works, ready, stop), daemon=True)
    with Store.open(path, read_only=True) as store:
        searcher = Searcher(store, lambda: encoder, home / "vectors.bin")
        begin = time.perf_counter()
        searcher.search(Asked("warm up", mode="both"))
        print(f"first search {time.perf_counter() - begin:.1f} s: encoder loaded, {len(searcher._vectors()):,} vectors")
        writer.start()
        ready.wait()
        asked = queries(random.Random(3))
        for mode in BARS:
            measure(searcher, asked, mode)
        best = searcher.search(Asked("flood", mode="text")).hits[0].work.item.id
        begin = time.perf_counter()
        searcher.like(best, Asked(""))
        print(f"more like one: {(time.perf_counter() - begin) * 1000:.0f} ms")
    stop.set()
    writer.join()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if len(sys.argv) > 2:
        main(count, Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(count, Path(folder))
