"""Why entries are about one work: keys under which they meet, links between them, and what people said."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from monitor.store.connection import Connection, parts
from monitor.types import stamp

Pair = tuple[int, int]
"""Ids of two entries, the smaller first."""

Reason = tuple[str, float, str]
"""Kind, score and evidence of a link."""


class Links:
    """Tables blocks, links, rulings and item_names."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def file(self, entry_id: int, keys: Sequence[int], crowd: int) -> list[int]:
        """File an entry under `keys` and nowhere else; ids of the other entries that it meets there.

        A key of more than `crowd` entries tells nothing. Entries under a key that became or ceased to be one are linked
        anew, so that it makes no difference which of them came first.
        """
        packed = self._db.value("SELECT blocks FROM entries WHERE id = ?", (entry_id,))
        old = set(struct.unpack(f"<{len(packed) // 8}q", packed)) if packed else set()
        added, gone = [key for key in keys if key not in old], list(old.difference(keys))
        under = self._under([*keys, *gone], crowd + 2)
        for key in added:
            if len(under[key]) == crowd:
                self._again(under[key])
            under[key].append(entry_id)
        for key in gone:
            if entry_id not in under[key]:
                continue  # it stands behind those that were looked at: the key remains one of too many
            under[key].remove(entry_id)
            if len(under[key]) == crowd:
                self._again(under[key])
        if added or gone:
            self._db.run_many("DELETE FROM blocks WHERE key = ? AND entry_id = ?", [(key, entry_id) for key in gone])
            self._db.run_many("INSERT INTO blocks(key, entry_id) VALUES (?, ?)", [(key, entry_id) for key in added])
            self._db.run("UPDATE entries SET blocks = ? WHERE id = ?", (struct.pack(f"<{len(keys)}q", *keys), entry_id))
        met = {other for key in keys if len(under[key]) <= crowd for other in under[key]}
        return sorted(met - {entry_id})

    def unfiled(self, item_id: int) -> list[int]:
        """Entries of an item that were never filed."""
        rows = self._db.rows("SELECT id FROM entries WHERE item_id = ? AND blocks IS NULL ORDER BY id", (item_id,))
        return [row["id"] for row in rows]

    def replace(self, entry_id: int, found: Mapping[int, Reason], rules: str, now: datetime) -> None:
        """Make the links of an entry those to the entries of `found`; what stays keeps its date."""
        known = self.between([entry_id])
        wanted = {_pair(entry_id, other): reason for other, reason in found.items()}
        gone = [pair for pair, reason in known.items() if wanted.get(pair) != reason]
        new = [(*pair, *reason) for pair, reason in wanted.items() if known.get(pair) != reason]
        self._db.run_many("DELETE FROM links WHERE entry_id = ? AND other_id = ?", gone)
        self._db.run_many(
            """INSERT INTO links(entry_id, other_id, kind, score, evidence, rules, linked_at)
               VALUES (?, ?, ?, ?, ?, ?, ?)""",
            [(*row, rules, stamp(now)) for row in new],
        )

    def around(self, entry_ids: Iterable[int]) -> set[int]:
        """All entries that links, people or a common item join to any of `entry_ids`, over however many steps."""
        reached: set[int] = set()
        edge = set(entry_ids)
        while edge:
            reached |= edge
            some = sorted(edge)
            near = {row[side] for row in self._touching("links", some) for side in ("entry_id", "other_id")}
            near |= {row[side] for row in self._touching("rulings", some) for side in ("entry_id", "other_id")}
            edge = (near | self._mates(some)) - reached
        return reached

    def between(self, entry_ids: Iterable[int]) -> dict[Pair, Reason]:
        """Links that touch any of `entry_ids`, each with kind, score and evidence."""
        return {
            (row["entry_id"], row["other_id"]): (row["kind"], row["score"], row["evidence"])
            for row in self._touching("links", sorted(entry_ids))
        }

    def rulings(self, entry_ids: Iterable[int]) -> dict[Pair, bool]:
        """What people said of pairs that touch any of `entry_ids`: the same work, or not."""
        return {
            (row["entry_id"], row["other_id"]): bool(row["same"])
            for row in self._touching("rulings", sorted(entry_ids))
        }

    def rule(self, pairs: Iterable[Pair], same: bool | None, reason: str, now: datetime) -> None:
        """Keep what a person said of these pairs, in place of what was said before; None takes it back."""
        with self._db.transaction():
            pairs = list(pairs)
            self._db.run_many("DELETE FROM rulings WHERE entry_id = ? AND other_id = ?", pairs)
            if same is not None:
                self._db.run_many(
                    "INSERT INTO rulings(entry_id, other_id, same, reason, ruled_at) VALUES (?, ?, ?, ?, ?)",
                    [(*pair, same, reason, stamp(now)) for pair in pairs],
                )

    def why(self, item_id: int) -> list[dict[str, object]]:
        """The records of an item, each with the reasons that bind it to those named before it; what people said too."""
        entries = self._db.rows(
            """SELECT id, feed || ':' || key AS record, first_seen, deleted FROM entries
               WHERE item_id = ? ORDER BY first_seen, feed, key""",
            (item_id,),
        )
        names = {row["id"]: row["record"] for row in entries}
        place = {entry: n for n, entry in enumerate(names)}
        told = [(row, row["kind"], row["score"], row["evidence"]) for row in self._touching("links", list(names))]
        told += [(row, "person", None, row["reason"]) for row in self._touching("rulings", list(names)) if row["same"]]
        because: dict[int, list[dict[str, object]]] = {entry: [] for entry in names}
        for row, kind, score, evidence in told:
            if row["entry_id"] in place and row["other_id"] in place:
                first, later = sorted((row["entry_id"], row["other_id"]), key=place.__getitem__)
                because[later].append({"kind": kind, "score": score, "with": names[first], "evidence": evidence})
        return [
            {
                "record": row["record"],
                "first_seen": row["first_seen"],
                "withdrawn": bool(row["deleted"]),
                "because": because[row["id"]],
            }
            for row in entries
        ]

    def name(self, uid: str, entry_id: int) -> None:
        """Remember that a work is called `uid` because of this entry: the name goes wherever the entry goes."""
        self._db.run("INSERT INTO item_names(uid, entry_id) VALUES (?, ?)", (uid, entry_id))

    def names(self, entry_ids: Iterable[int]) -> dict[str, int]:
        """The names that works got because of these entries, the oldest first, and the entry of each."""
        found: dict[str, tuple[int, int]] = {}
        for part in parts(sorted(entry_ids)):
            marks = ",".join("?" * len(part))
            sql = f"SELECT rowid, uid, entry_id FROM item_names WHERE entry_id IN ({marks})"  # noqa: S608 — only marks
            found.update((row["uid"], (row["rowid"], row["entry_id"])) for row in self._db.rows(sql, part))
        return {uid: entry for uid, (_, entry) in sorted(found.items(), key=lambda pair: pair[1])}

    def _mates(self, entry_ids: Sequence[int]) -> set[int]:
        found: set[int] = set()
        for part in parts(entry_ids):
            marks = ",".join("?" * len(part))
            sql = f"SELECT id FROM entries WHERE item_id IN (SELECT item_id FROM entries WHERE id IN ({marks}))"  # noqa: S608
            found.update(row["id"] for row in self._db.rows(sql, part))
        return found

    def _under(self, keys: Sequence[int], most: int) -> dict[int, list[int]]:
        """At most so many entries under each key."""
        found: dict[int, list[int]] = {key: [] for key in keys}
        for part in parts(keys, 50):
            one = "SELECT * FROM (SELECT key, entry_id FROM blocks WHERE key = ? LIMIT ?)"
            values = [value for key in part for value in (key, most)]
            for row in self._db.rows(" UNION ALL ".join([one] * len(part)), values):
                found[row["key"]].append(row["entry_id"])
        return found

    def _again(self, entry_ids: Iterable[int]) -> None:
        self._db.run_many("UPDATE entries SET linked = 0 WHERE id = ?", [(i,) for i in entry_ids])

    def _touching(self, table: Literal["links", "rulings"], entry_ids: Sequence[int]) -> list[sqlite3.Row]:
        found = []
        for part in parts(entry_ids):
            marks = ",".join("?" * len(part))
            sql = f"SELECT * FROM {table} WHERE entry_id IN ({marks}) OR other_id IN ({marks})"  # noqa: S608 — only marks
            found += self._db.rows(sql, (*part, *part))
        return found


def _pair(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)
