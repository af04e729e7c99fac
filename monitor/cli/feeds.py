"""Commands of what is watched: list, add, remove and check feeds, and exchange them with feed readers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from monitor.cli.words import PARTIAL, as_json, count, print_json, say
from monitor.errors import ConfigError, MonitorError, ParseError
from monitor.types import Feed, to_json

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.config.proposals import Admission, Proposal
    from monitor.pipeline.check import Finding, Sample

MOST_BYTES = 15 * 2**20
"""Longest list of feeds that is read."""

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
@click.option("--url", help="Its address; kinds of one provider have their own.")
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
    from monitor.config.proposals import NOWHERE, Proposal

    said = {"kind": kind, "url": url, **dict(map(_option, options)), "every": every, "why": why, "goals": list(goals)}
    entry = {key: value for key, value in said.items() if value not in (None, [])}
    admission = _admit(app, [Proposal(entry, name)])
    if admission.problems:
        raise ConfigError("\n".join(admission.problems).replace(f"{NOWHERE}, line 1: ", ""))
    for sentence in admission.known:
        say(sentence.partition(": ")[2])
    return 0 if admission.entries else 1


def _option(text: str) -> tuple[str, Any]:
    from monitor.config.document import parse

    key, sign, value = text.partition("=")
    if not (key and sign):
        raise click.UsageError(f"--option {text!r} is not KEY=VALUE")
    return key, parse(Path(f"--option {key}"), value).data


def _admit(app: App, proposals: Sequence[Proposal], *, dry_run: bool = False) -> Admission:
    """Add what is good and new to feeds.yaml; raises ConfigError when the file cannot be changed."""
    from monitor.config import editing
    from monitor.config.proposals import admit

    admission = admit(proposals, app.config, app.check)
    if admission.entries and not dry_run:
        editing.edit(app.config.path, lambda old: editing.add(old, admission.entries), app.check)
    for name in admission.entries:
        click.echo(name)
    return admission


@feeds.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--disable", is_flag=True, help="Leave it in the file, switched off.")
@click.pass_obj
def remove(app: App, names: Sequence[str], disable: bool) -> int:
    """Take feeds out of feeds.yaml, and print what stood there.

    What they brought and the ledger of their fetches stay in the store. The printed lines put back what was
    taken out: `monitor feeds import -`.
    """
    from monitor.config import editing

    names = tuple(dict.fromkeys(names))
    gone = [app.config.feed(name).name for name in names]
    said: list[str] = []

    def change(old: str) -> str:
        if disable:
            for name in gone:
                old = editing.switch_off(old, name)
            return old
        said.extend(editing.said_of(old, name) for name in gone)
        return editing.remove(old, gone)

    editing.edit(app.config.path, change, app.check)
    for block in said:
        click.echo(block)
    del app.config
    with app.store() as store:
        for name in gone:
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
    watched = None if "://" in address else app.config.feed(address)
    with app.inspector(allow_private=allow_private) as inspector:
        try:
            if watched:
                sample = inspector.read(watched)
                _tell(app, None, sample, as_json)
                return 0
            finding = inspector.check(address)
        except MonitorError as error:
            say(f"{address}: {error}")
            return 1
    proposal = _proposal(app, finding, goals)
    _tell(app, finding, finding.sample, as_json, proposal)
    return 0 if finding.entry else 1


def _proposal(app: App, finding: Finding, goals: Sequence[str]) -> dict[str, Any]:
    """The entry under a name of its own, with what a person should say of it."""
    from monitor.config.proposals import Names

    if not finding.entry:
        return {}
    name = Names(feed.name for feed in app.config.feeds).free(finding.title, finding.url)
    return {name: {**finding.entry, "why": finding.title or finding.what, "goals": list(goals)}}


def _tell(
    app: App, finding: Finding | None, sample: Sample | None, as_json: bool, proposal: dict[str, Any] | None = None
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
    rate = f", about {sample.per_week:,.0f} a week" if sample.per_week else ""
    newest = f", the newest of {sample.newest:%Y-%m-%d}" if sample.newest else ", none with a date"
    say(f"  {sample.entries}{announced} entries{newest if sample.entries else ''}{rate}")
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
    what = getattr(file, "name", "-")
    what = "standard input" if what in ("-", "<stdin>") else what
    body = file.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise ParseError(f"{what} is longer than {MOST_BYTES // 2**20} MiB, too long for a list of feeds")
    opml = body.lstrip(b"\xef\xbb\xbf \t\r\n\0\xff\xfe").startswith(b"<")
    proposals, problems = _from_opml(app, body, what, goals) if opml else _from_yaml(body, what, goals)
    admission = _admit(app, proposals, dry_run=dry_run)
    for sentence in (*admission.known, *problems, *admission.problems):
        say(sentence)
    wrong = len(problems) + len(admission.problems)
    say(
        f"{count(len(admission.entries), 'feed')} {'would be added' if dry_run else 'added'},"
        f" {len(admission.known)} watched already, {wrong} that cannot be used"
    )
    return PARTIAL if wrong else 0


def _from_opml(app: App, body: bytes, what: str, goals: Sequence[str]) -> tuple[list[Proposal], list[str]]:
    from monitor import opml
    from monitor.config.proposals import Proposal

    outlines, problems = opml.read(body, what)
    known = app.goals
    proposals = []
    for outline in outlines:
        slugs, folders = opml.goals_of(outline, known)
        why = outline.description or outline.title
        entry: dict[str, Any] = {"kind": "feed", "url": outline.url}
        if not outline.enabled:
            entry["enabled"] = False
        entry["why"] = f"{why} (folder {' / '.join(folders)})" if folders else why
        entry["goals"] = list(dict.fromkeys([*slugs, *goals]))
        proposals.append(Proposal(entry, title=outline.title, path=Path(what), line=outline.line))
    return proposals, problems


def _from_yaml(body: bytes, what: str, goals: Sequence[str]) -> tuple[list[Proposal], list[str]]:
    from monitor.config.document import parse
    from monitor.config.proposals import Proposal

    try:
        document = parse(Path(what), body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError(f"{what} is not UTF-8 text") from None
    place: tuple[str, ...] = ()
    found = document.data
    if isinstance(found, dict) and isinstance(found.get("feeds"), dict):
        place, found = ("feeds",), found["feeds"]
    if not isinstance(found, dict):
        raise ConfigError(f"{what} has no feeds in it: write names with keys below them, as under feeds: here")
    proposals, problems = [], []
    for name, entry in found.items():
        line = document.line((*place, name))
        if isinstance(entry, dict):
            added = {"goals": [*entry.get("goals", []), *goals]} if goals else {}
            proposals.append(Proposal({**entry, **added}, name, path=Path(what), line=line))
        else:
            problems.append(f"{what}, line {line}: {name!r} should be keys with values, and is none")
    return proposals, problems


@feeds.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write this file instead of stdout.")
@click.pass_obj
def export(app: App, out: Path | None) -> int:
    """Print the feeds of kind `feed` as OPML 2.0 for a feed reader, in folders by goal."""
    from monitor import atomic, opml

    chosen = [feed for feed in app.config.feeds if feed.kind == "feed"]
    document = opml.write(chosen, app.goals, app.clock())
    if out:
        try:
            atomic.write_files(out.absolute().parent, {out.name: document})
        except OSError as error:
            raise ConfigError(f"{out} cannot be written: {error.strerror}") from error
    else:
        click.echo(document.decode(), nl=False)
    left = len(app.config.feeds) - len(chosen)
    say(f"{count(len(chosen), 'feed')}; {left} of other kinds are not for feed readers and were left out")
    return 0


COMMANDS = (feeds,)
