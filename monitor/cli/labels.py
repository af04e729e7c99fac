"""The command with which people judge works: label."""

from __future__ import annotations

import hashlib
import json
import shutil
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from monitor.cli.words import count, say, who
from monitor.errors import StoreError

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.goals import Taxonomy
    from monitor.review import Queued
    from monitor.store import Store
    from monitor.store.decisions import Reviewer
    from monitor.types import Item, Tag

WIDEST = 100
"""Columns beyond which lines of an abstract are hard to read."""
SKIP, GUIDE, UNDO, QUIT = "s", "g", "u", "q"
COUNTRIES, RATINGS = "c", {"+": True, "-": False}
QUESTION = (
    "goals (numbers or slugs, empty for none; c US,AU countries, + or - useful or not, "
    "s skip, g guide, u undo, q quit): "
)
SURE = 3
TERMINAL = "terminal"
"""The way by which these decisions come."""


@click.command()
@click.argument("uids", nargs=-1, metavar="[UID]...")
@click.option("--goal", metavar="SLUG", help="Propose works for this goal only. Default: for all goals in turn.")
@click.option("--countries", is_flag=True, help="Propose works whose countries are in doubt, and no others.")
@click.option(
    "--count", "number", metavar="N", type=click.IntRange(1), default=20, show_default=True, help="Works to propose."
)
@click.option("--reviewer", metavar="NAME", help="Who judges. Default: the login name.")
@click.option("--undo", is_flag=True, help="Judge nothing; take the reviewer's last decision back.")
@click.option(
    "--export",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Judge nothing; write all judgements of the store to FILE, in the form of a model's labels.csv.",
)
@click.pass_obj
def label(
    app: App,
    uids: Sequence[str],
    goal: str | None,
    countries: bool,
    number: int,
    reviewer: str | None,
    undo: bool,
    export: Path | None,
) -> int:
    """Judge works by the guide: those named by UID, else those whose judgement is worth most.

    Shows each work with its tags and countries, and asks which goals it carries and how sure that is. Each answer is
    kept at once and wins over the model. End with q, Ctrl-C or the end of the input: nothing is lost.
    """
    from monitor.goals import load_taxonomy

    if export and (uids or goal or countries or reviewer or undo):
        raise click.UsageError("--export writes all there is: it goes with nothing else")
    if undo and (uids or goal or countries):
        raise click.UsageError("--undo takes the last decision back: it goes with --reviewer alone")
    if sum(map(bool, (uids, goal, countries))) > 1:
        raise click.UsageError("UID, --goal and --countries exclude each other")
    taxonomy = load_taxonomy(app.model_folder())
    if export:
        return _export(app, taxonomy, export)
    if goal is not None and goal not in taxonomy.slugs:
        raise click.UsageError(f"there is no goal {goal!r}; the goals are {', '.join(taxonomy.slugs)}")
    name = who(reviewer, "--reviewer")
    with app.store() as store:
        if undo:
            return _undo(app, store, name)
        asked = [] if countries else [goal] if goal else None
        works = _named(store, uids) if uids else _proposed(app, store, name, asked, number)
        session = _Session(app, store, taxonomy, name)
        try:
            session.run(works)
        except (EOFError, KeyboardInterrupt):
            say("")
    say(f"{count(len({place for place, _ in session.kept}), 'work')} judged by {name}")
    return 0


def _undo(app: App, store: Store, name: str) -> int:
    from monitor.store.decisions import Reviewer

    last = next((d for d in store.decisions.recent(1_000, name) if d.what != "undo" and d.undone_at is None), None)
    if last is None or not store.decisions.undo(last.id, Reviewer(name, app.clock(), TERMINAL)):
        say(f"there is no decision of {name} to take back")
        return 1
    click.echo(f"{last.uid}: {last.what}, decided {last.decided_at:%Y-%m-%d %H:%M} UTC, taken back")
    return 0


def _named(store: Store, uids: Sequence[str]) -> list[Queued]:
    for uid in uids:
        if not store.items.uid_taken(uid):
            raise click.UsageError(f"there is no work {uid!r} in the store; digests print the identifier of each work")
    from monitor.review import Queued

    return [Queued(item_id, (), None, 1.0) for item_id in store.items.ids_of(dict.fromkeys(uids))]


def _proposed(app: App, store: Store, reviewer: str, goals: Sequence[str] | None, number: int) -> list[Queued]:
    from monitor.review import Bars, review_queue

    bars = Bars.read(app.model_folder())
    waiting = review_queue(store, bars, reviewer, number, goals)
    if not waiting:
        untagged = store.findings.untagged_count(bars.model)
        say(f"no work waits to be judged by {reviewer}" + ("; run `monitor tag` first" if untagged else ""))
    return waiting


def _export(app: App, taxonomy: Taxonomy, path: Path) -> int:
    from monitor.learning.labels import taken_along, write_labels

    with app.store() as store:
        judgements = store.labels.judgements()
    labels = taken_along(judgements, taxonomy.slugs)
    write_labels(path, labels)
    click.echo(str(path))
    left = len(judgements) - len(labels)
    say(count(len(labels), "judgement") + (f"; {left:,} left out, not made on every goal" if left else ""))
    return 0


class _Session:
    """A conversation with one reviewer, about works in their order."""

    def __init__(self, app: App, store: Store, taxonomy: Taxonomy, reviewer: str) -> None:
        self.app = app
        self.store = store
        self.taxonomy = taxonomy
        self.reviewer = reviewer
        self.guide = _version(taxonomy)
        self.kept: list[tuple[int, int]] = []
        """Place of each work that was judged, and the decision."""
        self._lines: IO[str] = click.open_file("-", errors="replace")

    def run(self, works: Sequence[Queued]) -> None:
        """Ask about each of `works` until the reviewer quits; raises EOFError at the end of the input."""
        place: int | None = 0
        while place is not None and place < len(works):
            place = self._judge(works[place], place, len(works))

    def _judge(self, work: Queued, place: int, total: int) -> int | None:
        """Ask about one work; the place of the next, None for the end."""
        item_id = work.item_id
        found = self.store.items.get([item_id])
        if not found:
            return self._gone(place)
        _show(found[0], f"{place + 1} of {total}")
        _show_tags(self.taxonomy, self.store.findings.tags(item_id))
        _show_around(self.store, work)
        goals = self._goals(work, place)
        if isinstance(goals, str):
            return {SKIP: place + 1, QUIT: None}.get(goals) if goals != UNDO else self._take_back()
        confidence = self._confidence()
        if isinstance(confidence, str):
            return place if confidence == UNDO else None
        judged = {slug: slug in goals for slug in self.taxonomy.slugs}
        decision = self.store.decisions.judge(item_id, judged, self._by(), confidence=confidence, guide=self.guide)
        if decision is None:
            return self._gone(place)
        self.kept.append((place, decision))
        return place + 1

    def _gone(self, place: int) -> int:
        say("this work has become one with another meanwhile, and is left out")
        return place + 1

    def _take_back(self) -> int:
        """Undo the last answer; the place of its work."""
        place, decision = self.kept.pop()
        self.store.decisions.undo(decision, self._by())
        say("the last answer is taken back")
        return place

    def _by(self) -> Reviewer:
        from monitor.store.decisions import Reviewer

        return Reviewer(self.reviewer, self.app.clock(), TERMINAL)

    def _goals(self, work: Queued, place: int) -> tuple[str, ...] | str:
        """Slugs, or SKIP, UNDO or QUIT. What is said of countries and usefulness is kept meanwhile; countries are all
        that is asked of a work that is there for them."""
        while True:
            line = self._read(QUESTION).lower()
            if line == GUIDE:
                _show_guide(self.taxonomy, self.guide)
            elif line in RATINGS:
                self._keep(place, self.store.decisions.rate(work.item_id, RATINGS[line], self._by()))
            elif line.split()[:1] == [COUNTRIES]:
                if self._countries(work.item_id, place, line[1:]) and work.placing and work.goal is None:
                    return SKIP
            elif line == UNDO and not self.kept:
                say("there is no answer to take back")
            elif line in (SKIP, UNDO, QUIT):
                return line
            else:
                try:
                    return _parse(line, self.taxonomy.slugs)
                except ValueError as error:
                    say(str(error))

    def _countries(self, item_id: int, place: int, line: str) -> bool:
        codes = line.upper().replace(",", " ").split()
        try:
            return self._keep(place, self.store.decisions.place(item_id, codes, self._by()))
        except StoreError as error:
            say(str(error))
            return False

    def _keep(self, place: int, decision: int | None) -> bool:
        if decision is not None:
            self.kept.append((place, decision))
            say("kept")
        return decision is not None

    def _confidence(self) -> int | str:
        """1 to 3, or UNDO or QUIT."""
        while True:
            line = self._read("how sure (3 sure, 2 likely, 1 a coin toss; empty is 3; u back, q quit): ").lower()
            if line in (UNDO, QUIT):
                return line
            if line in ("", "1", "2", "3"):
                return int(line or SURE)
            say(f"{line!r} is not 1, 2 or 3")

    def _read(self, prompt: str) -> str:
        click.echo(prompt, nl=False, err=True)
        line = self._lines.readline()
        if not line:
            raise EOFError
        return line.strip()


def _parse(line: str, slugs: Sequence[str]) -> tuple[str, ...]:
    """The goals that `line` names, in the order of `slugs`; raises ValueError, one sentence, for any other name."""
    by_name = {**{str(n): slug for n, slug in enumerate(slugs, 1)}, **{slug: slug for slug in slugs}}
    names = line.replace(",", " ").split()
    for name in names:
        if name not in by_name:
            raise ValueError(f"there is no goal {name!r}; write numbers from 1 to {len(slugs)}, or {', '.join(slugs)}")
    chosen = {by_name[name] for name in names}
    return tuple(slug for slug in slugs if slug in chosen)


def _version(taxonomy: Taxonomy) -> str:
    """Name of the guide and a fingerprint of what `g` shows: tells which labels are older than a rule."""
    shown = [[d.goal.slug, d.goal.name, d.goal.meaning, list(d.topics), list(d.borders)] for d in taxonomy.definitions]
    return f"{taxonomy.name}/{hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:8]}"


def _show(item: Item, place: str) -> None:
    click.echo(f"\n{place}  {item.uid}")
    click.echo(_wrapped(item.title) + "\n")
    click.echo(_wrapped(item.abstract or "(no abstract)", "  ") + "\n")


def _show_tags(taxonomy: Taxonomy, tags: Sequence[Tag]) -> None:
    """A line for each goal: its number, whether it is selected (*), the probability, the evidence."""
    known = {tag.label: tag for tag in tags}
    widest = max(map(len, taxonomy.slugs))
    for number, slug in enumerate(taxonomy.slugs, 1):
        tag = known.get(slug)
        chance = f"{tag.probability:.2f}" if tag else "   –"
        because = f"  because: {'; '.join(tag.evidence)}" if tag and tag.evidence else ""
        click.echo(_wrapped(f"{'*' if tag and tag.selected else ' '} {number} {slug:<{widest}} {chance}{because}"))


def _show_around(store: Store, work: Queued) -> None:
    """Where the work comes from, why it is asked about, and what reviewers said of it before."""
    countries = dict.fromkeys(origin.country for origin in store.places.of(work.item_id))
    click.echo(_wrapped(f"from {', '.join(countries) or 'an unknown country'}", "  "))
    for reason in work.reasons:
        click.echo(_wrapped(f"asked because: {reason}", "  ", "    "))


def _show_guide(taxonomy: Taxonomy, version: str) -> None:
    click.echo(f"\nGuide {version}")
    for number, definition in enumerate(taxonomy.definitions, 1):
        click.echo(f"\n{number} {definition.goal.slug} – {definition.goal.name}")
        click.echo(_wrapped(definition.goal.meaning, "  "))
        for heading, lines in (("belongs to it", definition.topics), ("in doubt", definition.borders)):
            if lines:
                click.echo(f"  {heading}:")
            for line in lines:
                click.echo(_wrapped(f"  - {line}", later="    "))
    click.echo("")


def _wrapped(text: str, indent: str = "", later: str | None = None) -> str:
    width = min(shutil.get_terminal_size().columns, WIDEST)
    return textwrap.fill(
        text,
        max(width, 20),
        initial_indent=indent,
        subsequent_indent=indent if later is None else later,
        break_on_hyphens=False,
    )


COMMANDS = (label,)
