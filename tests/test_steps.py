"""The steps in their order, where something is wrong with the data or with the model."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import cli
from monitor.app import App

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)


def app_at(home: Path, now: datetime) -> App:
    """The model's weights are nowhere: works wait untagged, and nothing heavy is loaded."""
    return App(home, clock=lambda: now, env={"MONITOR_ENCODER": str(home / "nowhere")})


def test_a_fault_in_the_data_is_told_once_a_digest_is_due_and_the_digest_is_made(
    muon_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["scan", "--json"], app_at(muon_home, NOW)) == 1
    first = json.loads(capfd.readouterr().out)
    assert "nowhere" in first["error"]
    assert (first["linked"], first["located"], first["tagged"], first["faults"]) == (1, 1, 0, [])
    with app_at(muon_home, NOW).store() as store, store.transaction():
        store.connection.run("UPDATE items SET iso_week = '2026-W01'")
    assert cli.run(["scan", "--json"], app_at(muon_home, NOW + timedelta(days=1))) == 1
    assert json.loads(capfd.readouterr().out)["faults"] == []
    cli.run(["scan", "--json"], app_at(muon_home, NOW + timedelta(days=7)))
    out, err = capfd.readouterr()
    [fault] = json.loads(out)["faults"]
    assert fault.startswith("weeks-are-those-of-their-days: 1 rows, the first is")
    assert f"FAULT in the store: {fault}" in err
    assert (muon_home / "store" / "digests" / "2026-W30" / "digest.html").exists()
