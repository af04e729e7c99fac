"""Items: the works that entries are about, with their identifiers and bylines."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from monitor.store.connection import Connection
from monitor.types import Affiliation, Author, Entry, Identifier, Item, moment, stamp


class Items:
    """Tables items, identifiers, authors, affiliations and merges."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def with_identifiers(self, identifiers: Iterable[Identifier]) -> list[int]:
        """Ids of the items that carry any of `identifiers`, without repeats."""
        found: dict[int, None] = {}
        for identifier in identifiers:
            item_id = self._db.value(
                "SELECT item_id FROM identifiers WHERE scheme = ? AND value = ?", (identifier.scheme, identifier.value)
            )
            if item_id is not None:
                found[item_id] = None
        return list(found)

    def with_title_key(self, key: str) -> list[int]:
        """Ids of the items whose normalised title is `key`."""
        return [r["id"] for r in self._db.rows("SELECT id FROM items WHERE title_key = ? ORDER BY id", (key,))]

    def uid_taken(self, uid: str) -> bool:
        """Whether an item of that name is in the store."""
        return self._db.value("SELECT 1 FROM items WHERE uid = ?", (uid,)) is not None

    def add(self, uid: str, first_seen: str, iso_week: str) -> int:
        """A new item, empty until `update` describes it; its id."""
        with self._db.transaction():
            return self._db.run(
                """INSERT INTO items(uid, title, abstract, first_seen, iso_week, categories, title_key, content)
                   VALUES (?, '', '', ?, ?, '[]', '', '')""",
                (uid, first_seen, iso_week),
            )

    def update(self, item_id: int, entry: Entry, *, names: Sequence[Identifier], title_key: str, content: str) -> None:
        """Describe the item as `entry` does. It is due for tagging when `content` differs, and for locating
        when its byline does."""
        with self._db.transaction():
            self._db.run(
                """UPDATE items SET title = ?, abstract = ?, url = ?, published = ?, updated = ?, year = ?, venue = ?,
                       type = ?, language = ?, comment = ?, categories = ?, title_key = ?, withdrawn = 0,
                       tagged = CASE WHEN content = ? THEN tagged END, content = ?
                   WHERE id = ?""",
                (
                    entry.title,
                    entry.abstract,
                    entry.url,
                    _stamp(entry.published),
                    _stamp(entry.updated),
                    entry.year or (entry.published.year if entry.published else None),
                    entry.venue,
                    entry.type,
                    entry.language,
                    entry.comment,
                    json.dumps(entry.categories),
                    title_key,
                    content,
                    content,
                    item_id,
                ),
            )
            self._db.run("DELETE FROM identifiers WHERE item_id = ?", (item_id,))
            self._db.run_many(
                "INSERT INTO identifiers(scheme, value, item_id) VALUES (?, ?, ?)",
                [(n.scheme, n.value, item_id) for n in names],
            )
            if self.authors(item_id) != entry.authors:
                self._replace_authors(item_id, entry.authors)

    def withdraw(self, item_id: int) -> None:
        """Every feed has withdrawn the item: keep it, and show it no more."""
        with self._db.transaction():
            self._db.run("UPDATE items SET withdrawn = 1 WHERE id = ?", (item_id,))

    def absorb(self, keep: int, lose: int, reason: str, now: datetime) -> None:
        """One work had become two items: move the entries of `lose` to `keep` and record that."""
        with self._db.transaction():
            self._db.run(
                """INSERT INTO merges(uid, into_uid, reason, merged_at)
                   SELECT l.uid, k.uid, ?, ? FROM items l, items k WHERE l.id = ? AND k.id = ?""",
                (reason, stamp(now), lose, keep),
            )
            self._db.run(
                """UPDATE items SET (first_seen, iso_week) =
                       (SELECT first_seen, iso_week FROM items WHERE id IN (?1, ?2) ORDER BY first_seen LIMIT 1)
                   WHERE id = ?1""",
                (keep, lose),
            )
            self._db.run("UPDATE entries SET item_id = ? WHERE item_id = ?", (keep, lose))
            self._db.run("UPDATE labels SET item_id = ? WHERE item_id = ?", (keep, lose))
            self._db.run("UPDATE evidence SET item_id = ? WHERE item_id = ?", (keep, lose))
            self._db.run("UPDATE lookups SET item_id = ? WHERE item_id = ?", (keep, lose))
            self._db.run("UPDATE publications SET item_id = ? WHERE item_id = ?", (keep, lose))
            self._db.run("UPDATE items SET located = NULL WHERE id = ?", (keep,))
            self._db.run("DELETE FROM items WHERE id = ?", (lose,))

    def get(self, item_ids: Sequence[int]) -> list[Item]:
        """The items of these ids, in that order; ids that are not there are left out."""
        rows = {}
        for part in _parts(item_ids):
            marks = ",".join("?" * len(part))
            for row in self._db.rows(f"SELECT * FROM items WHERE id IN ({marks})", part):  # noqa: S608 — only marks
                rows[row["id"]] = row
        return [self._item(rows[i]) for i in item_ids if i in rows]

    def count(self) -> int:
        """How many works there are."""
        found: int = self._db.value("SELECT count(*) FROM items WHERE withdrawn = 0")
        return found

    def ids_of(self, uids: Iterable[str]) -> list[int]:
        """Ids of the items of these names, in that order; names that are not there are left out."""
        found = (self._db.value("SELECT id FROM items WHERE uid = ?", (uid,)) for uid in uids)
        return [i for i in found if i is not None]

    def authors(self, item_id: int) -> tuple[Author, ...]:
        """The byline, in order."""
        where: dict[int, list[Affiliation]] = {}
        for r in self._db.rows(
            "SELECT author, text, ror FROM affiliations WHERE item_id = ? ORDER BY author, position", (item_id,)
        ):
            where.setdefault(r["author"], []).append(Affiliation(r["text"], r["ror"]))
        return tuple(
            Author(r["name"], tuple(where.get(r["position"], ())), r["orcid"], r["domain"])
            for r in self._db.rows(
                "SELECT position, name, orcid, domain FROM authors WHERE item_id = ? ORDER BY position", (item_id,)
            )
        )

    def _replace_authors(self, item_id: int, authors: Sequence[Author]) -> None:
        self._db.run("DELETE FROM authors WHERE item_id = ?", (item_id,))
        self._db.run_many(
            "INSERT INTO authors(item_id, position, name, orcid, domain) VALUES (?, ?, ?, ?, ?)",
            [(item_id, n, a.name, a.orcid, a.domain) for n, a in enumerate(authors)],
        )
        self._db.run_many(
            "INSERT INTO affiliations(item_id, author, position, text, ror) VALUES (?, ?, ?, ?, ?)",
            [(item_id, n, m, f.text, f.ror) for n, a in enumerate(authors) for m, f in enumerate(a.affiliations)],
        )
        self._db.run("UPDATE items SET located = NULL WHERE id = ?", (item_id,))

    def _item(self, row: sqlite3.Row) -> Item:
        names = self._db.rows(
            "SELECT scheme, value FROM identifiers WHERE item_id = ? ORDER BY scheme, value", (row["id"],)
        )
        feeds = self._db.rows("SELECT DISTINCT feed FROM entries WHERE item_id = ? ORDER BY feed", (row["id"],))
        return Item(
            id=row["id"],
            uid=row["uid"],
            title=row["title"],
            abstract=row["abstract"],
            authors=self.authors(row["id"]),
            identifiers=tuple(Identifier(n["scheme"], n["value"]) for n in names),
            url=row["url"],
            published=_moment(row["published"]),
            updated=_moment(row["updated"]),
            first_seen=moment(row["first_seen"]),
            year=row["year"],
            venue=row["venue"],
            type=row["type"],
            categories=tuple(json.loads(row["categories"])),
            feeds=tuple(f["feed"] for f in feeds),
            content=row["content"],
        )


def _parts(ids: Sequence[int], size: int = 500) -> Iterable[Sequence[int]]:
    """`ids` in parts that fit into one statement."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _stamp(when: datetime | None) -> str | None:
    return stamp(when) if when else None


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None
