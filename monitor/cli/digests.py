"""Commands that tell: digest, deliver, status."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import words
from monitor.cli.words import Day, as_json, count, say
from monitor.errors import ConfigError, ModelError
from monitor.types import Subscriber, Window

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.store import Store

FORMATS = ("html", "md", "txt", "json")
BAD = ("stale", "failed", "blocked", "throttled", "short")


@click.command()
@click.option("--week", metavar="2026-W30", help="This ISO week. Default: the running week so far.")
@click.option("--since", type=Day(), help="From this day on, instead of a week.")
@click.option("--until", type=Day(), help="Before this day. Default: now.")
@click.option("--for", "subscriber", metavar="SUBSCRIBER", help="As this subscriber of feeds.yaml gets it.")
@click.option("--format", "formats", metavar="html,md,txt,json", help="Formats to write. Default: all.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder. Default: store/digests/WEEK.")
@click.option("--preview", is_flag=True, help="Print the text (or the one --format) and write nothing.")
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
    with app.store() as store:
        made = pipeline.compose_week(store, app.plan, reader, name, window, app.clock())
    document = pipeline.render(made, reader)
    if preview:
        click.echo(document.formats[wanted[0] if formats else "txt"].decode(), nl=False)
        return 0
    folder = out or app.digests / name / ("" if reader is pipeline.ARCHIVE else reader.name)
    for path in digests.write(document, folder, wanted).values():
        click.echo(str(path))
    return 0


@click.command()
@as_json
@click.pass_obj
def deliver(app: App, as_json: bool) -> int:
    """Send what is due: every finished digest to every recipient that has not got it yet."""
    from monitor import pipeline

    with words.stopping(app.stop), app.store(locked=True) as store:
        outcome = pipeline.deliver(store, app.config.mail, app.clock, stop=app.stop.is_set)
        waiting = store.digests.waiting()
    for delivery in outcome.failed:
        say(f"{delivery.week} to {delivery.recipient}: {delivery.state}: {delivery.error}")
    sent = len(outcome.deliveries) - len(outcome.failed)
    if as_json:
        words.print_json({"sent": sent, "failed": len(outcome.failed), "waiting": waiting})
    else:
        say(f"sent {count(sent, 'digest')}, {count(waiting, 'delivery', 'deliveries')} waiting")
    return words.PARTIAL if outcome.failed else 0


@click.command()
@as_json
@click.pass_obj
def status(app: App, as_json: bool) -> int:
    """Say how every feed stands and what waits; exit 3 when a feed is stale or did not come back well."""
    model, fault = _model(app)
    with app.store() as store:
        report: dict[str, Any] = {
            "home": str(app.home),
            "feeds": store.ledger.health(),
            "items": store.items.count(),
            "untagged": store.findings.untagged_count(model or ""),
            "model": model,
            "model_error": fault,
            "resolver": app.resolver.version,
            "registry": app.resolver.registry,
            "origins": store.evidence.states(),
            "routes": _routes(app, store),
            "digests": store.digests.count(),
            "deliveries_waiting": store.digests.waiting(),
        }
    bad = [f for f in (*report["feeds"], *report["routes"]) if f["status"] in BAD]
    report["healthy"] = not (bad or fault or any(_owes(f) for f in report["feeds"]))
    if as_json:
        words.print_json(report)
    else:
        _print_status(report)
    return 0 if report["healthy"] else words.PARTIAL


def _owes(feed: dict[str, Any]) -> str:
    """What a feed owes, or what else a person should see to; empty when nothing."""
    told = []
    if feed["open_windows"]:
        told.append(f"{count(feed['open_windows'], 'window')} not answered in full yet")
    if feed["possibly_missed"]:
        told.append(f"{count(feed['possibly_missed'], 'work')} possibly missed")
    if feed["moved_to"]:
        told.append(f"it has moved for good to {feed['moved_to']}: change its url in feeds.yaml")
    return "; ".join(told)


def _routes(app: App, store: Store) -> list[dict[str, Any]]:
    """How each route that is switched on stands, asked or not."""
    health = {row["route"]: row for row in store.evidence.health()}
    return [
        {**health.get(r.name, {"status": None, "asked": 0}), "route": r.name, "budget": r.budget, "idle": r.idle}
        for r in app.config.affiliations.routes
    ]


def _model(app: App) -> tuple[str | None, str | None]:
    """Name of the model in use, or what keeps it from being used."""
    try:
        return app.tagger.name, None
    except ModelError as error:
        return None, str(error)


def _print_status(report: dict[str, Any]) -> None:
    feeds = report["feeds"]
    click.echo(f"{'feed':<32} {'status':<10} {'last good fetch':<21} {'next due':<21} silent days")
    for f in feeds:
        line = f"{f['feed']:<32} {f['status']:<10} {f['last_ok'] or '-':<21} {f['next_due'] or '-':<21}"
        click.echo(f"{line} {f['silence_days']:>11}")
        if (f["status"] in BAD or f["stopped"]) and f["last_error"]:
            click.echo(f"    {f['last_error']}")
        if owes := _owes(f):
            click.echo(f"    {owes}")
    if given_up := sum(f["given_up"] for f in feeds):
        click.echo(f"    {count(given_up, 'window')} given up so far: `monitor coverage` tells which, and why")
    for r in report["routes"]:
        asked = f"{r['asked']:,} asked, {r.get('answered', 0):,} answered, {r.get('unanswered', 0):,} without an answer"
        click.echo(f"{r['route']:<32} {r['status'] or '-':<10} {asked}")
        if r["idle"] or (r["status"] in BAD and r["last_error"]):
            click.echo(f"    {r['idle'] or r['last_error']}")
    states = ", ".join(f"{n:,} {words.ORIGIN_STATES[state]}" for state, n in report["origins"].items())
    click.echo(
        f"\n{report['items']:,} works, {report['untagged']:,} of them wait for tags; "
        f"{report['digests']:,} digests made, {report['deliveries_waiting']:,} deliveries waiting\n"
        f"goals by {report['model'] or report['model_error']}\n"
        f"origins: {states or 'no work located yet'}\n"
        f"countries by {report['resolver']}" + ("" if report["registry"] else f": {words.NO_REGISTRY}")
    )


def _week(name: str) -> Window:
    from monitor import digest as digests

    try:
        return digests.window_of(name)
    except ConfigError as error:
        raise click.UsageError(str(error)) from error


def _formats(text: str | None) -> tuple[str, ...]:
    wanted = tuple(part.strip() for part in text.split(",")) if text else FORMATS
    for name in wanted:
        if name not in FORMATS:
            raise click.UsageError(f"--format {name!r} is none of {', '.join(FORMATS)}")
    return wanted


def _reader(app: App, name: str | None) -> Subscriber:
    from monitor import pipeline

    return app.config.subscriber(name) if name else pipeline.ARCHIVE


def _span(window: Window) -> str:
    return f"{window.since:%Y-%m-%d}-to-{window.until:%Y-%m-%d}"


COMMANDS = (digest, deliver, status)
