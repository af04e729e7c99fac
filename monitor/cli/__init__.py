"""The command line: options and the clock in, words and an exit code out.

Exit codes: 0 all well · 1 failed · 2 usage · 3 partial, the rest is kept · 4 configuration · 5 another run.
Data goes to stdout, words and progress to stderr. Commands import what they need when they run, so that
`monitor --help` stays fast.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from monitor import __version__
from monitor.cli import (
    care,
    coverage,
    digests,
    feeds,
    gazetteer,
    health,
    items,
    labels,
    models,
    scan,
    search,
    serve,
    stateless,
    subscribers,
)
from monitor.errors import ConfigError, LockError, MonitorError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--home",
    metavar="DIR",
    help="Folder with feeds.yaml and store/. Default: $MONITOR_HOME, else the current folder when it has a "
    "feeds.yaml, else the XDG data folder.",
)
@click.version_option(__version__, prog_name="monitor")
@click.pass_context
def cli(context: click.Context, home: str | None) -> None:
    """Scan the scientific literature, tag it by goal and country of origin, and file a weekly digest.

    \b
    Exit codes: 0 all well, 1 failed, 2 usage, 3 partial (some feeds, routes or recipients failed, the rest
    is kept), 4 configuration, 5 another run holds the store.
    """
    from monitor.app import App, find_home

    if context.obj is None:
        context.obj = App(find_home(home, os.environ, Path.cwd()))


GROUPS = (
    *(scan, feeds, digests, health, coverage, items, search, stateless),
    *(labels, models, gazetteer, subscribers, serve, care),
)

for group in GROUPS:
    for command in group.COMMANDS:
        cli.add_command(command)


def main(arguments: Sequence[str] | None = None, app: Any = None) -> None:
    """Run one command and exit with its code; `app` stands in for the one that `--home` names, in tests."""
    sys.exit(run(arguments, app))


def run(arguments: Sequence[str] | None = None, app: Any = None) -> int:
    """Run one command; its exit code."""
    try:
        code = cli.main(args=arguments, prog_name="monitor", standalone_mode=False, obj=app)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return _say("stopped", 130)
    except ConfigError as error:
        return _say(str(error), 4)
    except LockError as error:
        return _say(str(error), 5)
    except MonitorError as error:
        return _say(str(error), 1)
    except BrokenPipeError:
        # The reader of our output has gone (`monitor ... | head`): nothing is left to say, and Python must not
        # try to flush into the closed pipe at exit (https://docs.python.org/3/library/signal.html#note-on-sigpipe).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def _say(message: str, code: int) -> int:
    click.echo(f"monitor: {message}", err=True)
    return code
