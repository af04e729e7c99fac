"""A Monitor of a small home."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import Monitor

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)


@pytest.fixture
def opened(muon_home: Path) -> Iterator[Monitor]:
    with Monitor(muon_home, clock=lambda: NOW, env={}) as opened:
        yield opened


@pytest.fixture
def filled(opened: Monitor, muon_home: Path) -> Monitor:
    """Its store holds two works."""
    with (muon_home / "papers.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "9912.00002", "title": "Knitting patterns of the north", "abstract": "Of wool."}\n')
    opened.fetch()
    opened.link()
    return opened
