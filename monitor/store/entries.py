"""Entries: the records as feeds gave them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.store.connection import Connection, parts
from monitor.store.faces import face
from monitor.store.publications import ROUTE
from monitor.types import Entry, content_digest, entry_from_json, moment, stamp, to_json

MOST_CHANGES = 24
"""How often an entry may change by content alone: a page that prints the time of day must not be tagged
anew for ever. A newer `updated` always counts (the rule of lemon24/reader)."""


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

_COLUMNS = "id, feed, record, item_id, first_seen, deleted"
_STANDING = "id, key, digest, changes, deleted"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a page of entries."""

    new: int = 0
    changed: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """An entry in the store."""

    id: int
    feed: str
    entry: Entry
    item_id: int | None
    first_seen: str
    deleted: bool

    @property
    def name(self) -> str:
        """What people call it: its feed, a colon and its key."""
        return f"{self.feed}:{self.entry.key}"

    @property
    def looked_up(self) -> bool:
        """Whether a route found it when it was asked about a work, and no feed brought it."""
        return self.feed.startswith(f"{ROUTE}:")


class Entries:
    """Table entries."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def unknown(self, feed: str, keys: Iterable[str]) -> frozenset[str]:
        """Those of `keys` under which `feed` has brought nothing yet."""
        find = "SELECT 1 FROM entries WHERE feed = ? AND key = ? AND digest != ''"
        return frozenset(key for key in keys if self._db.value(find, (feed, key)) is None)

    def keep(self, feed: str, entries: Sequence[Entry], now: datetime, backlog: Collection[str] = frozenset()) -> Kept:
        """Store what is new or changed, and note that the rest was seen. Twice the same changes nothing.

        What is new under one of the keys in `backlog` is marked as old stock, which digests do not announce.
        """
        new = changed = deleted = 0
        stamped = stamp(now)
        with self._db.transaction():
            standing = self._standing(feed, {entry.key for entry in entries})
            for entry in entries:
                # A key that comes a second time in one page finds what the first has written.
                row = standing.pop(entry.key) if entry.key in standing else self._row(feed, entry.key)
                outcome = self._keep(feed, entry, row, stamped, entry.key in backlog)
                new += outcome == "new"
                changed += outcome == "changed"
                deleted += outcome == "deleted"
        return Kept(new, changed, deleted)

    def listed_dates(self, feed: str) -> list[datetime]:
        """The dates of what `feed` listed when it was read the last time, where its records have any."""
        rows = self._db.rows(
            """SELECT coalesce(record ->> '$.updated', record ->> '$.published') AS dated FROM entries
                WHERE feed = ?1 AND deleted = 0 AND last_seen = (SELECT max(last_seen) FROM entries WHERE feed = ?1)""",
            (feed,),
        )
        return [moment(row["dated"]) for row in rows if row["dated"]]

    def count_of(self, feed: str) -> int:
        """How many records came through `feed`."""
        return int(self._db.value("SELECT count(*) FROM entries WHERE feed = ?", (feed,)) or 0)

    def unlinked(self, limit: int) -> list[Record]:
        """Entries that were not linked since they came or changed, in an order that does not depend on arrival
        within one run: by feed, then by key."""
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM entries WHERE linked = 0 ORDER BY feed, key LIMIT ?",  # noqa: S608
            (limit,),
        )
        return [_record(r) for r in rows]

    def of_item(self, item_id: int) -> list[Record]:
        """The entries of an item that their feeds have not withdrawn, first seen first."""
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM entries WHERE item_id = ? AND deleted = 0 "  # noqa: S608
            "ORDER BY first_seen, feed, key",
            (item_id,),
        )
        return [_record(r) for r in rows]

    def get(self, entry_ids: Iterable[int]) -> list[Record]:
        """The entries of these ids, withdrawn ones too, by id."""
        found = []
        for part in parts(sorted(entry_ids)):
            marks = ",".join("?" * len(part))
            sql = f"SELECT {_COLUMNS} FROM entries WHERE id IN ({marks}) ORDER BY id"  # noqa: S608 — only marks
            found += [_record(row) for row in self._db.rows(sql, part)]
        return found

    def ids_of(self, item_id: int) -> list[int]:
        """Ids of the entries of an item, withdrawn ones too."""
        return [row["id"] for row in self._db.rows("SELECT id FROM entries WHERE item_id = ? ORDER BY id", (item_id,))]

    def link(self, entry_id: int, item_id: int | None) -> None:
        """Record which item an entry is about; None for a withdrawal of something never seen."""
        with self._db.transaction():
            self._db.run("UPDATE entries SET item_id = ?, linked = 1 WHERE id = ?", (item_id, entry_id))

    def move(self, entry_ids: Iterable[int], item_id: int) -> None:
        """Record that entries are about an item; those that wait for linking go on waiting."""
        with self._db.transaction():
            self._db.run_many("UPDATE entries SET item_id = ? WHERE id = ?", [(item_id, i) for i in entry_ids])

    def settle(self, entry_id: int) -> None:
        """Note that an entry waits for linking no more; its item stays."""
        with self._db.transaction():
            self._db.run("UPDATE entries SET linked = 1 WHERE id = ?", (entry_id,))

    def _standing(self, feed: str, keys: Collection[str]) -> dict[str, sqlite3.Row | None]:
        """What `feed` has brought under each of `keys`, None where nothing: many keys in one query."""
        found: dict[str, sqlite3.Row | None] = dict.fromkeys(keys)
        for part in parts(sorted(keys)):
            marks = ",".join("?" * len(part))
            sql = f"SELECT {_STANDING} FROM entries WHERE feed = ? AND key IN ({marks})"  # noqa: S608 — only marks
            found |= {row["key"]: row for row in self._db.rows(sql, (feed, *part))}
        return found

    def _row(self, feed: str, key: str) -> sqlite3.Row | None:
        return self._standing(feed, [key])[key]

    def _keep(self, feed: str, entry: Entry, row: sqlite3.Row | None, now: str, backlog: bool) -> str:
        if entry.deleted:
            return self._withdraw(feed, entry, row["id"] if row and not row["deleted"] else None, row is None, now)
        plain = to_json(entry)
        digest, looks = content_digest(plain), face(entry)
        if row is not None and row["digest"] == digest and not row["deleted"]:
            self._db.run("UPDATE entries SET last_seen = ?, face = ? WHERE id = ?", (now, looks, row["id"]))
            return "seen"
        record = _JSON.encode(plain)
        if row is None:
            self._db.run(
                """INSERT INTO entries(feed, key, digest, record, first_seen, last_seen, backlog, face)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                (feed, entry.key, digest, record, now, now, backlog, looks),
            )
            return "new"
        if not row["digest"]:
            # It was first seen as withdrawn, of which nothing was told: whatever it says now is new.
            self._db.run(
                """UPDATE entries SET digest = ?, record = ?, first_seen = ?, last_seen = ?, backlog = ?, face = ?,
                       linked = 0, deleted = 0 WHERE id = ?""",
                (digest, record, now, now, backlog, looks, row["id"]),
            )
            return "new"
        before = self._db.value("SELECT record FROM entries WHERE id = ?", (row["id"],))
        stated = entry_from_json(json.loads(before)).updated != entry.updated
        if not stated and not row["deleted"] and row["changes"] >= MOST_CHANGES:
            self._db.run("UPDATE entries SET last_seen = ? WHERE id = ?", (now, row["id"]))
            return "seen"
        self._db.run(
            """UPDATE entries SET digest = ?, record = ?, last_seen = ?, face = ?, linked = 0, deleted = 0,
                   changes = changes + ? WHERE id = ?""",
            (digest, record, now, looks, 0 if stated else 1, row["id"]),
        )
        return "changed"

    def _withdraw(self, feed: str, entry: Entry, standing: int | None, unknown: bool, now: str) -> str:
        if standing is not None:
            self._db.run("UPDATE entries SET deleted = 1, linked = 0, last_seen = ? WHERE id = ?", (now, standing))
            return "deleted"
        if unknown:
            self._db.run(
                """INSERT INTO entries(feed, key, digest, record, first_seen, last_seen, linked, deleted)
                   VALUES (?, ?, '', ?, ?, ?, 1, 1)""",
                (feed, entry.key, json.dumps(to_json(entry)), now, now),
            )
        return "seen"


def _record(row: sqlite3.Row) -> Record:
    entry = entry_from_json(json.loads(row["record"]))
    return Record(row["id"], row["feed"], entry, row["item_id"], row["first_seen"], bool(row["deleted"]))
