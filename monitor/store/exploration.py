"""Works that carry a goal, with their places, as rows for those who count them in many ways at once."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from monitor.store.connection import Connection
from monitor.store.past import CARRIED
from monitor.types import Window, stamp

UNKNOWN = "unknown"
"""Country and group of works of which no place is known."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A work and a goal that it carries."""

    item_id: int
    uid: str
    week: str
    """ISO week in which it was first seen."""
    goal: str
    probability: float


@dataclass(frozen=True, slots=True)
class Part:
    """The part that a place, or an institution there, has in a work."""

    item_id: int
    country: str
    group: str
    institution: str | None
    """ROR id, where it is certain."""
    fraction: float


class Exploration:
    """Reads each work once; what is made of it agrees with the views goal_country_week, goal_country_institutions and
    collaboration_matrix, but for old stock, which is left out as in digests."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def carried(self, window: Window) -> list[Carried]:
        """Works first seen in `window`, once for each goal they carry."""
        rows = self._db.rows(
            f"{CARRIED} SELECT item_id, uid, iso_week, goal, probability FROM carried ORDER BY item_id, goal",
            (stamp(window.since), stamp(window.until)),
        )
        return [Carried(*row) for row in rows]

    def parts(self, item_ids: Iterable[int]) -> list[Part]:
        """Who has a part in these works; those of unknown place have none."""
        rows = self._db.rows(
            """SELECT p.item_id, p.country, p.partner_group, p.institution, p.fraction
                 FROM json_each(?) j JOIN item_places p ON p.item_id = j.value""",
            (json.dumps(list(item_ids)),),
        )
        shares: dict[tuple[int, str, str, str | None], float] = {}
        for item_id, country, group, institution, fraction in rows:
            part = (item_id, country, group, institution)
            shares[part] = shares.get(part, 0.0) + fraction
        return [Part(*part, fraction) for part, fraction in shares.items()]

    def titles(self, item_ids: Collection[int]) -> dict[int, tuple[str, str]]:
        """Title and first sight of each of these works."""
        rows = self._db.rows(
            "SELECT id, title, first_seen FROM items WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(item_ids)),),
        )
        return {r["id"]: (r["title"], r["first_seen"]) for r in rows}

    def institutions(self, rors: Collection[str]) -> dict[str, str]:
        """What the registry calls these institutions, where it knows them."""
        rows = self._db.rows(
            "SELECT id, name FROM institutions WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(rors)),)
        )
        return {r["id"]: r["name"] for r in rows if r["name"]}
