"""Commands that bring works in: scan, its steps, and run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import post, words
from monitor.cli.words import Day, as_json, count, say
from monitor.errors import ModelError, MonitorError
from monitor.types import Feed, Fetch, Window, to_json

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.pipeline import CrossCheck, RouteReport
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
        result = _scan(app, store, app.feeds(names), span, deliver=not no_deliver, insist=bool(names))
    return _tell(app, result, as_json)


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
        fetches = _fetch(app, store, app.feeds(names), span, insist=bool(names))
    if as_json:
        words.print_json({"feeds": to_json(fetches)})
    return _code(app, fetches)


def _step(name: str, help_text: str, work: Callable[[App, Store], int], noun: str) -> click.Command:
    """A command that runs one step over all that waits for it."""

    @click.command(name, help=help_text)
    @as_json
    @click.pass_obj
    def command(app: App, as_json: bool) -> int:
        with _run(app) as store:
            done = work(app, store)
        return _done(app, name, done, noun, as_json)

    return command


def _done(app: App, name: str, done: int, noun: str, as_json: bool) -> int:
    """Say what a step did; the exit code."""
    if as_json:
        words.print_json({noun: done})
    else:
        say(f"{name}: {done:,} {noun}")
    return words.PARTIAL if app.stop.is_set() else 0


def _tag(app: App, store: Store, *, exact: bool = False) -> int:
    with words.progress("tagging") as progress:
        return app.tag(store, progress, exact=exact)


link = _step("link", "Find the work that each entry is about.", lambda app, store: app.link(store), "entries")


@click.command()
@as_json
@click.pass_obj
def locate(app: App, as_json: bool) -> int:
    """Find the countries each work comes from, and look affiliations up where feeds brought too few."""
    with _run(app) as store:
        located = app.locate(store)
        routes = _look_up(app, store)
    if as_json:
        words.print_json({"items": located, "routes": to_json(routes)})
    else:
        say(f"locate: {located:,} items")
    return words.PARTIAL if app.stop.is_set() or any(r.failing for r in routes) else 0


def _look_up(app: App, store: Store) -> tuple[RouteReport, ...]:
    """Ask the routes; one line each."""
    with words.progress("looking up") as progress:
        routes = app.look_up(store, progress)
    for r in routes:
        said = f"{r.asked:>6,} asked {r.answered:>4,} answered {r.statements:>4,} statements"
        say(f"{r.route:<32} {said}{f'; {r.error}' if r.error else ''}")
    return routes


@click.command()
@click.option("--exact", is_flag=True, help="Read every text whole, rather than those alone whose words leave it open.")
@as_json
@click.pass_obj
def tag(app: App, exact: bool, as_json: bool) -> int:
    """Give every work its probability for every goal."""
    with _run(app) as store:
        done = _tag(app, store, exact=exact)
    return _done(app, "tag", done, "items", as_json)


@click.command()
@click.pass_obj
def run(app: App) -> int:
    """Keep scanning and delivering on the schedule of feeds.yaml, in the foreground.

    SIGTERM and Ctrl-C finish what is under way. Feeds are asked when they are due; a run that was missed is made
    up once.
    """
    from monitor import schedule

    every = app.config.schedule.scan
    jobs = [
        schedule.Job("scan", min(every, timedelta(minutes=15)), lambda: _quietly(app, _scan_due)),
        schedule.Job("deliver", timedelta(minutes=5), lambda: _quietly(app, _deliver)),
    ]
    say(f"watching {count(len(app.feeds()), 'feed')}; Ctrl-C ends")
    with words.stopping(app.stop):
        schedule.run(jobs, app.stop)
    return 0


@contextlib.contextmanager
def _run(app: App) -> Iterator[Store]:
    """The locked store, with signals taken as the wish to stop."""
    with words.stopping(app.stop), app.store(locked=True) as store:
        yield store


def _quietly(app: App, work: Callable[[App, Store], None]) -> None:
    """One job of `run`: what goes wrong is said, and the next one comes all the same."""
    try:
        with app.store(locked=True) as store:
            work(app, store)
    except MonitorError as error:
        say(f"{app.clock():%Y-%m-%d %H:%M}Z {error}")


def _scan_due(app: App, store: Store) -> None:
    _scan(app, store, store.ledger.due(app.feeds(), app.clock()), None, deliver=True)


def _deliver(app: App, store: Store) -> None:
    """Read what came back, send what is due, and say what is late."""
    post.deliver(app, store)
    post.watch(app, store)


def _scan(
    app: App, store: Store, feeds: Sequence[Feed], window: Window | None, *, deliver: bool, insist: bool = False
) -> dict[str, Any]:
    """The steps in their order. Without a usable model the works wait untagged, and fetching goes on."""
    fetches = _fetch(app, store, feeds, window, insist=insist)
    linked, checked, located = app.link(store), _cross_check(app, store), app.locate(store)
    error = None
    tagged = 0
    try:
        tagged = _tag(app, store)
    except ModelError as failure:
        error = str(failure)
        say(f"tag: {error}")
    routes = _look_up(app, store)
    say(f"linked {count(linked, 'record')}, located {count(located, 'work')}, tagged {count(tagged, 'work')}")
    written = [] if app.stop.is_set() else _digest(app, store)
    if deliver and not app.stop.is_set():
        _deliver(app, store)
    if not error and not app.stop.is_set():
        _encode(app, store)
    return {
        "fetches": fetches,
        "linked": linked,
        "cross_checks": to_json(checked),
        "located": located,
        "tagged": tagged,
        "routes": routes,
        "digests": written,
        "error": error,
    }


def _encode(app: App, store: Store) -> None:
    """Last of all, have the encoder read some works for search alone."""
    with words.progress("reading for search") as progress:
        read = app.encode(store, app.config.encode, progress)
    if read:
        say(f"read {count(read, 'more work')}, to be found by meaning")


def _digest(app: App, store: Store) -> Sequence[Path]:
    from monitor import pipeline

    return pipeline.digest(store, app.plan, app.clock())


def _fetch(app: App, store: Store, feeds: Sequence[Feed], window: Window | None, *, insist: bool) -> tuple[Fetch, ...]:
    return app.fetch(store, feeds, window=window, insist=insist, report=_line)


def _cross_check(app: App, store: Store) -> tuple[CrossCheck, ...]:
    """Hold feeds against each other; one line for each pair that differed."""
    checks = app.cross_check(store)
    for c in checks:
        if c.noticed or c.found:
            told = f"{c.noticed:,} more works possibly missed, {c.found:,} found; checked by {c.seen_by}"
            say(f"{c.feed:<32} {told}")
    return checks


def _line(fetch: Fetch) -> None:
    """One line a feed, as its fetch ends."""
    counts = f"{fetch.seen:>6,} seen {fetch.new:>6,} new {fetch.changed:>4,} changed"
    say(f"{fetch.feed:<32} {fetch.state:<10} {fetch.error if fetch.state not in GOOD else counts}")


def _tell(app: App, result: dict[str, Any], as_json: bool) -> int:
    fetches: Sequence[Fetch] = result["fetches"]
    paths = [str(path) for path in result["digests"]]
    if as_json:
        told = {"fetches": to_json(fetches), "routes": to_json(result["routes"]), "digests": paths}
        words.print_json({**result, **told})
    else:
        for path in paths:
            click.echo(path)
    if fetches and all(f.state not in GOOD for f in fetches):
        say("no feed could be reached; `make demo` shows the whole way on example pages, with no network")
    if result["error"]:
        return 1
    if any(r.failing for r in result["routes"]):
        return words.PARTIAL
    return _code(app, fetches)


def _code(app: App, fetches: Sequence[Fetch]) -> int:
    return words.PARTIAL if app.stop.is_set() or any(f.state not in GOOD for f in fetches) else 0


COMMANDS = (scan, fetch, link, locate, tag, run)
