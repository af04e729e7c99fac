"""How fast records come in: OAI-PMH pages from a loopback server through fetch, link and locate, step by step."""

from __future__ import annotations

import gzip
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from servers.arxiv import ArxivServer  # noqa: E402

from monitor.app import App  # noqa: E402
from monitor.types import Window, moment  # noqa: E402

MONTH = ROOT.parent / "shared" / "data" / "arxiv" / "2026-06.jsonl.gz"


def main(most: int) -> None:
    with gzip.open(MONTH, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line, _ in zip(lines, range(most), strict=False)]
    with ArxivServer(records) as server, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "feeds.yaml").write_text(
            f"feeds:\n  month: {{kind: oai, url: {server.oai_url}, allow_private: true, pace: 0}}\n"
        )
        app = App(home, env={})
        window = Window(moment("2025-01-01T00:00:00Z"), moment("2026-12-31T00:00:00Z"))
        with app.store(locked=True) as store:
            timed("fetch", len(records), lambda: app.fetch(store, app.feeds(), window=window))
            timed("fetch again", len(records), lambda: app.fetch(store, app.feeds(), window=window))
            timed("link", len(records), lambda: app.link(store))
            timed("locate", len(records), lambda: app.locate(store))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB, server included")


def timed(name: str, number: int, work: Callable[[], Any]) -> None:
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    print(f"{name:<12} {seconds:7.2f} s {number / seconds:9,.0f} records/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
