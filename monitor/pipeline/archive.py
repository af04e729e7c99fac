"""The archive beside the digests: its front page, and Atom feeds of digests and of works by goal and country."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from monitor.atomic import write_files
from monitor.digest.archive import Told, feeds, index
from monitor.digest.atom import atom
from monitor.errors import StoreError
from monitor.store import Store
from monitor.types import Goal, Window

BACK = timedelta(weeks=12)
"""How far back the feeds of works reach."""


def archive(
    store: Store,
    folder: Path,
    goals: Sequence[Goal],
    now: datetime,
    *,
    subscriber: str,
    base_url: str | None = None,
    templates: Path | None = None,
) -> None:
    """Write the front page and the feeds of the digests of `subscriber` into `folder`; what did not change stays.

    Raises StoreError, naming the folder, when that fails.
    """
    filed = [(one.week, one.subject, one.made_at) for one in store.digests.filed(subscriber)]
    works = [Told(**row) for row in store.past.recent(Window(now - BACK, now))]
    found = feeds(filed, works, goals)
    base = f"{base_url.rstrip('/')}/digests" if base_url else None
    archive_id = store.past.archive_id()
    files = {feed.path: atom(feed, archive_id, f"{base}/{feed.path}" if base else None) for feed in found}
    files["index.html"] = index(filed, found, templates)
    try:
        _write(folder, files)
    except OSError as error:
        raise StoreError(f"the archive could not be written to {folder}: {error.strerror or error}") from error


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for parent in dict.fromkeys(Path(name).parent for name in files):
        inside = {Path(name).name: body for name, body in files.items() if Path(name).parent == parent}
        changed = {name: body for name, body in inside.items() if _old(folder / parent / name) != body}
        if changed:
            write_files(folder / parent, changed)


def _old(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
