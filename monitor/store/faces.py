"""Records told by what they say and not by their id, because some feeds give a new one at every request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from monitor.store.connection import Connection
from monitor.types import Entry, content_digest, to_json


def face(record: Mapping[str, Any]) -> int | None:
    """Hash of all that an entry, as plain JSON, says beside its id; equal where only that differs. None for one that
    has neither an address nor a date nor a text: its title alone does not tell it from others."""
    if not (record.get("url") or record.get("published") or record.get("abstract")):
        return None
    digest = content_digest({key: value for key, value in record.items() if key != "key"})
    return int(digest[1:16], 16)


class Faces:
    """Column `face` of table entries."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def under_first_ids(self, feed: str, entries: Sequence[Entry]) -> tuple[list[Entry], int]:
        """`entries` of one document, those that `feed` brought before under another id under that one; how many.

        Only where the other id is listed no more: two records that say the same under two ids are two.
        """
        listed = {entry.key for entry in entries}
        found: list[Entry] = []
        renamed = 0
        for entry in entries:
            first = None if entry.deleted or self._is_known(feed, entry.key) else self._first(feed, entry, listed)
            if first is not None:
                listed.add(first)
                renamed += 1
            found.append(entry if first is None else replace(entry, key=first))
        return found, renamed

    def _is_known(self, feed: str, key: str) -> bool:
        return self._db.value("SELECT 1 FROM entries WHERE feed = ? AND key = ?", (feed, key)) is not None

    def _first(self, feed: str, entry: Entry, listed: set[str]) -> str | None:
        """The oldest id under which the record is kept and that is none of `listed`."""
        if (looks := face(to_json(entry))) is None:
            return None
        rows = self._db.rows(
            "SELECT key FROM entries WHERE feed = ? AND face = ? AND deleted = 0 ORDER BY id", (feed, looks)
        )
        return next((row["key"] for row in rows if row["key"] not in listed), None)
