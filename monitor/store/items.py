"""Items: the works that entries are about, with their identifiers and bylines."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.store.connection import Connection, parts
from monitor.store.texts import authors_text, institutions_text
from monitor.types import Affiliation, Author, Entry, Identifier, Item, moment, stamp

_GIVEN = ("decisions", "labels", "evidence", "lookups", "publications")
"""Tables of what a work was given under the name that it had."""


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of an item."""

    entry: Entry
    """The one record that stands for all its records."""
    names: Sequence[Identifier]
    content: str
    """Hash of the text that tags rest on."""


class Items:
    """Tables items, identifiers, authors, affiliations and merges."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def uid_taken(self, uid: str) -> bool:
        """Whether an item has or had that name."""
        sql = "SELECT 1 FROM items WHERE uid = ?1 UNION ALL SELECT 1 FROM item_names WHERE uid = ?1"
        return self._db.value(sql, (uid,)) is not None

    def uids(self, item_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
        """Name and first sight of each of these items."""
        found = {}
        for item_id in item_ids:
            row = self._db.row("SELECT uid, first_seen FROM items WHERE id = ?", (item_id,))
            if row is not None:
                found[item_id] = (row["uid"], row["first_seen"])
        return found

    def add(self, uid: str, first_seen: str, iso_week: str) -> int:
        """A new item, empty until `update` describes it; its id."""
        with self._db.transaction():
            return self._db.run(
                """INSERT INTO items(uid, title, abstract, first_seen, iso_week, categories, content)
                   VALUES (?, '', '', ?, ?, '[]', '')""",
                (uid, first_seen, iso_week),
            )

    def begin(self, uid: str, first_seen: str, iso_week: str, text: Description) -> int:
        """A new item, described at once; its id."""
        with self._db.transaction():
            item_id = self._db.run(
                """INSERT INTO items(title, abstract, url, published, updated, year, venue, type, language, comment,
                       categories, content, uid, first_seen, iso_week, authors, institutions)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (*_values(text), text.content, uid, first_seen, iso_week, *_byline(text.entry.authors)),
            )
            self._add_identifiers(item_id, text.names)
            self._add_authors(item_id, text.entry.authors)
            return item_id

    def update(self, item_id: int, entry: Entry, *, names: Sequence[Identifier], content: str) -> None:
        """Describe the item as `entry` does. It is due for tagging when `content` differs, and for locating
        when its byline does."""
        text = Description(entry, names, content)
        with self._db.transaction():
            self._db.run(
                """UPDATE items SET title = ?, abstract = ?, url = ?, published = ?, updated = ?, year = ?, venue = ?,
                       type = ?, language = ?, comment = ?, categories = ?, withdrawn = 0,
                       tagged = CASE WHEN content = ? THEN tagged END, content = ?
                   WHERE id = ?""",
                (*_values(text), content, content, item_id),
            )
            self._db.run("DELETE FROM identifiers WHERE item_id = ?", (item_id,))
            self._add_identifiers(item_id, names)
            if self.authors(item_id) != entry.authors:
                self._db.run("DELETE FROM authors WHERE item_id = ?", (item_id,))
                self._add_authors(item_id, entry.authors)
                self._db.run(
                    "UPDATE items SET located = NULL, authors = ?, institutions = ? WHERE id = ?",
                    (*_byline(entry.authors), item_id),
                )

    def withdraw(self, item_id: int) -> None:
        """Every feed has withdrawn the item: keep it, and show it no more."""
        with self._db.transaction():
            self._db.run("UPDATE items SET withdrawn = 1 WHERE id = ?", (item_id,))

    def see(self, item_id: int, first_seen: str, iso_week: str) -> None:
        """Note when the item was first seen, and in which week that was."""
        with self._db.transaction():
            self._db.run(
                "UPDATE items SET first_seen = ?1, iso_week = ?2 WHERE id = ?3 AND first_seen != ?1",
                (first_seen, iso_week, item_id),
            )

    def absorb(self, keep: int, lose: int, reason: str, now: datetime, link: Sequence[object] = (None,) * 3) -> None:
        """One work had become two items: move everything of `lose` to `keep` and record that.

        `link` is the kind, the score and the rules that the merge rests on, where it rests on such. Labels, evidence,
        look-ups and publications remember to which name they were given, so that `give_back` can part them again.
        """
        with self._db.transaction():
            self._db.run(
                """INSERT INTO merges(uid, into_uid, reason, merged_at, kind, score, rules)
                   SELECT l.uid, k.uid, ?, ?, ?, ?, ? FROM items l, items k WHERE l.id = ? AND k.id = ?""",
                (reason, stamp(now), *link, lose, keep),
            )
            self._db.run(
                """UPDATE items SET (first_seen, iso_week) =
                       (SELECT first_seen, iso_week FROM items WHERE id IN (?1, ?2) ORDER BY first_seen LIMIT 1),
                       updated = (SELECT max(updated) FROM items WHERE id IN (?1, ?2))
                   WHERE id = ?1""",
                (keep, lose),
            )
            self._db.run("UPDATE entries SET item_id = ? WHERE item_id = ?", (keep, lose))
            for table in _GIVEN:
                self._db.run(
                    f"""UPDATE {table} SET item_id = ?1,
                           given_to = coalesce(given_to, (SELECT uid FROM items WHERE id = ?2))
                        WHERE item_id = ?2""",  # noqa: S608 — the tables above
                    (keep, lose),
                )
            for table in ("taggings", "vectors", "revisions"):
                self._db.run(f"UPDATE OR IGNORE {table} SET item_id = ? WHERE item_id = ?", (keep, lose))  # noqa: S608
            self._db.run("UPDATE items SET located = NULL WHERE id = ?", (keep,))
            self._db.run("DELETE FROM items WHERE id = ?", (lose,))

    def give_back(self, item_id: int, others: Iterable[int], uids: Iterable[str], now: datetime) -> None:
        """An item has been taken out of `others`: it gets what was given to its names before they were one.

        What routes said and was set aside since, because the common byline lacked its author, holds for all of them
        again, until they are located.
        """
        with self._db.transaction():
            names, others = list(uids), list(others)
            for table in _GIVEN:
                self._db.run_many(
                    f"UPDATE {table} SET item_id = ? WHERE item_id = ? AND given_to = ?",  # noqa: S608 — the tables above
                    [(item_id, other, uid) for other in others for uid in names],
                )
            parted = (item_id, *others)
            self._db.run_many(
                """UPDATE evidence SET superseded_at = NULL
                    WHERE item_id = ?1 AND route != 'feed' AND superseded_at >=
                          (SELECT min(merged_at) FROM merges WHERE uid = ?2 AND undone_at IS NULL)""",
                [(i, uid) for i in parted for uid in names],
            )
            self._db.run_many("UPDATE items SET located = NULL WHERE id = ?", [(i,) for i in parted])
            self._db.run_many(
                "UPDATE merges SET undone_at = ? WHERE uid = ? AND undone_at IS NULL",
                [(stamp(now), uid) for uid in names],
            )

    def get(self, item_ids: Sequence[int]) -> list[Item]:
        """The items of these ids, in that order; ids that are not there are left out."""
        rows = {}
        for part in parts(item_ids):
            marks = ",".join("?" * len(part))
            for row in self._db.rows(f"SELECT * FROM items WHERE id IN ({marks})", part):  # noqa: S608 — only marks
                rows[row["id"]] = row
        return [self._item(rows[i]) for i in item_ids if i in rows]

    def count(self) -> int:
        """How many works there are."""
        found: int = self._db.value("SELECT count(*) FROM items WHERE withdrawn = 0")
        return found

    def ids_of(self, uids: Iterable[str]) -> list[int]:
        """Ids of the items of these names, in that order; names that are not there are left out.

        A name that an item had before it turned out to be the same as another leads to where its work is now.
        """
        found = (
            self._db.value(
                """SELECT id FROM items WHERE uid = ?1
                    UNION ALL
                   SELECT e.item_id FROM item_names n JOIN entries e ON e.id = n.entry_id WHERE n.uid = ?1""",
                (uid,),
            )
            for uid in uids
        )
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

    def _add_identifiers(self, item_id: int, names: Sequence[Identifier]) -> None:
        self._db.run_many(
            "INSERT INTO identifiers(scheme, value, item_id) VALUES (?, ?, ?)",
            [(n.scheme, n.value, item_id) for n in names],
        )

    def _add_authors(self, item_id: int, authors: Sequence[Author]) -> None:
        self._db.run_many(
            "INSERT INTO authors(item_id, position, name, orcid, domain) VALUES (?, ?, ?, ?, ?)",
            [(item_id, n, a.name, a.orcid, a.domain) for n, a in enumerate(authors)],
        )
        self._db.run_many(
            "INSERT INTO affiliations(item_id, author, position, text, ror) VALUES (?, ?, ?, ?, ?)",
            [(item_id, n, m, f.text, f.ror) for n, a in enumerate(authors) for m, f in enumerate(a.affiliations)],
        )

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


def _values(text: Description) -> tuple[object, ...]:
    entry = text.entry
    return (
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
    )


def _byline(authors: Sequence[Author]) -> tuple[str, str]:
    return authors_text(authors), institutions_text(authors)


def _stamp(when: datetime | None) -> str | None:
    return stamp(when) if when else None


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None
