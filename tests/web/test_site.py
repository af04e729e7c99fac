"""What pages share, while several of them are answered at once."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from web.stage import GOALS, NOW, SECRET, fill

from monitor.config import Serve
from monitor.store import Store
from monitor.store.decisions import Reviewer
from monitor.store.exploration import Exploration
from monitor.web.people import Gate
from monitor.web.site import Site
from monitor.web.survey import Choice

WEEK = "2026-W30"


def test_counts_that_were_being_read_do_not_outlive_a_decision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "monitor.db"
    fill(path)
    unused: Any = None
    site = Site(path, tmp_path, GOALS, Gate(Serve(("ana",)), SECRET, SECRET), lambda: NOW, unused, unused)
    reading, decided = threading.Event(), threading.Event()
    parts = Exploration.parts

    def slow(tables: Exploration, *asked: Any) -> Any:
        reading.set()
        assert decided.wait(10)
        return parts(tables, *asked)

    def reject(store: Store) -> int | None:
        [work] = store.items.ids_of(["arxiv:2607.00001"])
        return store.decisions.judge(work, {"screening": False}, Reviewer("ana", NOW, "item"))

    async def asked() -> tuple[int, int]:
        monkeypatch.setattr(Exploration, "parts", slow)
        early = asyncio.create_task(site.survey(WEEK, WEEK))
        await asyncio.to_thread(reading.wait, 10)
        await site.write(reject)
        decided.set()
        before = (await early).works(Choice(goal="screening"))
        return before, (await site.survey(WEEK, WEEK)).works(Choice(goal="screening"))

    assert asyncio.run(asked()) == (1, 0)
