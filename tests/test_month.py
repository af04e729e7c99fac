"""The whole way on real records: a month of arXiv through a loopback server, and runs that are killed.

Needs the shared records beside the checkout; says so when they are missing.
"""

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from servers.arxiv import ArxivServer

ROOT = Path(__file__).parents[1]
MONTH = ROOT.parent / "shared" / "data" / "arxiv" / "2026-06.jsonl.gz"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not MONTH.exists(), reason=f"the shared records ({MONTH.name}) are not beside the checkout"),
]


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    with gzip.open(MONTH, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture
def small(records: list[dict[str, Any]]) -> Iterator[ArxivServer]:
    with ArxivServer(records[:700], page=100) as server:
        yield server


def write_home(home: Path, server: ArxivServer) -> Path:
    home.mkdir()
    (home / "feeds.yaml").write_text(
        f"""feeds:
  month-by-oai:
    kind: oai
    url: {server.oai_url}
    prefix: arXiv
    allow_private: true
    pace: 0
  cyber-by-api:
    kind: arxiv
    url: {server.api_url}
    categories: [cs.CR]
    allow_private: true
    pace: 0
""",
        encoding="utf-8",
    )
    return home


def command(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "monitor", "--home", str(home), *arguments]


SCAN = ("scan", "--since", "2025-01-01", "--until", "2026-12-31", "--json")


def scan(home: Path) -> dict[str, Any]:
    done = subprocess.run(command(home, *SCAN), capture_output=True, text=True, check=False, cwd=home)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def content(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What must not depend on how the store came about."""
    with sqlite3.connect(home / "store" / "monitor.db") as db:
        found = {
            "uids": db.execute("SELECT uid, title, content, withdrawn FROM items ORDER BY uid").fetchall(),
            "entries": db.execute("SELECT feed, key, digest FROM entries ORDER BY 1, 2").fetchall(),
            "tags": db.execute(
                "SELECT uid, goal, round(probability, 4), selected, model, evidence FROM item_goals ORDER BY 1, 2"
            ).fetchall(),
            "origins": db.execute("SELECT * FROM item_countries ORDER BY 1, 2").fetchall(),
        }
    db.close()
    return found


def test_a_real_month_goes_from_server_to_digest(records: list[dict[str, Any]], tmp_path: Path) -> None:
    with ArxivServer(records) as server:
        home = write_home(tmp_path / "home", server)
        first = scan(home)
        by_feed = {f["feed"]: f for f in first["fetches"]}
        assert by_feed["month-by-oai"]["new"] == len(records)
        assert by_feed["month-by-oai"]["announced"] == len(records)
        assert first["tagged"] == len(records), "each record is one work, whichever feed it came through"
        [path] = [Path(p) for p in first["digests"]]
        digest = json.loads(path.with_name("digest.json").read_text(encoding="utf-8"))
        assert digest["totals"]["seen"] == len(records)
        assert {s["goal"]["slug"] for s in digest["sections"]} == {
            "screening",
            "cyber",
            "decision",
            "responder",
            "resilience",
        }
        before = content(home)
        assert len(before["uids"]) == len(records)

        second = scan(home)
        assert [(f["new"], f["changed"]) for f in second["fetches"]] == [(0, 0), (0, 0)]
        assert (second["linked"], second["located"], second["tagged"]) == (0, 0, 0)
        assert content(home) == before


KILL_WHEN: Sequence[tuple[str, str]] = (
    ("fetching", "SELECT count(*) >= 300 FROM entries"),
    ("linking", "SELECT count(*) >= 200 FROM items"),
    ("locating", "SELECT count(*) >= 1 FROM items WHERE located IS NOT NULL"),
    ("tagging", "SELECT count(*) >= 1 FROM taggings"),
)


def test_a_killed_run_is_made_good_by_the_next(small: ArxivServer, tmp_path: Path) -> None:
    undisturbed = write_home(tmp_path / "undisturbed", small)
    scan(undisturbed)
    expected = content(undisturbed)
    for step, condition in KILL_WHEN:
        home = write_home(tmp_path / step, small)
        kill_when(home, condition)
        scan(home)
        assert content(home) == expected, f"killed while {step}"


def kill_when(home: Path, condition: str) -> None:
    """Start a scan and kill it, process group and all, as soon as the store satisfies `condition`."""
    running = subprocess.Popen(
        command(home, *SCAN), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home, start_new_session=True
    )
    try:
        while running.poll() is None and not holds(home, condition):
            time.sleep(0.01)
        assert running.poll() is None, f"the scan ended before it could be killed when {condition}"
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def holds(home: Path, condition: str) -> bool:
    path = home / "store" / "monitor.db"
    if not path.exists():
        return False
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return bool(db.execute(condition).fetchone()[0])
    except sqlite3.OperationalError:
        return False
    finally:
        db.close()
