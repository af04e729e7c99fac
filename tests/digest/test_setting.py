"""Columns of plain text, and Markdown that stays text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest.setting import WIDTH, Markdown, autolink, columns, markdown, row, wrap

LINE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z", "M"]) | st.just(" "))


@given(LINE, st.integers(0, 40))
def test_wrapping_keeps_every_character_and_the_width(text: str, indent: int) -> None:
    lines = wrap(text, indent).split("\n")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert columns(lines[0]) <= WIDTH - indent
    assert all(line.startswith(" " * indent) and columns(line) <= WIDTH for line in lines[1:])


def test_wrapping_hangs() -> None:
    assert wrap("word " * 20, 5).split("\n")[1].startswith("     word")


@pytest.mark.parametrize(("text", "expected"), [("abc", 3), ("研究", 4), ("é", 1), ("e\u0301", 1)])
def test_columns(text: str, expected: int) -> None:
    assert columns(text) == expected


def test_rows_are_as_wide_as_a_line() -> None:
    assert row("Germany (partner)", [1, 20, 3]) == "Germany (partner)" + " " * 34 + "      1     20      3"
    assert columns(row("国" * 80, range(5))) == WIDTH
    assert columns(row("x" * 80, [0] * 10)) == WIDTH
    assert row("Unknown", [1325, "under 1%", "over 99%"]) == "Unknown" + " " * 44 + "  1,325    <1%   >99%"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<b & c", r"a\<b \& c"),
        ("[x](https://e.example)", r"\[x\](https\://e.example)"),
        ("www.e.example", r"www\.e.example"),
        ("`code` *b* _i_ ~s~ | # \\ $x$", r"\`code\` \*b\* \_i\_ \~s\~ \| \# \\ \$x\$"),
        (7, "7"),
    ],
)
def test_markdown_is_escaped(text: object, expected: str) -> None:
    assert markdown(text) == expected


def test_what_is_markdown_already_stays() -> None:
    link = autolink("https://e.example/")
    assert isinstance(link, Markdown)
    assert markdown(link) == "<https://e.example/>"
