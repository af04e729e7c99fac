"""Commands search and export: find works, and take them along."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from monitor.cli.words import Day, as_json, count, known, print_json, say
from monitor.errors import MonitorError, suggestion
from monitor.selection import Asked, Selection
from monitor.types import EU, GROUPS, Window

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.search import Found, Hit
    from monitor.store import Store


LAST = datetime(9999, 12, 31, tzinfo=UTC)
"""After every work's first sight."""


def filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that narrow what is found, alike for search and export."""
    options = (
        click.option("--goal", "goals", multiple=True, metavar="SLUG", help="Works that carry this goal. Repeatable."),
        click.option("--country", "countries", multiple=True, metavar="CODE", help="ISO code, or EU. Repeatable."),
        click.option(
            "--group", "groups", multiple=True, type=click.Choice(GROUPS), help="Group of partners. Repeatable."
        ),
        click.option("--since", type=Day(), help="Published, or else first seen, on this day or later."),
        click.option("--until", type=Day(), help="Published, or else first seen, before this day."),
        click.option("--new-since", type=Day(), help="First seen by this monitor on this day or later."),
        click.option("--venue", "venues", multiple=True, metavar="TEXT", help="Part of the venue's name. Repeatable."),
        click.option("--feed", "feeds", multiple=True, metavar="NAME", help="Feed it came through. Repeatable."),
        click.option("--withdrawn", is_flag=True, help="Withdrawn works as well."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def selection(app: App, store: Store, options: dict[str, Any]) -> Selection:
    """What the options of `filters` ask for; raises UsageError for a goal, a country or a feed that there is not."""
    asked = Selection(
        goals=options["goals"],
        countries=options["countries"],
        groups=options["groups"],
        since=options["since"],
        until=options["until"],
        seen=Window(options["new_since"], LAST) if options["new_since"] else None,
        venues=options["venues"],
        feeds=options["feeds"],
        withdrawn=options["withdrawn"],
    )
    known("goal", asked.goals, [goal.slug for goal in app.goals])
    known("feed", asked.feeds, store.search.feeds())
    for code in asked.countries:
        _country(code)
    if asked.since and asked.until and asked.since >= asked.until:
        raise click.UsageError("--since is not before --until")
    return asked


def _country(code: str) -> None:
    from monitor.config.places import country

    if code == EU:
        return
    try:
        country(code)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


@click.command()
@click.argument("query", nargs=-1)
@click.option("--saved", metavar="NAME", help="A saved search of feeds.yaml, instead of a query.")
@click.option("--like", metavar="UID", help="Works that say what this one says, instead of a query.")
@click.option(
    "--mode",
    type=click.Choice(("text", "meaning", "both")),
    default="both",
    show_default=True,
    help="By its words, by what it says in whatever words, or both.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Most works shown.")
@click.option("--skip", type=click.IntRange(0, 10_000), default=0, help="Leave out so many of the best.")
@filters
@as_json
@click.pass_obj
def search(
    app: App,
    /,
    query: tuple[str, ...],
    saved: str | None,
    like: str | None,
    mode: Any,
    limit: int,
    skip: int,
    as_json: bool,
    **options: Any,
) -> int:
    """Find works by QUERY; without one, list those that the options select, the newest first.

    \b
    muon tomography          both words, in any form
    "early warning"          these words in this order
    muon OR neutron          either; NOT, or a - in front, excludes; ( ) group
    detect*                  words that begin so
    author:lima title:cargo  in this field: title, abstract, author, institution
    """
    words = " ".join(query)
    if sum(map(bool, (words, saved, like))) > 1:
        raise click.UsageError("a query, --saved and --like take each other's place; name one of them")
    with app.store() as store:
        narrowed = selection(app, store, options)
        if saved:
            asked = replace(_saved(app, saved, narrowed), most=limit, skip=skip)
        else:
            asked = Asked(words, narrowed, mode, limit, skip)
        found = _like(app, store, like, asked) if like else app.searcher(store).search(asked)
    if as_json:
        print_json(_report(found))
        return 0
    for number, hit in enumerate(found.hits, start=skip + 1):
        _print(number, hit)
    _remark(found)
    return 0


def _saved(app: App, name: str, narrowed: Selection) -> Asked:
    """A search of feeds.yaml, which options may place in time, and nothing else: it says the rest itself."""
    searches = app.config.searches
    if name not in searches:
        raise click.UsageError(f"feeds.yaml has no saved search {name!r}{suggestion(name, searches)}")
    try:
        return searches[name].placed(narrowed)
    except ValueError:
        raise click.UsageError("--saved says what it asks for itself; only days can be added") from None


def _like(app: App, store: Store, uid: str, asked: Any) -> Found:
    ids = store.items.ids_of([uid])
    if not ids:
        raise MonitorError(f"there is no work {uid!r} in the store; digests and `item_overview` name works by uid")
    return app.searcher(store).like(ids[0], asked)


def _report(found: Found) -> dict[str, Any]:
    return {
        "mode": found.mode,
        "understood": found.understood,
        "without_vector": found.without_vector,
        "untagged": found.untagged,
        "ranked": found.ranked,
        "fault": found.fault,
        "works": [
            {
                **hit.work.record(),
                "snippet": [{"text": text, "asked": asked} for text, asked in hit.snippet],
                "text_rank": hit.text_rank,
                "likeness": None if hit.likeness is None else round(hit.likeness, 4),
            }
            for hit in found.hits
        ],
    }


def _print(number: int, hit: Hit) -> None:
    work, item = hit.work, hit.work.item
    day = item.published or item.first_seen
    names = [author.name for author in item.authors[:3]]
    byline = ", ".join(names) + (f" and {len(item.authors) - 3} more" if len(item.authors) > 3 else "")
    goals = ", ".join(f"{goal} {probability:.2f}" for goal, probability in work.goals.items())
    why = [f"words: {hit.text_rank}" if hit.text_rank else "", f"likeness {hit.likeness:.2f}" if hit.likeness else ""]
    facts = [
        byline,
        item.venue,
        f"{day:%Y-%m-%d}" if day else "",
        goals,
        " ".join(work.places),
        "; ".join(filter(None, why)),
    ]
    click.echo(f"{number}. {item.uid}  {item.title}{' (withdrawn)' if work.withdrawn else ''}")
    click.echo(f"   {' · '.join(fact for fact in facts if fact)}")
    shown = "".join(click.style(f"[{text}]", bold=True) if asked else text for text, asked in hit.snippet)
    if shown:
        click.echo(f"   {shown}")


def _remark(found: Found) -> None:
    if not found.understood:
        say("the signs in the query make no sense together; it was searched as words")
    if found.fault:
        say(f"meaning could not be searched, so this is by words alone: {found.fault}")
    if found.ranked:
        say(f"many works hold these words; the newest {found.ranked:,} of them were ranked")
    if not found.hits:
        say("nothing was found")
    if found.untagged:
        say(f"{count(found.untagged, 'work')} cannot be found by meaning yet: not tagged; `monitor tag` comes first")
    if unread := found.without_vector - found.untagged:
        say(
            f"{count(unread, 'work')} cannot be found by meaning yet: the encoder has not read what they say now; "
            "`monitor encode` has it read them"
        )


@click.command()
@click.option("--most", type=click.IntRange(1), default=10_000, show_default=True, help="Most works read.")
@as_json
@click.pass_obj
def encode(app: App, most: int, as_json: bool) -> int:
    """Have the encoder read works whose words were enough to tag them, so that they are found by meaning.

    The newest come first. Scans do the same for some works each (`search.encode` in feeds.yaml).
    """
    from monitor.cli import words
    from monitor.steps import Steps

    with words.stopping(app.stop), app.store(locked=True) as store:
        done = Steps(app, store, progress=words.progress).encode(most)
    if as_json:
        print_json({"items": done})
    else:
        say(f"encode: {count(done, 'work')} read")
    return words.PARTIAL if app.stop.is_set() else 0


@click.command()
@click.option("--format", "name", default="csv", show_default=True, metavar="FORMAT", help="What it is written as.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file; without it, stdout.")
@click.option(
    "--query", default="", metavar="QUERY", help="Only works that hold these words, as `monitor search` reads them."
)
@click.option("--limit", type=click.IntRange(1), help="Most works; the newest, or with a query the best.")
@click.option("--no-abstracts", is_flag=True, help="Leave abstracts out: not every source lets them be passed on.")
@filters
@click.pass_obj
def export(
    app: App, /, name: str, out: Path | None, query: str, limit: int | None, no_abstracts: bool, **options: Any
) -> int:
    """Write works as CSV, JSON lines, Parquet, BibTeX, RIS, CSL-JSON or Atom, however many there are."""
    from monitor import exports, pipeline

    known("export format", (name,), list(exports.formats()))
    form = exports.load(name)
    if out is None and sys.stdout.isatty() and name == "parquet":
        raise click.UsageError("Parquet is not for terminals; name a file with --out")
    with app.store() as store:
        asked = selection(app, store, options)
        about = exports.About("Works of the research monitor", store.past.archive_id(), app.clock())
        works = pipeline.export(store, asked, query, limit, abstracts=not no_abstracts)
        with _target(out) as target:
            form.write(works, target, about)
    return 0


@contextlib.contextmanager
def _target(out: Path | None) -> Iterator[BinaryIO]:
    """Where an export goes: stdout, or a file that is there whole or not at all. A pipe or a device is written to, and
    stays what it is."""
    if out is None:
        yield sys.stdout.buffer
        return
    part = out.with_name(f".{out.name}.{os.getpid()}.part")  # another export may be on its way to the same file
    try:
        if out.exists() and not out.is_file():
            with out.open("wb") as file:
                yield file
            return
        with part.open("wb") as file:
            yield file
        part.replace(out)
    except OSError as error:
        raise MonitorError(f"{out}: the file cannot be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


COMMANDS = (search, encode, export)
