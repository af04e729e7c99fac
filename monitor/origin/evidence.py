"""What one name says about countries, and the tables in which names are looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

NAME, ACRONYM, TOWN, REGION, WORD = "institution", "acronym", "city", "region", "word"
COMPANY = "company"
"""A firm is an institution of less weight: it has sites everywhere."""
COMPANY_WEIGHT = 1.2

Entry = tuple[str, tuple[tuple[str, float], ...]]
"""Kind of name, and its weight for each country it may be in."""

LONGEST = 12
"""Words of the longest name that is looked up."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Tables by canonical name (see `tokens`)."""

    names: Mapping[str, Entry] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)
    """First word → a bit for each number of words that the names have that begin with it; see `LENGTHS`."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Host → country."""


def masks(names: Iterable[str]) -> dict[str, int]:
    """First word → a bit for each number of words that names beginning with it have."""
    found: dict[str, int] = {}
    for name in names:
        first = name.partition(" ")[0]
        found[first] = found.get(first, 0) | 1 << name.count(" ")
    return found


LENGTHS = tuple(tuple(n + 1 for n in reversed(range(LONGEST)) if mask >> n & 1) for mask in range(1 << LONGEST))
"""Mask → the numbers of words it stands for, longest first."""


def of(names: Mapping[str, Entry]) -> Evidence:
    """The tables for a few names without hosts."""
    return Evidence(names, masks(names))
