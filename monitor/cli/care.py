"""Commands of care: init, db, doctor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.words import as_json, print_json, say

if TYPE_CHECKING:
    from monitor.app import App


@click.command()
@click.pass_obj
def init(app: App) -> int:
    """Write a commented feeds.yaml and an empty store into the home folder; what is there already stays."""
    target = app.home / "feeds.yaml"
    if not app.init():
        say(f"{target} is there already and stays as it is")
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

    with Store.open(app.existing()) as store:
        faults = care.check(store.connection, shipped.path("store/checks"))
        unchecked = care.unchecked(store.connection)
    if as_json:
        print_json({"faults": faults, "unchecked": unchecked})
    else:
        for fault in faults:
            click.echo(fault)
        for what in unchecked:
            say(f"not checked: {what}")
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
    from monitor.doctor import examine
    from monitor.types import to_json

    found = examine(app)
    if as_json:
        print_json(to_json(found))
    else:
        for one in found:
            click.echo(f"{'ok ' if one.ok else 'BAD'} {one.check:<14} {one.says}")
    return 0 if all(one.ok for one in found) else 1


COMMANDS = (init, db, doctor)
