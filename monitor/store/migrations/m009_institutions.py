"""What institutions are called, and a view that shows it beside their ids."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script
from monitor.store.views import VIEWS


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE institutions (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL
        ) STRICT;
        """,
    )
    script(db, f"DROP VIEW goal_country_institutions;\n{VIEWS['goal_country_institutions']};")
