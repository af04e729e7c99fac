"""Twelve weeks of real records, replayed week by week into twelve digests.

Every eighth record of the shared arXiv records goes in at the end of the week in which it was first seen; they name no
affiliations, so that countries stay unknown. Set MONITOR_REPLAY to a folder to keep what was made. Needs the shared
records beside the checkout.
"""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from monitor import pipeline
from monitor.app import App
from monitor.digest import week_of, window_of
from monitor.steps import Steps

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "arxiv"
MONTHS = ("2026-03", "2026-04", "2026-05", "2026-06")
FIRST = window_of("2026-W14").since
WEEKS = [week_of(FIRST + timedelta(weeks=n)) for n in range(12)]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared arXiv records are not beside the checkout"),
]


def records() -> dict[str, list[dict[str, Any]]]:
    """ISO week → every eighth record first seen in it."""
    found: dict[str, list[dict[str, Any]]] = {week: [] for week in WEEKS}
    for month in MONTHS:
        with gzip.open(FOLDER / f"{month}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in islice(lines, 0, None, 8):
                record = json.loads(line)
                if record.get("first_seen"):
                    week = week_of(datetime.fromisoformat(record["first_seen"]).replace(tzinfo=UTC))
                    found.get(week, []).append(record)
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which each week was fetched, tagged and told in its turn."""
    home = Path(os.environ.get("MONITOR_REPLAY") or tmp_path_factory.mktemp("replay"))
    home.mkdir(exist_ok=True)
    source = home / "week.jsonl"
    (home / "feeds.yaml").write_text(f"feeds:\n  arxiv: {{kind: jsonl, url: {source}}}\n", "utf-8")
    for week, some in records().items():
        window = window_of(week)
        source.write_text("".join(json.dumps(record) + "\n" for record in some), "utf-8")
        app = App(home, env={}, clock=lambda end=window.until: end - timedelta(hours=12))
        with app.store(locked=True) as store:
            steps = Steps(app, store)
            steps.fetch(app.feeds(["arxiv"]), insist=True)
            steps.link()
            steps.locate()
            steps.tag()
            pipeline.digest(store, app.plan, window.until + timedelta(hours=6))
    return home


@pytest.fixture(scope="module")
def digests(home: Path) -> dict[str, dict[str, Any]]:
    return {week: json.loads((home / "store/digests" / week / "digest.json").read_text("utf-8")) for week in WEEKS}


@pytest.fixture(scope="module")
def store(home: Path) -> Iterator[sqlite3.Connection]:
    with sqlite3.connect(home / "store" / "monitor.db") as connection:
        yield connection


def test_there_is_one_digest_a_week(digests: dict[str, dict[str, Any]], store: sqlite3.Connection) -> None:
    assert [row[0] for row in store.execute("SELECT iso_week FROM digests ORDER BY 1")] == WEEKS
    assert all(digest["totals"]["selected"] for digest in digests.values())


def test_no_work_is_told_twice(digests: dict[str, dict[str, Any]]) -> None:
    told = Counter(
        uid
        for digest in digests.values()
        for uid in {work["uid"] for section in digest["sections"] for work in section["works"]}
    )
    assert told
    assert set(told.values()) == {1}


def test_every_number_is_what_its_query_gives(digests: dict[str, dict[str, Any]], store: sqlite3.Connection) -> None:
    for digest in digests.values():
        answers = {name: store.execute(sql).fetchall() for name, sql in digest["queries"].items()}
        totals = digest["totals"]
        assert answers["seen"] == [(totals["seen"],)]
        assert answers["tagged"] == [(totals["tagged"],)]
        assert answers["selected"] == [(totals["selected"],)]
        assert dict(answers["groups"]) == totals["by_group"]
        assert dict(answers["goals"]) == {s["goal"]["slug"]: s["total"] for s in digest["sections"] if s["total"]}
        counted = {(goal, code): n for goal, of in digest["countries"].items() for code, n in of.items()}
        assert {(goal, code): n for goal, code, n in answers["countries"]} == counted
        trend = {(goal, week): n for goal, week, n in answers["trend"]}
        for goal, before in digest["trend"]["before"].items():
            assert [trend.get((goal, week), 0) for week in digest["trend"]["weeks"]] == before
            assert trend.get((goal, digest["week"]), 0) == digest["trend"]["now"][goal]


def test_every_work_link_and_country_is_in_the_store(
    digests: dict[str, dict[str, Any]], store: sqlite3.Connection
) -> None:
    for digest in digests.values():
        for work in digest["works"]:
            uid, countries = store.execute(
                "SELECT uid, countries FROM item_overview WHERE uid = ?", (work["uid"],)
            ).fetchone()
            assert work["link"] == f"https://arxiv.org/abs/{uid.removeprefix('arxiv:')}"
            assert work["countries"] == json.loads(countries)


def test_the_digests_are_kept_as_they_were_filed(home: Path) -> None:
    app = App(home, env={}, clock=lambda: datetime(2026, 12, 1, tzinfo=UTC))
    with app.store() as store:
        for week in WEEKS:
            kept = store.digests.as_sent("all", week)
            assert kept is not None
            for name, body in kept.formats.items():
                assert (home / "store/digests" / week / f"digest.{name}").read_bytes() == body
