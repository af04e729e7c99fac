"""Records grouped into works by the links between them. Pure, and the same whatever order they are given in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from itertools import product

Pair = tuple[int, int]
"""Two records by number, the smaller first."""


def pair(one: int, other: int) -> Pair:
    """Two different records, in order."""
    return (one, other) if one < other else (other, one)


def group(
    records: Mapping[int, tuple[str, ...]],
    links: Mapping[Pair, float],
    *,
    same: Set[Pair] = frozenset(),
    apart: Set[Pair] = frozenset(),
    contradict: Callable[[int, int], bool] = lambda one, other: False,
) -> list[tuple[int, ...]]:
    """The works that `records` are about, each as its records, sorted by what stands for them.

    `records` maps a number to what orders records whatever their numbers; `links` have scores. What people said, `same`
    and `apart`, goes before everything. Then links join works, the strongest first, unless that would bring
    records together which `contradict`, or which people set apart. Contradictions of a work that people have put
    together from contradicting records no longer count: they have overruled them.
    """

    def place(two: Pair) -> list[tuple[str, ...]]:
        return sorted((records[two[0]], records[two[1]]))

    def standing(pairs: Iterable[Pair]) -> list[Pair]:
        return sorted((two for two in pairs if two[0] in records and two[1] in records), key=place)

    grouping = _Grouping(records, apart, contradict)
    for two in standing(same):
        grouping.join_as_told(*two)
    for two in sorted(standing(links), key=lambda two: -links[two]):
        grouping.join(*two)
    found = {id(work): tuple(sorted(work, key=records.__getitem__)) for work in grouping.works.values()}
    return sorted(found.values(), key=lambda work: records[work[0]])


class _Grouping:
    """Works under way: `works` maps each record to the list, shared with its mates, of what is in its work."""

    def __init__(self, records: Iterable[int], apart: Set[Pair], contradict: Callable[[int, int], bool]) -> None:
        self.works = {number: [number] for number in records}
        self._apart = apart
        self._contradict = contradict
        self._overruled: set[int] = set()

    def join_as_told(self, one: int, other: int) -> None:
        """Join two works because people say so, unless others of them were set apart."""
        if self._one(one, other) or self._set_apart(one, other):
            return
        if self._clash(one, other):
            self._overruled.update(self.works[one], self.works[other])
        self._put_together(one, other)

    def join(self, one: int, other: int) -> None:
        """Join two works by a link, unless something forbids it."""
        if self._one(one, other) or self._set_apart(one, other):
            return
        if self._is_overruled(one) or self._is_overruled(other) or not self._clash(one, other):
            self._put_together(one, other)

    def _one(self, one: int, other: int) -> bool:
        return self.works[one] is self.works[other]

    def _set_apart(self, one: int, other: int) -> bool:
        return bool(self._apart) and any(pair(*two) in self._apart for two in self._across(one, other))

    def _clash(self, one: int, other: int) -> bool:
        return any(self._contradict(*two) for two in self._across(one, other))

    def _across(self, one: int, other: int) -> Iterable[tuple[int, int]]:
        return product(self.works[one], self.works[other])

    def _is_overruled(self, one: int) -> bool:
        return not self._overruled.isdisjoint(self.works[one])

    def _put_together(self, one: int, other: int) -> None:
        into, gone = self.works[one], self.works[other]
        into += gone
        for number in gone:
            self.works[number] = into
