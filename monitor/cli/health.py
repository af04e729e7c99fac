"""Command status: how feeds and digests stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import words
from monitor.cli.words import as_json, count
from monitor.errors import ModelError
from monitor.types import to_json

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.store import Store

BAD = ("stale", "failed", "blocked", "throttled", "short")


@click.command()
@as_json
@click.pass_obj
def status(app: App, as_json: bool) -> int:
    """Say how feeds and digests stand; exit 3 when a feed is stale or failing, or a digest late or lost."""
    with app.store() as store:
        report = health(app, store)
    if as_json:
        words.print_json(report)
    else:
        _print_status(report)
    return 0 if report["healthy"] else words.PARTIAL


def health(app: App, store: Store) -> dict[str, Any]:
    """Everything that `status` tells; `healthy` is what its exit code says.

    A digest that is late, or that ended in these days without arriving, is a fault; a recipient that rests is not.
    """
    from monitor import pipeline

    model, fault = _model(app)
    now = app.clock()
    late = app.post_office.overdue(store, app.plan, now)
    lost = pipeline.lost(store, now)
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
        "deliveries": store.outbox.states(),
        "deliveries_waiting": store.outbox.waiting(),
        "overdue": [{**to_json(one), "says": one.sentence} for one in late],
        "lost": to_json(lost),
        "resting": to_json(store.subscribers.resting()),
    }
    bad = [f for f in (*report["feeds"], *report["routes"]) if f["status"] in BAD]
    owing = any(_owes(f) for f in report["feeds"])
    report["healthy"] = not (bad or fault or owing or late or lost)
    return report


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
