"""Commands of the gazetteer: the registry of research organisations, which the monitor does not ship."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.words import NO_REGISTRY, as_json, print_json, say

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.origin import Stamp

OLD_DAYS = 60
"""From this age on a newer release is suggested; about one appears every three weeks."""


@click.group()
def gazetteer() -> None:
    """The registry of research organisations (ROR), which tells countries that a text does not name."""


@gazetteer.command()
@click.option(
    "--ror",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take this file instead of downloading one: a ROR dump (zip or JSON, schema v2), JSON lines of its records, "
    "or a table of names and country codes; may be repeated.",
)
@click.option("--release", metavar="NAME", help="What to call the release of --ror. Default: the file's name.")
@click.option("--from", "record", metavar="URL", help="Ask this address for the newest dump, as Zenodo's API answers.")
@as_json
@click.pass_obj
def update(app: App, files: Sequence[Path], release: str | None, record: str | None, as_json: bool) -> int:
    """Download the newest dump of ROR (some 100 MB) and compile it into the home folder; takes about a minute.

    A file that is damaged, or that does not pass the trial, changes nothing.
    """
    if files and record:
        raise click.UsageError("--ror and --from exclude each other")
    if release and not files:
        raise click.UsageError("--release needs --ror")
    _show(app, app.registry.update(files, release, record, say), as_json)
    return 0


@gazetteer.command()
@as_json
@click.pass_obj
def info(app: App, as_json: bool) -> int:
    """Say which release is loaded, how old it is and what it holds; exit 1 when there is none."""
    stamp = app.registry.stamp()
    if stamp is None:
        if as_json:
            print_json(None)
        say(NO_REGISTRY)
        return 1
    _show(app, stamp, as_json)
    return 0


def _show(app: App, stamp: Stamp, as_json: bool) -> None:
    days = (app.clock() - datetime.fromisoformat(stamp.built)).days
    if as_json:
        print_json({**asdict(stamp), "age_days": days, "path": str(app.registry.path)})
        return
    click.echo(f"release       {stamp.release}")
    click.echo(f"built         {stamp.built}, {days} days ago")
    click.echo(f"organisations {stamp.organisations:,}")
    click.echo(f"names         {stamp.names:,}")
    click.echo(f"hosts         {stamp.hosts:,}")
    click.echo(f"file          {app.registry.path}, format {stamp.format}")
    if days > OLD_DAYS:
        say(f"older than {OLD_DAYS} days: `monitor gazetteer update` fetches a newer release")


COMMANDS = (gazetteer,)
