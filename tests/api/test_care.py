"""Care of a home from Python: store, registry, subscribers, reviewers, pages."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from origin.registry import RECORDS

from monitor import Monitor
from monitor.errors import ConfigError, GazetteerError, MonitorError, StoreError

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
SETTINGS = """
subscribers:
  staff: {output: file, to: [out]}
serve:
  reviewers: [ana]
"""


@pytest.fixture
def staffed(opened: Monitor, muon_home: Path) -> Monitor:
    with (muon_home / "feeds.yaml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    return opened


def test_a_home_is_made_once(tmp_path: Path) -> None:
    with Monitor(tmp_path / "new", env={}) as made:
        assert made.init()
        assert not made.init()
        assert len(made.feeds) > 100
        assert made.db.path.exists()
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        Monitor(tmp_path / "file" / "below", env={}).init()


def test_the_store_is_checked_copied_and_explained(filled: Monitor, tmp_path: Path) -> None:
    filled.db.backup(tmp_path / "copy.db")
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT count(*) FROM item_overview").fetchone() == (2,)
    copy.close()
    assert filled.db.check() == ()
    with filled._at.store.transaction():
        filled._at.store.connection.run("UPDATE items SET iso_week = '2020-W01' WHERE id = 1")
    assert any("week" in fault for fault in filled.db.check())
    filled.db.migrate()
    [table] = filled.db.schema("item_goals")
    assert "probability" in [column.name for column in table.columns]
    assert len(filled.db.schema()) > 20
    assert filled.db.version.startswith("m0")
    with pytest.raises(MonitorError, match="'item_gaols'"):
        filled.db.schema("item_gaols")


def test_nothing_is_made_where_there_is_no_store(opened: Monitor) -> None:
    for look in (opened.db.check, opened.pages):
        with pytest.raises(StoreError, match="there is no store yet"):
            look()


def test_the_registry_is_compiled_and_used_at_once(opened: Monitor, tmp_path: Path) -> None:
    assert opened.gazetteer.info() is None
    assert opened.origin(["Univ. of Quillhaven"])[0].countries == ()
    (tmp_path / "ror.json").write_text(json.dumps(RECORDS), "utf-8")
    heard: list[str] = []
    stamp = opened.gazetteer.update([tmp_path / "ror.json"], release="v9", report=heard.append)
    assert (stamp.release, opened.gazetteer.info()) == ("v9", stamp)
    assert heard
    assert opened.origin(["Univ. of Quillhaven"])[0].countries == ("NZ",)
    (tmp_path / "bad.json").write_text("[", "utf-8")
    with pytest.raises(GazetteerError):
        opened.gazetteer.update([tmp_path / "bad.json"])
    assert opened.gazetteer.info() == stamp
    with pytest.raises(MonitorError, match="exclude each other"):
        opened.gazetteer.update([tmp_path / "ror.json"], record="https://zenodo.example")


def test_recipients_rest_and_are_told_again(staffed: Monitor) -> None:
    assert [subscriber.name for subscriber in staffed.subscribers] == ["staff"]
    assert staffed.subscribers.pause("staff", staffed.subscribers[0].addresses[0])
    [rest] = staffed.subscribers.resting
    assert (rest.subscriber, rest.reason) == ("staff", "unsubscribed")
    assert not staffed.subscribers.pause("staff", rest.recipient)
    assert staffed.subscribers.resume("staff", rest.recipient)
    assert staffed.subscribers.resting == ()
    with pytest.raises(ConfigError, match="has no recipient 'nobody'"):
        staffed.subscribers.pause("staff", "nobody")


def test_a_reviewer_gets_a_token(staffed: Monitor, muon_home: Path) -> None:
    assert list(staffed.reviewers) == ["ana"]
    with pytest.raises(ConfigError, match="MONITOR_SECRET"):
        staffed.reviewers.token("ana")
    with Monitor(muon_home, clock=lambda: NOW, env={"MONITOR_SECRET": "a long secret"}) as secret:
        assert "." in secret.reviewers.token("ana", days=2)
        with pytest.raises(ConfigError, match="does not name 'eve'"):
            secret.reviewers.token("eve")


def test_the_doctor_looks_at_everything(filled: Monitor) -> None:
    found = {check.check: check for check in filled.doctor()}
    assert found["store"].says.endswith("2 works")
    assert found["mail"].ok
    assert all(check.says for check in found.values())


def test_the_pages_are_an_application(filled: Monitor) -> None:
    assert callable(filled.pages())
