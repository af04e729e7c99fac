"""Countries that one segment of an address names: all of it, its end, or what stands before an "and"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from monitor.origin.names import Name, Names
from monitor.origin.text import joined

_STREET = re.compile(
    r"""(?:av|ave|avda|avenida|avenue|bd|blvd|boulevard|calle|carrera|col|colonia|corso|jalan|jl|largo|paseo|piazza|place
    |plaza|quai|rua|rue|ul|ulica|ulitsa|via|viale)\b""",
    re.VERBOSE,
)
"""Streets named after countries: "Avenida Brasil"."""

_SUBJECT = re.compile(r"(?:dep|dept|department|chair|section|division) (?:of|for)\b")
"""Departments may study a country: "Department of Ancient Egypt and Sudan". A country at the end of such a segment
counts as one between other words."""


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


def outside(names: Names, segments: Iterable[str]) -> list[tuple[int, Mention]]:
    """The countries that folded segments are the names of, or end or begin with, each with its segment's index."""
    found: list[tuple[int, Mention]] = []
    table, last_words = names.table, names.last_words
    for index, segment in enumerate(segments):
        last = segment.rpartition(" ")[2]
        if last in last_words:
            name = table.get(segment)
            if name is None:
                found += [(index, mention) for mention in _edges(names, segment)]
            elif name.rank != "none":
                found.append((index, _mention(name, "country-name")))
        elif last.isalpha() and last < "{":
            if " and " in segment:
                found += [(index, mention) for mention in _before_and(names, segment)]
        elif last:
            found += [(index, mention) for mention in _edges(names, segment)]
    return found


def inside(names: Names, segment: str) -> tuple[Mention, ...]:
    """The countries that the folded `segment` names between other words: "the Japan Agency for ..."."""
    if not segment or _STREET.match(segment):
        return ()
    found = names.inside(segment.split())
    return tuple(_mention(name, "country-inside", first, end) for name, first, end in found)


def _edges(names: Names, segment: str) -> tuple[Mention, ...]:
    """Countries at the end of a segment, before an "and", and at the start where there are no spaces."""
    folded = joined(segment)
    words = folded.split()
    if names.last_words.isdisjoint(words) and folded.isascii():
        return ()
    if whole := names.whole(folded):
        return (_mention(whole, "country-name"),)
    if _STREET.match(folded) or _SUBJECT.match(folded):
        return ()
    found = _before_and(names, folded)
    words = _without_numbers(words)
    if ending := names.ending(words):
        name, size = ending
        return (*found, _mention(name, "country-ending", len(words) - size, len(words), ends=True))
    if beginning := names.beginning(folded):
        code, length = beginning
        return (*found, Mention(code, "country-ending", 0, -length))
    return found


def _before_and(names: Names, folded: str) -> tuple[Mention, ...]:
    head, joint, _ = folded.partition(" and ")
    name = names.whole(head) if joint else None
    return (_mention(name, "country-name", 0, head.count(" ") + 1),) if name else ()


def _mention(name: Name, method: str, first: int = 0, last: int = 0, *, ends: bool = False) -> Mention:
    return Mention(name.code, "former-country" if name.rank == "former" else method, first, last, ends)


def _without_numbers(words: list[str]) -> list[str]:
    """`words` up to the last one that has no digit: "uk wc1e 6bt" names the United Kingdom."""
    end = len(words)
    while end and any(c.isdigit() for c in words[end - 1]):
        end -= 1
    return words[:end]
