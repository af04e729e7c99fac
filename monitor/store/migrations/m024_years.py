"""Works of which the year alone is known have their partners by that year, and not by the day on which they came."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script
from monitor.store.views import VIEWS


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    for name in ("item_places", "item_countries", "item_overview"):
        script(db, f"DROP VIEW IF EXISTS {name};\n{VIEWS[name]};")
