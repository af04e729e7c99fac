"""Commands of care: init, db, doctor."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.words import as_json, print_json, say
from monitor.errors import MonitorError, StoreError

if TYPE_CHECKING:
    from monitor.app import App

LEAST_FREE_MIB = 500


@click.command()
@click.pass_obj
def init(app: App) -> int:
    """Write a commented feeds.yaml and an empty store into the home folder; what is there already stays."""
    from monitor import atomic, shipped

    target = app.home / "feeds.yaml"
    if target.exists():
        say(f"{target} is there already and stays as it is")
    else:
        try:
            atomic.write_files(app.home, {target.name: shipped.path("feeds.yaml").read_bytes()})
        except OSError as error:
            raise StoreError(f"{app.home}: the home folder cannot be written: {error.strerror}") from error
    with app.store():
        pass
    click.echo(str(target))
    click.echo(str(app.database))
    say("edit feeds.yaml, then run `monitor scan`")
    return 0


@click.group()
def db() -> None:
    """Care of the store: path, schema, backup, check, migrate."""


@db.command("path")
@click.pass_obj
def db_path(app: App) -> None:
    """Print where the store is, for `sqlite3 "$(monitor db path)"`."""
    click.echo(str(app.database))


@db.command("schema")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@as_json
def db_schema(names: Sequence[str], as_json: bool) -> None:
    """Say what the views and columns of the store mean: all of them, or the views and tables NAME.

    Names and columns of what is told here stay; tables that are told without columns may change.
    """
    from monitor.store import dictionary, migrations
    from monitor.types import to_json

    told = dictionary.load()
    known = {r.name: r for r in told.tables}
    for name in names:
        if name not in known:
            raise click.UsageError(f"there is no view or table {name!r}; `monitor db schema` tells all of them")
    wanted = [known[name] for name in names] or list(told.tables)
    if as_json:
        queries = [] if names else told.queries
        print_json({"version": migrations.names[-1], "tables": to_json(wanted), "queries": to_json(queries)})
        return
    for table in wanted:
        click.echo(f"{table.name}: {table.row}")
        for c in table.columns:
            click.echo(f"    {c.name:<18} {c.means}{f' ({c.unit})' if c.unit else ''}")


@db.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def db_backup(app: App, file: Path) -> None:
    """Copy the store to FILE, consistent even during a scan; to restore, put the copy in the store's place."""
    from monitor.store import Store, care

    with Store.open(app.database, read_only=True) as store:
        care.backup(store.connection, file)
    click.echo(str(file))


@db.command("check")
@as_json
@click.pass_obj
def db_check(app: App, as_json: bool) -> int:
    """Look for damage: SQLite's own checks, then the named checks of store/checks/."""
    from monitor import shipped
    from monitor.store import Store, care

    if not app.database.exists():
        raise StoreError(f"{app.database}: there is no store yet; `monitor scan` makes one")
    with Store.open(app.database) as store:
        faults = care.check(store.connection, shipped.path("store/checks"))
    if as_json:
        print_json({"faults": faults})
    else:
        for fault in faults:
            click.echo(fault)
        say("the store is sound" if not faults else "restore a backup, or report the fault")
    return 1 if faults else 0


@db.command("migrate")
@click.pass_obj
def db_migrate(app: App) -> None:
    """Bring the store up to this version (every other command does so too)."""
    with app.store(locked=True):
        say(f"{app.database} is up to date")


@click.command()
@as_json
@click.pass_obj
def doctor(app: App, as_json: bool) -> int:
    """Check what the monitor rests on: Python, SQLite, disk, configuration, rules, routes, store, model, mail."""
    found = [(name, *_examine(check)) for name, check in _checks(app)]
    if as_json:
        print_json([{"check": name, "ok": ok, "says": text} for name, ok, text in found])
    else:
        for name, ok, text in found:
            click.echo(f"{'ok ' if ok else 'BAD'} {name:<14} {text}")
    return 0 if all(ok for _, ok, _ in found) else 1


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


COMMANDS = (init, db, doctor)
