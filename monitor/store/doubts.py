"""Works whose countries a person should look at: they carry a goal, and what is known of their origin may be wrong."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from monitor.evidence import INDIRECT
from monitor.store.connection import Connection
from monitor.store.review_views import STANDS

Why = Literal["conflict", "indirect", "unknown"]
"""Strong evidence tells different countries of one author; no country rests on an affiliation; no country is known.
The words are in the order in which a person is needed."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A work of uncertain origin."""

    item_id: int
    why: Why
    chances: Mapping[str, float]
    """Each goal that it carries, with its probability; 1 where a person gave it."""


class Doubts:
    """Reads items, origins and decisions; what a person told of the countries of a work leaves no doubt."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def worst(self, most: int, newest: int = -1) -> list[Doubt]:
        """At most so many located works that carry a goal and whose countries are uncertain: those with a conflict
        first, then those without an affiliation that tells, then the unknown, the newest of each first. Of works that
        people gave a goal and of others the `newest` so many are looked at, -1 for all."""
        return self._read(
            """SELECT item_id AS id FROM taggings WHERE id IN (
                   SELECT DISTINCT tagging_id FROM tags WHERE selected = 1 ORDER BY tagging_id DESC LIMIT ?3)
                UNION
               SELECT item_id FROM (
                   SELECT DISTINCT item_id FROM labels WHERE holds = 1 ORDER BY item_id DESC LIMIT ?3)""",
            most,
            newest,
        )

    def among(self, items: Collection[int]) -> list[Doubt]:
        """Which of these works are such."""
        return self._read("SELECT value AS id FROM json_each(?3)", len(items), json.dumps(sorted(items)))

    def _read(self, carrying: str, most: int, *values: int | str) -> list[Doubt]:
        rows = self._db.rows(
            f"""WITH carrying AS ({carrying}),
                standing AS (
                    SELECT i.id AS id, i.uid AS uid,
                           CASE WHEN i.origin_conflicts > 0 THEN 'conflict'
                                WHEN NOT EXISTS (SELECT 1 FROM origins o WHERE o.item_id = i.id) THEN 'unknown'
                                WHEN NOT EXISTS (SELECT 1 FROM origins o
                                                  WHERE o.item_id = i.id
                                                    AND o.method NOT IN (SELECT value FROM json_each(?2)))
                                THEN 'indirect' END AS why
                      FROM carrying c JOIN items i ON i.id = c.id
                     WHERE i.withdrawn = 0 AND i.origin_state IS NOT NULL
                       AND NOT EXISTS (SELECT 1 FROM decisions d
                                        WHERE d.item_id = i.id AND d.what = 'origin' AND {STANDS.format("d.id")})),
                doubted AS MATERIALIZED (
                    SELECT * FROM standing WHERE why IS NOT NULL ORDER BY why, id DESC LIMIT ?1)
                SELECT d.id AS id, d.why AS why, json_group_object(g.goal,
                       iif(EXISTS (SELECT 1 FROM labels l WHERE l.item_id = d.id AND l.label = g.goal
                                      AND {STANDS.format("l.decision_id")}), 1.0, g.probability)) AS chances
                  FROM doubted d JOIN item_goals g ON g.uid = d.uid
                 WHERE g.selected = 1
                 GROUP BY d.id ORDER BY d.why, d.id DESC""",  # noqa: S608 — put together from its own parts
            (most, json.dumps(sorted(INDIRECT)), *values),
        )
        return [Doubt(r["id"], r["why"], json.loads(r["chances"])) for r in rows]
