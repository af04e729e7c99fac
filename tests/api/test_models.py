"""Models trained, brought back and measured from Python."""

import json
from pathlib import Path

import pytest

from monitor import Monitor, learning
from monitor.encoder import Encoder
from monitor.errors import ModelError
from monitor.learning import Retraining


def test_what_a_training_came_to_is_a_row(filled: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Retraining("goals.9", "goals.8", 140, 60, None, None, False, "it is worse", "ab" * 32)
    asked: list[bool] = []

    def retrain(*_: object, **how: object) -> Retraining:
        asked.append(bool(how["force"]))
        return found

    monkeypatch.setattr(learning, "retrain", retrain)
    monkeypatch.setattr(Encoder, "open", lambda _: None)
    row = filled.models.retrain(by="ana", force=True)
    assert row is not None
    assert (row.trained_by, row.promoted, row.forced, row.verdict, asked) == ("ana", False, True, "it is worse", [True])
    assert filled.models.trainings() == [row]
    monkeypatch.setattr(learning, "retrain", lambda *_, **__: None)
    assert filled.models.retrain(by="ana") is None
    with pytest.raises(ModelError, match="did not replace another model by feedback"):
        filled.models.rollback(by="ana")


def test_a_taxonomy_is_trained_into_the_home(
    opened: Monitor, model_folder: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Encoder, "open", lambda *_: encoder)
    (opened.home / "models").mkdir()
    model_folder.rename(opened.home / "models" / "tiny")
    done = opened.models.train("tiny", out=tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "card.md").is_file()
    assert done.head.name.startswith("tiny-")


def test_answers_are_measured_on_files(opened: Monitor, tmp_path: Path) -> None:
    (tmp_path / "rows.tsv").write_text("affiliation\tcountries\nOslo, Norway\tNO\nNowhere\tSE\n", "utf-8")
    assert opened.evaluate.origin(tmp_path / "rows.tsv").groups["all"].texts == 2
    pair = {"one": {"title": "A long and telling title of tides"}, "other": {"title": "Bread"}, "same": False}
    (tmp_path / "pairs.jsonl").write_text(json.dumps({**pair, "part": "p"}) + "\n", "utf-8")
    assert opened.evaluate.linking(tmp_path / "pairs.jsonl").to_json()
