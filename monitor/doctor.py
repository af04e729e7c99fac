"""What the monitor rests on, looked at one by one: what `monitor doctor` tells."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import MonitorError, StoreError

if TYPE_CHECKING:
    from monitor.app import App

LEAST_FREE_MIB = 500


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the monitor rests on."""

    check: str
    ok: bool
    says: str
    """What was found, or the fault in a sentence."""


def examine(app: App) -> tuple[Check, ...]:
    """Everything from Python to bounces, in the order in which it is needed; asks the mail server and the mailbox."""
    return tuple(Check(name, *_examine(check)) for name, check in _checks(app))


def _examine(check: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, check()
    except (MonitorError, OSError) as error:
        return False, str(error)


def _checks(app: App) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "python", lambda: sys.version.split()[0]
    yield "sqlite", _sqlite
    yield "disk", lambda: _disk(app.home)
    yield "feeds.yaml", lambda: f"{len(app.config.feeds)} feeds, {len(app.config.subscribers)} subscribers"
    yield "subscribers", lambda: _subscribers(app)
    yield "origin", lambda: _origin(app)
    yield "routes", lambda: _routes(app)
    yield "store", lambda: _store(app)
    yield "model", lambda: f"{app.tagger.name}, encoder {_encoder(app)}"
    yield "mail", lambda: _mail(app)
    yield "bounces", lambda: _bounces(app)


def _sqlite() -> str:
    from monitor.store import care

    return care.sqlite_version()


def _disk(home: Path) -> str:
    place = next(p for p in (home, *home.parents) if p.exists())
    free = shutil.disk_usage(place).free // 2**20
    if free < LEAST_FREE_MIB:
        raise StoreError(f"{place}: only {free} MiB are free")
    return f"{free:,} MiB free at {place}"


def _store(app: App) -> str:
    with app.store() as store:
        mode = store.connection.value("PRAGMA journal_mode")
        if mode != "wal":
            raise StoreError(f"{app.database}: this file system does not allow WAL (journal mode {mode})")
        return f"{app.database}, {store.items.count():,} works"


def _origin(app: App) -> str:
    from monitor.origin import compiled

    rules = "compiled" if compiled.in_use() else "not compiled, and slower"
    return f"{app.resolver.version}, rules {rules}"


def _routes(app: App) -> str:
    told = (f"{r.name} rests: {r.idle}" if r.idle else r.name for r in app.config.affiliations.routes)
    return ", ".join(told) or "none: affiliations are not looked up"


def _subscribers(app: App) -> str:
    app.post_office.check()
    return ", ".join(s.name for s in app.config.subscribers) or "none: digests are filed only"


def _encoder(app: App) -> str:
    from monitor.encoder import Encoder

    return Encoder.open(app.weights).identity


def _mail(app: App) -> str:
    if app.config.mail is None:
        return "not configured"
    from monitor.outputs import email

    return email.probe(app.config.mail)


def _bounces(app: App) -> str:
    return "the mailbox can be read" if app.post_office.probe() else "not configured: nobody hears what comes back"
