"""The names of countries, as `names.tsv` lists them; see `aliases.tsv` for what a rank means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from typing import Literal, NamedTuple, cast

_KANA = re.compile("[\u3041-\u30fa]")

Rank = Literal["any", "former", "whole", "none"]
_ANYWHERE = ("any", "former")
"""Ranks that count at the end of a segment and inside it too."""


class Name(NamedTuple):
    """What one folded name stands for."""

    code: str
    rank: Rank


class Mention(NamedTuple):
    """A country that a segment names."""

    country: str
    method: str
    first: int = 0
    last: int = 0
    """The first and the last word (exclusive) of the segment; all of it where `last` is 0. In text without spaces,
    `last` is the number of characters from its start, negative."""
    ends: bool = False
    """Whether other words may stand before it, so that it could also be the second half of a compound."""


def mention(name: Name, method: str, first: int = 0, last: int = 0, *, ends: bool = False) -> Mention:
    """What a segment says that has `name` in it."""
    return Mention(name.code, "former-country" if name.rank == "former" else method, first, last, ends)


class Names:
    """Folded names of countries in many languages."""

    def __init__(self, names: dict[str, Name]) -> None:
        self.table = names
        self.codes = frozenset(name.code for name in names.values() if name.rank != "none")
        self.mentions = {n: mention(name, "country-name") for n, name in names.items() if name.rank != "none"}
        """What a segment says that is a name and nothing else."""
        told = [name for name, (_, rank) in names.items() if rank != "none"]
        self.last_words = frozenset(name.rpartition(" ")[2] for name in told) | {n[-1] for n in told if len(n) < 5}
        """The words that a name may end with, also where it is spelled letter by letter."""
        self._by_first = _sizes((name.partition(" ")[0], name) for name in names)
        self._by_last = _sizes((name.rpartition(" ")[2], name) for name in names)
        self._unspaced = {n: name.code for n, name in names.items() if name.rank == "any" and _unspaced(n)}
        self._longest_unspaced = max(map(len, self._unspaced), default=0)

    @classmethod
    def load(cls) -> Names:
        """The table that comes with the program."""
        text = resources.files(__package__).joinpath("names.tsv").read_text(encoding="utf-8")
        rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
        return cls({name: Name(code, cast(Rank, rank)) for code, rank, names in rows for name in names.split("|")})

    def whole(self, folded: str) -> Name | None:
        """What `folded` is the name of; None for what is no country."""
        name = self.table.get(folded) or self.table.get(folded.removeprefix("the "))
        return name if name and name.rank != "none" else None

    def ending(self, words: Sequence[str]) -> tuple[Name, int] | None:
        """The longest name at the end of `words`, and how many words it has.

        The longest name of any rank decides, so that "New Mexico" hides "Mexico".
        """
        for size in self._by_last.get(words[-1], ()) if words else ():
            if size <= len(words) and (name := self.table.get(" ".join(words[-size:]))):
                return (name, size) if name.rank in _ANYWHERE else None
        return None

    def inside(self, words: Sequence[str]) -> Iterator[tuple[Name, int, int]]:
        """Name, first word and end of each name among `words`; at each place the longest name of any rank decides."""
        first = 0
        while first < len(words):
            size, name = self._at(words, first)
            if name and name.rank in _ANYWHERE:
                yield name, first, first + size
            first += size

    def _at(self, words: Sequence[str], first: int) -> tuple[int, Name | None]:
        for size in self._by_first.get(words[first], ()):
            if first + size <= len(words) and (name := self.table.get(" ".join(words[first : first + size]))):
                return size, name
        return 1, None

    def beginning(self, folded: str) -> tuple[str, int] | None:
        """Code and length of the longest name in Chinese characters at the start of `folded`.

        They are written without spaces, and their addresses begin with the country. With kana beside
        them the name is often part of another word.
        """
        if folded.isascii() or _KANA.search(folded):
            return None
        for size in range(min(self._longest_unspaced, len(folded)), 1, -1):
            if code := self._unspaced.get(folded[:size]):
                return code, size
        return None


def _sizes(names: Iterable[tuple[str, str]]) -> dict[str, tuple[int, ...]]:
    """One word of each name → the numbers of words that such names have, largest first."""
    found: dict[str, set[int]] = {}
    for word, name in names:
        found.setdefault(word, set()).add(name.count(" ") + 1)
    return {word: tuple(sorted(sizes, reverse=True)) for word, sizes in found.items()}


def _unspaced(name: str) -> bool:
    return all("\u4e00" <= c <= "\u9fff" for c in name)
