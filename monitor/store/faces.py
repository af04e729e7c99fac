"""Records told by what they say and not by their id, because some feeds give a new one at every request."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from monitor.store.connection import Connection
from monitor.types import Entry


def face(entry: Entry) -> int | None:
    """Hash of what tells an entry from others beside its id: what it says, of what, when and by whom. None for one that
    has a title and neither an address nor a date nor a text: it does not tell it from others (`Editorial`)."""
    if entry.title and not (entry.url or entry.published or entry.abstract):
        return None
    day = entry.published.isoformat() if entry.published else ""
    names = (f"{name.scheme}:{name.value}" for name in entry.identifiers)
    said = (entry.title, entry.url or "", day, entry.abstract, *names, *(author.name for author in entry.authors))
    return int.from_bytes(hashlib.blake2b("\0".join(said).encode(), digest_size=8).digest(), "big", signed=True)


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
        if (looks := face(entry)) is None:
            return None
        rows = self._db.rows(
            "SELECT key FROM entries WHERE feed = ? AND face = ? AND deleted = 0 ORDER BY id", (feed, looks)
        )
        return next((row["key"] for row in rows if row["key"] not in listed), None)
