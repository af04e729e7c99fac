"""`monitor train --from-feedback`: exit codes, what is said, and what is written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from monitor import cli, learning, training
from monitor.app import App
from monitor.encoder import Encoder
from monitor.errors import ModelError
from monitor.goals import manifest
from monitor.learning import Retraining, versions
from monitor.learning.feedback import Beside
from monitor.learning.metrics import Estimate
from monitor.learning.screening import Saving, Screening
from monitor.store import care
from monitor.store.decisions import Reviewer
from monitor.types import Entry, Identifier

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
BETTER = Retraining(
    model="tiny-minilm-krr-home.2",
    instead_of="tiny-minilm-krr.1",
    labels=140,
    feedback=60,
    held=Beside(20, 0.8, 0.7, Estimate(0.1, 0.0, 0.2)),
    before=None,
    promoted=True,
    verdict="it is in use",
    data="ab" * 32,
)
WORSE = Retraining(
    "tiny-minilm-krr-home.2", "tiny-minilm-krr.1", 140, 60, BETTER.held, None, False, "it is worse", "ab" * 32
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def app(tmp_path: Path, model_folder: Path) -> App:
    home = tmp_path / "home"
    (home / "models").mkdir(parents=True)
    model_folder.rename(home / "models" / "goals")
    (home / "feeds.yaml").write_text(
        "feeds:\n  papers: {kind: jsonl, url: papers.jsonl}\nschedule: {train: 7d}\n", "utf-8"
    )
    return App(home, clock=lambda: NOW, env={})


@pytest.fixture
def train(app: App, capfd: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(["train", "goals", *arguments], app)
        return code, *capfd.readouterr()

    return command


@pytest.fixture
def comes_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[Retraining | None], list[dict[str, Any]]]:
    """Has a training end like this; the calls."""

    def stand_in(found: Retraining | None) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []

        def retrain(*_: object, **how: Any) -> Retraining | None:
            calls.append(how)
            return found

        monkeypatch.setattr(learning, "retrain", retrain)
        monkeypatch.setattr(Encoder, "open", lambda _: None)
        return calls

    return stand_in


def head(folder: Path, name: str) -> None:
    meta = {"format": 2, "name": name, "labels": [], "encoder": "", "training": {"data": "cd"}}
    manifest.write(folder, {"head.json": json.dumps(meta).encode()})


def record(app: App) -> list[tuple[str, str, str, bool, bool]]:
    with app.store() as store:
        return [(r.what, r.model, r.trained_by, r.promoted, r.forced) for r in store.trainings.all("goals")]


def test_a_better_head_is_told_and_written_down(app: App, train: Run, comes_to: Callable[..., Any]) -> None:
    comes_to(BETTER)
    code, out, err = train("--from-feedback", "--by", "ana")
    assert (code, out) == (0, "it is in use\n")
    assert "tagged anew" in err
    assert "`monitor train goals --rollback` is the way back" in err, "of this model, whichever is the default"
    with app.store() as store:
        [row] = store.trainings.all("goals")
    assert (row.trained_by, row.trained_at, row.feedback, row.data) == ("ana", NOW, 60, "ab" * 32)
    assert row.figures["held"] == {
        "papers": 20,
        "new": 0.8,
        "running": 0.7,
        "gain": {"value": 0.1, "low": 0.0, "high": 0.2},
    }


def test_a_worse_head_is_exit_1_in_one_sentence_and_a_row(app: App, train: Run, comes_to: Callable[..., Any]) -> None:
    calls = comes_to(WORSE)
    code, out, err = train("--from-feedback", "--by", "ana")
    assert (code, out, err) == (1, "", "monitor: it is worse (`--force` takes it all the same)\n")
    train("--from-feedback", "--force", "--by", "ben")
    assert [how["force"] for how in calls] == [False, True]
    assert calls[1]["used"] == ["tiny-minilm-krr-home.2"], "its name is never given again"
    assert record(app) == [
        ("training", "tiny-minilm-krr-home.2", "ben", False, True),
        ("training", "tiny-minilm-krr-home.2", "ana", False, False),
    ]


def test_feedback_is_for_the_model_in_use_unless_another_is_named(app: App, comes_to: Callable[..., Any]) -> None:
    (app.home / "models" / "goals").rename(app.home / "models" / "needs")
    feeds = app.home / "feeds.yaml"
    feeds.write_text(feeds.read_text("utf-8") + "model: needs\n", "utf-8")
    comes_to(BETTER)
    assert cli.run(["train", "--from-feedback", "--by", "ana"], app) == 0
    with app.store() as store:
        assert [row.taxonomy for row in store.trainings.all("needs")] == ["needs"]


def test_nothing_new_is_no_failure(app: App, train: Run, comes_to: Callable[..., Any]) -> None:
    comes_to(None)
    code, _, err = train("--from-feedback", "--by", "ana")
    assert (code, err) == (0, "there is no judgement that the model does not know already\n")
    assert record(app) == []


@pytest.mark.parametrize("way", [["--from-feedback"], ["--rollback"], []])
def test_two_trainings_never_replace_a_head_together(app: App, train: Run, way: list[str]) -> None:
    with care.run_lock(app.home / "store" / "training.lock"):
        code, _, err = train(*way)
    assert code == 5
    assert "another run holds the models (process" in err


def test_the_way_back_is_what_the_head_replaced(app: App, train: Run, comes_to: Callable[..., Any]) -> None:
    folder = app.home / "models" / "goals"
    head(folder, BETTER.instead_of)
    versions.keep(folder, folder)
    head(folder, BETTER.model)
    comes_to(BETTER)
    train("--from-feedback", "--by", "ana")
    code, out, _ = train("--rollback", "--by", "ben")
    assert (code, out) == (0, "tiny-minilm-krr.1 is in use again instead of tiny-minilm-krr-home.2\n")
    assert record(app)[0] == ("rollback", "tiny-minilm-krr.1", "ben", True, False)
    code, _, err = train("--rollback", "--by", "ben")
    assert code == 1
    assert "did not replace another model by feedback; name a version: tiny-minilm-krr.1, tiny-minilm-krr-home.2" in err
    assert train("--rollback", "tiny-minilm-krr-home.2", "--by", "ben")[0] == 0
    (folder / "manifest.json").write_text("{", "utf-8")
    code, _, err = train("--rollback", "--by", "ben")
    assert (code, "a damaged model did not replace another model by feedback; name a version: tiny-" in err) == (
        1,
        True,
    )
    code, out, _ = train("--rollback", "tiny-minilm-krr.1", "--by", "ben")
    assert (code, out) == (0, "tiny-minilm-krr.1 is in use again instead of a damaged model\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--force",),
        ("--from-feedback", "--rollback"),
        ("--from-feedback", "--out", "elsewhere"),
        ("--rollback", "x", "--force"),
    ],
)
def test_what_does_not_go_together_is_said(train: Run, arguments: tuple[str, ...]) -> None:
    assert train(*arguments)[0] == 2


def test_the_schedule_trains_when_it_is_due_and_there_is_news(
    app: App, comes_to: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = comes_to(BETTER)
    assert app.config.schedule.train == timedelta(days=7)
    with app.store() as store:
        for number in range(40):
            item_id = store.items.add(f"doi:10.5555/{number}", "2026-07-20T08:00:00Z", "2026-W30")
            entry = Entry(str(number), f"Title {number}")
            names = [Identifier("doi", f"10.5555/{number}")]
            store.items.update(item_id, entry, names=names, content=str(number))
            training.when_due(app, store, timedelta(days=7))
            assert calls == [], "too little news"
            store.decisions.judge(item_id, {"bread": True, "tea": False}, Reviewer("ana", NOW, "item"))
        training.when_due(app, store, timedelta(days=7))
        training.when_due(app, store, timedelta(days=7))
        assert len(calls) == 1, "once in seven days"
        monkeypatch.setattr(app, "clock", lambda: NOW + timedelta(days=7))
        training.when_due(app, store, timedelta(days=7))
        assert len(calls) == 2
        assert store.trainings.all("goals")[0].trained_by == training.SCHEDULE


def test_a_head_that_was_replaced_is_opened_anew(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.goals import Tagger

    opened: list[Path] = []

    def stand_in(folder: Path, **_: object) -> object:
        opened.append(folder)
        return object()

    monkeypatch.setattr(Tagger, "open", stand_in)
    head(app.model_folder(), "tiny.1")
    assert app.tagger is app.tagger
    head(app.model_folder(), "tiny.2")
    assert app.tagger is app.tagger
    assert len(opened) == 2


def test_screening_is_told_even_where_corrections_cannot_be(
    app: App, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    saving = Saving((0.7,), (0.5,))
    found = Screening(400, {"bread": 50, "tea": 60}, {way: {"bread": saving, "tea": saving} for way in ("own",)}, 1)

    def refuse(*_: object, **__: object) -> None:
        raise ModelError("tiny: too few papers: 200 corrections need more")

    monkeypatch.setattr(Encoder, "open", lambda _: None)
    monkeypatch.setattr(learning, "load_examples", lambda *_, **__: SimpleNamespace(labels=range(400)))
    monkeypatch.setattr(learning, "simulate", lambda *_, **__: found)
    monkeypatch.setattr(learning, "after_corrections", refuse)
    assert cli.run(["evaluate", "learning", "--seeds", "1"], app) == 0
    out, err = capfd.readouterr()
    assert "| tea | 60 |" in out
    assert "screening 400 papers" in err
    assert "what corrections are worth cannot be told: tiny: too few papers" in err
    assert cli.run(["evaluate", "learning", "--json"], app) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["screening"]["papers"], told["corrections"]) == (400, None)
