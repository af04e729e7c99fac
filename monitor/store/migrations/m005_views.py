"""The analysts' surface, documented in docs/views.md."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script
from monitor.store.views import VIEWS


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(db, ";\n".join(VIEWS.values()) + ";")
