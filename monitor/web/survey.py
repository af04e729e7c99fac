"""Counts of works by goal, country, group and week, by institution and by pair, from rows that were read once. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import combinations
from typing import TypeVar, cast

from monitor.store.exploration import UNKNOWN, Carried, Part

_Made = TypeVar("_Made")

ORDER = ("partner", "ec", "home", "other", UNKNOWN)
"""A work with several places counts for the first of these groups."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which works are counted; an empty field leaves everything in."""

    first: str = ""
    """ISO week."""
    last: str = ""
    goal: str = ""
    country: str = ""
    """A country, `EU` or `unknown`."""
    group: str = ""


@dataclass(frozen=True, slots=True)
class InstitutionCount:
    """Works that have an author at an institution."""

    ror: str
    country: str
    works: int
    authors: float
    """The sum of the shares of its authors."""


class Survey:
    """What was read of a window."""

    def __init__(self, carried: Sequence[Carried], parts: Iterable[Part]) -> None:
        self._carried = carried
        self._parts: dict[int, list[Part]] = defaultdict(list)
        for part in parts:
            self._parts[part.item_id].append(part)
        self._made: dict[Hashable, object] = {}

    def once(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` makes of these rows, made once for each `key`, as long as they are kept."""
        if key not in self._made:
            self._made[key] = make()
        return cast(_Made, self._made[key])

    def works(self, choice: Choice) -> int:
        """How many works there are, each counted once."""
        return len({work.item_id for work, _ in self._chosen(choice)})

    def places(self, choice: Choice) -> Counter[tuple[str, str, str, str]]:
        """(week, goal, country, group) → works that have a part there; several places count several times."""
        found: Counter[tuple[str, str, str, str]] = Counter()
        for work, parts in self._chosen(choice):
            found.update({(work.week, work.goal, part.country, part.group) for part in parts})
        return found

    def totals(self, choice: Choice) -> Mapping[str, Counter[str]]:
        """goal → week → works, each counted once whatever its places."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for work, _ in self._chosen(choice):
            found[work.goal][work.week] += 1
        return found

    def groups(self, choice: Choice) -> Counter[str]:
        """Group → works, each counted once, for the first of ORDER in which it has a part."""
        held: dict[int, set[str]] = defaultdict(set)
        for work, parts in self._chosen(choice):
            held[work.item_id].update(part.group for part in parts)
        return Counter(next(group for group in ORDER if group in groups) for groups in held.values())

    def institutions(self, choice: Choice, most: int) -> list[InstitutionCount]:
        """The institutions with most works; authors whose institution is not certain count for none."""
        works: Counter[tuple[str, str]] = Counter()
        authors: dict[tuple[str, str], float] = defaultdict(float)
        for _, parts in self._each(choice):
            for part in parts:
                if part.institution:
                    works[part.institution, part.country] += 1
                    authors[part.institution, part.country] += part.fraction
        leading = nsmallest(most, works, key=lambda one: (-works[one], -authors[one], one))
        return [InstitutionCount(*one, works[one], authors[one]) for one in leading]

    def pairs(self, choice: Choice, most: int) -> list[tuple[str, str, int]]:
        """The pairs of places that are most often together in a work, one of the two being asked for."""
        together: Counter[tuple[str, str]] = Counter()
        for item_id, parts in self._each(choice):
            own = {part.country for part in parts}
            whole = sorted({part.country for part in self._parts.get(item_id, ())})
            together.update(pair for pair in combinations(whole, 2) if not own.isdisjoint(pair))
        leading = nsmallest(most, together, key=lambda pair: (-together[pair], pair))
        return [(*pair, together[pair]) for pair in leading]

    def best(self, choice: Choice, most: int) -> list[tuple[Carried, tuple[str, ...]]]:
        """The works that most probably carry what is asked for, each with its places, largest share first."""
        surest: dict[int, Carried] = {}
        for work, _ in self._chosen(choice):
            known = surest.get(work.item_id)
            if known is None or work.probability > known.probability:
                surest[work.item_id] = work
        ranked = sorted(surest.values(), key=lambda work: (-work.probability, work.uid))[:most]
        return [(work, self._countries(work.item_id)) for work in ranked]

    def _countries(self, item_id: int) -> tuple[str, ...]:
        shares: dict[str, float] = defaultdict(float)
        for part in self._parts.get(item_id, ()):
            shares[part.country] += part.fraction
        return tuple(sorted(shares, key=lambda code: (-shares[code], code)))

    def _each(self, choice: Choice) -> Iterator[tuple[int, Sequence[Part]]]:
        """Each work once, however many of its goals are asked for, with those of its places that are."""
        seen: set[int] = set()
        for work, parts in self._chosen(choice):
            if work.item_id not in seen:
                seen.add(work.item_id)
                yield work.item_id, parts

    def _chosen(self, choice: Choice) -> Iterator[tuple[Carried, Sequence[Part]]]:
        """The works that are asked for, once a goal, each with those of its places that are asked for."""
        for work in self._carried:
            if choice.goal and work.goal != choice.goal:
                continue
            if (choice.first and work.week < choice.first) or (choice.last and work.week > choice.last):
                continue
            parts = self._parts.get(work.item_id) or [Part(work.item_id, UNKNOWN, UNKNOWN, None, 0.0)]
            if choice.country or choice.group:
                parts = [
                    part for part in parts if choice.country in ("", part.country) and choice.group in ("", part.group)
                ]
            if parts:
                yield work, parts
