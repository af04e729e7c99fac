r"""LaTeX in titles, abstracts and names turned into words that people read and search. Pure.

Such texts are no documents of LaTeX: `30%`, `R&D`, `$5`, `C:\temp` and macros of the authors' own stand in them. A
parser of documents swallows these (pylatexenc reads `%` as a comment), so the text is read here in one pass that
drops markup alone, and only the names of symbols are looked up in pylatexenc's table.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from monitor.latex import signs
from monitor.latex.source import TOKEN, Source

DEPTH = 20
"""Braces within braces that are taken apart; what is deeper stays as it is."""

PASSES = 10
r"""How often a text is read again because reading it uncovered markup, as `\$x\$` does."""

_ACTIVE = re.compile(r"[\\$^~]|_\{|--|``")
_QUOTED = re.compile(r"``([^`]{1,500}?)''")
_POWER = re.compile(r"[-−]?\d{1,3}(?![\w.]*\w)")
_CODE_POINT = re.compile(r"\s*\{\s*x([0-9A-Fa-f]{1,5})\s*\}")
_OPTION = re.compile(r"\s*\[[^\[\]]{0,80}\]")


def readable(text: str) -> str:
    """`text` with its LaTeX as Unicode: letters for accents, signs for symbols, `10⁻³`, `CO2`, `(a+b)/c`.

    Text without markup comes back as it is, and so does markup that is not understood. Never longer than `text`,
    never an error; reading the result again changes nothing.
    """
    for _ in range(PASSES):
        if not _ACTIVE.search(text):
            break
        read = _QUOTED.sub("“\\1”", _Reading(text).whole())
        read = unicodedata.normalize("NFC", " ".join(read.split()))
        if read == text:
            break
        text = read
    return text


class _Within(NamedTuple):
    """The part of the text that is being read."""

    end: int
    math: bool = False
    depth: int = 0

    def formula(self, end: int) -> _Within:
        return _Within(end, True, self.depth + 1)

    def part(self, end: int, *, math: bool) -> _Within:
        return _Within(end, math, self.depth + 1)


class _Reading(Source):
    """One pass over a text. Methods read on from a place, and answer with the words and the place behind them."""

    def whole(self) -> str:
        return self.span(0, _Within(len(self.text)))

    def span(self, start: int, within: _Within) -> str:
        """What stands from a place to the end of a part. Each place is read once, so the time is linear."""
        if within.depth > DEPTH:
            return self.text[start : within.end]
        words: list[str] = []
        while token := TOKEN.search(self.text, start, within.end):
            words.append(self.text[start : token.start()])
            said, start = self._token(token, within)
            words.append(said)
        return "".join([*words, self.text[start : within.end]])

    def _token(self, token: re.Match[str], within: _Within) -> tuple[str, int]:
        sign, at = token[0], token.end()
        if sign[0] == "\\":
            return self._command(sign[1:], at, within)
        if sign[0] == "$":
            close = None if within.math else self.closing_dollar(sign, at, within.end)
            if close is None:
                return ("" if within.math else sign), at
            return self.span(at, within.formula(close)), close + len(sign)
        if sign == "{":
            return self._group(at - 1, within)
        if sign in "^_":
            return self._script(sign, at, within)
        before, behind = self.text[max(0, at - len(sign) - 2) : at - len(sign)], self.at(at)
        if sign == "~":
            return (" " if within.math else _tie(before, behind)), at
        return (sign if within.math or sign == "}" else _dash(sign, before[-1:], behind)), at

    def _group(self, at: int, within: _Within) -> tuple[str, int]:
        """Braces go in formulas, before commands, and where they only keep letters big: `{D}eep`."""
        if not self.opens(at, within.end):
            return "{", at + 1
        close = self.closing[at]
        inner = self.text[at + 1 : close]
        said = self.span(at + 1, within.part(close, math=within.math))
        glued = inner.isalnum() and (self.at(close + 1).isalpha() or self.at(at - 1).isalpha())
        gone = within.math or glued or not inner.strip() or inner.lstrip()[0] == "\\"
        return (said if gone else f"{{{said}}}"), close + 1

    def _script(self, mark: str, at: int, within: _Within) -> tuple[str, int]:
        """An exponent or an index. Outside of formulas only those of digits, for `_` and `^` are used by others too."""
        before = self.shown_before(at - 1)
        if mark == "^" and not within.math and before.isalnum() and (power := _POWER.match(self.text, at, within.end)):
            return signs.raised(power[0]) or power[0], power.end()
        found = self.argument(at, within.end)
        if found is None or not (within.math or (found.braced and self.opens(at, within.end))):
            return mark, at
        words = self.span(found.start, within.formula(found.end)).strip()
        said = signs.raised(words) if mark == "^" else signs.lowered(words, before)
        if said is None and within.math:
            said = signs.marked(mark, words)
        return (mark, at) if said is None else (said, found.behind)

    def _command(self, name: str, at: int, within: _Within) -> tuple[str, int]:
        if name in signs.LITERAL:
            return name, at
        if name in ("(", "["):
            close = self.text.find("\\)" if name == "(" else "\\]", at, within.end)
            return ("", at) if close < 0 else (self.span(at, within.formula(close)), close + 2)
        if name in signs.BLANK:
            return " ", at
        if name in signs.SILENT:
            dot = name in ("left", "right") and self.at(at) == "."
            return "", self.past_blanks(at + dot, within.end) if name.isalpha() else at
        accent = signs.ACCENTS.get(name) if not within.math or self.opens(at, within.end) else None
        if accent and (found := self._accented(name, accent, at, within)):
            return found
        return self._macro(name, at, within)

    def _accented(self, name: str, accent: str, at: int, within: _Within) -> tuple[str, int] | None:
        r"""A letter with its accent, as in `\'e`, `\"{\i}`, `\c c`; None when no such letter exists."""
        found = self.argument(at, within.end)
        if found is None or (name.isalpha() and not found.braced and not self.at(at).isspace()):
            return None
        said = self.text[found.start : found.end].strip()
        if name.isalpha() and len(said) > 1 and (torn := signs.symbol(name + said)):
            return torn, found.behind  # Some forms take the b of \beta for an accent and write \b{eta}.
        base = {"\\i": "i", "\\j": "j"}.get(said, said)
        composed = unicodedata.normalize("NFC", base[:1] + accent)
        if len(composed) != 1 or not base.isalpha():
            return None
        if name == "'" and base == "s" and self.at(at - 3).isalpha() and not self.at(found.behind).isalpha():
            return "'s", found.behind  # An apostrophe that somebody escaped.
        dotless = said != base and not found.braced
        return composed + base[1:], self.past_blanks(found.behind, within.end) if dotless else found.behind

    def _macro(self, name: str, at: int, within: _Within) -> tuple[str, int]:
        if name == "unicode" and (code := _CODE_POINT.match(self.text, at, within.end)):
            return signs.character(int(code[1], 16)), code.end()
        if name in signs.HATS and (found := self.argument(at, within.end)):
            base = self.span(found.start, within.formula(found.end)).strip()
            hatted = unicodedata.normalize("NFC", base + signs.HATS[name]) if len(base) == 1 else base
            return hatted, found.behind
        if name in signs.BUILT:
            return self._built(name, at, within)
        symbol = signs.symbol(name)
        if symbol is not None and (within.math or name not in signs.ONLY_IN_FORMULAS):
            return self._spaced(symbol, at - len(name) - 1, at, within)
        return self._unknown(name, at, within)

    def _spaced(self, symbol: str, start: int, at: int, within: _Within) -> tuple[str, int]:
        """A symbol and the blanks around it: the one that ends its name goes, unless one stands before it as well."""
        before, behind = self.at(start - 1), self.at(at)
        if len(symbol) > 1 and symbol.isalpha():
            apart = " " if before and (before.isalnum() or before in ")]}") else ""
            return apart + symbol + (" " if behind.isalnum() or behind in ("{", "\\") else ""), at
        if self.text.startswith("{}", at):
            return symbol, at + 2
        past = self.past_blanks(at, within.end)
        letter = symbol.isalpha() and unicodedata.name(symbol[0], "").startswith("LATIN")
        first = before in ("", "$")
        goes = self.at(past).isalnum() if first else not before.isspace()
        return symbol, past if letter or (goes and (within.math or not symbol.isalpha())) else at

    def _built(self, name: str, at: int, within: _Within) -> tuple[str, int]:
        """A fraction, a binomial, a root."""
        order = _OPTION.match(self.text, at, within.end) if name == "sqrt" else None
        first = self.argument(order.end() if order else at, within.end)
        if first is None:
            return name, at
        one = self.span(first.start, within.formula(first.end)).strip()
        if name == "sqrt":
            root = signs.raised(order[0].strip(" []")) if order else ""
            return f"{root or ''}√{signs.in_brackets(one)}", first.behind
        second = self.argument(first.behind, within.end)
        if second is None:
            return one, first.behind
        other = self.span(second.start, within.formula(second.end)).strip()
        if name == "binom":
            return f"C({one}, {other})", second.behind
        return f"{signs.in_brackets(one)}/{signs.in_brackets(other)}", second.behind

    def _unknown(self, name: str, at: int, within: _Within) -> tuple[str, int]:
        """A macro that stands for no sign: what is in its braces, else its name, for authors name their systems so."""
        option = _OPTION.match(self.text, at, within.end)
        behind = option.end() if option and self.opens(option.end(), within.end) else at
        math = within.math and not name.startswith("text") and name != "mbox"
        said: list[str] = []
        while self.opens(behind, within.end) and len(said) < 3:
            close = self.closing[behind]
            said.append(self.span(behind + 1, within.part(close, math=math)).strip())
            behind = close + 1
        if (shown := signs.arranged(name, said)) is not None:
            return shown, behind
        before = self.at(at - len(name) - 2)
        own = within.depth or (len(name) > 2 and not before.strip(" ([{\"'“-–—/,;$"))
        return (name, behind) if own and name.isalpha() else ("\\" + name, at)


def _tie(before: str, behind: str) -> str:
    """`~` keeps two words on one line; before a number it may mean "about", and in addresses it is itself."""
    last, about = before[-1:], behind.isdigit() and before[-1:].islower() and not before[:-1].isalpha()
    words = (last.isalpha() or last in tuple(".,;:)]}$%")) and behind and not behind.isspace() and not about
    measure = last.isdigit() and (behind.isalpha() or behind in ("\\", "$"))
    return " " if words or measure else "~"


def _dash(sign: str, before: str, behind: str) -> str:
    """Two hyphens are a dash, unless they begin an option of a command."""
    option = len(sign) == 2 and behind.isalnum() and not before.isalnum()
    return sign if option or len(sign) > 3 else "–" if len(sign) == 2 else "—"
