"""A whole scan without the internet: serves the invented demo pages on this machine and lets `monitor scan` read them.

    python tests/demo.py HOME

HOME gets a feeds.yaml that points at the pages, and the store and digest of the scan, which prints the digest's
path. The pages are the cases named `demo*` under tests/examples/. Their dates are of one week; they are served as of a
week that is just over, so that nothing is first seen before it is published, and no page is older than the demo.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).parents[1]
CASES = sorted((ROOT / "tests" / "examples").glob("*/demo*"))
ENDS = date(2026, 11, 24)
"""The day after the last one that a page names."""


def main(home: Path) -> int:
    """Scan the demo pages into `home`; the exit code is that of the scan."""
    home.mkdir(parents=True, exist_ok=True)
    with serving() as address:
        (home / "feeds.yaml").write_text(yaml.safe_dump(settings(address, home), sort_keys=False), encoding="utf-8")
        scan = subprocess.run([sys.executable, "-m", "monitor", "--home", str(home), "scan"], cwd=ROOT, check=False)
    return scan.returncode


def settings(address: str, home: Path) -> dict[str, Any]:
    """feeds.yaml of the demo: its own feeds, the partners of the shipped file. Pages that are files go into `home`."""
    for case in CASES:
        if case.parent.name == "jsonl":
            (home / f"{name(case)}.jsonl").write_bytes(page(case, datetime.now(UTC).date()))
    shipped = yaml.safe_load((ROOT / "feeds.yaml").read_text(encoding="utf-8"))
    return {
        "partners": shipped["partners"],
        "feeds": {name(case): feed(case, address) for case in CASES},
    }


def page(case: Path, today: date) -> bytes:
    """The page of `case` with all days as many whole weeks later, or earlier, as bring them to the days before `today`;
    days of the week stay."""
    weeks = timedelta(days=(today - ENDS).days // 7 * 7)

    def moved(found: re.Match[bytes]) -> bytes:
        form = "%Y-%m-%d" if found[0][4:5] == b"-" else "%d %b %Y"
        return (datetime.strptime(found[0].decode(), form) + weeks).strftime(form).encode()

    body = next(case.glob("page.*")).read_bytes()
    return re.sub(rb"\b\d{4}-\d\d-\d\d(?!\d)|\b\d\d [A-Z][a-z]{2} \d{4}\b", moved, body)


def name(case: Path) -> str:
    """The name of the feed that reads the page of `case`, such as `demo-oai` or `demo-journal-rss`."""
    return f"demo-{case.parent.name}" if case.name == "demo" else case.name


def feed(case: Path, address: str) -> dict[str, Any]:
    """The feed that reads the page of `case`."""
    asked = json.loads((case / "feed.json").read_text(encoding="utf-8"))
    entry = {"kind": case.parent.name, "why": "Demonstration", **asked.get("options", {})}
    if case.parent.name == "jsonl":
        return {**entry, "url": f"{name(case)}.jsonl"}
    return {**entry, "url": f"{address}/{case.parent.name}/{case.name}", "allow_private": True, "pace": 0}


@contextmanager
def serving() -> Iterator[str]:
    """The demo pages on a free port of this machine; gives the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Pages(BaseHTTPRequestHandler):
    """Answers `/<kind>/<case>` with the page of that case, whatever the query string asks for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kind, _, title = urlsplit(self.path).path.strip("/").partition("/")
        case = next((c for c in CASES if (c.parent.name, c.name) == (kind, title)), None)
        if case is None:
            self.send_error(404)
            return
        body = page(case, datetime.now(UTC).date())
        self.send_response(200)
        self.send_header("Content-Type", json.loads((case / "feed.json").read_text("utf-8"))["content_type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing: the scan reports what it fetched."""


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tests/demo.py HOME")
    sys.exit(main(Path(sys.argv[1]).absolute()))
