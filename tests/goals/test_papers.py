from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.goals.papers import CHARACTERS, Paper, refusal


@pytest.mark.parametrize(
    ("paper", "text"),
    [
        (Paper("Bread\n rises", "  It  does. "), "Bread rises. It does."),
        (Paper("Title only"), "Title only"),
        (Paper("", "Abstract only"), "Abstract only"),
        (Paper(" ", "\n"), ""),
    ],
)
def test_title_and_abstract_become_one_text(paper: Paper, text: str) -> None:
    assert paper.text == text


@given(st.text(), st.text())
def test_any_text_is_capped_and_judged_or_refused(title: str, abstract: str) -> None:
    text = Paper(title, abstract).text
    assert len(text) <= CHARACTERS
    assert refusal(text) is None or refusal(text)


def test_a_huge_abstract_is_capped() -> None:
    assert len(Paper("Title", "word " * 1_000_000).text) == CHARACTERS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no text"),
        ("17 + 4 = 21; 3.1415 (2026) ???", "not prose: most of it is not letters"),
        ("Iris", "too short to judge"),
        ("a b c d e f g h i j k", "too short to judge"),
        ("雪崩预警系统的设计与评估 一种新的方法", "not in a Latin script, which the model cannot read"),
        ("Iris recognition", None),
        ("Détection d'incendies à l'aide de drones", None),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(text: str, reason: str | None) -> None:
    assert refusal(text) == reason


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({"title": "T"}, "the record has no 'id'"),
        ({"id": "", "title": "T"}, "the record has no 'id'"),
        ({"id": "1"}, "the record has no 'title', or it is not a text"),
        ({"id": "1", "title": 7}, "the record has no 'title', or it is not a text"),
        ({"id": "1", "title": "T", "abstract": ["a"]}, "the record's 'abstract' is not a text"),
    ],
)
def test_records_that_are_no_papers(record: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        Paper.from_record(record)


def test_a_record_may_lack_its_abstract() -> None:
    assert Paper.from_record({"id": 1, "title": "T"}) == Paper.from_record({"id": 1, "title": "T", "abstract": None})
