"""Slow: a real quarter of arXiv in daily scans, while one request in twenty goes wrong.

Needs the shared records beside the checkout; says so when they are missing.
"""

import gzip
import json
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from servers.arxiv import ArxivServer, Fault

from monitor.http import Client
from monitor.pipeline import Fetcher, coverage, fetch, link
from monitor.sandbox import Sandbox
from monitor.store import Store
from monitor.store.hosts import HostPace
from monitor.types import Feed, Fetch, Window

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "arxiv"
MONTHS = ("2026-04", "2026-05", "2026-06")
RECORDS = 27_126
DAY = timedelta(days=1)
SEED = 20_260_401
FAULTS: tuple[Fault, ...] = ("throttled", "unavailable", "empty", "short", "stale", "reset")
SHARE = 0.05

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not FOLDER.exists(), reason=f"the shared records ({FOLDER}) are not beside the checkout"),
]


def announced(record: dict[str, Any]) -> str:
    return str(record.get("first_seen") or record["published"])


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    """The records of the quarter. The few that were never listed with a day count from the day they were published."""
    found = []
    for month in MONTHS:
        with gzip.open(FOLDER / f"{month}.jsonl.gz", "rt", encoding="utf-8") as lines:
            found += [json.loads(line) for line in lines]
    return found


def scans(server: ArxivServer, store: Store, start: datetime, end: datetime) -> Iterator[Fetch]:
    """One scan a day, at six, from `start` to `end`; the clock is that of server and monitor alike."""
    options = {"every": DAY, "pace": 0.0, "allow_private": True, "first_days": 90}
    feeds = [
        Feed("archive", "oai", server.oai_url, **options, options={"prefix": "arXiv"}),
        Feed("api", "arxiv", server.api_url, **options, options={"categories": ["cs.CR"]}),
    ]
    clock = [start]
    store.ledger.register(feeds, start)
    with Client(HostPace(store.connection), user_agent="monitor-test/1") as client, Sandbox() as sandbox:
        # One child for all scans: starting one costs more than a day's pages.
        kept: Any = lambda: nullcontext(sandbox)  # noqa: E731
        fetcher = Fetcher(store, client, lambda: clock[0], threading.Event(), kept)
        while clock[0] <= end:
            server.now = clock[0]
            yield from fetch(feeds, fetcher)
            clock[0] += DAY
    told = coverage(store, feeds, Window(start, end + DAY))
    assert told.gaps == (), "nothing is owed, and nothing was given up"


def test_after_a_quarter_with_faults_every_record_is_there_once(records: list[dict[str, Any]], tmp_path: Path) -> None:
    assert len(records) == len({record["id"] for record in records}) == RECORDS
    last = max(announced(record) for record in records)
    start = datetime(2026, 4, 1, 6, tzinfo=UTC)  # with its first window, of 90 days, come those that were listed before
    # A few days more than there are records, so that what goes wrong on the last day is asked for again.
    end = datetime.fromisoformat(last[:10]).replace(hour=6, tzinfo=UTC) + 3 * DAY
    chance = random.Random(SEED)
    faults = {n: chance.choice(FAULTS) for n in range(20_000) if chance.random() < SHARE}
    with (
        ArxivServer(records, page=250, faults=faults, retry_after=0) as server,
        Store.open(tmp_path / "monitor.db") as store,
    ):
        fetches = list(scans(server, store, start, end))
        struck = Counter(faults[n] for n in range(len(server.log)) if n in faults)
        assert len(struck) == len(FAULTS), "every fault has struck"
        assert {f.state for f in fetches} > {"ok", "throttled", "failed"}
        assert sum(f.new for f in fetches if f.feed == "archive") == RECORDS
        link(store, lambda: end)
        kept = store.connection.rows("SELECT key FROM entries WHERE feed = 'archive' AND deleted = 0")
        assert sorted(row["key"].rpartition(":")[2] for row in kept) == sorted(r["id"] for r in records)
        uids = [row["uid"] for row in store.connection.rows("SELECT uid FROM items WHERE withdrawn = 0")]
        assert sorted(uids) == sorted(f"arxiv:{record['id']}" for record in records), "each is one work, by two routes"
