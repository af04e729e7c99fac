"""What an unfinished walk through a window has brought so far: kept as long as its place to go on from is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from monitor.store.connection import Connection
from monitor.store.windows import Owed


def mark(key: str) -> int:
    """Hash of a record's id that is the same in every run."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)


class Walked:
    """Table walked. Forgetting a place (`Windows.save_resume`) forgets what was noted with it."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def marks(self, owed: Owed) -> set[int]:
        """Marks of the records that the walk has brought."""
        rows = self._db.rows("SELECT key FROM walked WHERE window_id = ?", (owed.id,))
        return {row["key"] for row in rows}

    def note(self, owed: Owed, marks: Iterable[int]) -> None:
        """Add some, where a place to go on from is kept; call it in the transaction that keeps the place."""
        with self._db.transaction():
            if self._db.value("SELECT 1 FROM windows WHERE id = ? AND resume IS NOT NULL", (owed.id,)):
                rows = [(owed.id, found) for found in marks]
                self._db.run_many("INSERT OR IGNORE INTO walked(window_id, key) VALUES (?, ?)", rows)
