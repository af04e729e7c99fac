"""Countries that one segment of an address names: all of it, its end, or what stands before an "and"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from monitor.origin.names import Mention, Names, mention
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


def outside(names: Names, segments: Sequence[str]) -> list[tuple[int, Mention]]:
    """The countries that folded segments are the names of, or end or begin with, each with its segment's index."""
    lasts = [segment.rpartition(" ")[2] for segment in segments]
    together = "".join(lasts)
    plain = together.isalpha() and together.isascii()
    found: list[tuple[int, Mention]] = []
    last_words, whole = names.last_words, names.mentions
    for index, last in enumerate(lasts):
        segment = segments[index]
        if last in last_words:
            if segment in whole:
                found.append((index, whole[segment]))
            elif segment not in names.table:
                found += [(index, one) for one in _edges(names, segment)]
        elif plain or (last.isalpha() and last.isascii()):
            if " and " in segment:
                found += [(index, one) for one in _before_and(names, segment)]
        elif last:
            found += [(index, one) for one in _edges(names, segment)]
    return found


def inside(names: Names, segment: str) -> tuple[Mention, ...]:
    """The countries that the folded `segment` names between other words: "the Japan Agency for ..."."""
    if not segment or _STREET.match(segment):
        return ()
    found = names.inside(segment.split())
    return tuple(mention(name, "country-inside", first, end) for name, first, end in found)


@lru_cache(maxsize=4_096)
def _edges(names: Names, segment: str) -> tuple[Mention, ...]:
    """Countries at the end of a segment, before an "and", and at the start where there are no spaces."""
    folded = joined(segment)
    words = folded.split()
    if names.last_words.isdisjoint(words) and folded.isascii():
        return ()
    if whole := names.whole(folded):
        return (mention(whole, "country-name"),)
    if _STREET.match(folded) or _SUBJECT.match(folded):
        return ()
    found = _before_and(names, folded)
    words = _without_numbers(words)
    if ending := names.ending(words):
        name, size = ending
        return (*found, mention(name, "country-ending", len(words) - size, len(words), ends=True))
    if beginning := names.beginning(folded):
        code, length = beginning
        return (*found, Mention(code, "country-ending", 0, -length))
    return found


def _before_and(names: Names, folded: str) -> tuple[Mention, ...]:
    head, joint, _ = folded.partition(" and ")
    name = names.whole(head) if joint else None
    return (mention(name, "country-name", 0, head.count(" ") + 1),) if name else ()


def _without_numbers(words: list[str]) -> list[str]:
    """`words` up to the last one that has no digit: "uk wc1e 6bt" names the United Kingdom."""
    end = len(words)
    while end and any(c.isdigit() for c in words[end - 1]):
        end -= 1
    return words[:end]
