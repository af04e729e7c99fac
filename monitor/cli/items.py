"""Command item: one work, with everything that is known of it, and which records it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import words
from monitor.cli.words import as_json, print_json
from monitor.errors import MonitorError
from monitor.types import Item, Tag, to_json

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.evidence import Evidence
    from monitor.pipeline import Provenance

RANKS = {
    1: "country named in the affiliation",
    2: "ROR id attached to the affiliation",
    3: "the affiliation's words, by rules",
    4: "host of an e-mail address",
    5: "country in an index of works",
    6: "profile of a person (weak, never an answer)",
}


@click.group()
def item() -> None:
    """One work: show, merge, split."""


@item.command("show")
@click.argument("uid")
@click.option("--origin", is_flag=True, help="Where it comes from, author by author, with every piece of evidence.")
@as_json
@click.pass_obj
def show(app: App, uid: str, origin: bool, as_json: bool) -> int:
    """Show the work named UID, such as arxiv:2606.00002, as digests print it."""
    from monitor import pipeline

    with app.store() as store:
        found = store.items.get(store.items.ids_of([uid]))
        if not found:
            raise MonitorError(f"there is no work {uid!r} in the store; digests and `item_overview` name works by uid")
        known = pipeline.provenance(store, found[0])
        tags = store.findings.tags(found[0].id)
    report = _report(found[0], tags, known)
    if origin:
        report["origin"] = _origin(known)
    report |= {"records": known.records, "former_names": known.former_names}
    if as_json:
        print_json(report)
    else:
        _print(report, origin)
    return 0


@item.command("merge")
@click.argument("uids", nargs=2, metavar="UID UID")
@click.option("--reason", default="", metavar="TEXT", help="Why, for those who come after.")
@as_json
@click.pass_obj
def merge(app: App, uids: tuple[str, str], reason: str, as_json: bool) -> int:
    """Make one work of the works named UID and UID.

    The one first seen keeps its name, the other's name leads to it from then on. `item split` takes it back.
    """
    from monitor import pipeline

    with app.store(locked=True) as store:
        kept = pipeline.merge(store, uids, reason or "said so", app.clock())
    if as_json:
        print_json({"uid": kept})
    else:
        click.echo(f"{uids[0]} and {uids[1]} are one work, {kept}")
    return 0


@item.command("split")
@click.argument("uid")
@click.argument("entries", nargs=-1, metavar="[ENTRY]...")
@click.option("--reason", default="", metavar="TEXT", help="Why, for those who come after.")
@as_json
@click.pass_obj
def split(app: App, uid: str, entries: tuple[str, ...], reason: str, as_json: bool) -> int:
    """Take the records ENTRY out of the work named UID; without any, every record becomes a work of its own.

    ENTRY is FEED:KEY, as `item show` prints it. Works that were split are never joined again, unless by `item merge`.
    """
    from monitor import pipeline

    with app.store(locked=True) as store:
        names = pipeline.split(store, uid, entries, reason or "said so", app.clock())
    if as_json:
        print_json({"uids": names})
    else:
        click.echo(f"{uid} is now {', '.join(names)}")
    return 0


def _report(work: Item, tags: Sequence[Tag], known: Provenance) -> dict[str, Any]:
    return {
        "uid": work.uid,
        "title": work.title,
        "authors": [a.name for a in work.authors],
        "identifiers": [str(i) for i in work.identifiers],
        "url": work.url,
        "venue": work.venue,
        "published": to_json(work.published),
        "first_seen": to_json(work.first_seen),
        "feeds": list(work.feeds),
        "goals": [{"goal": t.label, "probability": t.probability} for t in tags if t.selected],
        "state": known.verdict.state if known.located else None,
        "countries": [{"country": c, "whole": 1, "fraction": f} for c, f in known.verdict.fractional.items()],
    }


def _origin(known: Provenance) -> dict[str, Any]:
    verdict = known.verdict
    return {
        "state": verdict.state,
        "covered": verdict.covered,
        "by_position": {place: list(countries) for place, countries in verdict.by_position.items()},
        "answers": to_json(verdict.origins),
        "conflicts": _rows(verdict.conflicts, known.institutions),
        "evidence": _rows(known.evidence, known.institutions),
        "superseded": _rows(known.superseded, known.institutions),
        "lookups": to_json(known.lookups),
    }


def _rows(evidence: Iterable[Evidence], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Evidence in the columns of the view item_evidence and its institution's name, each author's strongest first."""
    ordered = sorted(evidence, key=lambda e: (e.statement.author is None, e.statement.author or 0, e.rank))
    return [
        {
            "author": e.statement.author,
            "name": e.name,
            "corresponding": e.statement.corresponding,
            "rank": e.rank,
            "kind": e.statement.kind,
            "country": e.country,
            "method": e.method,
            "score": e.score,
            "raw": e.statement.raw,
            "words": e.words,
            "span": e.span,
            "ror": e.statement.ror or e.institution,
            "institution_name": names.get(e.statement.ror or e.institution or ""),
            "route": e.route,
            "source": e.source,
            "fetched_at": to_json(e.fetched_at),
        }
        for e in ordered
    ]


def _print(report: dict[str, Any], origin: bool) -> None:
    click.echo(f"{report['uid']}  {report['title']}")
    for key in ("url", "venue", "published", "first_seen"):
        if report[key]:
            click.echo(f"  {key.replace('_', ' '):<12} {report[key]}")
    for key in ("authors", "identifiers", "feeds"):
        click.echo(f"  {key:<12} {', '.join(report[key]) or '-'}")
    goals = ", ".join(f"{g['goal']} {g['probability']:.2f}" for g in report["goals"])
    click.echo(f"  {'goals':<12} {goals or 'none'}")
    countries = ", ".join(f"{c['country']} {c['fraction']:.2f}" for c in report["countries"])
    click.echo(
        f"  {'countries':<12} {countries or '-'} ({words.ORIGIN_STATES.get(report['state'], 'not located yet')})"
    )
    if report["former_names"]:
        click.echo(f"  {'also called':<12} {', '.join(report['former_names'])}")
    for record in report["records"]:
        click.echo(f"  {'record':<12} {record['record']}{'' if not record['withdrawn'] else ' (withdrawn)'}")
        for why in record["because"]:
            score = "" if why["score"] is None else f" {why['score']:.0f}"
            click.echo(f"  {'':<12}   {why['kind']}{score}, {why['with']}: {why['evidence']}")
    if origin:
        _print_origin(report["origin"], report["authors"])


def _print_origin(origin: dict[str, Any], authors: Sequence[str]) -> None:
    for place, countries in origin["by_position"].items():
        click.echo(f"  {place:<12} {', '.join(countries) or '-'}")
    click.echo(f"  {'covered':<12} {origin['covered']:.0%} of the authors")
    _print_rows("evidence", origin["evidence"], authors)
    _print_rows("conflicts among strong evidence", origin["conflicts"], authors)
    _print_rows("superseded", origin["superseded"], authors)
    if origin["lookups"]:
        click.echo("\nasked")
    for asked in origin["lookups"]:
        error = f": {asked['error']}" if asked["error"] else ""
        click.echo(f"  {asked['asked_at']}  {asked['route']:<12} {asked['state']}{error}")


def _print_rows(heading: str, rows: Sequence[dict[str, Any]], authors: Sequence[str]) -> None:
    if rows:
        click.echo(f"\n{heading}")
    for row in rows:
        whose = "the work" if row["author"] is None else f"{row['author'] + 1}. {row['name']}"
        found = f"{row['country'] or '--'}  {row['method']} {row['score']:.3f}"
        where = f", at {row['institution_name']}" if row["institution_name"] else ""
        click.echo(f"  {whose}: {found}, rank {row['rank']}: {RANKS[row['rank']]}{where}")
        click.echo(f"      “{_marked(row)}”  {row['route']}, {row['source']}, {row['fetched_at']}")


def _marked(row: dict[str, Any]) -> str:
    """The text with the words that decided in brackets."""
    if row["span"] is None:
        return str(row["raw"])
    start, end = row["span"]
    return f"{row['raw'][:start]}[{row['raw'][start:end]}]{row['raw'][end:]}"


COMMANDS = (item,)
