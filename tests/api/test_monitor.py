"""The Python API: what docs/api.md shows, and what a mistake costs."""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import click
import demo
import pytest
import yaml

import monitor
from monitor import Monitor, cli
from monitor.api.opened import Verbs
from monitor.errors import ConfigError, LockError, MonitorError, StoreError
from monitor.selection import Selection
from monitor.store import care
from monitor.types import Window

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)


@pytest.mark.slow  # a whole scan, with the encoder
def test_the_examples_of_the_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "monitor").mkdir()
    names: dict[str, object] = {}
    monkeypatch.chdir(tmp_path)
    with demo.serving() as address:
        (tmp_path / "monitor" / "feeds.yaml").write_text(
            yaml.safe_dump(demo.settings(address, tmp_path / "monitor")), "utf-8"
        )
        for example in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
            exec(compile(example, "docs/api.md", "exec"), names)
    said = capsys.readouterr().out
    assert "demo-oai ok" in said
    assert "('PT',) country-name" in said
    assert "[muon]" in said.lower()
    assert "@" in (tmp_path / "partners.bib").read_text("utf-8")


def test_every_verb_is_on_the_page_and_nothing_else(opened: Monitor) -> None:
    table = PAGE.partition("## All verbs")[2]
    told = re.findall(r"`([\w.]+)[(`]", "".join(line.split("|")[1] for line in table.splitlines() if "|" in line))
    assert sorted(told) == sorted(verbs(opened))


def test_every_command_is_told_with_its_verb() -> None:
    table = PAGE.partition("## All verbs")[2]
    told = {command.split(" -")[0] for line in table.splitlines() if "|" in line for command in named(line)}
    assert told == set(commands(cli.cli)), "a command needs a verb, and docs/api.md says which"


def verbs(opened: Monitor) -> Iterator[str]:
    """Every public name of the object, and those of its parts."""
    for name in public(opened):
        value = inspect.getattr_static(opened, name, None)
        if isinstance(value, Verbs):
            yield from (f"{name}.{verb}" for verb in public(value) if not hasattr(Sequence, verb))
            if isinstance(value, Sequence):
                yield name
        else:
            yield name


def public(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def named(line: str) -> list[str]:
    """The commands in the second column of a line of the table."""
    return re.findall(r"`([a-z][a-z -]*)`", line.split("|")[2])


def commands(group: click.Group, path: str = "") -> Iterator[str]:
    """Every command as it is typed."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}"


def test_steps_one_by_one(opened: Monitor) -> None:
    [fetch] = opened.fetch()
    assert (fetch.feed, fetch.state, fetch.new) == ("papers", "ok", 1)
    assert opened.link() == 1
    assert opened.locate() == (1, ())
    assert opened.status().untagged == 1
    assert opened.item("arxiv:9912.00001").item.title == "Muon tomography of cargo"
    assert opened.query("SELECT uid FROM item_overview WHERE title LIKE ?", ["Muon%"]) == [{"uid": "arxiv:9912.00001"}]
    assert opened.works() == ()
    assert opened.digest().week == "2026-W30"
    assert opened.digest("2026-W29").seen == 0
    assert opened.coverage(until=NOW + timedelta(minutes=1)).feeds[0].new == 1


def test_works_are_found_exported_and_judged(opened: Monitor) -> None:
    opened.fetch()
    opened.link()
    [hit] = opened.search("muon", mode="text").hits
    assert hit.work.item.uid == "arxiv:9912.00001"
    assert opened.search("muon", Selection(feeds=("other",)), mode="text").hits == ()
    out = BytesIO()
    opened.export(out, "jsonl")
    assert json.loads(out.getvalue())["uid"] == "arxiv:9912.00001"
    decision = opened.label("arxiv:9912.00001", {"screening": True}, "ana", confidence=2)
    assert opened.query("SELECT decision, reviewer, through, confidence FROM review_log") == [
        {"decision": decision, "reviewer": "ana", "through": "python", "confidence": 2}
    ]
    with pytest.raises(MonitorError, match="scrying is none of the goals"):
        opened.label("arxiv:9912.00001", {"scrying": True}, "ana")


def test_a_closed_one_opens_again(opened: Monitor) -> None:
    opened.fetch()
    opened.close()
    assert opened.link() == 1


def test_a_run_at_work_is_a_lock_error_for_steps_only(muon_home: Path, opened: Monitor) -> None:
    with care.run_lock(muon_home / "store" / "monitor.lock"):
        with pytest.raises(LockError, match="another run holds the store"):
            opened.fetch()
        assert opened.status().items == 0


def test_questions_cannot_change_the_store(opened: Monitor) -> None:
    opened.fetch()
    with pytest.raises(StoreError, match="readonly"):
        opened.query("DELETE FROM entries")
    with pytest.raises(StoreError, match="no such table"):
        opened.query("SELECT * FROM nowhere")
    assert opened.link() == 1


def test_mistakes_are_one_sentence(opened: Monitor) -> None:
    with pytest.raises(MonitorError, match="there is no work 'arxiv:1' in the store"):
        opened.item("arxiv:1")
    with pytest.raises(MonitorError, match="there is no work 'arxiv:1' in the store"):
        opened.similar("arxiv:1")
    with pytest.raises(ConfigError, match="'docx'"):
        opened.export(BytesIO(), "docx")
    with pytest.raises(ConfigError, match="'paper'"):
        opened.fetch(["paper"])
    with pytest.raises(ConfigError, match="boss"):
        opened.digest(subscriber="boss")
    with pytest.raises(MonitorError, match="need a zone"):
        opened.works(since=datetime(2026, 7, 1))
    for days in (Selection(since=datetime(2026, 7, 1)), Selection(seen=Window(datetime(2026, 7, 1), NOW))):
        for ask in (
            lambda days: opened.search("muon", days, mode="text"),
            lambda days: opened.export(BytesIO(), "csv", days),
        ):
            with pytest.raises(MonitorError, match="need a zone"):
                ask(days)
    with pytest.raises(MonitorError, match="is not before"):
        opened.coverage(since=NOW, until=NOW - timedelta(days=1))
    with pytest.raises(MonitorError, match="`until` needs `since`"):
        opened.fetch(until=NOW)


def test_the_package_loads_nothing_until_the_api_is_asked_for() -> None:
    code = "import sys, monitor; assert 'monitor.app' not in sys.modules; assert monitor.Monitor.home"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with pytest.raises(AttributeError, match="no attribute 'Moniteur'"):
        _ = monitor.Moniteur
