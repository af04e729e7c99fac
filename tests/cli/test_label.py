"""Judging works at the terminal: what is asked, what is kept, and what a mistake costs."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitor import cli
from monitor.app import App
from monitor.encoder import Encoder
from monitor.evidence import Verdict
from monitor.learning import read_labels
from monitor.review import Bars
from monitor.store.decisions import Reviewer
from monitor.store.findings import Due
from monitor.types import Entry, Identifier, Tag

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
WORKS = {"a": (0.9, 0.1), "b": (0.5, 0.1), "c": (0.1, 0.45), "d": (0.4, 0.1)}
"""Probability of bread and tea by work: b, d and a are proposed for bread in this order, c for tea."""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def app(tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """A home with four tagged works, and a head that is not read."""
    home = tmp_path / "home"
    (home / "models").mkdir(parents=True)
    model_folder.rename(home / "models" / "goals")
    (home / "feeds.yaml").write_text("feeds:\n  papers: {kind: jsonl, url: papers.jsonl}\n", "utf-8")
    bars = Bars("tiny.1", Encoder.space, {"bread": 0.5, "tea": 0.5})
    monkeypatch.setattr(Bars, "read", lambda _: bars)
    app = App(home, clock=lambda: NOW, env={})
    with app.store() as store:
        for number, (name, chances) in enumerate(WORKS.items()):
            item_id = store.items.add(f"doi:10.5555/{name}", "2026-07-20T08:00:00Z", "2026-W30")
            entry = Entry(name, f"The title of {name}", "An abstract. " * 20 if name == "b" else "")
            names = [Identifier("doi", f"10.5555/{name}")]
            store.items.update(item_id, entry, names=names, content=name)
            tags = [
                Tag("goal", goal, chance, chance >= 0.5, "tiny.1", ("sour dough",) if chance >= 0.5 else ())
                for goal, chance in zip(("bread", "tea"), chances, strict=True)
            ]
            store.findings.tag(Due(item_id, "", "", name), "tiny.1", tags, None, NOW)
            vector = np.eye(Encoder.dimensions, dtype="<f2")[number].tobytes()
            store.findings.save_vector(item_id, f"{Encoder.space}/torch-fp32", name, vector)
    return app


@pytest.fixture
def label(app: App, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `monitor label` with lines as its input; exit code, stdout, stderr."""
    monkeypatch.setenv("COLUMNS", "60")

    def command(*arguments: str, lines: Sequence[str] = (), reviewer: str = "ana") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        who = ["--reviewer", reviewer] if reviewer else []
        code = cli.run(["label", *who, *arguments], app)
        out, err = capfd.readouterr()
        return code, out, err

    return command


def kept(app: App) -> dict[str, tuple[list[str], int | None]]:
    """Goals and confidence of every judged work, by the last letter of its name."""
    with app.store() as store:
        return {
            j.uid[-1]: ([goal for goal, holds in j.goals.items() if holds], j.confidence)
            for j in store.labels.judgements()
        }


def rows(app: App, sql: str) -> list[Any]:
    with app.store() as store:
        return [tuple(row) for row in store.connection.rows(sql)]


def test_works_are_asked_for_and_each_answer_is_kept(app: App, label: Run) -> None:
    lines = ["2", "", "bread, tea", "2", "", "1", "1 tea", "3"]
    code, out, err = label(lines=lines)
    assert code == 0, err
    assert kept(app) == {"c": (["tea"], 3), "b": (["bread", "tea"], 2), "d": ([], 1), "a": (["bread", "tea"], 3)}
    assert re.findall(r"doi:10\.5555/(.)", out) == ["c", "b", "d", "a"]
    assert "4 works judged by ana" in err
    found = rows(app, "SELECT label, holds, reviewer, model, confidence, labelled_at FROM labels WHERE item_id = 4")
    assert found == [
        ("bread", 0, "ana", "tiny.1", 1, "2026-07-22T12:00:00Z"),
        ("tea", 0, "ana", "tiny.1", 1, "2026-07-22T12:00:00Z"),
    ]
    assert rows(app, "SELECT goal FROM item_goals WHERE uid = 'doi:10.5555/c' AND selected = 1") == [("tea",)]


def test_a_work_is_shown_with_what_the_model_says(label: Run) -> None:
    _, out, _ = label("doi:10.5555/b")
    lines = out.splitlines()
    assert "1 of 1  doi:10.5555/b" in lines
    assert "The title of b" in lines
    assert max(map(len, lines)) <= 60, "wrapped to the terminal"
    assert "* 1 bread 0.50  because: sour dough" in lines
    assert "  2 tea   0.10" in lines
    assert "(no abstract)" in label("doi:10.5555/a")[1]


def test_what_was_judged_is_not_proposed_again_to_the_same(app: App, label: Run) -> None:
    assert label("--count", "1", lines=["", ""])[0] == 0
    assert list(kept(app)) == ["c"]
    assert "of 3" in label()[1]
    assert "of 4" in label(reviewer="ben")[1]
    label(lines=["", ""] * 3)
    code, out, err = label()
    assert (code, out) == (0, "")
    assert "no work waits to be judged by ana\n" in err


def test_untagged_works_are_pointed_out(app: App, label: Run) -> None:
    label(lines=["", ""] * 4)
    with app.store() as store:
        store.items.add("doi:10.5555/e", "2026-07-20T08:00:00Z", "2026-W30")
    assert "run `monitor tag` first" in label()[2]


def test_one_goal_alone(label: Run) -> None:
    out = label("--goal", "bread", "--count", "2", lines=["", "", "", ""])[1]
    assert "doi:10.5555/b" in out
    assert "doi:10.5555/d" in out
    assert "doi:10.5555/c" not in out


def test_countries_in_doubt_alone(app: App, label: Run) -> None:
    with app.store() as store:
        for item_id in (1, 2):
            store.evidence.conclude(item_id, Verdict("no-affiliation"))
    code, out, err = label("--countries", lines=["c nz", "s"])
    assert code == 0
    assert "asked because: country unknown, and it carries" in out
    assert re.findall(r"doi:10\.5555/(.)", out) == ["a", "b"]
    assert "1 work judged by ana" in err
    assert rows(app, "SELECT country FROM origins WHERE item_id = 1") == [("NZ",)]
    assert re.findall(r"doi:10\.5555/(.)", label("--countries", lines=["q"])[1]) == ["b"]


def test_a_named_work_is_judged_anew(app: App, label: Run) -> None:
    label("doi:10.5555/a", "doi:10.5555/a", lines=["", "", "1", "1"])
    assert kept(app) == {"a": ([], 3)}
    label("doi:10.5555/a", lines=["tea", ""])
    assert kept(app) == {"a": (["tea"], 3)}


def test_a_bad_answer_is_one_sentence_and_the_question_again(app: App, label: Run) -> None:
    code, _, err = label("doi:10.5555/a", lines=["jam", "0", "3,1", "1;2", "u", "BREAD", "4", "sure", "2"])
    assert code == 0
    assert "there is no goal 'jam'; write numbers from 1 to 2, or bread, tea" in err
    assert "there is no goal '0'" in err
    assert "there is no goal '3'" in err
    assert "there is no goal '1;2'" in err
    assert "there is no answer to take back" in err
    assert "'4' is not 1, 2 or 3" in err
    assert "'sure' is not 1, 2 or 3" in err
    assert kept(app) == {"a": (["bread"], 2)}


def test_skip_leaves_a_work_for_another_day(app: App, label: Run) -> None:
    assert "1 work judged" in label(lines=["s", "s", "1", "", "q"])[2]
    assert list(kept(app)) == ["d"]
    assert "of 3" in label()[1]


def test_undo_takes_the_last_answer_back_and_asks_again(app: App, label: Run) -> None:
    _, out, err = label(lines=["1", "1", "s", "u", "2", "3", "q"])
    assert out.count("1 of 4  doi:10.5555/c") == 2
    assert "the last answer is taken back" in err
    assert "1 work judged" in err
    assert kept(app) == {"c": (["tea"], 3)}
    found = rows(app, "SELECT what, goals, undone_at IS NOT NULL FROM review_log ORDER BY decision")
    first, second = '{"bread":1,"tea":0}', '{"bread":0,"tea":1}'
    assert found == [("goals", first, 1), ("undo", "{}", 0), ("goals", second, 0)], "nothing is forgotten"


def test_undo_then_quit_leaves_nothing_of_the_answer(app: App, label: Run) -> None:
    label(lines=["1", "1", "u", "q"])
    assert kept(app) == {}


def test_back_from_the_second_question_to_the_first(app: App, label: Run) -> None:
    label("doi:10.5555/a", lines=["1", "u", "2", ""])
    assert kept(app) == {"a": (["tea"], 3)}
    label("doi:10.5555/b", lines=["1", "q"])
    assert "b" not in kept(app)


def test_the_guide_is_printed_on_request(label: Run) -> None:
    out = label("doi:10.5555/a", lines=["g", "q"])[1]
    for part in ("Guide tiny/", "1 bread – Better Bread", "  Loaves.", "  - sourdough", "  - Cake is none."):
        assert f"\n{part}" in out or out.startswith(part), part
    assert out.count("in doubt:") == 1, "tea has no borders"


def test_the_end_of_the_input_loses_nothing(app: App, label: Run) -> None:
    code, _, err = label(lines=["1", "1", "2"])
    assert code == 0
    assert "1 work judged by ana" in err
    assert kept(app) == {"c": (["bread"], 1)}


def test_ctrl_c_loses_nothing(app: App, label: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(io.StringIO):
        def readline(self, _: int | None = -1, /) -> str:
            return super().readline() or self.interrupt()

        def interrupt(self) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr(io, "StringIO", Interrupted)
    code, _, err = label(lines=["1", "1"])
    assert code == 0
    assert "1 work judged by ana" in err
    assert list(kept(app)) == ["c"]


def test_a_work_that_is_gone_meanwhile_is_left_out(app: App, label: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.store.decisions import Decisions

    monkeypatch.setattr(Decisions, "judge", lambda *_, **__: None)
    code, _, err = label("doi:10.5555/a", lines=["1", "1"])
    assert code == 0
    assert "left out" in err
    assert "0 works judged" in err


def test_labels_are_exported_as_a_model_reads_them(app: App, label: Run, tmp_path: Path) -> None:
    label(lines=["2", "", "1,2", "2", "", "1", "q"])
    label("doi:10.5555/c", lines=["", "2"], reviewer="ben")
    with app.store() as store:
        store.decisions.judge(1, {"tea": True}, Reviewer("eve", NOW, "item"))
    file = tmp_path / "labels.csv"
    code, out, err = label("--export", str(file), reviewer="")
    assert (code, out) == (0, f"{file}\n")
    assert "3 judgements; 1 left out, not made on every goal" in err
    found = read_labels(file, ("bread", "tea"))
    assert [(f.id, f.goals, f.confidence, f.stratum, f.who, f.when) for f in found] == [
        ("doi:10.5555/b", ("bread", "tea"), 2, "proposed:store", "ana", "2026-07-22T12:00:00Z"),
        ("doi:10.5555/c", (), 2, "proposed:store", "ben", "2026-07-22T12:00:00Z"),
        ("doi:10.5555/d", (), 1, "proposed:store", "ana", "2026-07-22T12:00:00Z"),
    ]
    assert all(f.proposed and f.guide.startswith("tiny/") for f in found)
    with file.open(newline="", encoding="utf-8") as lines:
        assert next(csv.reader(lines)) == ["id", "goals", "confidence", "stratum", "who", "when", "guide"]


def test_the_guide_has_another_version_when_a_rule_changes(app: App, label: Run) -> None:
    label("doi:10.5555/a", lines=["", ""])
    taxonomy = app.home / "models" / "goals" / "taxonomy.yaml"
    text = taxonomy.read_text("utf-8")
    taxonomy.write_text(text.replace("Sourdough and its starter", "Rye"), "utf-8")
    label("doi:10.5555/b", lines=["", ""])
    taxonomy.write_text(text.replace("Cake is none.", "Cake is one."), "utf-8")
    label("doi:10.5555/c", lines=["", ""])
    first, second, third = (row[0] for row in rows(app, "SELECT guide FROM labels WHERE label = 'tea' ORDER BY id"))
    assert first == second, "queries are no part of the guide"
    assert first != third


def test_the_reviewer_is_who_is_logged_in(app: App, label: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "kim")
    assert "1 work judged by kim" in label("doi:10.5555/a", lines=["", ""], reviewer="")[2]

    def nobody() -> str:
        raise OSError("No username set in the environment")

    monkeypatch.setattr("getpass.getuser", nobody)
    code, _, err = label("doi:10.5555/a", reviewer="")
    assert code == 2
    assert "--reviewer NAME" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--goal", "jam"), "there is no goal 'jam'; the goals are bread, tea"),
        (("--count", "0"), "--count"),
        (("--reviewer", " "), "--reviewer NAME"),
        (("doi:10.5555/z",), "there is no work 'doi:10.5555/z'"),
        (("--export", "x.csv"), "--export"),
        (("--goal", "tea", "doi:10.5555/a"), "UID, --goal and --countries exclude each other"),
    ],
)
def test_usage_is_exit_2(label: Run, arguments: tuple[str, ...], sentence: str) -> None:
    code, _, err = label(*arguments)
    assert code == 2
    assert sentence in err


def test_a_file_that_cannot_be_written_is_exit_4(label: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, err = label("--export", str(tmp_path / "file" / "labels.csv"), reviewer="")
    assert code == 4
    assert "cannot be written" in err


def test_nothing_is_asked_while_nothing_is_tagged(app: App, label: Run) -> None:
    with app.store() as store, store.transaction():
        store.connection.run("UPDATE items SET tagged = NULL")
    code, _, err = label()
    assert code == 0
    assert "run `monitor tag` first" in err
    assert kept(app) == {}


def test_countries_and_usefulness_are_kept_beside_the_goals(app: App, label: Run) -> None:
    _, out, err = label("doi:10.5555/a", lines=["c us, au", "+", "c uk1", "1", "3"])
    assert "from an unknown country" in out
    assert "'UK1' is not a country" in err
    assert "1 work judged" in err
    found = rows(app, "SELECT what, countries, useful, through FROM review_log ORDER BY decision")
    assert found == [
        ("origin", '["AU", "US"]', None, "terminal"),
        ("usefulness", None, 1, "terminal"),
        ("goals", None, None, "terminal"),
    ]
    assert "from AU, US" in label("doi:10.5555/a", lines=["q"])[1]


def test_the_last_decision_is_taken_back_another_day(app: App, label: Run) -> None:
    label("doi:10.5555/a", lines=["2", "3"])
    label("doi:10.5555/a", lines=["1", "3"], reviewer="ben")
    code, out, _ = label("--undo")
    assert (code, out) == (0, "doi:10.5555/a: goals, decided 2026-07-22 12:00 UTC, taken back\n")
    assert kept(app) == {"a": (["bread"], 3)}
    code, _, err = label("--undo")
    assert (code, err) == (1, "there is no decision of ana to take back\n")


def test_what_others_disagree_about_comes_first_with_the_reason(label: Run) -> None:
    label("doi:10.5555/d", lines=["1", "3"])
    label("doi:10.5555/d", lines=["", "3"], reviewer="ben")
    out = label(reviewer="eve", lines=["q"])[1]
    assert "1 of 4  doi:10.5555/d" in out
    assert "asked because: reviewers disagree on bread (ana: yes;" in out
