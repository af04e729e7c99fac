"""Commands that bring works in: scan, its steps, and run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from monitor.cli import models, post, words
from monitor.cli.words import Day, as_json, count, say
from monitor.errors import MonitorError
from monitor.types import Feed, Fetch, Window, to_json

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.pipeline import RouteReport
    from monitor.steps import Scan, Steps
    from monitor.store import Store

GOOD = ("ok", "unchanged", "empty")

_feed = click.option("--feed", "names", multiple=True, metavar="NAME", help="Only this feed; may be repeated.")
_since = click.option("--since", type=Day(), help="Ask for records from this day on, instead of where the feed stands.")
_until = click.option("--until", type=Day(), help="Ask for records before this day. Default: now.")


@click.command()
@_feed
@_since
@_until
@click.option("--no-deliver", is_flag=True, help="Make digests that are due, but hand none over.")
@as_json
@click.pass_obj
def scan(
    app: App,
    names: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    no_deliver: bool,
    as_json: bool,
) -> int:
    """Fetch, link, locate and tag; look affiliations up; write and deliver the digests that are due.

    Reads feeds.yaml, writes store/monitor.db and store/digests/. Prints the path of the running week's digest.
    """
    with _run(app) as store:
        span = words.window(since, until, app.clock())
        result, posted = _scan(app, store, app.feeds(names), span, deliver=not no_deliver, insist=bool(names))
    return _tell(app, result, as_json) or (0 if posted else words.PARTIAL)


@click.command()
@_feed
@_since
@_until
@as_json
@click.pass_obj
def fetch(app: App, names: Sequence[str], since: datetime | None, until: datetime | None, as_json: bool) -> int:
    """Ask every feed for what is new and keep it."""
    with _run(app) as store:
        span = words.window(since, until, app.clock())
        fetches = _steps(app, store).fetch(app.feeds(names), span, insist=bool(names))
    if as_json:
        words.print_json({"feeds": to_json(fetches)})
    return _code(app, fetches)


@click.command()
@as_json
@click.pass_obj
def link(app: App, as_json: bool) -> int:
    """Find the work that each entry is about."""
    with _run(app) as store:
        done = _steps(app, store).link()
    return _done(app, "link", done, "entries", as_json)


def _done(app: App, name: str, done: int, noun: str, as_json: bool) -> int:
    """Say what a step did; the exit code."""
    if as_json:
        words.print_json({noun: done})
    else:
        say(f"{name}: {done:,} {noun}")
    return words.PARTIAL if app.stop.is_set() else 0


@click.command()
@as_json
@click.pass_obj
def locate(app: App, as_json: bool) -> int:
    """Find the countries each work comes from, and look affiliations up where feeds brought too few."""
    with _run(app) as store:
        steps = _steps(app, store)
        located, routes = steps.locate(), steps.look_up()
    _tell_routes(routes)
    if as_json:
        words.print_json({"items": located, "routes": to_json(routes)})
    else:
        say(f"locate: {located:,} items")
    return words.PARTIAL if app.stop.is_set() or any(r.failing for r in routes) else 0


def _tell_routes(routes: Sequence[RouteReport]) -> None:
    """One line for each route that was asked."""
    for r in routes:
        said = f"{r.asked:>6,} asked {r.answered:>4,} answered {r.statements:>4,} statements"
        say(f"{r.route:<32} {said}{f'; {r.error}' if r.error else ''}")


@click.command()
@click.option("--exact", is_flag=True, help="Read every text whole, rather than those alone whose words leave it open.")
@as_json
@click.pass_obj
def tag(app: App, exact: bool, as_json: bool) -> int:
    """Give every work its probability for every goal."""
    with _run(app) as store:
        done = _steps(app, store).tag(exact=exact)
    return _done(app, "tag", done, "items", as_json)


@click.command()
@click.pass_obj
def run(app: App) -> int:
    """Keep scanning and delivering on the schedule of feeds.yaml, in the foreground.

    SIGTERM and Ctrl-C finish what is under way. Feeds are asked when they are due; a run that was missed is made
    up once. A change of feeds.yaml counts from the next round on.
    """
    from monitor import service

    rounds = service.Rounds(
        scan=lambda store: _scan_due(app, store),
        deliver=lambda store: _deliver(app, store),
        train=lambda store, every: _train_due(app, store, every),
        failed=lambda error: say(f"{app.clock():%Y-%m-%d %H:%M}Z {error}"),
        renewed=lambda: say(f"feeds.yaml has changed; watching {count(len(app.feeds()), 'feed')}"),
    )
    say(f"watching {count(len(app.feeds()), 'feed')}; Ctrl-C ends")
    with words.stopping(app.stop):
        service.run(app, rounds)
    return 0


@contextlib.contextmanager
def _run(app: App) -> Iterator[Store]:
    """The locked store, with signals taken as the wish to stop."""
    with words.stopping(app.stop), app.store(locked=True) as store:
        yield store


def _scan_due(app: App, store: Store) -> None:
    _scan(app, store, store.ledger.due(app.feeds(), app.clock()), None, deliver=True)


def _train_due(app: App, store: Store, every: timedelta) -> None:
    from monitor import training

    if row := training.when_due(app, store, every, report=say):
        models.told(row)


def _deliver(app: App, store: Store) -> bool:
    """Read what came back, send what is due, and say what is late; whether all of the post went well."""
    returned, outcome = post.deliver(app, store)
    post.watch(app, store)
    return not (returned.error or outcome.failed)


def _scan(
    app: App, store: Store, feeds: Sequence[Feed], window: Window | None, *, deliver: bool, insist: bool = False
) -> tuple[Scan, bool]:
    """The steps in their order, then the post, and last some reading for search alone; whether the post went well."""
    try:
        result = _steps(app, store).scan(feeds, window, insist=insist)
    except MonitorError:
        if deliver and not app.stop.is_set():
            _deliver(app, store)  # what could be made, and what waits, is for others
        raise
    for c in result.cross_checks:
        if c.noticed or c.found:
            told = f"{c.noticed:,} more works possibly missed, {c.found:,} found; checked by {c.seen_by}"
            say(f"{c.feed:<32} {told}")
    if result.error:
        say(f"tag: {result.error}")
    _tell_routes(result.routes)
    done = count(result.linked, "record"), count(result.located, "work"), count(result.tagged, "work")
    say("linked {}, located {}, tagged {}".format(*done))
    for fault in result.faults:
        say(f"FAULT in the store: {fault}")
    posted = True
    if deliver and not app.stop.is_set():
        posted = _deliver(app, store)
    if not result.error and not app.stop.is_set():
        _encode(app, store)
    return result, posted


def _encode(app: App, store: Store) -> None:
    """Last of all, have the encoder read some works for search alone."""
    read = _steps(app, store).encode(app.config.encode)
    if read:
        say(f"read {count(read, 'more work')}, to be found by meaning")


def _steps(app: App, store: Store) -> Steps:
    from monitor.steps import Steps

    return Steps(app, store, report=_line, progress=words.progress)


def _line(fetch: Fetch) -> None:
    """One line a feed, as its fetch ends."""
    counts = f"{fetch.seen:>6,} seen {fetch.new:>6,} new {fetch.changed:>4,} changed"
    say(f"{fetch.feed:<32} {fetch.state:<10} {fetch.error if fetch.state not in GOOD else counts}")


def _tell(app: App, result: Scan, as_json: bool) -> int:
    paths = [str(path) for path in result.digests]
    if as_json:
        words.print_json({**to_json(result), "digests": paths})
    else:
        for path in paths:
            click.echo(path)
    if result.fetches and all(f.state not in GOOD for f in result.fetches):
        say("no feed could be reached; `make demo` shows the whole way on example pages, with no network")
    if result.error:
        return 1
    if result.faults or any(r.failing for r in result.routes):
        return words.PARTIAL
    return _code(app, result.fetches)


def _code(app: App, fetches: Sequence[Fetch]) -> int:
    return words.PARTIAL if app.stop.is_set() or any(f.state not in GOOD for f in fetches) else 0


COMMANDS = (scan, fetch, link, locate, tag, run)
