from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.formats import bibtex


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("{CNN}s and {A} {{B}}", "CNNs and A B"),
        (r"Caf\'{e} and Caf{\'e}", r"Caf\'{e} and Caf\'e"),
        (r"\emph{two} {Words}", r"\emph{two} Words"),
        (r"\frac{a}{b} {C}", r"\frac{a}{b} C"),
        ("$x_{i}$ {Y}", "$x_{i}$ Y"),
        (r"5\$ {and} $x_{i}$", r"5\$ and $x_{i}$"),
        (r"50\% {of}", r"50\% of"),
        ("} unbalanced {", " unbalanced "),
        ("", ""),
    ],
)
def test_braces_that_only_bibtex_needs_go(value: str, shown: str) -> None:
    assert bibtex.plain(value) == shown


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Example, Ada and Sample, Bo", ["Ada Example", "Bo Sample"]),
        ("Ada Example and\n  Bo {von Sample}", ["Ada Example", "Bo von Sample"]),
        ("{Samples and Tests} and Example, Ada", ["Samples and Tests", "Ada Example"]),
        ("Anderson, Sandy", ["Sandy Anderson"]),
        ("Example, Ada and others", ["Ada Example"]),
        ("", []),
    ],
)
def test_names(value: str, names: list[str]) -> None:
    assert list(bibtex.names(value)) == names


def test_records_of_many_spellings() -> None:
    found, broken = bibtex.records(
        '@comment{nothing, x} @string{pub = "P"}\n'
        '@Article{a, title = {T {nested} \\} brace}, year=2026, month = may # "~5", }\n'
        "@misc{b,note={}}@inproceedings{c, title = {cut"
    )
    assert [(r.kind, r.key) for r in found] == [("article", "a"), ("misc", "b")]
    assert found[0].fields == {"title": "T {nested} \\} brace", "year": "2026", "month": "may~5"}
    assert broken == 2


@given(st.text(alphabet='@{}",=#\\ \nab1'))
def test_whatever_comes_ends_in_records(source: str) -> None:
    found, broken = bibtex.records(source)
    assert all(record.key for record in found)
    assert broken <= source.count("@")
    for record in found:
        for value in record.fields.values():
            assert len(bibtex.plain(value)) <= len(value)
            assert all(list(bibtex.names(value)))


@given(st.dictionaries(st.sampled_from(["title", "author", "x-y"]), st.text(alphabet='{}",=# ab'), min_size=1))
def test_values_come_back_as_they_were(fields: dict[str, str]) -> None:
    balanced = {name: value for name, value in fields.items() if _is_balanced(value)}
    source = "@misc{key, " + ", ".join(f"{name} = {{{value}}}" for name, value in balanced.items()) + "}"
    assert bibtex.records(source) == ([bibtex.Record("misc", "key", balanced)], 0)


def _is_balanced(value: str) -> bool:
    depth = 0
    for character in value:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth < 0:
            return False
    return depth == 0


@pytest.mark.parametrize("source", ["@a{b,c={" * 10_000, '@a{b,c="' * 10_000, "@a{b,c={x}" * 10_000])
def test_after_many_records_without_an_end_reading_ends(source: str) -> None:
    assert bibtex.records(source) == ([], bibtex.MOST_BROKEN)
