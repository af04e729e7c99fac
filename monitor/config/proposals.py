"""Feeds that somebody proposes for feeds.yaml: named, told from those that are watched, and checked one by one."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor.config.document import Document
from monitor.config.forms import FILE_KINDS
from monitor.config.settings import Config
from monitor.errors import ConfigError, suggestion
from monitor.types import Feed

LONGEST_NAME = 48

NOWHERE = Path("the command line")
"""Where a proposal comes from that stands in no file."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An entry as it may stand under `feeds:`, and where it comes from."""

    entry: Mapping[str, Any]
    name: str = ""
    """The name that was asked for; empty to have one made."""
    title: str = ""
    """What a name is made of."""
    path: Path = NOWHERE
    line: int = 1


@dataclass(slots=True)
class Admission:
    """What came of proposals."""

    entries: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """name → entry of those that are good and new, in their order."""
    known: list[str] = field(default_factory=list)
    """A sentence for each that is watched already."""
    problems: list[str] = field(default_factory=list)
    """A sentence for each that is wrong."""


def admit(proposals: Iterable[Proposal], config: Config, check: Callable[[Document], Config]) -> Admission:
    """Which of the proposals may be added to the feeds of `config`.

    `check` reads a document with that one feed, and raises ConfigError for a wrong one.
    """
    result = Admission()
    watched = {watches(feed): feed.name for feed in config.feeds}
    names = Names(feed.name for feed in config.feeds)
    places: dict[str, str] = {}
    for proposal in proposals:
        where = f"{proposal.path}, line {proposal.line}"
        name = proposal.name or names.free(proposal.title, str(proposal.entry.get("url", "")))
        try:
            feed = check(_alone(name, proposal, config)).feed(name)
        except ConfigError as error:
            result.problems.append(str(error))
            continue
        if watches(feed) in watched:
            result.known.append(f"{where}: {feed.url} is watched already, as {watched[watches(feed)]!r}")
        elif name in names.taken:
            result.problems.append(f"{where}: there is a feed {name!r} already, of another address")
        else:
            result.entries[name] = proposal.entry
            places[name] = where
            watched[watches(feed)] = name
            names.taken.add(name)
    _hold(result, names.taken, places)
    return result


def _alone(name: str, proposal: Proposal, config: Config) -> Document:
    """A document that says nothing but this feed, its line being that of the proposal; which other feed it `checks` is
    held against all that there will be, and a path begins where it will stand."""
    entry = {key: value for key, value in proposal.entry.items() if key != "checks" or not isinstance(value, str)}
    url = entry.get("url")
    if entry.get("kind") in FILE_KINDS and isinstance(url, str) and "://" not in url:
        entry["url"] = str(config.path.absolute().parent / url)
    return Document(proposal.path, {"model": config.model, "feeds": {name: entry}}, {("feeds", name): proposal.line})


def _hold(result: Admission, names: set[str], places: Mapping[str, str]) -> None:
    """Leave out what checks a feed that there is not, until all that is left has the one it checks."""
    while lost := [n for n, e in result.entries.items() if (other := e.get("checks")) and other not in names - {n}]:
        for name in lost:
            other = result.entries.pop(name)["checks"]
            names.discard(name)
            known = suggestion(other, names)
            result.problems.append(
                f"{places[name]}: 'checks' in feed {name!r}: there is no other feed {other!r}{known}"
            )


def watches(feed: Feed) -> tuple[str, str, str]:
    """Equal for feeds that watch the same thing, whatever the scheme, the case of the host, and a slash at the end.

    A feed of kind `feed` is its address; what it says beside that is what to call the entries.
    """
    if feed.kind in FILE_KINDS:
        return feed.kind, os.path.normpath(feed.url), repr(sorted(feed.options.items()))
    try:
        parts = urlsplit(feed.url)
    except ValueError:
        return feed.kind, feed.url, ""
    address = f"{parts.netloc.lower()}{parts.path.rstrip('/')}?{parts.query}"
    options = {} if feed.kind == "feed" else feed.options
    return feed.kind, address, repr(sorted(options.items()))


class Names:
    """Names for feeds, made of titles."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self._last: Counter[str] = Counter()

    def free(self, title: str, url: str) -> str:
        """A name out of a title, or else of the host of an address, that is not taken."""
        words = _slug(title) or _slug(_host(url)) or "feed"
        while True:
            self._last[words] += 1
            name = words if self._last[words] == 1 else f"{words}-{self._last[words]}"
            if name not in self.taken:
                return name


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words if len(words) <= LONGEST_NAME else words[: LONGEST_NAME + 1].rpartition("-")[0] or words[:LONGEST_NAME]
