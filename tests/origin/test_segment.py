from __future__ import annotations

import pytest

from monitor.origin import evidence, lookup, segment
from monitor.origin.evidence import ACRONYM, NAME
from monitor.origin.segment import Segments

TABLES = evidence.of({"quillhaven university": (NAME, (("NO", 3.0),)), "qsl": (ACRONYM, (("FR", 2.2),))})


def test_a_segment_is_worked_out_once() -> None:
    segments = Segments(TABLES)
    first = segments["university of quillhaven"]
    assert segments["university of quillhaven"] is first
    assert first.whole is None
    assert segments["quillhaven university"].whole == (NAME, (("NO", 3.0),), 0, 2, 1.0, "")


def test_an_acronym_says_which_capitals_must_stand_in_the_text() -> None:
    assert lookup.parts(TABLES, ["qsl", "group"]) == [(ACRONYM, (("FR", 2.2),), 0, 1, 0.7, "QSL")]


def test_a_state_is_hinted_at_by_its_last_word() -> None:
    segments = Segments(TABLES)
    assert [segments[text].hint for text in ("boston ma", "upstate new york", "oslo", "")] == ["code ", "name ", "", ""]


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "MOST", 3)
    segments = Segments(TABLES)
    for number in range(10):
        assert segments[f"place {number}x"].words == ["place", f"{number}x"]
        assert len(segments) <= 3
    long = "y" * (segment.LONGEST + 1)
    assert segments[long].words == [long]
    assert long not in segments
