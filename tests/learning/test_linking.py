"""How well records of one work are told from records of two."""

import json
from pathlib import Path

import pytest

from monitor.errors import MonitorError
from monitor.learning.linking import evaluate_linking, linking_table, read_pairs, wilson

TITLE = "Muon tomography of shipping containers at a sea port"
ONE = {"id": "one", "title": TITLE, "authors": ["Ana Lima", "Bo Chen"], "year": "2025"}
SAME = {"id": "two", "title": TITLE.upper(), "authors": ["A. Lima", "B. Chen"], "year": "2026"}
OTHER = {"id": "three", "title": f"{TITLE}. Part II", "authors": ["Ana Lima", "Bo Chen"], "year": "2025"}


def write(path: Path, *pairs: dict[str, object]) -> Path:
    path.write_text("\n".join(map(json.dumps, pairs)), "utf-8")
    return path


def test_figures_by_part(tmp_path: Path) -> None:
    file = write(
        tmp_path / "pairs.jsonl",
        {"one": ONE, "other": SAME, "same": True, "part": "plain"},
        {"one": ONE, "other": OTHER, "same": False, "part": "plain"},
        {"one": ONE, "other": OTHER, "same": True, "part": "hard"},
    )
    found = evaluate_linking(read_pairs(file))
    assert (found.groups["all"].precision.value, found.groups["all"].recall.value) == (1.0, 0.5)
    assert (found.groups["plain"].missed, found.groups["hard"].missed) == (0, 1)
    assert found.missed == (("one", "three"),)
    assert "| hard | 1 | 1 |" in linking_table(found)
    assert found.to_json()["groups"]["all"]["f1"]["value"] == pytest.approx(2 / 3)


def test_a_table_says_the_same(tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text(
        f"same,one_title,one_authors,other_title,other_authors\n1,{TITLE},Ana Lima;Bo Chen,{TITLE},A. Lima;B. Chen\n"
    )
    assert evaluate_linking(read_pairs(file)).groups["all"].recall.value == 1.0


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.jsonl", "", "holds no labelled pairs"),
        ("a.jsonl", "{", "line 1: not JSON"),
        ("a.jsonl", '{"one": {"title": "a"}, "other": {"title": "b"}}', "line 1: `same` must be true or false"),
        ("a.jsonl", '{"one": {}, "other": {"title": "b"}, "same": 1}', "line 1: 'one' is no record"),
        ("a.jsonl", "[]", "line 1: `same` must be true or false"),
        ("a.csv", "same,one_title\n1,a\n", "the header needs the columns one_title, other_title and same"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(MonitorError, match=said):
        read_pairs(tmp_path / name)


def test_wilson_knows_that_no_error_in_few_is_no_proof() -> None:
    assert (round(wilson(10, 10).low, 3), round(wilson(10, 10).high, 9)) == (0.722, 1.0)
    assert wilson(0, 0).high == 1.0
