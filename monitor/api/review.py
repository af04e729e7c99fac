"""What people say of works, as `monitor label` and the review pages have it. Every answer counts at once, in views and
digests; it is a row that stays, which the view `review_log` shows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor import pipeline
from monitor.api.opened import Verbs
from monitor.errors import MonitorError
from monitor.review import Bars, review_queue
from monitor.store.decisions import Decision, Disagreement, Reviewer
from monitor.types import Work

THROUGH = "python"
"""The way by which these decisions come."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A work that waits for a reviewer."""

    work: Work
    reasons: tuple[str, ...]
    """Why it is there, the weightiest first."""
    goal: str | None
    """The goal that it is there for; None when it is there for its countries."""
    placing: bool
    """Whether its countries are in question."""
    value: float
    """What judging it is worth, 0 to 1."""


class Review(Verbs):
    """The queue of a reviewer, and what reviewers decide."""

    def queue(
        self, reviewer: str, count: int = 20, *, goal: str | None = None, countries: bool = False
    ) -> tuple[Waiting, ...]:
        """At most `count` works that `reviewer` has not judged and whose judgement is worth most, for one goal, for
        `countries` in doubt alone, or for everything. Raises ModelError, and MonitorError for a goal that is none."""
        if goal is not None:
            self._known([goal])
        at = self._at
        asked = [] if countries else [goal] if goal else None
        found = review_queue(at.store, Bars.read(at.app.model_folder()), reviewer, count, asked)
        works = {work.item.id: work for work in pipeline.known_of(at.store, [one.item_id for one in found])}
        return tuple(Waiting(works[q.item_id], q.reasons, q.goal, q.placing, q.value) for q in found)

    def judge(self, uid: str, goals: Mapping[str, bool], reviewer: str, *, confidence: int = 3, note: str = "") -> int:
        """Say of a work which goals it carries, and which not; the number of the decision.

        `confidence` is 3 for sure, 2 for likely, 1 for a coin toss. Raises MonitorError for a work or a goal that there
        is not.
        """
        self._known(goals)
        store = self._at.store
        decision = store.decisions.judge(self._at.id_of(uid), goals, self._by(reviewer, note), confidence=confidence)
        return _kept(uid, decision)

    def place(self, uid: str, countries: Collection[str], reviewer: str, *, note: str = "") -> int:
        """Say which countries a work comes from, as ISO 3166-1 alpha-2, `EU` for bodies of the European Union, none
        when it does not tell; the number of the decision. Raises StoreError for what is no country."""
        decision = self._at.store.decisions.place(self._at.id_of(uid), countries, self._by(reviewer, note))
        return _kept(uid, decision)

    def rate(self, uid: str, useful: bool, reviewer: str, *, note: str = "") -> int:
        """Say whether a work was of use; the number of the decision."""
        return _kept(uid, self._at.store.decisions.rate(self._at.id_of(uid), useful, self._by(reviewer, note)))

    def undo(self, decision: int, reviewer: str) -> None:
        """Take a decision back, so that what stood before counts again. Raises MonitorError: only who made a decision
        can take it back, and only once."""
        if not self._at.store.decisions.undo(decision, self._by(reviewer)):
            raise MonitorError(f"decision {decision} is none of {reviewer} that could be taken back")

    def decisions(self, uid: str | None = None, *, reviewer: str | None = None, most: int = 100) -> list[Decision]:
        """What was decided, the newest first: about one work or all, by one reviewer or all."""
        store = self._at.store
        if uid is None:
            return store.decisions.recent(most, reviewer)
        found = store.decisions.of(self._at.id_of(uid))
        return [one for one in found if reviewer in (None, one.reviewer)][:most]

    def disagreements(self, uid: str | None = None, *, most: int = 100) -> list[Disagreement]:
        """On what the last words of reviewers differ, the newest first."""
        return self._at.store.decisions.disagreements(most, None if uid is None else self._at.id_of(uid))

    def export(self, file: str | Path) -> int:
        """Write all judgements to a file in the form of a model's labels.csv, but for works that were not judged on
        every goal; how many were written. Raises ConfigError when it cannot be written."""
        from monitor.learning.labels import taken_along, write_labels

        labels = taken_along(self._at.store.labels.judgements(), [goal.slug for goal in self._at.app.goals])
        write_labels(Path(file), labels)
        return len(labels)

    def _known(self, goals: Collection[str]) -> None:
        unknown = set(goals) - {goal.slug for goal in self._at.app.goals}
        if unknown or not goals:
            raise MonitorError(f"{', '.join(sorted(unknown)) or 'nothing'} is none of the goals")

    def _by(self, reviewer: str, note: str = "") -> Reviewer:
        return Reviewer(reviewer, self._at.app.clock(), THROUGH, note)


def _kept(uid: str, decision: int | None) -> int:
    if decision is None:
        raise MonitorError(f"{uid} has become one with another work meanwhile")
    return decision
