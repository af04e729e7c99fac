"""How fast records come in and how much memory that takes: OAI-PMH pages from a loopback server in a process of its own
through fetch (parsed in a child process, stored), link and locate, step by step.

Prints entries a second of each step, by the clock and by the processor time of this process and its children (which
others on the machine disturb less), and the resident memory of this process every 10,000 entries.
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from monitor.app import App  # noqa: E402
from monitor.steps import Steps  # noqa: E402
from monitor.types import Window, moment  # noqa: E402

MONTHS = sorted((ROOT.parent / "shared" / "data" / "arxiv").glob("*.jsonl.gz"))
ALL = Window(moment("1990-01-01T00:00:00Z"), moment("2026-12-31T00:00:00Z"))
EVERY = 10_000


def records() -> Iterator[dict[str, Any]]:
    """The records of all months, the newest months first, each with a day."""
    for month in reversed(MONTHS):
        with gzip.open(month, "rt", encoding="utf-8") as lines:
            yield from ({"first_seen": "2026-06-01", **json.loads(line)} for line in lines)


def serve(pipe: Connection, most: int) -> None:
    """Serve `most` records until told to stop."""
    from servers.arxiv import ArxivServer

    served = list(islice(records(), most))
    with ArxivServer(served) as server:
        pipe.send((server.oai_url, len(served)))
        pipe.recv()


def main(most: int) -> None:
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, most), daemon=True)
    server.start()
    url, number = ours.recv()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "feeds.yaml").write_text(f"feeds:\n  all: {{kind: oai, url: {url}, allow_private: true, pace: 0}}\n")
        app = App(home, env={})
        with app.store(locked=True) as store:
            value = store.connection.value
            kept = lambda: value("SELECT coalesce(max(id), 0) FROM entries")  # noqa: E731
            linked = lambda: kept() - value("SELECT count(*) FROM entries WHERE linked = 0")  # noqa: E731
            timed("fetch", number, lambda: Steps(app, store).fetch(app.feeds(), ALL), kept)
            timed("fetch again", number, lambda: Steps(app, store).fetch(app.feeds(), ALL))
            timed("link", number, lambda: Steps(app, store).link(), linked)
            timed("locate", number, lambda: Steps(app, store).locate())
    ours.send("stop")
    server.join()


def timed(name: str, number: int, work: Callable[[], Any], done: Callable[[], int] = lambda: 0) -> None:
    """Run one step, and print what it took."""
    ended = threading.Event()
    watch = threading.Thread(target=tell, args=(name, done, ended), daemon=True)
    watch.start()
    started, used = time.perf_counter(), processor()
    work()
    seconds, used = time.perf_counter() - started, processor() - used
    ended.set()
    watch.join()
    print(f"{name:<12} {number:>8,} entries {seconds:7.1f} s {number / seconds:7,.0f}/s", end=" ")
    print(f"{number / used:7,.0f} a second of processor time, {resident():4.0f} MiB", flush=True)


def tell(name: str, done: Callable[[], int], ended: threading.Event) -> None:
    """Print the memory whenever another 10,000 entries are done."""
    following = EVERY
    while not ended.wait(0.1):
        if (count := done()) >= following:
            following = (count // EVERY + 1) * EVERY
            print(f"{name:<12} {count:>8,} {resident():4.0f} MiB", flush=True)


def processor() -> float:
    """Seconds of processor time of this process and of its children that have ended."""
    return sum(u.ru_utime + u.ru_stime for u in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


def resident() -> float:
    """Resident memory of this process, in MiB (proc(5))."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4_096 / 2**20


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 150_000)
