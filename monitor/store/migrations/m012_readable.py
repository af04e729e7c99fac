"""Works are described anew: LaTeX in readable words, and the language that their words are in."""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    db.execute("UPDATE entries SET linked = 0 WHERE deleted = 0")
