"""What is new to a goal: countries and institutions that none of its works before came from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from monitor.types import Work
from monitor.weekly import Arrival, Past

ENOUGH = 4
"""Weeks that must have been watched before: in the first ones everything would be new."""


def arrivals(by_goal: Mapping[str, Sequence[Work]], past: Past) -> tuple[Arrival, ...]:
    """First appearances, goal by goal: countries before institutions, each with the first work that brought it.

    None while fewer than ENOUGH weeks are known.
    """
    if len(past.weeks) < ENOUGH:
        return ()
    found = []
    for goal, works in by_goal.items():
        seen = _first(_places(goal, works))
        known = {
            "country": past.countries.get(goal, frozenset()),
            "institution": past.institutions.get(goal, frozenset()),
        }
        found += [a for a in seen if a.code not in known[a.kind]]
    return tuple(found)


def _places(goal: str, works: Sequence[Work]) -> Iterator[Arrival]:
    for work in works:
        for origin in work.origins:
            yield Arrival(goal, "country", origin.country, "", work.item.uid)
    for work in works:
        for origin in work.origins:
            if origin.institution and origin.institution_name:
                yield Arrival(goal, "institution", origin.institution, origin.institution_name, work.item.uid)


def _first(places: Iterable[Arrival]) -> list[Arrival]:
    """The first of each code."""
    kept: dict[tuple[str, str], Arrival] = {}
    for place in places:
        kept.setdefault((place.kind, place.code), place)
    return list(kept.values())
