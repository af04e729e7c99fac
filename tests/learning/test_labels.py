from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import shipped
from monitor.errors import ConfigError
from monitor.goals import load_taxonomy
from monitor.learning import Label, read_labels, write_labels

SLUGS = ("bread", "tea")

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
labels = st.builds(
    Label,
    id=words.filter(bool),
    goals=st.lists(st.sampled_from(SLUGS), unique=True).map(tuple),
    confidence=st.integers(1, 3),
    stratum=words,
    who=words,
    when=st.sampled_from(["", "2026-07-01T00:00:00Z"]),
)


@given(st.lists(labels, unique_by=lambda label: label.id))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, expected: list[Label]) -> None:
    path = tmp_path_factory.mktemp("labels") / "labels.csv"
    write_labels(path, expected)
    assert read_labels(path, SLUGS) == expected


def test_the_later_columns_are_written_only_when_used(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    write_labels(path, [Label("a", ("bread", "tea"), 2, "random")])
    assert path.read_text("utf-8") == "id,goals,confidence,stratum\na,bread;tea,2,random\n"
    write_labels(path, [Label("a", (), who="kim", when="2026-07-01T00:00:00Z")])
    assert path.read_text("utf-8").splitlines() == [
        "id,goals,confidence,stratum,who,when",
        "a,,3,,kim,2026-07-01T00:00:00Z",
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("b,jam,3,x", "line 3: there is no goal 'jam'; the goals are bread, tea"),
        ("b,tea,4,x", "line 3: the confidence is '4', but must be 1, 2 or 3"),
        ("a,tea,3,x", "line 3: the id 'a' is empty or there twice"),
        (",tea,3,x", "line 3: the id '' is empty or there twice"),
        ("b,tea,3", "line 3: it has not as many fields as the header"),
        ("b,tea,3,x,y", "line 3: it has not as many fields as the header"),
        ('b,"tea,3,x', "cannot be read: unexpected end of data"),
    ],
)
def test_a_fault_is_named_with_file_and_line(tmp_path: Path, line: str, sentence: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(f"id,goals,confidence,stratum\na,bread,3,x\n{line}\n", "utf-8")
    with pytest.raises(ConfigError, match=sentence) as caught:
        read_labels(path, SLUGS)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"id,labels\n", b"\xff"])
def test_a_file_that_is_something_else(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "labels.csv").write_bytes(content)
    with pytest.raises(ConfigError, match=r"labels\.csv"):
        read_labels(tmp_path / "labels.csv", SLUGS)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_labels(tmp_path / "none.csv", SLUGS)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_labels(tmp_path / "file" / "labels.csv", [])


def test_the_shipped_labels_are_ids_and_goals_alone() -> None:
    folder = shipped.path("models/goals")
    shipped_labels = read_labels(folder / "labels.csv", load_taxonomy(folder).slugs)
    counts = Counter(goal for label in shipped_labels for goal in label.goals)
    assert len(shipped_labels) == 2225
    assert counts == {"screening": 223, "cyber": 624, "decision": 191, "responder": 127, "resilience": 257}
    assert (folder / "labels.csv").read_text("utf-8").startswith("id,goals,confidence,stratum\n")
