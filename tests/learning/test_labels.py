from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import shipped
from monitor.errors import ConfigError
from monitor.goals import load_taxonomy
from monitor.learning import Label, read_ids, read_labels, write_labels

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
    guide=st.sampled_from(["", "1"]),
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
    write_labels(path, [Label("a", (), who="kim", when="2026-07-01T00:00:00Z", guide="1"), Label("b", ("tea",))])
    assert path.read_text("utf-8").splitlines() == [
        "id,goals,confidence,stratum,who,when,guide",
        "a,,3,,kim,2026-07-01T00:00:00Z,1",
        "b,tea,3,,,,",
    ]
    write_labels(path, [Label("a", (), guide="1")])
    assert path.read_text("utf-8").splitlines()[1] == "a,,3,,,,1"


def test_columns_may_be_missing_or_in_another_order(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("goals,id,when,guide\nbread;tea,a,2026-07-01T00:00:00Z,1\n,b,,\n", "utf-8")
    assert read_labels(path, SLUGS) == [
        Label("a", ("bread", "tea"), 3, "", "", "2026-07-01T00:00:00Z", "1"),
        Label("b", ()),
    ]


def test_a_table_that_a_spreadsheet_wrote_begins_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(b"\xef\xbb\xbfid,goals\r\na,tea\r\n")
    assert read_labels(path, SLUGS) == [Label("a", ("tea",))]
    assert read_ids(path) == ["a"]


@pytest.mark.parametrize(
    ("stratum", "proposed"),
    [("proposed", True), ("proposed:natural-cyber", True), ("random", False), ("rare:proposed", False), ("", False)],
)
def test_papers_chosen_for_being_hard_are_told_apart(stratum: str, proposed: bool) -> None:
    assert Label("a", (), stratum=stratum).proposed is proposed


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("b,jam,3,x", "line 3: there is no goal 'jam'; the goals are bread, tea"),
        ("b,tea,4,x", "line 3: the confidence is '4', but must be 1, 2 or 3"),
        ("a,tea,3,x", "line 3: the id 'a' is empty or there twice"),
        (",tea,3,x", "line 3: the id '' is empty or there twice"),
        ("b,tea,3", "line 3: it has not as many fields as the header"),
        ("b,tea,3,x,y", "line 3: it has not as many fields as the header"),
        ('"b\nc",tea,3,x', r"line 4: the id 'b\\nc' has a line break in it"),
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


def test_ids_are_read_from_any_table_that_has_them(tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    path.write_text('year,id\n2026,"a,b"\n2025,c\n', "utf-8")
    assert read_ids(path) == ["a,b", "c"]
    path.write_text("id\n", "utf-8")
    assert read_ids(path) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "line 1: the column 'id' is missing"),
        (b"name\nx\n", "line 1: the column 'id' is missing"),
        (b"id\n\xff\n", "cannot be read"),
        (b'id\n"x\n', "cannot be read"),
    ],
)
def test_a_table_without_ids(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "any.csv").write_bytes(content)
    with pytest.raises(ConfigError, match=rf"any\.csv.*{sentence}"):
        read_ids(tmp_path / "any.csv")
    with pytest.raises(ConfigError, match=r"none\.csv cannot be read"):
        read_ids(tmp_path / "none.csv")


def test_the_shipped_labels_are_ids_and_goals_alone() -> None:
    folder = shipped.path("models/goals")
    shipped_labels = read_labels(folder / "labels.csv", load_taxonomy(folder).slugs)
    counts = Counter(goal for label in shipped_labels for goal in label.goals)
    assert len(shipped_labels) == 7729
    assert counts == {"screening": 802, "cyber": 1831, "decision": 882, "responder": 395, "resilience": 1173}
    assert sum(not label.proposed for label in shipped_labels) == 2245
    assert (folder / "labels.csv").read_text("utf-8").startswith("id,goals,confidence,stratum,who,when,guide\n")


def test_each_label_that_was_added_tells_who_when_and_by_which_guide() -> None:
    folder = shipped.path("models/goals")
    for label in read_labels(folder / "labels.csv", load_taxonomy(folder).slugs):
        assert len({bool(label.who), bool(label.when), bool(label.guide)}) == 1, label
        assert label.who or not label.proposed, label
