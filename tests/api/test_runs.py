"""What runs: the post and its alarms, and everything on schedule until it is told to stop."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import Monitor
from monitor.api.runs import Told
from monitor.errors import MonitorError, StoreError
from monitor.health import Watched
from monitor.selection import Asked, Selection
from monitor.steps import Scan

LATE = datetime(2026, 8, 5, 12, tzinfo=UTC)


def test_a_digest_that_is_late_is_an_alarm_once(filled: Monitor, muon_home: Path) -> None:
    filled.close()
    with Monitor(muon_home, clock=lambda: LATE, env={}) as later:
        assert later.deliver()[1].deliveries == ()
        watched = later.watch()
        assert watched.alarm.raised
        assert not watched.heartbeat
        assert later.watch().alarm.raised == ()


def test_it_runs_until_it_is_told_to_stop(opened: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    done = Scan((), 0, (), 0, 0, (), ())
    monkeypatch.setattr("monitor.steps.Steps.scan", lambda *_: done)
    heard: list[Told] = []

    def told(what: Told) -> None:
        heard.append(what)
        if len(heard) == 5:
            opened.stop()

    running = threading.Thread(target=opened.run, args=[told])
    running.start()
    running.join(30)
    assert not running.is_alive()
    assert heard[0] is done
    assert [type(one) for one in heard].count(Watched) == 2, "after the scan, and in a round of its own"


def test_what_goes_wrong_with_a_round_is_heard_and_ends_nothing(
    opened: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Scan:
        raise StoreError("the disk is full")

    monkeypatch.setattr("monitor.steps.Steps.scan", fail)
    heard: list[Told] = []

    def told(what: Told) -> None:
        heard.append(what)
        if isinstance(what, Watched):
            opened.stop()

    opened.run(told)
    assert str(heard[0]) == "the disk is full"
    assert isinstance(heard[-1], Watched)


def test_digests_are_written_and_those_that_were_never_made_are_not(filled: Monitor, tmp_path: Path) -> None:
    document = filled.document(filled.digest())
    paths = filled.write(document, tmp_path / "out", ["txt", "md"])
    assert sorted(path.name for path in paths.values()) == ["digest.md", "digest.txt"]
    with pytest.raises(MonitorError, match="no digest of 2026-W01 was made for 'all'"):
        filled.as_sent("2026-W01")


def test_a_saved_search_is_asked_within_days(filled: Monitor, muon_home: Path) -> None:
    with (muon_home / "feeds.yaml").open("a", encoding="utf-8") as file:
        file.write("search:\n  saved:\n    muons: {query: muon, mode: text}\n")
    filled.close()
    with Monitor(muon_home, env={}) as asked:
        assert [hit.work.item.title for hit in asked.saved("muons").hits] == ["Muon tomography of cargo"]
        assert asked.saved("muons", Selection(until=datetime(2000, 1, 1, tzinfo=UTC))).hits == ()
        with pytest.raises(MonitorError, match="only days can be added"):
            asked.saved("muons", Selection(goals=("cyber",)))
        with pytest.raises(MonitorError, match="no saved search 'moons'"):
            asked.saved("moons")


def test_a_saved_search_keeps_what_it_asks_for() -> None:
    saved = Asked("muon", Selection(goals=("cyber",), since=datetime(2020, 1, 1, tzinfo=UTC)), "text", 7)
    placed = saved.placed(Selection(until=LATE, withdrawn=True))
    assert placed == Asked("muon", Selection(goals=("cyber",), until=LATE, withdrawn=True), "text", 7)
