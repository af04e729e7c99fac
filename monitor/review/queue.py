"""The queue of one reviewer: what others disagree about first, then what is worth most to judge, each with a reason.

Goals take turns there, and so do countries that are in doubt.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from monitor.evidence import Verdict, decide
from monitor.goals.head import read_meta
from monitor.review.propose import Proposal, propose
from monitor.store import Store
from monitor.store.decisions import Disagreement
from monitor.store.doubts import Doubt
from monitor.store.labels import Candidate

LIKELY = 0.1
"""Works all of whose probabilities are lower are far from every threshold; they wait until nothing else does."""
NEWEST = 2_000
"""Works that are looked at, the newest: readers have these, and a page must not take long."""
DOUBT: Mapping[str, float] = {"conflict": 1.0, "indirect": 0.75, "unknown": 0.5}
"""How much there is for a person to settle: of two answers one is wrong, an answer without an affiliation often is, and
where nothing was found there may be nothing to find."""
DOUBTED = 300
"""Works whose countries are in doubt that are looked at: more would take longer, and a page shows ten."""
UNLIKE, ALIKE = 0.6, 0.2
"""How far a work is apart from all before it that is called unlike them, and one that is called much like one."""


@dataclass(frozen=True, slots=True)
class Bars:
    """A model as a queue needs to know it: cheaper to read than a head."""

    model: str
    space: str
    """Space of the vectors."""
    thresholds: Mapping[str, float]
    """Goal → the probability from which on it is selected, in the order of the taxonomy."""

    @classmethod
    def read(cls, folder: Path) -> Bars:
        """The bars of the model in `folder`; raises ModelError."""
        meta = read_meta(folder)
        return cls(meta["name"], meta["encoder"], {slug: float(meta["thresholds"][slug]) for slug in meta["labels"]})


@dataclass(frozen=True, slots=True)
class Queued:
    """A work that waits for a reviewer."""

    item_id: int
    reasons: tuple[str, ...]
    """Why it is there, in words that stand by themselves, the weightiest first."""
    goal: str | None
    """The goal that it is there for; None when it is there for its countries."""
    value: float
    """What judging it is worth, 0 to 1; what reviewers disagree about is worth 1."""
    placing: bool = False
    """Whether its countries are in question."""


def review_queue(
    store: Store, bars: Bars, reviewer: str, count: int, goals: Sequence[str] | None = None
) -> list[Queued]:
    """At most `count` works for `reviewer`, who has not judged them: for these goals, or for all of them and for the
    countries; no goals at all asks for countries alone. Countries that a person told are in doubt no more."""
    wanted = [goal for goal in bars.thresholds if goals is None or goal in goals]
    found = _disputed(store, reviewer, wanted, whole=not goals)[:count]
    spared = {work.item_id for work in found}
    proposed = _proposed(store, bars, reviewer, wanted, count - len(found), spared)
    doubted = [] if goals else _doubted(store, spared)
    found += islice(_in_turn(proposed, doubted, len(wanted)), count - len(found))
    doubts = {doubt.item_id: doubt for doubt in store.doubts.among([w.item_id for w in found if not w.placing])}
    return [_with_doubt(store, work, doubts.get(work.item_id)) for work in found]


def _in_turn(proposed: Sequence[Queued], doubted: Sequence[Queued], goals: int) -> Iterator[Queued]:
    """Works for their goals and for their countries, the countries taking the middle turn of each round of the goals;
    a work that is there for both comes once, for its goal."""
    spared = {work.item_id for work in proposed}
    waiting = (work for work in doubted if work.item_id not in spared)
    for place, work in enumerate(proposed):
        if place % goals == goals // 2:
            yield from islice(waiting, 1)
        yield work
    yield from waiting


def _disputed(store: Store, reviewer: str, goals: Sequence[str], *, whole: bool) -> list[Queued]:
    found: dict[int, Queued] = {}
    for dispute in store.decisions.disagreements(NEWEST):
        wanted = dispute.label in goals if dispute.about == "goal" else whole
        if reviewer in dispute.said or not wanted:
            continue
        for item_id in store.items.ids_of([dispute.uid]):
            known = found.get(item_id)
            reasons = (*(known.reasons if known else ()), _both(dispute))
            placing = dispute.about == "origin" or (known is not None and known.placing)
            found[item_id] = Queued(item_id, reasons, (known and known.goal) or dispute.label or None, 1.0, placing)
    return list(found.values())


def _both(dispute: Disagreement) -> str:
    sides: dict[str, list[str]] = {}
    for name, answer in sorted(dispute.said.items()):
        sides.setdefault(answer, []).append(name)
    if dispute.about == "goal":
        said = "; ".join(f"{', '.join(names)}: {answer}" for answer, names in sides.items())
        return f"reviewers disagree on {dispute.label} ({said})"
    places = {answer: ", ".join(json.loads(answer)) or "unknown" for answer in sides}
    said = "; ".join(f"{', '.join(names)}: {places[answer]}" for answer, names in sides.items())
    return f"reviewers disagree on the countries ({said})"


def _proposed(
    store: Store, bars: Bars, reviewer: str, goals: Sequence[str], count: int, spared: set[int]
) -> list[Queued]:
    if count < 1 or not goals:
        return []
    for least in (LIKELY, 0.0):
        waiting = store.labels.candidates(bars.model, reviewer, least=least, newest=NEWEST)
        waiting = [work for work in waiting if work.item_id not in spared]
        if len(waiting) >= count:
            break
    chances = np.array([[work.chances.get(goal, 0.0) for goal in goals] for work in waiting])
    vectors = _Vectors(store, bars.space, waiting)
    thresholds = [bars.thresholds[goal] for goal in goals]
    return [
        Queued(
            waiting[found.row].item_id,
            _because(found, goals[found.goal], float(chances[found.row, found.goal]), thresholds[found.goal]),
            goals[found.goal],
            found.value,
        )
        for found in propose(chances, thresholds, vectors, count)
    ]


class _Vectors(Sequence[NDArray[np.floating] | None]):
    """The vectors of works, each read when it is asked for: of thousands that wait a few dozen are compared."""

    def __init__(self, store: Store, space: str, works: Sequence[Candidate]) -> None:
        self._store, self._space, self._works = store, space, works

    def __len__(self) -> int:
        return len(self._works)

    @overload
    def __getitem__(self, row: int) -> NDArray[np.floating] | None: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[NDArray[np.floating] | None]: ...
    def __getitem__(self, row: int | slice) -> Any:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        work = self._works[row]
        kept = self._store.vectors.read(self._space, [work.item_id])
        return next((np.frombuffer(vector, "<f2") for _, text, vector in kept if text == work.content), None)


def _because(found: Proposal, goal: str, chance: float, threshold: float) -> tuple[str, ...]:
    near = "at the border of" if found.doubt >= 0.5 else "near" if found.doubt >= 0.25 else "nearest to"
    side = "selected" if chance >= threshold else "not selected"
    reasons = [f"{near} {goal}: {chance:.2f}, {side} from {threshold:.2f} on"]
    if found.relevance >= 0.5:
        reasons.append(f"likely to matter: {found.relevance:.2f} for its likeliest goal")
    if found.apart >= UNLIKE:
        reasons.append("unlike all before it in this queue")
    elif found.apart <= ALIKE:
        reasons.append("much like one before it in this queue")
    return tuple(reasons)


def _doubted(store: Store, spared: set[int]) -> list[Queued]:
    """Works whose countries are in doubt, those that need a person most first."""
    found = (doubt for doubt in store.doubts.worst(DOUBTED, NEWEST) if doubt.item_id not in spared)
    works = (Queued(d.item_id, (), None, DOUBT[d.why] * (1 + max(d.chances.values())) / 2) for d in found)
    return sorted(works, key=lambda work: (-work.value, -work.item_id))


def _with_doubt(store: Store, work: Queued, doubt: Doubt | None) -> Queued:
    if doubt is None:
        return work
    return replace(work, reasons=(*work.reasons, *_uncertain(store, doubt)), placing=True)


def _uncertain(store: Store, doubt: Doubt) -> tuple[str, ...]:
    """Why the countries of a work are in doubt, by its evidence as it is now."""
    work = next(iter(store.items.get([doubt.item_id])), None)
    if work is None:
        return ()
    verdict = decide(store.evidence.current(work.id), len(work.authors))
    if verdict.conflicts:
        return (_disagreeing(verdict),)
    if verdict.origins:
        kinds = {"domain": "the host of an e-mail address", "index": "an index of works"}
        told = dict.fromkeys(kinds.get(origin.method, origin.method) for origin in verdict.origins)
        return (f"no affiliation tells its countries, only {' and '.join(told)}",)
    none = "no affiliation was obtained" if verdict.state == "no-affiliation" else "its affiliations tell none"
    return (f"country unknown, and it carries {', '.join(sorted(doubt.chances))}: {none}",)


def _disagreeing(verdict: Verdict) -> str:
    first = verdict.conflicts[0]
    whose = first.statement.author
    answer = ", ".join(dict.fromkeys(o.country for o in verdict.origins if o.author == whose))
    more = len(verdict.conflicts) - 1
    return (
        f"strong evidence disagrees on the country of {first.name or 'the work'} "
        f"({answer or 'unknown'} counts, {first.country} was told too{f'; {more} more' if more else ''})"
    )
