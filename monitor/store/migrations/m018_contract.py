"""What analysts ask of the views by work, day or state is found by an index; no view reads all works for one."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.link_views import LINK_VIEWS
from monitor.store.publication_views import PUBLICATION_VIEWS
from monitor.store.statements import script
from monitor.store.views import VIEWS


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE INDEX items_published ON items(published);
        CREATE INDEX fetches_state ON fetches(state, started_at);
        CREATE INDEX fetches_day ON fetches(substr(started_at, 1, 10), feed, kind);
        CREATE INDEX windows_owing ON windows(feed, since) WHERE state != 'closed';
        CREATE INDEX merges_into ON merges(into_uid);
        """,
    )
    views = {name: VIEWS[name] for name in ("item_countries",)} | LINK_VIEWS | PUBLICATION_VIEWS
    for name, view in views.items():
        script(db, f"DROP VIEW IF EXISTS {name};\n{view};")
