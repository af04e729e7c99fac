"""Works that carry a goal are found by an index: searches narrowed to a goal look at nothing else."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(db, "CREATE INDEX tags_goal ON tags(label, tagging_id) WHERE selected = 1;")
