"""What is watched, changed in feeds.yaml: feeds added and taken out, addresses looked at, lists of feed readers.

The command line and the Python API both go through here. Everything else in the file stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.errors import ConfigError, ParseError

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.config.proposals import Admission, Proposal
    from monitor.pipeline.check import Finding, Sample

MOST_BYTES = 15 * 2**20
"""Longest list of feeds that is read."""


@dataclass(frozen=True, slots=True)
class Removed:
    """Feeds that were taken out of feeds.yaml, or switched off."""

    names: tuple[str, ...]
    said: tuple[str, ...]
    """What stood there, as `import` takes it; empty when they were only switched off."""


def admit(app: App, proposals: Sequence[Proposal], *, dry_run: bool = False) -> Admission:
    """Add what is good and new to feeds.yaml, unless `dry_run`; what came of each.

    Raises ConfigError when the file cannot be changed.
    """
    from monitor.config import editing
    from monitor.config.proposals import admit as admissible

    admission = admissible(proposals, app.config, app.check)
    if admission.entries and not dry_run:
        editing.edit(app.config.path, lambda old: editing.add(old, admission.entries), app.check)
        del app.config
    return admission


def add(app: App, name: str, entry: Mapping[str, Any]) -> Admission:
    """Put one feed into feeds.yaml, behind the last one; `entry` as it stands below a name there, what is None or empty
    left out. Raises ConfigError for what cannot stand there."""
    from monitor.config.proposals import NOWHERE, Proposal

    said = {key: value for key, value in entry.items() if value not in (None, [], ())}
    admission = admit(app, [Proposal(said, name)])
    if admission.problems:
        raise ConfigError("\n".join(admission.problems).replace(f"{NOWHERE}, line 1: ", ""))
    return admission


def remove(app: App, names: Iterable[str], *, disable: bool = False) -> Removed:
    """Take feeds out of feeds.yaml, or switch them off; what they brought and the ledger of their fetches stay in the
    store. Raises ConfigError for a name that is none."""
    from monitor.config import editing

    gone = [app.config.feed(name).name for name in dict.fromkeys(names)]
    said: list[str] = []

    def change(old: str) -> str:
        if disable:
            for name in gone:
                old = editing.switch_off(old, name)
            return old
        said.extend(editing.said_of(old, name) for name in gone)
        return editing.remove(old, gone)

    editing.edit(app.config.path, change, app.check)
    del app.config
    return Removed(tuple(gone), tuple(said))


def look(app: App, address: str, *, allow_private: bool = False) -> Finding:
    """What an address is and would bring. Nothing is kept. Raises FetchError and ParseError."""
    with app.inspector(allow_private=allow_private) as inspector:
        return inspector.check(address)


def sample(app: App, name: str) -> Sample:
    """What the feed of this name brings now. Nothing is kept. Raises ConfigError, FetchError and ParseError."""
    feed = app.config.feed(name)
    with app.inspector() as inspector:
        return inspector.read(feed)


def proposed(app: App, finding: Finding, goals: Sequence[str] = ()) -> dict[str, Any]:
    """The entry that would watch what was found, under a name of its own; empty when nothing there can be watched."""
    from monitor.config.proposals import Names

    if not finding.entry:
        return {}
    name = Names(feed.name for feed in app.config.feeds).free(finding.title, finding.url)
    return {name: {**finding.entry, "why": finding.title or finding.what, "goals": list(goals)}}


def take_in(
    app: App, body: bytes, what: str, goals: Sequence[str] = (), *, dry_run: bool = False
) -> tuple[Admission, tuple[str, ...]]:
    """Add the feeds of a list: OPML of a feed reader, or YAML as it stands under feeds: in feeds.yaml. What came of
    them, and a sentence for each place in `what` that could not be read.

    Folders that are called as a goal is, by slug or name, become goals; others are told in `why`. Raises ParseError
    and ConfigError for what is no such list.
    """
    if len(body) > MOST_BYTES:
        raise ParseError(f"{what} is longer than {MOST_BYTES // 2**20} MiB, too long for a list of feeds")
    is_opml = body.lstrip(b"\xef\xbb\xbf \t\r\n\0\xff\xfe").startswith(b"<")
    proposals, problems = _from_opml(app, body, what, goals) if is_opml else _from_yaml(body, what, goals)
    return admit(app, proposals, dry_run=dry_run), tuple(problems)


@dataclass(frozen=True, slots=True)
class Exported:
    """The feeds of kind `feed` as a file for feed readers."""

    document: bytes
    feeds: int
    bared: tuple[str, ...]
    """Names of the feeds in whose addresses a name or password was left out."""


def exported(app: App, *, with_passwords: bool = False) -> Exported:
    """The feeds of kind `feed` as OPML 2.0 for a feed reader, in folders by goal.

    Such files are passed on and put on the web: names and passwords in addresses stay out, unless `with_passwords`.
    """
    from monitor import opml
    from monitor.text import without_credentials

    chosen = [feed for feed in app.config.feeds if feed.kind == "feed"]
    shown = chosen if with_passwords else [replace(feed, url=without_credentials(feed.url)) for feed in chosen]
    bared = tuple(feed.name for feed, bare in zip(chosen, shown, strict=True) if feed.url != bare.url)
    return Exported(opml.write(shown, app.goals, app.clock()), len(chosen), bared)


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
            said = entry.get("goals") or []
            # What is no list is left for the check to name.
            added = {"goals": [*said, *goals]} if goals and isinstance(said, list) else {}
            proposals.append(Proposal({**entry, **added}, str(name), path=Path(what), line=line))
        else:
            problems.append(f"{what}, line {line}: {name!r} should be keys with values, and is none")
    return proposals, problems
