"""Port `Source`: one module of this package for each kind of upstream, and nothing else in it.

A kind is a module of that name (`arxiv-list` lives in `arxiv_list`). It says which document to ask
for first and what a document means; it never fetches, looks at the clock, or touches the store.
Kinds are found by name, so a new one is one file, with an example page under `tests/examples/<kind>/`.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Protocol, cast
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from pydantic import AfterValidator, BaseModel

from monitor import text
from monitor.errors import ConfigError, ParseError
from monitor.types import Feed, Identifier, Page, Request, Response, Window


class Source(Protocol):
    """What a kind's module holds.

    A kind that can be asked for a single record has a function `by_id(feed, identifier)` as well: the request for the
    record of that name, or None when it cannot be asked by such a name.
    """

    URL: str
    """The provider's base address; empty when every feed must bring its own `url`."""
    PACE: float
    """Seconds between two requests that keep the provider's terms."""
    EVERY: timedelta
    """How often a feed of this kind is due unless it says otherwise."""
    LOOKBACK: timedelta | None
    """How far before the last closed window the next one begins, because records turn up late.
    None for kinds that are polled: they have no windows, and a fetch is the whole document."""
    Options: type[BaseModel]
    """The keys that only this kind has in feeds.yaml."""

    def first(self, feed: Feed, window: Window | None) -> Request:
        """The request that opens `window` (None for a polled kind)."""
        ...

    def parse(self, feed: Feed, request: Request, response: Response) -> Page:
        """What `response` says. Pure: the same bytes give the same page.

        Raises ParseError when the document is not what this kind promises; a single bad record is
        left out and named in `Page.problems` instead.
        """
        ...


def kinds() -> tuple[str, ...]:
    """Names of all kinds, sorted."""
    return tuple(sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(__path__)))


def load(kind: str) -> Source:
    """The module of `kind`.

    Raises ConfigError when there is none. A fault inside the module itself comes through as it is.
    """
    name = f"{__name__}.{kind.replace('-', '_')}"
    try:
        return cast(Source, importlib.import_module(name))
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ConfigError(f"there is no source kind {kind!r}; the kinds are {', '.join(kinds())}") from None


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """`Source.parse` of the feed's kind, by name, so that it can be called in another process.

    Bylines end after `text.AUTHORS_LIMIT` authors; a record that has more is kept and named in the problems.
    """
    page = load(feed.kind).parse(feed, request, response)
    long = [e for e in page.entries if len(e.authors) > text.AUTHORS_LIMIT]
    if not long:
        return page
    said = [f"{e.key!r} names {len(e.authors):,} authors, and {text.AUTHORS_LIMIT:,} are kept" for e in long]
    entries = tuple(replace(e, authors=e.authors[: text.AUTHORS_LIMIT]) for e in page.entries)
    return replace(page, entries=entries, problems=(*page.problems, *said))


def by_id(feed: Feed, identifier: Identifier) -> Request | None:
    """The request for the one record called `identifier`; None where the feed's kind cannot be asked for it."""
    ask: Callable[[Feed, Identifier], Request | None] | None = getattr(load(feed.kind), "by_id", None)
    return ask(feed, identifier) if ask else None


# --- what kinds that page have in common -----------------------------------------------------


def days(window: Window) -> tuple[date, date]:
    """The first and the last day that `window` touches, for providers whose spans of days include both ends."""
    return window.since.date(), max(window.since, window.until - timedelta(microseconds=1)).date()


def position(request: Request, parameter: str) -> str:
    """Where `request` stands: the value of a parameter in its query; empty when it is not there."""
    try:
        return dict(parse_qsl(urlsplit(request.url).query)).get(parameter, "")
    except ValueError:  # an address that a provider gave
        return ""


def onward(request: Request, parameter: str, value: str) -> Request:
    """The same question from another position; everything else in it stays, so it is bound to the same window."""
    parts = urlsplit(request.url)
    query = [(name, said) for name, said in parse_qsl(parts.query, keep_blank_values=True) if name != parameter]
    return replace(request, url=parts._replace(query=urlencode([*query, (parameter, value)]), fragment="").geturl())


def turned(
    request: Request, following: Request | None, *, keys: Sequence[str], listed: int, total: int | None
) -> Request | None:
    """`following`, the request for the page behind one that `listed` so many records; None when that was the last.

    It was without a `following`, without records, or with as many as there are in `total`. How many there were so far,
    the total, and the first of `keys`, the records that could be read, are noted behind the `#` of the address, so that
    a total said once is known on every page. Raises ParseError when the page is the one before again; the cursor does
    not tell, for Crossref's may stay the same from page to page while the records go on.
    """
    parts = urlsplit(request.url)
    seen, noted, before = (*parts.fragment.split("/"), "", "", "")[:3]
    mark = quote(keys[0], safe="") if keys else ""
    if mark and mark == before:
        again = f"it answered twice with the page that begins with {keys[0]}"
        host = urlsplit(text.without_credentials(request.url)).netloc
        raise ParseError(f"{host} goes round in circles: {again}")
    so_far, total = listed + (_count(seen) or 0), _count(noted) if total is None else total
    if following is None or not listed or (total is not None and so_far >= total):
        return None
    return noting(following, so_far, total, mark)


def noting(request: Request, seen: int, total: int | None, mark: str = "") -> Request:
    """`request` with a note for `turned`."""
    note = f"{seen}/{'' if total is None else total}/{mark}"
    return replace(request, url=urlsplit(request.url)._replace(fragment=note).geturl())


def _count(digits: str) -> int | None:
    return int(digits) if digits.isascii() and digits.isdigit() else None


# --- what the options of kinds have in common ------------------------------------------------


def spelt(form: str, words: str) -> AfterValidator:
    """A check of an option: the whole of it fits the regular expression `form`, which `words` say to people."""

    def check(value: str) -> str:
        if not re.fullmatch(form, value):
            raise ValueError(f"{value!r} is not {words}")
        return value

    return AfterValidator(check)


def only_one(options: BaseModel, **examples: str) -> None:
    """Raises ValueError unless exactly one of the named options is given; each comes with an example."""
    if sum(getattr(options, name) is not None for name in examples) != 1:
        raise ValueError(f"name one of {', '.join(f'{name} ({example})' for name, example in examples.items())}")
