"""What people say of works: labels that are added and never overwritten; the newest of a goal counts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from monitor.store.connection import Connection
from monitor.types import moment, stamp


@dataclass(frozen=True, slots=True)
class Candidate:
    """A work that a reviewer has not judged."""

    item_id: int
    chances: Mapping[str, float]
    """Probability by goal."""
    vector: bytes | None
    """The kept vector of its text, little-endian float16."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What counts of all that people said of one work."""

    uid: str
    goals: Mapping[str, bool]
    """Whether it carries the goal, for each goal that someone judged."""
    reviewer: str
    """Who said the newest of it; so for the fields below."""
    confidence: int | None
    guide: str | None
    labelled_at: datetime


class Labels:
    """Table labels. The view item_goals takes a goal's newest label for true, whatever the model says."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def candidates(self, model: str, reviewer: str, space: str) -> list[Candidate]:
        """Works tagged by `model` that `reviewer` has not judged, oldest first, with their vector in `space`."""
        rows = self._db.rows(
            """SELECT i.id, json_group_object(t.label, t.probability) AS chances,
                      (SELECT v.vector FROM vectors v
                        WHERE v.item_id = i.id AND v.content = i.content
                          AND (v.encoder = ?1 OR substr(v.encoder, 1, length(?1) + 1) = ?1 || '/')
                        ORDER BY v.encoder LIMIT 1) AS vector
                 FROM items i
                 JOIN taggings g ON g.item_id = i.id AND g.model = i.tagged AND g.content = i.content
                 JOIN tags t ON t.tagging_id = g.id AND t.facet = 'goal'
                WHERE i.tagged = ?2 AND i.withdrawn = 0
                  AND NOT EXISTS (SELECT 1 FROM labels l
                                   WHERE l.item_id = i.id AND l.facet = 'goal' AND l.reviewer = ?3)
                GROUP BY i.id ORDER BY i.id""",
            (space, model, reviewer),
        )
        return [Candidate(r["id"], json.loads(r["chances"]), r["vector"]) for r in rows]

    def add(
        self, item_id: int, goals: Mapping[str, bool], *, reviewer: str, confidence: int, guide: str, now: datetime
    ) -> tuple[int, ...]:
        """Keep whether the work carries each of `goals`; ids of the labels, none when the work is gone, which it is
        after it turned out to be the same as another."""
        with self._db.transaction():
            item = self._db.row("SELECT tagged FROM items WHERE id = ?", (item_id,))
            if item is None:
                return ()
            return tuple(
                self._db.run(
                    """INSERT INTO labels(item_id, facet, label, holds, reviewer, model, labelled_at, confidence, guide)
                       VALUES (?, 'goal', ?, ?, ?, ?, ?, ?, ?)""",
                    (item_id, goal, holds, reviewer, item["tagged"], stamp(now), confidence, guide),
                )
                for goal, holds in goals.items()
            )

    def take_back(self, ids: Sequence[int]) -> None:
        """Remove labels that were given by mistake a moment ago; what was said before them counts again."""
        with self._db.transaction():
            self._db.run_many("DELETE FROM labels WHERE id = ?", [(i,) for i in ids])

    def judgements(self) -> list[Judgement]:
        """What counts, for each work that someone judged, by uid."""
        rows = self._db.rows(
            """SELECT i.uid, l.label, l.holds, l.reviewer, l.confidence, l.guide, l.labelled_at
                 FROM labels l JOIN items i ON i.id = l.item_id
                WHERE l.facet = 'goal'
                  AND l.id = (SELECT max(m.id) FROM labels m
                               WHERE m.item_id = l.item_id AND m.facet = l.facet AND m.label = l.label)
                ORDER BY i.uid, l.id"""
        )
        found = []
        for uid, group in groupby(rows, lambda row: row["uid"]):
            own = list(group)
            last = own[-1]
            goals = {row["label"]: bool(row["holds"]) for row in own}
            when = moment(last["labelled_at"])
            found.append(Judgement(uid, goals, last["reviewer"], last["confidence"], last["guide"], when))
        return found
