"""Origins as the lens of feeds.yaml sees them, with the names of institutions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from monitor.store import texts
from monitor.store.connection import Connection
from monitor.store.findings import origin_of
from monitor.types import Origin, Partner


class Places:
    """Tables lens_places, lens_seen and institutions, and the Commission's row of partners."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def set_commission(self, commission: Partner | None) -> None:
        """Make the days of the European Commission's agreement those of feeds.yaml; views follow at once."""
        rows = []
        if commission:
            until = commission.until.isoformat() if commission.until else None
            rows.append((commission.country, "ec", commission.since.isoformat(), until))
        known = self._db.rows("SELECT country, group_name, since, until FROM partners WHERE group_name = 'ec'")
        if [tuple(row) for row in known] == rows:
            return
        with self._db.transaction():
            self._db.run("DELETE FROM partners WHERE group_name = 'ec'")
            self._db.run_many("INSERT INTO partners(country, group_name, since, until) VALUES (?, ?, ?, ?)", rows)

    def unseen(self, lens: str, limit: int) -> list[int]:
        """Ids of located items that this version of the lens has not looked at."""
        rows = self._db.rows(
            """SELECT i.id FROM items i LEFT JOIN lens_seen s ON s.item_id = i.id
                WHERE i.located IS NOT NULL AND (s.lens IS NULL OR s.lens != ?) ORDER BY i.id LIMIT ?""",
            (lens, limit),
        )
        return [r["id"] for r in rows]

    def see(self, item_id: int, places: Iterable[Origin] | None, lens: str) -> None:
        """Keep what the lens saw; None means that the origins are seen as they were found."""
        with self._db.transaction():
            self._db.run("DELETE FROM lens_places WHERE item_id = ?", (item_id,))
            self._db.run_many(
                """INSERT INTO lens_places(item_id, author, country, institution, fraction, method, confidence,
                       evidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                [
                    (item_id, p.author, p.country, p.institution, p.fraction, p.method, p.confidence, p.evidence)
                    for p in places or ()
                ],
            )
            self._db.run("INSERT OR REPLACE INTO lens_seen(item_id, lens) VALUES (?, ?)", (item_id, lens))
            texts.refresh(self._db, [item_id])

    def institutions(self) -> list[str]:
        """ROR ids of the institutions of all origins, and of what is evidence of them."""
        rows = self._db.rows(
            """SELECT institution FROM lens_places WHERE institution IS NOT NULL
                UNION SELECT coalesce(ror, institution) AS institution FROM evidence WHERE institution IS NOT NULL
                UNION SELECT institution FROM origins WHERE institution IS NOT NULL ORDER BY 1"""
        )
        return [r["institution"] for r in rows]

    def name(self, names: Mapping[str, str]) -> None:
        """Keep what institutions are called, by ROR id; views and searches follow at once."""
        with self._db.transaction():
            known = {r["id"]: r["name"] for r in self._db.rows("SELECT id, name FROM institutions")}
            changed = {ror: name for ror, name in names.items() if known.get(ror) != name}
            self._db.run_many("INSERT OR REPLACE INTO institutions(id, name) VALUES (?, ?)", sorted(changed.items()))
            if changed:
                texts.refresh_named(self._db, changed)

    def state(self, item_id: int) -> str | None:
        """How the search for the origins of an item stands; None before the first."""
        found: str | None = self._db.value("SELECT origin_state FROM items WHERE id = ?", (item_id,))
        return found

    def names(self, item_id: int) -> dict[str, str]:
        """ROR id → name, for the institutions in the evidence about an item that have one."""
        rows = self._db.rows(
            """SELECT n.id, n.name FROM institutions n
                WHERE n.id IN (SELECT coalesce(ror, institution) FROM evidence WHERE item_id = ?)""",
            (item_id,),
        )
        return {r["id"]: r["name"] for r in rows}

    def of(self, item_id: int) -> tuple[Origin, ...]:
        """Where an item comes from, author by author, with EU for bodies of the European Union."""
        rows = self._db.rows(
            """SELECT p.*, n.name FROM item_places p LEFT JOIN institutions n ON n.id = p.institution
                WHERE p.item_id = ? ORDER BY p.author, p.country""",
            (item_id,),
        )
        return tuple(replace(origin_of(r), institution_name=r["name"]) for r in rows)
