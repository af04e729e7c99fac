"""Command coverage: what was looked at, and what may have been missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from monitor.cli import words
from monitor.cli.words import Day, as_json
from monitor.types import Gap, to_json

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.pipeline import Coverage
    from monitor.pipeline.coverage import FeedCoverage

DAYS = 7
"""Looked back without --since."""

MOST_WORKS = 20
"""Works possibly missed that are named on the screen; --json names all."""

_COLUMNS = ("feed", "fetches", "well", "announced", "seen", "new", "changed", "unread", "complete up to", "state")
_WIDTHS = (30, 8, 6, 11, 9, 9, 9, 7, 18)


@click.command()
@click.option("--since", type=Day(), help=f"From this day on. Default: {DAYS} days ago.")
@click.option("--until", type=Day(), help="Before this day. Default: now.")
@click.option("--feed", "names", multiple=True, metavar="NAME", help="Only this feed; may be repeated.")
@as_json
@click.pass_obj
def coverage(app: App, since: datetime | None, until: datetime | None, names: Sequence[str], as_json: bool) -> int:
    """Say what was looked at, and what may have been missed; exit 3 when anything may.

    Reads the store alone: what each feed was asked, what it announced and what came, which windows are still open or
    were given up, and which works one feed brought and another ought to have.
    """
    from monitor import pipeline

    now = app.clock()
    window = words.span(since or now - timedelta(days=DAYS), until or now)
    with app.store() as store:
        told = pipeline.coverage(store, app.feeds(names), window)
    if as_json:
        words.print_json({**to_json(told), "never_asked": told.never_asked, "complete": told.complete})
    else:
        for line in _lines(told):
            click.echo(line)
    return 0 if told.complete else words.PARTIAL


def _lines(told: Coverage) -> Iterator[str]:
    yield f"What was looked at from {_minute(told.window.since)} to {_minute(told.window.until)} UTC"
    yield ""
    yield _row(_COLUMNS)
    for feed in told.feeds:
        yield _row(_figures(feed))
        if feed.note:
            yield f"    {feed.note}"
    yield ""
    yield "What may have been missed"
    missed = list(_missed(told))
    yield from missed or ["    nothing that is known of"]


def _figures(feed: FeedCoverage) -> tuple[str, ...]:
    from monitor.digest.coverage import STATES

    counts = (feed.seen, feed.new, feed.changed, feed.refused)
    return (
        feed.feed,
        f"{feed.fetches:,}",
        f"{feed.good:,}",
        "-" if feed.announced is None else f"{feed.announced:,}",
        *(f"{count:,}" for count in counts),
        _minute(feed.complete_until) if feed.complete_until else "-",
        STATES[feed.state or "silent"],
    )


def _row(cells: Sequence[str]) -> str:
    name, *middle, state = cells
    numbers = "".join(f"{cell:>{width}}" for cell, width in zip(middle, _WIDTHS[1:], strict=True))
    return f"{name:<{_WIDTHS[0]}}{numbers}  {state}"


def _missed(told: Coverage) -> Iterator[str]:
    for gap in told.gaps:
        yield f"    {gap.feed:<26} {_minute(gap.window.since)} to {_minute(gap.window.until)}  {describe(gap)}"
    for feed in told.unread:
        since = f"since {_minute(feed.complete_until)}" if feed.complete_until else "so far"
        yield f"    {feed.feed:<26} has not come back well {since}"
    for feed in told.unreadable:
        yield f"    {feed.feed:<26} {feed.refused:,} of {feed.refused + feed.seen:,} records could not be read"
    for name in told.never_asked:
        yield f"    {name:<26} was never asked in this time"
    works = [row for row in told.possibly_missed if row["state"] != "found"]
    for row in works[:MOST_WORKS]:
        how = f"; {row['reason']}" if row["reason"] else ""
        yield f"    {row['feed']:<26} {row['uid'] or row['key']}, which {row['seen_by']} brought{how}"
    if len(works) > MOST_WORKS:
        yield f"    and {words.count(len(works) - MOST_WORKS, 'more work')} (--json names them all)"
    found = len(told.possibly_missed) - len(works)
    if found:
        yield f"    {words.count(found, 'work')} that seemed missed came later"


def describe(gap: Gap) -> str:
    """How a window stands, and why."""
    if gap.state == "given-up":
        return gap.reason
    again = f", again from {_minute(gap.next_at)}" if gap.next_at else ""
    return f"open, asked {words.count(gap.tries, 'time')}{again}: {gap.reason}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


COMMANDS = (coverage,)
