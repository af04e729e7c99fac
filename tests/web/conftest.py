"""The pages of a filled store on a real server, one for each module of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from web.stage import Stage, staged

from monitor.config import Serve


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    home = tmp_path_factory.mktemp("home")
    week = home / "store" / "digests" / "2026-W29"
    (week / "staff").mkdir(parents=True)
    (week / "digest.html").write_text("<!DOCTYPE html><title>Digest</title>", "utf-8")
    (week / "staff" / "digest.html").write_text("with links that speak for staff", "utf-8")
    with staged(home, Serve(("ana", "ben"), links=True)) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of its own, for tests that change settings."""
    return tmp_path
