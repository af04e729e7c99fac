"""The service: each round goes by feeds.yaml as it stands then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import schedule, service
from monitor.app import App
from monitor.errors import MonitorError
from monitor.store import Store

FEED = """\
  {name}:
    kind: feed
    url: https://{name}.example/rss
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "feeds.yaml").write_text("feeds:\n" + FEED.format(name="one"), encoding="utf-8")
    return tmp_path


def rounds_of(app: App, monkeypatch: pytest.MonkeyPatch, between: Iterator[Callable[[], object]]) -> list[object]:
    """What the rounds of a service heard and watched, one scan after each step of `between`."""
    heard: list[object] = []

    def run(jobs: list[schedule.Job], _: object) -> None:
        [scan] = [job for job in jobs if job.name == "scan"]
        for step in between:
            step()
            scan.work()

    def scan(store: Store) -> None:
        heard.append([feed.name for feed in app.feeds()])

    def failed(error: MonitorError) -> None:
        heard.append(str(error))

    def train(store: Store, every: timedelta) -> None:
        return

    monkeypatch.setattr(schedule, "run", run)
    service.run(app, service.Rounds(scan, scan, train, failed, renewed=lambda: heard.append("renewed")))
    return heard


def test_a_change_of_feeds_yaml_counts_from_the_next_round(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, file = App(home, env={}), home / "feeds.yaml"
    office = app.post_office
    two = file.read_text(encoding="utf-8") + FEED.format(name="two")
    steps = [lambda: None, lambda: file.write_text(two, encoding="utf-8"), lambda: None]
    heard = rounds_of(app, monkeypatch, iter(steps))
    assert heard == [["one"], "renewed", ["one", "two"], ["one", "two"]]
    assert app.post_office is not office, "digests go by the new file too"
    with app.store() as store:
        assert [row["feed"] for row in store.ledger.health()] == ["one", "two"]


def test_a_mistake_in_feeds_yaml_is_told_once_and_the_old_one_stays(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, file = App(home, env={}), home / "feeds.yaml"
    good = file.read_text(encoding="utf-8")
    steps = [
        lambda: None,
        lambda: file.write_text(good + "    knd: feed\n", encoding="utf-8"),
        lambda: None,
        lambda: file.unlink(),
        lambda: file.write_text(good, encoding="utf-8"),
    ]
    first, mistake, *others = rounds_of(app, monkeypatch, iter(steps))
    assert first == ["one"]
    assert "line 5" in str(mistake)
    assert str(mistake).endswith("feeds.yaml as it was read before stays in use until this is mended")
    assert [other for other in others if isinstance(other, list)] == [["one"]] * 4
    [gone] = [other for other in others if isinstance(other, str)]
    assert "there is no" in gone
