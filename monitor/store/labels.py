"""What people say of the goals of works, as a learner and a list of what to judge need it; see `decisions`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from monitor.store.connection import Connection
from monitor.store.review_views import STANDS
from monitor.types import moment


@dataclass(frozen=True, slots=True)
class Candidate:
    """A work that a reviewer has not judged."""

    item_id: int
    chances: Mapping[str, float]
    """Probability by goal."""
    content: str
    """Hash of the text that they are of."""


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


@dataclass(frozen=True, slots=True)
class Feedback:
    """A judged work as a learner needs it."""

    judgement: Judgement
    names: tuple[str, ...]
    """All its identifiers, such as `arxiv:2606.00002`."""
    paper: tuple[str, str]
    """Title and abstract."""
    standing: Mapping[str, bool]
    """Goal → whether views have it selected now, people's word applied; empty for a work without tags."""


class Labels:
    """Table labels. The view item_goals takes a goal's newest label for true, whatever the model says."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def candidates(self, model: str, reviewer: str, *, least: float = 0.0, newest: int = -1) -> list[Candidate]:
        """Works tagged by `model` that `reviewer` has not judged, oldest first.

        Those that have a probability of at `least` so much for some goal; of them the `newest` so many, -1 for all.
        """
        rows = self._db.rows(
            f"""SELECT i.id, i.content, json_group_object(t.label, t.probability) AS chances
                 FROM items i
                 JOIN taggings g ON g.item_id = i.id AND g.model = i.tagged AND g.content = i.content
                 JOIN tags t ON t.tagging_id = g.id AND t.facet = 'goal'
                WHERE i.id IN (
                      SELECT i.id FROM items i
                        JOIN taggings g ON g.item_id = i.id AND g.model = i.tagged AND g.content = i.content
                       WHERE i.tagged = ?1 AND i.withdrawn = 0
                         AND EXISTS (SELECT 1 FROM tags t
                                      WHERE t.tagging_id = g.id AND t.facet = 'goal' AND t.probability >= ?3)
                         AND NOT EXISTS (SELECT 1 FROM labels l
                                          WHERE l.item_id = i.id AND l.facet = 'goal' AND l.reviewer = ?2
                                            AND {STANDS.format("l.decision_id")})
                       ORDER BY i.id DESC LIMIT ?4)
                GROUP BY i.id ORDER BY i.id""",  # noqa: S608 — put together from its own parts
            (model, reviewer, least, newest),
        )
        return [Candidate(r["id"], json.loads(r["chances"]), r["content"]) for r in rows]

    def judgements(self) -> list[Judgement]:
        """What counts, for each work that someone judged, by uid."""
        rows = self._db.rows(
            f"""SELECT i.uid, l.label, l.holds, l.reviewer, l.confidence, l.guide, l.labelled_at
                 FROM labels l JOIN items i ON i.id = l.item_id
                WHERE l.facet = 'goal'
                  AND l.id = (SELECT max(m.id) FROM labels m
                               WHERE m.item_id = l.item_id AND m.facet = l.facet AND m.label = l.label
                                 AND {STANDS.format("m.decision_id")})
                ORDER BY i.uid, l.id"""  # noqa: S608 — put together from its own parts
        )
        found = []
        for uid, group in groupby(rows, lambda row: row["uid"]):
            own = list(group)
            last = own[-1]
            goals = {row["label"]: bool(row["holds"]) for row in own}
            when = moment(last["labelled_at"])
            found.append(Judgement(uid, goals, last["reviewer"], last["confidence"], last["guide"], when))
        return found

    def feedback(self) -> list[Feedback]:
        """What counts, with text and tags, for each work that someone judged, by uid."""
        found = []
        for judgement in self.judgements():
            row = self._db.row(
                """SELECT i.title, i.abstract,
                          (SELECT json_group_array(d.scheme || ':' || d.value) FROM identifiers d
                            WHERE d.item_id = i.id) AS names,
                          (SELECT json_group_object(g.goal, g.selected) FROM item_goals g WHERE g.uid = i.uid)
                              AS standing
                     FROM items i WHERE i.uid = ?""",
                (judgement.uid,),
            )
            if row is not None:
                standing = {goal: bool(chosen) for goal, chosen in json.loads(row["standing"]).items()}
                paper = row["title"], row["abstract"]
                found.append(Feedback(judgement, tuple(sorted(json.loads(row["names"]))), paper, standing))
        return found
