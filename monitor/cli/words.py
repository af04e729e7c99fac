"""What the commands share: the way they speak, and how they are told to stop."""

from __future__ import annotations

import codecs
import contextlib
import getpass
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from types import FrameType
from typing import Any, TextIO

import click

from monitor.errors import suggestion
from monitor.types import Window

PARTIAL = 3

ORIGIN_STATES = {
    "known": "with a country for every author",
    "partial": "with countries for some authors",
    "no-affiliation": "without any affiliation",
    "no-country": "with affiliations that tell no country",
}
"""How a work stands, in words that go on from a number or a name."""

NO_REGISTRY = "country from explicit names only; no ROR loaded: run `monitor gazetteer update`"

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of words.")


def say(text: str) -> None:
    """Words for the person at the terminal, on stderr."""
    click.echo(text, err=True)


def print_json(data: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(data, ensure_ascii=not is_unicode(sys.stdout), indent=2))


def is_unicode(stream: TextIO | None) -> bool:
    """Whether every sign can be written to `stream`; click writes UTF-8 where the locale says nothing but ASCII."""
    encoding = codecs.lookup(getattr(stream, "encoding", None) or "utf-8").name
    return encoding.startswith("utf") or encoding == "ascii"


def count(number: int, noun: str, nouns: str | None = None) -> str:
    """`3 feeds`, `1 feed`; `nouns` is the plural where it is not the noun and an s."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def known(noun: str, names: Iterable[str], all_names: Sequence[str]) -> None:
    """Raises UsageError for the first of `names` that is none of `all_names`."""
    for name in names:
        if name not in all_names:
            raise click.UsageError(f"there is no {noun} {name!r}{suggestion(name, all_names)}")


def who(name: str | None, option: str = "--by") -> str:
    """Who does it: `name`, else the login name; raises UsageError where nobody is known."""
    if name is None:
        try:
            name = getpass.getuser()
        except (KeyError, OSError, ImportError):
            name = ""
    name = " ".join(name.split())
    if not name:
        raise click.UsageError(f"say who you are with {option} NAME")
    return name


@contextlib.contextmanager
def stopping(stop: threading.Event) -> Iterator[None]:
    """While inside, SIGTERM, SIGINT and SIGHUP set `stop`, so that what is under way is finished; a second one ends at
    once, but for SIGHUP, which a terminal that closes and its shell may both send."""

    def ask(number: int, _: FrameType | None) -> None:
        if stop.is_set() and number != signal.SIGHUP:
            raise KeyboardInterrupt
        stop.set()
        with contextlib.suppress(OSError, RuntimeError):  # the terminal has gone, or a line is being written just now
            say(f"{signal.Signals(number).name}: finishing what is under way")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        numbers.remove(signal.SIGHUP)  # under nohup
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A line that counts, on a terminal only."""
    shown = sys.stderr.isatty()

    def show(done: int, total: int) -> None:
        if shown:
            click.echo(f"\r{label}: {done:,} of {total:,}", nl=False, err=True)

    yield show
    if shown:
        click.echo("\r" + " " * 60 + "\r", nl=False, err=True)


class Day(click.ParamType[datetime]):
    """A day, or a moment, in ISO 8601; without a zone it is UTC."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Raises UsageError with a sentence that shows the form."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a date; write 2026-06-01 or 2026-06-01T12:00Z", param, ctx)


def window(since: datetime | None, until: datetime | None, now: datetime) -> Window | None:
    """The window that `--since` and `--until` name, None when neither is given; `--until` defaults to now.

    Raises UsageError when it is empty or has no beginning.
    """
    if since is None and until is None:
        return None
    if since is None:
        raise click.UsageError("--until needs --since")
    return span(since, until or now)


def span(since: datetime, until: datetime) -> Window:
    """The window from `since` to `until`; raises UsageError when it is empty."""
    if since >= until:
        raise click.UsageError(f"--since {date.isoformat(since)} is not before --until {date.isoformat(until)}")
    return Window(since, until)
