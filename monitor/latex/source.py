"""A text with LaTeX in it, and where things stand in it: braces, arguments, formulas. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|\$\$?|[{}^_~]|-{2,}", re.DOTALL)
"""A command, or a character that means something."""

_FORMULA = re.compile(r"[\\^_]")
_SIGNS = re.compile(r"[<>=~+\-−*/×≤≥±≈|]{1,3}")
_PROSE = re.compile(r"\d[^\\$]*?(?:[a-z]{3,}\s+){2}[a-z]{3,}")


class Argument(NamedTuple):
    """What a command takes: braces, a command of its own, or one character."""

    start: int
    end: int
    behind: int
    """The place behind it, a closing brace included."""
    braced: bool


class Source:
    """The text, its braces matched once, so that asking for them costs nothing."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.closing = _closing(text)
        """The place of each opening brace that is closed → the place where it is."""

    def at(self, place: int) -> str:
        """The character at a place; empty outside of the text."""
        return self.text[place : place + 1] if place >= 0 else ""

    def opens(self, place: int, end: int) -> bool:
        """Whether braces open here that close before `end`."""
        return self.closing.get(place, end) < end

    def past_blanks(self, place: int, end: int) -> int:
        """The first place from here on that is not blank."""
        while place < end and self.text[place].isspace():
            place += 1
        return place

    def shown_before(self, place: int) -> str:
        """The last character before a place that is not markup; empty at the beginning."""
        while place > 0 and self.text[place - 1] in "${}":
            place -= 1
        return self.at(place - 1)

    def argument(self, place: int, end: int) -> Argument | None:
        """The next argument; None where there is none."""
        place = self.past_blanks(place, end)
        if place >= end or self.text[place] in "}$^_~":
            return None
        if self.opens(place, end):
            close = self.closing[place]
            return Argument(place + 1, close, close + 1, True)
        if self.text[place] == "{":
            return None
        token = TOKEN.match(self.text, place, end)
        behind = token.end() if token else place + 1
        while token and token[0][1:].isalpha() and self.opens(behind, end):
            behind = self.closing[behind] + 1
        return Argument(place, behind, behind, False)

    def closing_dollar(self, sign: str, place: int, end: int) -> int | None:
        """Where the formula ends that `sign` (one dollar or two) opens before `place`; None when it opens none.

        A formula has signs of LaTeX in it, or signs of comparison alone, or no blanks inside its dollars and no digit
        behind them (the rule of Pandoc, https://pandoc.org/MANUAL.html#math). One dollar alone is money, and so are two
        around prose.
        """
        close = self.text.find(sign, place, end)
        while close > 0 and self.text[close - 1] == "\\":
            close = self.text.find(sign, close + 1, end)
        inner = self.text[place : max(place, close)]
        if not inner.strip() or _PROSE.match(inner[:200]):
            return None
        tight = not inner[0].isspace() and not inner[-1].isspace() and not self.at(close + 1).isdigit()
        return close if tight or _SIGNS.fullmatch(inner) or _FORMULA.search(inner) else None


def _closing(text: str) -> dict[int, int]:
    found: dict[int, int] = {}
    open_at: list[int] = []
    for brace in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        if brace[0] == "{":
            open_at.append(brace.start())
        elif brace[0] == "}" and open_at:
            found[open_at.pop()] = brace.start()
    return found
