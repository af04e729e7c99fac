"""Vectors of works: which there are, which lack, and what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.store.connection import Connection, parts
from monitor.store.findings import Due

_SPACE = "encoder >= ? || '/' AND encoder < ? || '0'"
"""Encoders of one space: their names go on after it with a `/`, behind which comes `0`. Vectors of one space can be
compared, whatever made them."""


_UNREAD = f"""withdrawn = 0
      AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.item_id = i.id AND {_SPACE} AND v.content = i.content)
      AND NOT EXISTS (SELECT 1 FROM taggings g
                       WHERE g.item_id = i.id AND g.model = i.tagged AND g.content = i.content
                         AND g.reason IS NOT NULL)"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Lack:
    """Works that the encoder has still to read, or to read anew since their text changed."""

    untagged: int = 0
    """Those that wait to be tagged first, which may have them read."""
    unread: int = 0


class Vectors:
    """The table vectors, seen as a whole."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def version(self) -> tuple[int, int]:
        """Another one whenever anything in the store has changed (https://www.sqlite.org/pragma.html#pragma_data_version)."""
        return self._db.value("PRAGMA data_version"), self._db.value("SELECT total_changes()")

    def held(self, space: str) -> list[tuple[int, str]]:
        """Item and hash of the text of every vector of `space`, in order of items; one of a text that has since changed
        counts until the new one is read."""
        rows = self._db.rows(
            f"SELECT item_id, content FROM vectors WHERE {_SPACE} ORDER BY item_id, encoder",  # noqa: S608
            (space, space),
        )
        return [(r["item_id"], r["content"]) for r in rows]

    def read(self, space: str, item_ids: Sequence[int]) -> list[tuple[int, str, bytes]]:
        """Item, hash of the text and vector (little-endian float16) of these items."""
        found = []
        for part in parts(item_ids):
            marks = ",".join("?" * len(part))
            rows = self._db.rows(
                f"""SELECT item_id, content, vector FROM vectors
                     WHERE {_SPACE} AND item_id IN ({marks}) ORDER BY item_id, encoder""",  # noqa: S608
                (space, space, *part),
            )
            found += [(r["item_id"], r["content"], r["vector"]) for r in rows]
        return found

    def lacking(self, space: str, most: int) -> list[Due]:
        """Tagged works without a vector of their present text, the newest first, without those that were refused."""
        rows = self._db.rows(
            f"""SELECT id, title, abstract, content FROM items i WHERE tagged IS NOT NULL AND {_UNREAD}
                 ORDER BY id DESC LIMIT ?""",  # noqa: S608
            (space, space, most),
        )
        return [Due(r["id"], r["title"], r["abstract"], r["content"]) for r in rows]

    def lack(self, space: str) -> Lack:
        """How many works have no vector of their present text, without those that were refused."""
        row = self._db.row(
            f"""SELECT count(*) FILTER (WHERE tagged IS NULL) AS untagged,
                       count(*) FILTER (WHERE tagged IS NOT NULL) AS unread FROM items i WHERE {_UNREAD}""",  # noqa: S608
            (space, space),
        )
        return Lack(row["untagged"], row["unread"]) if row else Lack()

    def save(self, encoder: str, vectors: Sequence[tuple[int, str, bytes]]) -> None:
        """Keep vectors: item, hash of the text, and little-endian float16."""
        with self._db.transaction():
            self._db.run_many(
                "INSERT OR REPLACE INTO vectors(item_id, encoder, content, vector) VALUES (?, ?, ?, ?)",
                [(item, encoder, content, vector) for item, content, vector in vectors],
            )
