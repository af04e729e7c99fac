"""What an address would bring if it were watched: asked for, recognised, and read as a source kind would read it.

Nothing is kept. Used before a feed is added; the steps that follow never see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, get_origin
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError

from monitor import discovery, sources
from monitor.discovery import Candidate, Guess
from monitor.errors import FetchError, ParseError
from monitor.files import Files
from monitor.http import Client
from monitor.sandbox import Sandbox
from monitor.types import Feed, Page, Request, Response, Window

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, text/html;q=0.8, */*;q=0.5"
PACE = 1.0
SPANS = (timedelta(days=7), timedelta(days=60))
"""How far back a kind with windows is asked; further when the first holds nothing."""
TITLES = 5
SETS = 15

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sample:
    """What the first page of a source holds."""

    entries: int
    announced: int | None
    """How many there are in all, where the source says so."""
    titles: tuple[str, ...]
    newest: datetime | None = None
    oldest: datetime | None = None
    abstracts: int = 0
    """How many entries have an abstract: without one, tags rest on the title alone."""
    affiliated: int = 0
    """How many entries name an affiliation."""
    per_week: float | None = None
    """Entries a week, by their dates; None when they tell too little."""
    more: bool = False
    """Whether there are further pages, or parts of a file."""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What an address is, and the entry of feeds.yaml that would watch it."""

    url: str
    what: str
    title: str = ""
    entry: Mapping[str, Any] = field(default_factory=dict)
    """Empty when no source kind reads it."""
    sample: Sample | None = None
    candidates: tuple[Candidate, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspector:
    """What checking needs of the world."""

    client: Client
    sandbox: Sandbox
    clock: Callable[[], datetime]
    allow_private: bool = False

    def check(self, url: str) -> Finding:
        """What is at `url`; raises FetchError when there is no answer, ParseError when it is broken."""
        for guess in discovery.provider(url):
            if finding := self._by_address(url, guess):
                return finding
        if discovery.may_be_repository(url):
            try:
                return self._repository(url)
            except ParseError:
                pass  # only its address looks like one
        response = self._get(url)
        guess = self.sandbox.run(discovery.document, response)
        if guess.kind == "oai":
            return self._repository(url)
        if guess.kind:
            return self._document(url, guess, response)
        stated = [candidate for candidate in guess.candidates if candidate.stated]
        if len(stated) == 1:
            return self._named_by(url, guess, stated[0])
        return Finding(url, guess.what, guess.title, candidates=guess.candidates)

    def read(self, feed: Feed) -> Sample:
        """What a feed of feeds.yaml would bring now; raises FetchError and ParseError."""
        source = sources.load(feed.kind)
        if source.LOOKBACK is None:
            return self._sample(self._page(feed, None))
        for span in SPANS:
            window = Window(self.clock() - span, self.clock())
            sample = self._sample(self._page(feed, window))
            if sample.entries:
                break
        found = sample.announced or sample.entries
        return replace(sample, per_week=found * timedelta(days=7) / span)

    def _by_address(self, url: str, guess: Guess) -> Finding | None:
        """None when this version has no such kind, or one that takes other keys."""
        if guess.kind is None or guess.kind not in sources.kinds():
            return None
        kind = sources.load(guess.kind)
        said = {key: _as_list(kind.Options, key, value) for key, value in guess.options.items()}
        try:
            options = kind.Options(**said).model_dump()
        except ValidationError:
            return None
        feed = Feed("check", guess.kind, kind.URL, kind.EVERY, kind.PACE, options=options)
        return Finding(url, guess.what, guess.title, {"kind": guess.kind, **said}, self.read(feed))

    def _document(self, url: str, guess: Guess, response: Response) -> Finding:
        feed = Feed("check", guess.kind or "", url, timedelta(days=1), PACE, allow_private=self.allow_private)
        sample = self._sample(self.sandbox.run(sources.parse, feed, Request(url), response))
        entry = {"kind": guess.kind, "url": url, "every": _rhythm(sample)} | self._private()
        notes = (f"it was answered by {response.url}",) if response.url.rstrip("/") != url.rstrip("/") else ()
        return Finding(url, guess.what, guess.title, entry, sample, notes=notes)

    def _named_by(self, url: str, page: Guess, candidate: Candidate) -> Finding:
        """The one feed that a page names."""
        response = self._get(candidate.url)
        guess = self.sandbox.run(discovery.document, response)
        if guess.kind != "feed":
            return Finding(url, page.what, page.title, candidates=page.candidates)
        finding = self._document(candidate.url, guess, response)
        return replace(finding, notes=(f"{url} is {page.what}, which names this feed", *finding.notes))

    def _repository(self, url: str) -> Finding:
        base, asked = discovery.repository_address(url)
        said = self._verb(base, "Identify", discovery.repository)
        prefixes = self._verb(base, "ListMetadataFormats", discovery.prefixes)
        prefix = asked.get("prefix") or next((p for p in ("arXiv", "oai_dc") if p in prefixes), "oai_dc")
        entry = {"kind": "oai", "url": base, "prefix": prefix, **{k: v for k, v in asked.items() if k == "set"}}
        if said.granularity != "day":
            entry["granularity"] = said.granularity
        options = {k: v for k, v in entry.items() if k not in ("kind", "url")}
        feed = Feed("check", "oai", base, timedelta(days=1), PACE, options=options, allow_private=self.allow_private)
        what = f"an OAI-PMH repository, with records since {said.earliest or 'an unknown day'}"
        return Finding(url, what, said.name, entry | self._private(), self.read(feed), notes=self._sets(base, asked))

    def _sets(self, base: str, asked: Mapping[str, str]) -> tuple[str, ...]:
        """The sets that one may choose from, where none was."""
        if "set" in asked:
            return ()
        try:
            found = self._verb(base, "ListSets", discovery.sets)
        except (FetchError, ParseError):
            return ()
        told = [f"set {name}: {title}" for name, title in found[:SETS]]
        more = f"and {len(found) - SETS} more sets, or further pages of them"
        return (*told, more) if len(found) > SETS else tuple(told)

    def _verb(self, base: str, verb: str, read: Callable[[Response], T]) -> T:
        return self.sandbox.run(read, self._get(f"{base}?{urlencode({'verb': verb})}"))

    def _page(self, feed: Feed, window: Window | None) -> Page:
        request = sources.load(feed.kind).first(feed, window)
        if request.url.startswith("file:"):
            with Files() as files:
                response = files.read(request)
        else:
            response = self.client.get(request, pace=feed.pace, allow_private=feed.allow_private)
        return self.sandbox.run(sources.parse, feed, request, response)

    def _get(self, url: str) -> Response:
        return self.client.get(Request(url, ACCEPT), pace=PACE, allow_private=self.allow_private)

    def _private(self) -> dict[str, bool]:
        return {"allow_private": True} if self.allow_private else {}

    def _sample(self, page: Page) -> Sample:
        entries = [entry for entry in page.entries if not entry.deleted]
        dates = sorted(entry.published for entry in entries if entry.published and entry.published <= self.clock())
        return Sample(
            entries=len(entries),
            announced=page.announced,
            titles=tuple(entry.title for entry in entries if entry.title)[:TITLES],
            newest=dates[-1] if dates else None,
            oldest=dates[0] if dates else None,
            abstracts=sum(bool(entry.abstract) for entry in entries),
            affiliated=sum(any(author.affiliations for author in entry.authors) for entry in entries),
            per_week=_per_week(dates),
            more=page.following is not None,
            problems=page.problems,
        )


def _as_list(form: type[BaseModel], key: str, value: Any) -> Any:
    """`value`, alone in a list where the kind takes several."""
    several = key in form.model_fields and get_origin(form.model_fields[key].annotation) is list
    return [value] if several and not isinstance(value, list) else value


def _per_week(dates: Sequence[datetime]) -> float | None:
    """From the first date to the last; None for fewer than three days or entries."""
    if len(dates) < 3 or dates[-1] - dates[0] < timedelta(days=3):
        return None
    return (len(dates) - 1) * timedelta(days=7) / (dates[-1] - dates[0])


def _rhythm(sample: Sample) -> str:
    """How often to look so that nothing falls out unseen: thrice in the time that the feed holds, at most daily."""
    held = sample.newest - sample.oldest if sample.newest and sample.oldest else timedelta(days=3)
    return "1d" if held >= timedelta(days=3) else "12h" if held >= timedelta(days=1.5) else "6h"
