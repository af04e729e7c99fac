"""Commands that tell: digest, deliver."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import post, words
from monitor.cli.words import Day, as_json, count, say
from monitor.errors import ConfigError, MonitorError
from monitor.types import Document, Subscriber, Window, to_json

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.store import Store

FORMATS = ("html", "md", "txt", "json", "pdf")


@click.command()
@click.option("--week", metavar="2026-W30", help="This ISO week. Default: the running week so far.")
@click.option("--since", type=Day(), help="From this day on, instead of a week.")
@click.option("--until", type=Day(), help="Before this day. Default: now.")
@click.option("--for", "subscriber", metavar="SUBSCRIBER", help="As this subscriber of feeds.yaml gets it.")
@click.option("--format", "formats", metavar="html,md,txt,json,pdf", help="Formats to write. Default: all but pdf.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder. Default: store/digests/WEEK.")
@click.option("--preview", is_flag=True, help="Print the text (or the one --format) and write nothing.")
@click.option("--as-sent", is_flag=True, help="The digest of --week byte for byte as it was made when it was due.")
@click.pass_obj
def digest(
    app: App,
    week: str | None,
    since: datetime | None,
    until: datetime | None,
    subscriber: str | None,
    formats: str | None,
    out: Path | None,
    preview: bool,
    as_sent: bool,
) -> int:
    """Write the digest of a week from what the store holds; nothing is sent or marked as sent.

    Reads store/monitor.db, writes digest.html, .md, .txt and .json. Prints the path of each file.
    """
    from monitor import digest as digests
    from monitor import pipeline

    wanted = _formats(formats)
    if week and since:
        raise click.UsageError("--week and --since exclude each other")
    window = words.window(since, until, app.clock())
    name = week or (_span(window) if window else digests.week_of(app.clock()))
    window = window or _week(name)
    reader = _reader(app, subscriber)
    if as_sent and not week:
        raise click.UsageError("--as-sent needs --week")
    with app.store() as store:
        if as_sent:
            document = _as_sent(store, reader, name, wanted if formats else ())
        else:
            made = pipeline.compose_week(store, app.plan, reader, name, window, app.clock())
            document = pipeline.render(made, reader, app.plan, with_pdf="pdf" in wanted)
    if preview:
        shown = "txt" if "txt" in document.formats else next(iter(document.formats))
        click.echo(document.formats[wanted[0] if formats else shown], nl=False)
        return 0
    if not formats:
        wanted = tuple(document.formats)
    folder = out or app.digests / name / ("" if reader is pipeline.ARCHIVE else reader.name)
    for path in digests.write(document, folder, wanted, as_sent=as_sent).values():
        click.echo(str(path))
    return 0


@click.command()
@as_json
@click.pass_obj
def deliver(app: App, as_json: bool) -> int:
    """Read what came back, then send what is due: every finished digest to every recipient that has not got it yet."""
    with words.stopping(app.stop), app.store(locked=True) as store:
        returned, outcome = post.deliver(app, store)
        waiting = store.outbox.waiting()
        post.watch(app, store)
    sent = len(outcome.deliveries) - len(outcome.failed)
    if as_json:
        told = {"sent": sent, "failed": len(outcome.failed), "held": outcome.held, "waiting": waiting}
        words.print_json({**told, "capped": outcome.capped, "returned": to_json(returned)})
    else:
        say(f"sent {count(sent, 'digest')}, {count(waiting, 'delivery', 'deliveries')} waiting")
    return words.PARTIAL if outcome.failed or returned.error else 0


def _as_sent(store: Store, reader: Subscriber, week: str, wanted: Sequence[str]) -> Document:
    from monitor import pipeline

    document = pipeline.as_sent(store, reader, week)
    for name in wanted:
        if name not in document.formats:
            made = ", ".join(document.formats)
            raise MonitorError(
                f"the digest of {week} for {reader.name!r} was not made as {name}; it was made as {made}"
            )
    return document


def _week(name: str) -> Window:
    from monitor import digest as digests

    try:
        return digests.window_of(name)
    except ConfigError as error:
        raise click.UsageError(str(error)) from error


def _formats(text: str | None) -> tuple[str, ...]:
    wanted = tuple(part.strip() for part in text.split(",")) if text else FORMATS[:-1]
    for name in wanted:
        if name not in FORMATS:
            raise click.UsageError(f"--format {name!r} is none of {', '.join(FORMATS)}")
    return wanted


def _reader(app: App, name: str | None) -> Subscriber:
    from monitor import pipeline

    return app.config.subscriber(name) if name else pipeline.ARCHIVE


def _span(window: Window) -> str:
    return f"{window.since:%Y-%m-%d}-to-{window.until:%Y-%m-%d}"


COMMANDS = (digest, deliver)
