"""The command line: options and the clock in, words and an exit code out.

Exit codes: 0 all well · 1 failed · 2 usage · 3 partial, the rest is kept · 4 configuration · 5 another run.
Data goes to stdout, words and progress to stderr. Commands import what they need when they run, so that
`monitor --help` stays fast.
"""

from __future__ import annotations

import io
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
    words,
)
from monitor.errors import ConfigError, LockError, MonitorError

STOPPED = 130
"""Exit code of a command that was told twice to stop, or once where nothing is under way."""


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
    if isinstance(sys.stdout, io.TextIOWrapper) and not words.is_unicode(sys.stdout):
        sys.stdout.reconfigure(errors="backslashreplace")  # a sign that the locale lacks must not cost the rest
    code = run(arguments, app)
    if code == STOPPED:
        os._exit(code)  # Python would wait for the thread in which `run` works, and a second signal says not to
    sys.exit(code)


def run(arguments: Sequence[str] | None = None, app: Any = None) -> int:
    """Run one command; its exit code."""
    stdout = sys.stdout
    try:
        code = cli.main(args=arguments, prog_name="monitor", standalone_mode=False, obj=app)
        if sys.stdout:
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return _say("stopped", STOPPED)
    except MonitorError as error:
        return _say(str(error), 4 if isinstance(error, ConfigError) else 5 if isinstance(error, LockError) else 1)
    except BrokenPipeError:
        return _unheard()
    except SystemExit:
        if sys.stdout is stdout:
            raise
        return _unheard()  # click puts another stdout in its place when a pipe is closed, and exits with 1
    except OSError as error:
        _mute()
        return _say(f"{error.filename or 'the output cannot be written'}: {error.strerror or error}", 1)
    return code if isinstance(code, int) else 0


def _say(message: str, code: int) -> int:
    click.echo(f"monitor: {message}", err=True)
    return code


def _unheard() -> int:
    """The reader of our output has gone (`monitor ... | head`): nothing is left to say."""
    _mute()
    return 0


def _mute() -> None:
    """Keep Python from flushing at exit into what cannot be written
    (https://docs.python.org/3/library/signal.html#note-on-sigpipe)."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
