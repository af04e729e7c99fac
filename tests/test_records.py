from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import records
from monitor.errors import ParseError
from monitor.records import Record
from monitor.types import Entry

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def test_what_is_there_is_read_and_nothing_is_odd_about_it() -> None:
    record = Record({"a": "  two\nlines ", "n": 7, "m": "08", "l": ["x", "y"], "o": {"b": "<b>c</b>"}, "r": [{"i": 1}]})
    assert (record.line("a"), record.number("n"), record.number("m")) == ("two lines", 7, 8)
    assert (record.strings("l"), record.record("o").words("b")) == (["x", "y"], "c")
    assert [inner.string("i") for inner in record.records("r")] == ["1"]
    assert ("a" in record, "z" in record, record.listing("l"), record.listing("a")) == (True, False, ["x", "y"], None)
    assert record.oddities == []


@pytest.mark.parametrize("fields", [{}, dict.fromkeys("slor")])
def test_what_is_missing_or_null_is_absent_and_not_odd(fields: dict[str, Any]) -> None:
    record = Record(fields)
    assert (record.line("s"), record.number("s"), record.strings("l"), record.records("r")) == ("", None, [], [])
    assert record.record("o").record("o").line("s") == ""
    assert record.oddities == []


@pytest.mark.parametrize(
    ("read", "value", "found", "odd"),
    [
        ("string", ["x", "y"], "x", "'f' holds a list where text was expected"),
        ("string", [{"a": 1}], "", "'f' holds a list where text was expected"),
        ("string", {"a": "x"}, "", "'f' holds an object where text was expected"),
        ("string", True, "", "'f' holds true or false where text was expected"),
        ("strings", "x", ["x"], "'f' holds text where a list was expected"),
        ("strings", ["x", None, 3], ["x"], "'f' holds a number where text was expected"),
        ("strings", {"a": 1}, [], "'f' holds an object where a list was expected"),
    ],
)
def test_another_type_is_read_as_far_as_it_can_be_and_named(read: str, value: object, found: object, odd: str) -> None:
    record = Record({"f": value})
    assert getattr(record, read)("f") == found
    assert record.oddities == [odd]


def test_objects_of_another_type() -> None:
    record = Record({"one": {"a": "x"}, "mixed": [{"a": "y"}, "z", None], "text": "t", "list": [1]})
    assert [inner.line("a") for inner in record.records("one")] == ["x"]
    assert [inner.line("a") for inner in record.records("mixed")] == ["y"]
    assert record.records("text") == []
    assert record.record("list").line("a") == ""
    assert [odd.partition(" where ")[0] for odd in record.oddities] == [
        "'one' holds an object",
        "'mixed' holds text",
        "'text' holds text",
        "'list' holds a list",
    ]


@given(JSON)
def test_whatever_a_field_holds_it_can_be_read_in_every_way(value: object) -> None:
    record = Record({"f": value})
    assert isinstance(record.line("f"), str)
    assert all(isinstance(part, str) for part in record.strings("f"))
    assert all(isinstance(part, Record) for part in [*record.records("f"), record.record("f")])
    number = record.number("f")
    assert number is None or 0 <= number < 10**12


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the answer is empty"),
        (b"<html>Please log in</html>", "the answer is not JSON"),
        (b'{"a": 1', "the answer is not JSON"),
        (b"\xff\xfe\xff", "the answer is not JSON"),
        (b"[" * 100_000, "the answer is not JSON"),
        (b"[1]", "the answer is JSON, but not an object"),
    ],
)
def test_what_is_no_object_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        records.parse(body, "the answer")


def test_a_list_is_read_record_by_record() -> None:
    def entry(record: Record) -> Entry:
        return Entry(key=record.line("id"), title=record.line("title"))

    listed = [{"id": "1", "title": "One"}, None, {"title": "x"}, {"id": "4"}, {"id": 5, "title": ["Five"]}]
    found, problems = records.entries(listed, entry, "api.example.org")
    assert [e.key for e in found] == ["1", "4", "5"]
    assert problems == [
        "record 2 of api.example.org is not an object",
        "record 3 of api.example.org has neither identifier nor title",
        "record 4 of api.example.org (4): it has no title",
        "record 5 of api.example.org (5): 'title' holds a list where text was expected",
    ]


def test_a_record_that_is_odd_all_over_is_told_in_three_sentences() -> None:
    fields = {key: {"a": 1} for key in "abcdef"} | {"id": "1", "title": "t"}

    def entry(record: Record) -> Entry:
        return Entry(key=record.line("id"), title=record.line("title"), abstract="".join(map(record.line, "abcdefa")))

    assert len(records.entries([json.loads(json.dumps(fields))], entry, "x")[1]) == 3


@pytest.mark.parametrize(
    ("raw", "plain", "marked"),
    [
        ("a<b, x & y", "a<b, x & y", "a<b, x & y"),
        ("R&amp;amp;D", "R&D", "R&D"),
        ("&amp;lt;i&amp;gt;Homo&amp;lt;/i&amp;gt; sapiens, p&lt;0.05", "Homo sapiens, p<0.05", "Homo sapiens, p<0.05"),
        ("Universität <Marburg>", "Universität <Marburg>", "Universität"),
        ("CO<sub>2</sub> &#8211; a&nbsp;gas", "CO2 – a gas", "CO2 – a gas"),
        ("AT&T; and more", "AT&T; and more", "AT&T; and more"),
    ],
)
def test_words_of_plain_texts_and_of_markup(raw: str, plain: str, marked: str) -> None:
    assert records.words(raw) == plain
    assert records.markup(raw) == marked


@given(st.text("<>&;abi/#0 ", max_size=40))
def test_words_end(raw: str) -> None:
    assert len(records.words(raw, 10)) <= 10
    assert len(records.markup(raw, 10)) <= 10
