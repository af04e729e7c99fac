"""Searches: which works a text matches, which a selection holds, and works as lists show them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from monitor.selection import Listed, Selection
from monitor.store.connection import Connection, parts
from monitor.store.views import DAY
from monitor.types import Author, Identifier, Item, moment, stamp

WEIGHTS = (8.0, 1.0, 4.0, 2.0)
"""What a word is worth in title, abstract, authors and institutions (bm25, https://www.sqlite.org/fts5.html#the_bm25_function)."""

MARKS = ("\x02", "\x03")
"""What stands before and after a word of a snippet that was searched for; texts of works hold no control characters."""

_SNIPPET_WORDS = 40

_RANKED = "rank MATCH 'bm25({}, {}, {}, {})'".format(*WEIGHTS)

_OWN = """
    (SELECT country FROM origins o
      WHERE o.item_id = i.id AND NOT EXISTS (SELECT 1 FROM lens_places l WHERE l.item_id = i.id)
      UNION ALL
     SELECT country FROM lens_places o WHERE o.item_id = i.id)"""
"""Places of item `i`; the view item_places would be put together anew for each item."""

_GROUP = f"""
    coalesce((SELECT p.group_name FROM partners p
               WHERE p.country = place.country AND p.since <= {DAY}
                 AND (p.until IS NULL OR {DAY} < p.until)), 'other')"""

_FIELDS = {
    "goals": """
        {work} IN (SELECT g.item_id FROM json_each(:goals) asked
                   JOIN tags t ON t.label = asked.value AND t.selected = 1 AND t.facet = 'goal'
                   JOIN taggings g ON g.id = t.tagging_id
                   JOIN items j ON j.id = g.item_id AND j.tagged = g.model AND j.content = g.content
                  WHERE NOT EXISTS (SELECT 1 FROM labels l
                                     WHERE l.item_id = j.id AND l.facet = t.facet AND l.label = t.label)
                  UNION
                 SELECT l.item_id FROM labels l JOIN items j ON j.id = l.item_id
                  WHERE l.label IN (SELECT value FROM json_each(:goals))
                    AND EXISTS (SELECT 1 FROM item_goals g
                                 WHERE g.uid = j.uid AND g.selected = 1 AND g.goal = l.label))""",
    "countries": f"""
        {{work}} IN (SELECT item_id FROM origins WHERE country IN (SELECT value FROM json_each(:countries))
                  UNION
                 SELECT item_id FROM lens_places WHERE country IN (SELECT value FROM json_each(:countries)))
        AND EXISTS (SELECT 1 FROM {_OWN} WHERE country IN (SELECT value FROM json_each(:countries)))""",
    "groups": f"""
        ((EXISTS (SELECT 1 FROM {_OWN} place WHERE {_GROUP} IN (SELECT value FROM json_each(:groups))))
         OR ('unknown' IN (SELECT value FROM json_each(:groups)) AND NOT EXISTS (SELECT 1 FROM {_OWN})))""",
    "venues": """
        {work} IN (SELECT v.id FROM items v JOIN json_each(:venues) n ON v.venue LIKE n.value ESCAPE '!'
                  WHERE v.venue IS NOT NULL)""",
    "feeds": """
        EXISTS (SELECT 1 FROM entries e WHERE e.item_id = i.id AND e.feed IN (SELECT value FROM json_each(:feeds)))""",
    "since": "coalesce(i.published, i.first_seen) >= :since",
    "until": "coalesce(i.published, i.first_seen) < :until",
    "seen": """
        i.first_seen >= :seen_since AND i.first_seen < :seen_until
        AND NOT EXISTS (SELECT 1 FROM entries e
                         WHERE e.item_id = i.id AND e.backlog = 1 AND e.first_seen = i.first_seen)""",
}
"""Field of a selection → what holds for item `i`. The view item_goals is asked only where people said something. The
first part for countries is quick and lets too much pass, what lies there before the lens. `{work}` is the item's id."""


class Search:
    """Questions to items_fts, and to items by what is known of them."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def floor(self, expression: str, most: int) -> int | None:
        """The least id of the newest `most` works that an FTS5 expression matches; None when there are not more."""
        found: int | None = self._db.value(
            "SELECT rowid FROM items_fts WHERE items_fts MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?",
            (expression, most),
        )
        return None if found is None else found + 1

    def matches(self, expression: str, selection: Selection, most: int, *, floor: int = 0) -> list[int]:
        """Ids of the works of `selection` that an FTS5 expression matches, the best first, at most `most`; of those
        with an id of at least `floor`.

        Raises StoreError for an expression that is none; `monitor.search.query` makes only such as are.
        """
        # Asked of the full text's row, before the work is read: most that hold a common word do not fit. The `+` keeps
        # FTS5 from looking the word up for each id anew.
        conditions, values = _conditions(selection, work="+f.rowid")
        rows = self._db.rows(
            f"""SELECT f.rowid AS id FROM items_fts f CROSS JOIN items i ON i.id = f.rowid
                 WHERE items_fts MATCH :expression AND f.rowid >= :floor AND {_RANKED} AND {conditions}
                 ORDER BY f.rank LIMIT :most""",
            values | {"expression": expression, "most": most, "floor": floor},
        )
        return [r["id"] for r in rows]

    def matching(self, expression: str) -> frozenset[int]:
        """Ids of all works that an FTS5 expression matches."""
        return frozenset(
            r["id"] for r in self._db.rows("SELECT rowid AS id FROM items_fts WHERE items_fts MATCH ?", (expression,))
        )

    def ids(self, selection: Selection, most: int | None = None) -> list[int]:
        """Ids of the works of `selection`, the newest first."""
        conditions, values = _conditions(selection)
        rows = self._db.rows(
            f"""SELECT i.id AS id FROM items i WHERE {conditions}
                 ORDER BY coalesce(i.published, i.first_seen) DESC, i.id DESC LIMIT :most""",
            values | {"most": -1 if most is None else most},
        )
        return [r["id"] for r in rows]

    def of(self, ids: Sequence[int], selection: Selection) -> list[int]:
        """Those of `ids` that the selection holds, in their order."""
        conditions, values = _conditions(selection)
        rows = self._db.rows(
            f"SELECT i.id AS id FROM items i WHERE i.id IN (SELECT value FROM json_each(:ids)) AND {conditions}",
            values | {"ids": json.dumps(ids)},
        )
        held = {r["id"] for r in rows}
        return [i for i in ids if i in held]

    def feeds(self) -> list[str]:
        """Names of all feeds that works may have come through, those no longer watched included."""
        return [r["name"] for r in self._db.rows("SELECT name FROM feeds ORDER BY name")]

    def snippets(self, expression: str, ids: Sequence[int]) -> dict[int, str]:
        """Id → the part of the work that says most of what was searched for, matched words between `MARKS`."""
        found = {}
        for part in parts(ids):
            marks = ",".join("?" * len(part))
            # With `+` the matches are walked once; else a beginning of words would be put together for each id anew.
            rows = self._db.rows(
                f"""SELECT rowid AS id, snippet(items_fts, -1, ?, ?, '…', {_SNIPPET_WORDS}) AS snippet
                      FROM items_fts WHERE items_fts MATCH ? AND rowid BETWEEN ? AND ? AND +rowid IN ({marks})""",
                (*MARKS, expression, min(part), max(part), *part),
            )
            found.update({r["id"]: r["snippet"] for r in rows})
        return found

    def listed(self, ids: Sequence[int]) -> list[Listed]:
        """The works of these ids, in that order; ids that are not there are left out."""
        return [work for part in parts(ids) for work in self._listed(part)]

    def walk(self, ids: Iterable[int], size: int = 500) -> Iterator[Listed]:
        """The same a few at a time, however many there are."""
        yield from (work for part in parts(list(ids), size) for work in self._listed(part))

    def _listed(self, ids: Sequence[int]) -> Iterator[Listed]:
        rows = {r["id"]: r for r in self._about("SELECT * FROM items WHERE id IN ({})", ids)}
        authors = self._grouped("SELECT item_id, name, orcid FROM authors WHERE item_id IN ({}) ORDER BY position", ids)
        names = self._grouped(
            "SELECT item_id, scheme, value FROM identifiers WHERE item_id IN ({}) ORDER BY scheme, value", ids
        )
        feeds = self._grouped("SELECT DISTINCT item_id, feed FROM entries WHERE item_id IN ({}) ORDER BY feed", ids)
        goals = self._grouped(
            """SELECT i.id AS item_id, g.goal, g.probability FROM items i JOIN item_goals g ON g.uid = i.uid
                WHERE i.id IN ({}) AND g.selected = 1 ORDER BY g.probability DESC, g.goal""",
            ids,
        )
        places = self._grouped(
            """SELECT item_id, country, sum(fraction) AS fraction, partner_group FROM item_places
                WHERE item_id IN ({}) GROUP BY item_id, country ORDER BY fraction DESC, country""",
            ids,
        )
        for i in ids:
            if i in rows:
                byline = tuple(Author(a["name"], orcid=a["orcid"]) for a in authors.get(i, ()))
                item = replace(
                    _item(rows[i]),
                    authors=byline,
                    identifiers=tuple(Identifier(n["scheme"], n["value"]) for n in names.get(i, ())),
                    feeds=tuple(f["feed"] for f in feeds.get(i, ())),
                )
                yield Listed(
                    item,
                    bool(rows[i]["withdrawn"]),
                    {g["goal"]: g["probability"] for g in goals.get(i, ())},
                    {p["country"]: p["fraction"] for p in places.get(i, ())},
                    {p["country"]: p["partner_group"] for p in places.get(i, ())},
                )

    def _about(self, sql: str, ids: Sequence[int]) -> list[Any]:
        return self._db.rows(sql.format(",".join("?" * len(ids))), ids)

    def _grouped(self, sql: str, ids: Sequence[int]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = {}
        for row in self._about(sql, ids):
            found.setdefault(row["item_id"], []).append(row)
        return found


def _conditions(selection: Selection, work: str = "i.id") -> tuple[str, dict[str, Any]]:
    """What holds for item `i` of a selection, and the values in it; `work` is where its id is read."""
    asked: dict[str, Any] = {
        "goals": selection.goals,
        "countries": selection.countries,
        "groups": selection.groups,
        "venues": tuple(f"%{_literal(venue)}%" for venue in selection.venues),
        "feeds": selection.feeds,
    }
    values: dict[str, Any] = {name: json.dumps(some) for name, some in asked.items() if some}
    values |= {n: stamp(t) for n, t in (("since", selection.since), ("until", selection.until)) if t is not None}
    conditions = [
        "1" if selection.withdrawn else "i.withdrawn = 0",
        *(_FIELDS[name].format(work=work) for name in values),
    ]
    if selection.seen is not None:
        conditions.append(_FIELDS["seen"])
        values |= {"seen_since": stamp(selection.seen.since), "seen_until": stamp(selection.seen.until)}
    return " AND ".join(conditions), values


def _literal(text: str) -> str:
    """`text` in a pattern of LIKE, its own `%` and `_` meaning themselves."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _item(row: Any) -> Item:
    """The item in a row of items, without what stands in other tables."""
    return Item(
        id=row["id"],
        uid=row["uid"],
        title=row["title"],
        abstract=row["abstract"],
        url=row["url"],
        published=moment(row["published"]) if row["published"] else None,
        updated=moment(row["updated"]) if row["updated"] else None,
        first_seen=moment(row["first_seen"]),
        year=row["year"],
        venue=row["venue"],
        type=row["type"],
        categories=tuple(json.loads(row["categories"])),
        content=row["content"],
    )
