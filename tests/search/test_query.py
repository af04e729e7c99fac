"""Whatever is typed becomes an expression that FTS5 takes, and means what it says."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.search.query import read

TEXTS = {
    1: ("Muon tomography of cargo", "Containers are screened by cosmic muons.", "Ana Lima", "University of Porto"),
    2: ("Earthquake early warning", "Networks of sensors warn of shaking.", "Bo Ek\nJosé Núñez", "KTH"),
    3: ("A muon detector", "Built for earthquake research.", "Bo Ek", "Lima Institute"),
}


@pytest.fixture(scope="module")
def table() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE f USING fts5(title, abstract, authors, institutions, "
        "tokenize='porter unicode61 remove_diacritics 2')"
    )
    connection.executemany(
        "INSERT INTO f(rowid, title, abstract, authors, institutions) VALUES (?, ?, ?, ?, ?)",
        [(key, *text) for key, text in TEXTS.items()],
    )
    return connection


def found(table: sqlite3.Connection, expression: str | None) -> set[int]:
    if expression is None:
        return set()
    return {row[0] for row in table.execute("SELECT rowid FROM f WHERE f MATCH ?", (expression,))}


@pytest.mark.parametrize(
    ("query", "works"),
    [
        ("muon", {1, 3}),
        ("muons of the cargo", {1}),
        ("muon earthquake", {3}),
        ("muon OR earthquake", {1, 2, 3}),
        ("muon NOT cargo", {3}),
        ("muon -cargo", {3}),
        ("-cargo muon", {3}),
        ('"early warning"', {2}),
        ('"warning early"', set()),
        ('muon -"muon detector"', {1}),
        ("earth*", {2, 3}),
        ("author:ek muon", {3}),
        ("author:nunez", {2}),
        ("Author:(lima OR ek) earthquake", {2, 3}),
        ("institution:lima", {3}),
        ("title:earthquake", {2}),
        ("(muon OR shaking) AND NOT cargo", {2, 3}),
        ("nothing:muon", set()),
        ("muon AND", {1, 3}),
        ('muon "', {1, 3}),
        ("NOT muon", {1, 3}),
        ("((muon", {1, 3}),
        ("🙂 muon — ☂", {1, 3}),
        ("", set()),
        ("*", set()),
        ("()", set()),
    ],
)
def test_a_query_finds_what_it_says(table: sqlite3.Connection, query: str, works: set[int]) -> None:
    assert found(table, read(query).expression) == works


SIGNS = [
    "AND",
    "OR",
    "NOT",
    "-",
    "(",
    ")",
    '"',
    "*",
    ":",
    "title:",
    "author:",
    "{",
    "}",
    "^",
    "+",
    ",",
    "NEAR(",
    "\x00",
    "muon",
    "cargo",
    "the",
    "é",
    "🙂",
    "'",
    ";",
    "--",
    "/*",
    " ",
]


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(st.sampled_from(SIGNS), max_size=40).map(" ".join),
        st.lists(st.sampled_from(SIGNS), max_size=40).map("".join),
    )
)
def test_nothing_that_is_typed_is_refused(table: sqlite3.Connection, query: str) -> None:
    asked = read(query)
    matched = found(table, asked.expression)
    bound = found(table, asked.strict)
    assert asked.strict is None or matched <= bound


@pytest.mark.parametrize(
    "query",
    [
        "(" * 5000 + "muon",
        "muon " * 5000,
        "a OR " * 300 + "muon",
        "NOT " * 200 + "x",
        "author:" * 200 + "x",
        "((((" * 4 + "muon" + "))))" * 4,
        '"' + "muon " * 900 + '"',
        "muon\udcff",
    ],
)
def test_what_is_endless_is_cut(table: sqlite3.Connection, query: str) -> None:
    found(table, read(query).expression)


@pytest.mark.parametrize(
    ("query", "words", "strict"),
    [
        ("how to screen cargo", "how to screen cargo", False),
        ("author:ek screening", "screening", True),
        ("screening NOT x-ray", "screening", True),
        ('"muon tomography" of trucks', "muon tomography of trucks", True),
        ("screen*", "screen", False),
    ],
)
def test_meaning_is_looked_for_by_the_words_and_bound_by_the_signs(query: str, words: str, strict: bool) -> None:
    asked = read(query)
    assert asked.words == words
    assert (asked.strict is not None) is strict


def test_what_was_not_understood_says_so() -> None:
    assert read("muon").understood
    assert not read("muon OR").understood
