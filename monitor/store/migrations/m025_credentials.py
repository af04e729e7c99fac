"""Names and passwords in addresses go, which older versions kept: analysts may read every table."""

from __future__ import annotations

import json
import re

from sqlite_utils import Database

from monitor.text import without_credentials

SENTENCES = (("feeds", "last_error"), ("feeds", "stopped"), ("fetches", "error"), ("windows", "reason"))
_CREDENTIALS = re.compile(r"(?<=://)[^\s/?#]*@|[^\s/]*@(?=\S+ goes round in circles)")


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    for name, url, moved_to in db.execute("SELECT name, url, moved_to FROM feeds").fetchall():
        bare = without_credentials(url), without_credentials(moved_to) if moved_to else None
        if bare != (url, moved_to):
            db.execute("UPDATE feeds SET url = ?, moved_to = ? WHERE name = ?", [*bare, name])
    for feed, url in db.execute("SELECT feed, url FROM validators").fetchall():
        if (kept := without_credentials(url)) != url:
            # What stands under the bare address already is newer: it was written since passwords are kept no more.
            db.execute("UPDATE OR IGNORE validators SET url = ? WHERE feed = ? AND url = ?", [kept, feed, url])
            db.execute("DELETE FROM validators WHERE feed = ? AND url = ?", [feed, url])
    for window, resume in db.execute("SELECT id, resume FROM windows WHERE resume IS NOT NULL").fetchall():
        if without_credentials(asked := json.loads(resume)["url"]) != asked:
            # It cannot be gone on with from an address without them: the window begins anew.
            db.execute("UPDATE windows SET resume = NULL WHERE id = ?", [window])
    for table, column in SENTENCES:
        _clean(db, table, column)


def _clean(db: Database, table: str, column: str) -> None:
    """Take addresses' credentials out of the sentences of a column."""
    found = db.execute(f"SELECT rowid, {column} FROM {table} WHERE {column} LIKE '%@%'").fetchall()  # noqa: S608
    for row, said in found:
        db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", [_CREDENTIALS.sub("", said), row])  # noqa: S608
