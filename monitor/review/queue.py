"""The queue of one reviewer: what others disagree about first, then what is worth most to judge, each with a reason."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from monitor.goals.head import read_meta
from monitor.review.propose import Proposal, propose
from monitor.store import Store
from monitor.store.decisions import Disagreement

LIKELY = 0.1
"""Works all of whose probabilities are lower are far from every threshold; they wait until nothing else does."""
NEWEST = 20_000
"""Works that are looked at, the newest: a reader has most of them."""
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
    """The goal that it is there for; None when it is there for its origin."""
    value: float
    """What judging it is worth, 0 to 1; what reviewers disagree about is worth 1."""


def review_queue(
    store: Store, bars: Bars, reviewer: str, count: int, goals: Sequence[str] | None = None
) -> list[Queued]:
    """At most `count` works for `reviewer`, who has not judged them, for these goals or for all."""
    wanted = [goal for goal in bars.thresholds if goals is None or goal in goals]
    disputed = _disputed(store, reviewer, wanted, whole=goals is None)[:count]
    spared = {work.item_id for work in disputed}
    return disputed + _proposed(store, bars, reviewer, wanted, count - len(disputed), spared)


def _disputed(store: Store, reviewer: str, goals: Sequence[str], *, whole: bool) -> list[Queued]:
    found: dict[int, Queued] = {}
    for dispute in store.decisions.disagreements(NEWEST):
        wanted = dispute.label in goals if dispute.about == "goal" else whole
        if reviewer in dispute.said or not wanted:
            continue
        for item_id in store.items.ids_of([dispute.uid]):
            known = found.get(item_id)
            reasons = (*(known.reasons if known else ()), _both(dispute))
            found[item_id] = Queued(item_id, reasons, known.goal if known else dispute.label or None, 1.0)
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
    if count < 1:
        return []
    for least in (LIKELY, 0.0):
        waiting = store.labels.candidates(bars.model, reviewer, bars.space, least=least, newest=NEWEST)
        waiting = [work for work in waiting if work.item_id not in spared]
        if len(waiting) >= count:
            break
    chances = np.array([[work.chances.get(goal, 0.0) for goal in goals] for work in waiting])
    vectors = [None if work.vector is None else np.frombuffer(work.vector, "<f2") for work in waiting]
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
