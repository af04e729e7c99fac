"""Command status: how feeds and digests stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import words
from monitor.cli.words import as_json, count
from monitor.types import to_json

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.health import Health


@click.command()
@as_json
@click.pass_obj
def status(app: App, as_json: bool) -> int:
    """Say how feeds and digests stand; exit 3 when a feed is stale or failing, or a digest late or lost."""
    from monitor.health import health

    with app.store() as store:
        report = _report(health(app, store))
    if as_json:
        words.print_json(report)
    else:
        _print_status(report)
    return 0 if report["healthy"] else words.PARTIAL


def _report(told: Health) -> dict[str, Any]:
    """What `status --json` prints."""
    overdue = [{**to_json(one), "says": one.sentence} for one in told.overdue]
    return {**to_json(told), "overdue": overdue, "healthy": told.healthy}


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


def _print_status(report: dict[str, Any]) -> None:
    from monitor.health import BAD

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
    for line in _post(report):
        click.echo(line)


def _post(report: dict[str, Any]) -> Iterator[str]:
    """How the digests fare on their way, where there is more to tell than a number."""
    if report["deliveries"]:
        yield "deliveries: " + ", ".join(f"{n:,} {state}" for state, n in report["deliveries"].items())
    for one in report["overdue"]:
        yield f"LATE: {one['says']}"
    for one in report["lost"]:
        who = f"digest {one['week']} of {one['subscriber']!r} to {one['recipient']}"
        yield f"LOST: {who}: {one['state']}, {one['error']}"
    for one in report["resting"]:
        since = f"{one['since'][:10]}: {one['reason']}, {one['note']}"
        yield f"rests: {one['recipient']} of {one['subscriber']!r} since {since}"


COMMANDS = (status,)
