"""What the monitor found out about items: origins, tags, vectors; and the lens through which they are seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row

from monitor.store.connection import Connection
from monitor.store.review_views import STANDS
from monitor.types import Origin, Partners, Tag, Window, stamp


@dataclass(frozen=True, slots=True)
class Due:
    """An item that waits for tags."""

    item_id: int
    title: str
    abstract: str
    content: str


class Findings:
    """Tables origins, taggings, tags, vectors and partners."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def set_partners(self, partners: Partners) -> None:
        """Make the lens that of feeds.yaml, but for the European Commission; views follow at once."""
        rows: list[tuple[str, str, str, str | None]] = [(partners.home, "home", "0001-01-01", None)]
        rows += [
            (p.country, "partner", p.since.isoformat(), p.until.isoformat() if p.until else None)
            for p in partners.nations
        ]
        known = self._db.rows("SELECT country, group_name, since, until FROM partners WHERE group_name != 'ec'")
        if {tuple(row) for row in known} == set(rows):
            return
        with self._db.transaction():
            self._db.run("DELETE FROM partners WHERE group_name != 'ec'")
            self._db.run_many("INSERT INTO partners(country, group_name, since, until) VALUES (?, ?, ?, ?)", rows)

    def unlocated(self, resolver: str, limit: int) -> list[int]:
        """Ids of items whose byline this version of the resolver has not looked at."""
        return [
            r["id"]
            for r in self._db.rows(
                "SELECT id FROM items WHERE located IS NULL OR located != ? ORDER BY id LIMIT ?", (resolver, limit)
            )
        ]

    def locate(self, item_id: int, origins: Iterable[Origin], resolver: str | None) -> None:
        """Replace the origins of an item by what `resolver` found; none means unknown. Without a resolver, which is
        when people speak first, the item still waits to be located."""
        with self._db.transaction():
            self._db.run("DELETE FROM origins WHERE item_id = ?", (item_id,))
            self._db.run_many(
                """INSERT INTO origins(item_id, author, country, institution, fraction, method, confidence, evidence,
                       resolver) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [
                    (
                        item_id,
                        o.author,
                        o.country,
                        o.institution,
                        o.fraction,
                        o.method,
                        o.confidence,
                        o.evidence,
                        resolver or "",
                    )
                    for o in origins
                ],
            )
            self._db.run("UPDATE items SET located = ? WHERE id = ?", (resolver, item_id))

    def origins(self, item_id: int) -> tuple[Origin, ...]:
        """Where an item comes from, author by author."""
        rows = self._db.rows("SELECT * FROM origins WHERE item_id = ? ORDER BY author, country", (item_id,))
        return tuple(map(origin_of, rows))

    def untagged_count(self, model: str) -> int:
        """How many items wait for tags of `model`."""
        found: int = self._db.value(
            "SELECT count(*) FROM items WHERE withdrawn = 0 AND (tagged IS NULL OR tagged != ?)", (model,)
        )
        return found

    def untagged(self, model: str, limit: int) -> list[Due]:
        """Items that wait for tags of `model`, oldest first."""
        rows = self._db.rows(
            """SELECT id, title, abstract, content FROM items
               WHERE withdrawn = 0 AND (tagged IS NULL OR tagged != ?) ORDER BY id LIMIT ?""",
            (model, limit),
        )
        return [Due(r["id"], r["title"], r["abstract"], r["content"]) for r in rows]

    def tag(self, due: Due, model: str, tags: Sequence[Tag], reason: str | None, now: datetime) -> None:
        """Add a tagging, never overwriting an older one. A no-op when `due` changed in the meantime: the new
        text is then tagged in its turn."""
        with self._db.transaction():
            if self._db.value("SELECT content FROM items WHERE id = ?", (due.item_id,)) != due.content:
                return
            known = self._db.value(
                "SELECT 1 FROM taggings WHERE item_id = ? AND model = ? AND content = ?",
                (due.item_id, model, due.content),
            )
            if known is None:
                row = self._db.run(
                    "INSERT INTO taggings(item_id, model, content, reason, tagged_at) VALUES (?, ?, ?, ?, ?)",
                    (due.item_id, model, due.content, reason, stamp(now)),
                )
                self._db.run_many(
                    """INSERT INTO tags(tagging_id, facet, label, probability, selected, evidence)
                       VALUES (?, ?, ?, ?, ?, ?)""",
                    [
                        (row, t.facet, t.label, t.probability, t.selected, json.dumps(t.evidence, ensure_ascii=False))
                        for t in tags
                    ],
                )
            self._db.run("UPDATE items SET tagged = ? WHERE id = ?", (model, due.item_id))
            self.make_room(due.item_id)

    def make_room(self, item_id: int) -> None:
        """Give a work that the model refuses to judge a row for each goal that people judged, or their word could not
        be seen in views; its probability is 0."""
        self._db.run(
            """INSERT INTO tags(tagging_id, facet, label, probability, selected, evidence)
               SELECT DISTINCT g.id, l.facet, l.label, 0.0, 0, '[]'
                 FROM items i
                 JOIN taggings g ON g.item_id = i.id AND g.model = i.tagged AND g.content = i.content
                 JOIN labels l ON l.item_id = i.id
                WHERE i.id = ? AND g.reason IS NOT NULL
                  AND NOT EXISTS (SELECT 1 FROM tags t
                                   WHERE t.tagging_id = g.id AND t.facet = l.facet AND t.label = l.label)""",
            (item_id,),
        )

    def tags(self, item_id: int) -> tuple[Tag, ...]:
        """The current tags of an item, people's corrections applied, likeliest first."""
        rows = self._db.rows(
            f"""SELECT g.*, EXISTS (SELECT 1 FROM labels l WHERE l.item_id = i.id AND l.facet = 'goal'
                                      AND l.label = g.goal AND {STANDS.format("l.decision_id")}) AS said
                 FROM item_goals g JOIN items i ON i.uid = g.uid
                WHERE i.id = ? ORDER BY g.probability DESC, g.goal""",  # noqa: S608 — a condition of the views
            (item_id,),
        )
        return tuple(
            Tag(
                facet="goal",
                label=r["goal"],
                probability=r["probability"],
                selected=bool(r["selected"]),
                model=r["model"],
                evidence=tuple(json.loads(r["evidence"])),
                said=bool(r["said"]),
            )
            for r in rows
        )

    def vector(self, item_id: int, encoder: str, content: str) -> bytes | None:
        """The cached vector of an item's text, little-endian float16, as this encoder made it."""
        found: bytes | None = self._db.value(
            "SELECT vector FROM vectors WHERE item_id = ? AND encoder = ? AND content = ?", (item_id, encoder, content)
        )
        return found

    def save_vector(self, item_id: int, encoder: str, content: str, vector: bytes) -> None:
        """Cache the vector of an item's text."""
        with self._db.transaction():
            self._db.run(
                "INSERT OR REPLACE INTO vectors(item_id, encoder, content, vector) VALUES (?, ?, ?, ?)",
                (item_id, encoder, content, vector),
            )

    def selected(self, window: Window) -> list[int]:
        """Ids of the items first seen in `window` that carry at least one goal, old stock left out."""
        rows = self._db.rows(
            """SELECT i.id FROM items i
                WHERE i.first_seen >= ? AND i.first_seen < ? AND i.withdrawn = 0
                  AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.item_id = i.id AND e.backlog = 1
                                     AND e.first_seen = i.first_seen)
                  AND EXISTS (SELECT 1 FROM item_goals g WHERE g.uid = i.uid AND g.selected = 1)
                ORDER BY i.id""",
            (stamp(window.since), stamp(window.until)),
        )
        return [r["id"] for r in rows]

    def seen(self, window: Window) -> int:
        """How many items were first seen in `window`, old stock left out."""
        return self._count(window)

    def unjudged(self, window: Window) -> int:
        """How many of them no model has judged by the text that they have now."""
        return self._count(window, "AND i.tagged IS NULL")

    def _count(self, window: Window, narrowed: str = "") -> int:
        found: int = self._db.value(
            f"""SELECT count(*) FROM items i WHERE first_seen >= ? AND first_seen < ? AND withdrawn = 0
                  AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.item_id = i.id AND e.backlog = 1
                                     AND e.first_seen = i.first_seen) {narrowed}""",  # noqa: S608 — from this class
            (stamp(window.since), stamp(window.until)),
        )
        return found


def origin_of(row: Row) -> Origin:
    """The origin in a row of the table origins, or of a view with its columns."""
    return Origin(
        country=row["country"],
        method=row["method"],
        confidence=row["confidence"],
        evidence=row["evidence"],
        institution=row["institution"],
        fraction=row["fraction"],
        author=row["author"],
    )
