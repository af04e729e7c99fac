"""Commands of what is watched: list, add, remove and check feeds, and exchange them with feed readers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from monitor.cli.words import PARTIAL, as_json, count, known, print_json, say
from monitor.errors import ConfigError, MonitorError
from monitor.types import Feed, to_json

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.pipeline.check import Finding, Sample

_goals = click.option("--goal", "goals", multiple=True, metavar="SLUG", help="Goal it is watched for; may be repeated.")


@click.group()
def feeds() -> None:
    """What is watched: list, add, remove and check feeds; exchange them with feed readers."""


# --- list ------------------------------------------------------------------------------------


@feeds.command("list")
@click.option("--goal", metavar="SLUG", help="Only feeds that are watched for this goal.")
@click.option("--kind", metavar="KIND", help="Only feeds of this kind.")
@as_json
@click.pass_obj
def list_feeds(app: App, goal: str | None, kind: str | None, as_json: bool) -> int:
    """Say what is watched, for which goals and why, and how each feed stands."""
    from monitor import sources

    known("goal", [goal] if goal else [], [g.slug for g in app.goals])
    known("source kind", [kind] if kind else [], sources.kinds())
    chosen = [f for f in app.config.feeds if (not goal or goal in f.goals) and (not kind or kind == f.kind)]
    with app.store() as store:
        health = {str(row["feed"]): row for row in store.ledger.health()}
    rows = [_row(feed, health.get(feed.name, {})) for feed in chosen]
    if as_json:
        print_json(rows)
        return 0
    for row in rows:
        state = row["status"] if row["enabled"] else "off"
        click.echo(f"{row['feed']:<32} {row['kind']:<10} {state:<10} {','.join(row['goals']) or '-':<20} {row['why']}")
    off = sum(not feed.enabled for feed in chosen)
    say(f"{count(len(chosen), 'feed')}, {off} of them switched off")
    return 0


def _row(feed: Feed, health: Any) -> dict[str, Any]:
    said = {"feed": feed.name, "kind": feed.kind, "url": feed.url, "enabled": feed.enabled}
    shown = ("status", "last_ok", "last_new", "silence_days", "next_due", "last_error")
    return {**said, "goals": list(feed.goals), "why": feed.why, **{key: health.get(key) for key in shown}}


# --- add, remove -----------------------------------------------------------------------------


@feeds.command()
@click.argument("name")
@click.option("--kind", default="feed", show_default=True, help="How it is read.")
@click.option("--url", help="Its address, or the path of a file from the folder of feeds.yaml on.")
@click.option("--every", help="How often it is due, such as 12h or 1d.")
@click.option("--why", help="Why it is watched, for people.")
@_goals
@click.option(
    "--option", "options", multiple=True, metavar="KEY=VALUE", help="A key of the kind's own, the value as in YAML."
)
@click.pass_obj
def add(
    app: App,
    name: str,
    kind: str,
    url: str | None,
    every: str | None,
    why: str | None,
    goals: Sequence[str],
    options: Sequence[str],
) -> int:
    """Put a feed into feeds.yaml, behind the last one; everything else in the file stays as it is."""
    from monitor import watchlist

    said = {"kind": kind, "url": url, **dict(map(_option, options)), "every": every, "why": why, "goals": list(goals)}
    admission = watchlist.add(app, name, said)
    for added in admission.entries:
        click.echo(added)
    for sentence in admission.known:
        say(sentence.partition(": ")[2])
    return 0 if admission.entries else 1


def _option(text: str) -> tuple[str, Any]:
    from monitor.config.document import parse

    key, sign, value = text.partition("=")
    if not (key and sign):
        raise click.UsageError(f"--option {text!r} is not KEY=VALUE")
    return key, parse(Path(f"--option {key}"), value).data


@feeds.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--disable", is_flag=True, help="Leave it in the file, switched off.")
@click.pass_obj
def remove(app: App, names: Sequence[str], disable: bool) -> int:
    """Take feeds out of feeds.yaml, and print what stood there.

    What they brought and the ledger of their fetches stay in the store. The printed lines put back what was
    taken out: `monitor feeds import -`.
    """
    from monitor import watchlist

    removed = watchlist.remove(app, names, disable=disable)
    for block in removed.said:
        click.echo(block)
    with app.store() as store:
        for name in removed.names:
            kept = count(store.entries.count_of(name), "record")
            say(f"{name}: {'switched off' if disable else 'removed'}; its {kept} and its ledger stay in the store")
    return 0


# --- check -----------------------------------------------------------------------------------


@feeds.command()
@click.argument("address", metavar="URL|NAME")
@_goals
@click.option("--allow-private", is_flag=True, help="Let its host be on a private or loopback address.")
@as_json
@click.pass_obj
def check(app: App, address: str, goals: Sequence[str], allow_private: bool, as_json: bool) -> int:
    """Say what an address is and what it would bring, and print the lines for feeds.yaml that watch it.

    A feed, a repository (OAI-PMH), a listing of arXiv, a page that names feeds, or something else. NAME tries a feed
    that is watched. Nothing is kept. `monitor feeds check URL | monitor feeds import -` adds what was found. Exit 1
    when nothing there can be watched.
    """
    from monitor import watchlist

    try:
        if "://" not in address:
            _tell(None, watchlist.sample(app, address), as_json)
            return 0
        finding = watchlist.look(app, address, allow_private=allow_private)
    except ConfigError:
        raise
    except MonitorError as error:
        say(f"{address}: {error}")
        return 1
    _tell(finding, finding.sample, as_json, watchlist.proposed(app, finding, goals))
    return 0 if finding.entry else 1


def _tell(
    finding: Finding | None, sample: Sample | None, as_json: bool, proposal: dict[str, Any] | None = None
) -> None:
    if as_json:
        print_json({**(to_json(finding) if finding else {}), "sample": to_json(sample), "feeds": proposal or {}})
        return
    if finding:
        say(f"{finding.url} is {finding.what}" + (f": {finding.title}" if finding.title and finding.entry else ""))
        for note in finding.notes:
            say(f"  {note}")
        for candidate in finding.candidates:
            named = "names the feed" if candidate.stated else "may have a feed at"
            say(f"  it {named} {candidate.url}" + (f" ({candidate.title})" if candidate.title else ""))
    if sample:
        _tell_sample(sample)
    if proposal:
        from monitor.config.editing import stanza

        for name, entry in proposal.items():
            click.echo("".join(f"  {line}\n" for line in stanza(name, entry).splitlines()), nl=False)


def _tell_sample(sample: Sample) -> None:
    announced = f" of {sample.announced:,}" if sample.announced is not None else ""
    first = ", the first of more" if sample.more and not announced else ""
    rate = f", about {sample.per_week:,.0f} a week" if sample.per_week else ""
    newest = f", the newest of {sample.newest:%Y-%m-%d}" if sample.newest else ", none with a date"
    say(f"  {sample.entries}{announced} entries{first}{newest if sample.entries else ''}{rate}")
    if sample.entries:
        say(f"  with an abstract: {sample.abstracts}, with affiliations: {sample.affiliated}")
    for title in sample.titles:
        say(f"  - {title}")
    for problem in sample.problems[:3]:
        say(f"  problem: {problem}")


# --- import, export --------------------------------------------------------------------------


@feeds.command("import")
@click.argument("file", type=click.File("rb"))
@_goals
@click.option("--dry-run", is_flag=True, help="Say what would be added, and change nothing.")
@click.pass_obj
def import_feeds(app: App, file: BinaryIO, goals: Sequence[str], dry_run: bool) -> int:
    """Add the feeds of FILE (- for stdin): OPML of a feed reader, or YAML as it stands under feeds: here.

    Folders that are called as a goal is, by slug or name, become goals; others are told in `why`. What is watched
    already is left out. Names of what was added go to stdout. Exit 3 when some could not be read.
    """
    from monitor import watchlist

    what = getattr(file, "name", "-")
    what = "standard input" if what in ("-", "<stdin>") else what
    body = file.read(watchlist.MOST_BYTES + 1)
    admission, problems = watchlist.take_in(app, body, what, goals, dry_run=dry_run)
    for name in admission.entries:
        click.echo(name)
    for sentence in (*admission.known, *problems, *admission.problems):
        say(sentence)
    wrong = len(problems) + len(admission.problems)
    say(
        f"{count(len(admission.entries), 'feed')} {'would be added' if dry_run else 'added'},"
        f" {len(admission.known)} watched already, {wrong} that cannot be used"
    )
    return PARTIAL if wrong else 0


@feeds.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write this file instead of stdout.")
@click.option("--with-passwords", is_flag=True, help="Leave names and passwords in addresses, which stay out else.")
@click.pass_obj
def export(app: App, out: Path | None, with_passwords: bool) -> int:
    """Print the feeds of kind `feed` as OPML 2.0 for a feed reader, in folders by goal."""
    from monitor import atomic, watchlist

    exported = watchlist.exported(app, with_passwords=with_passwords)
    if out:
        try:
            atomic.write_files(out.absolute().parent, {out.name: exported.document})
        except OSError as error:
            raise ConfigError(f"{out} cannot be written: {error.strerror}") from error
    else:
        click.echo(exported.document.decode(), nl=False)
    for name in exported.bared:
        say(f"{name}: the name and password of its address were left out; --with-passwords writes them")
    left = len(app.config.feeds) - exported.feeds
    say(f"{count(exported.feeds, 'feed')}; {left} of other kinds are not for feed readers and were left out")
    return 0


COMMANDS = (feeds,)
