"""Reads every document named on standard input with one kind, in a process of its own; run by test_hostile.py.

Input: JSON lines `[kind, path, url, content type]`. Output: one JSON object with `outcomes` (a line each: kind, path,
"entries" | "refused" | the name of an exception, seconds), `touched` (files opened and hosts called while parsing, by
Python's audit events) and `peak` (the largest resident size so far, in bytes).
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from monitor import sources
from monitor.errors import ParseError
from monitor.types import Feed, Request, Response

OPTIONS: dict[str, dict[str, Any]] = {
    "acl-anthology": {"volume": "2026.acl"},
    "arxiv": {"query": "all:example"},
    "arxiv-list": {"categories": ["cs.CR"]},
    "dblp": {"stream": "conf/sp"},
    "openreview": {"venue": "Example.org"},
    "pmlr": {"volume": 1},
    "usenix": {"conference": "example26"},
}
EVENTS = ("open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "urllib.Request")
touched: list[str] = []
watching = False


def watch(event: str, arguments: tuple[object, ...]) -> None:
    imported = event == "open" and str(arguments[0]).startswith((sys.prefix, sys.base_prefix))
    if watching and event in EVENTS and not imported:
        touched.append(f"{event} {arguments[:2]}")


def outcome(kind: str, path: str, url: str, content_type: str) -> tuple[str, str, str, float]:
    global watching
    body = Path(path).read_bytes()
    feed = Feed("hostile", kind, url, timedelta(days=1), 0.0, options=OPTIONS.get(kind, {}))
    started, watching = time.perf_counter(), True
    try:
        sources.parse(feed, Request(url), Response(url, body, content_type))
        result = "entries"
    except ParseError:
        result = "refused"
    except Exception as error:
        result = repr(error)
    watching = False
    return kind, path, result, time.perf_counter() - started


if __name__ == "__main__":
    import feedparser  # noqa: F401  so that its files are not counted against the documents
    import lxml.etree  # noqa: F401

    for kind in sources.kinds():
        sources.load(kind)
    sys.addaudithook(watch)
    outcomes = [outcome(*json.loads(line)) for line in sys.stdin]
    # Not getrusage: what it calls the peak is inherited from the process that started this one.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = int(status["VmHWM"].split()[0]) * 1024
    print(json.dumps({"outcomes": outcomes, "touched": touched, "peak": peak}))  # noqa: T201
