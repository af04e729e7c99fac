"""A small store of invented works, its pages on a real server of this machine, and a reader that asks them."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from monitor.config import Serve
from monitor.errors import ModelError
from monitor.evidence import Verdict
from monitor.pipeline.search import Searcher
from monitor.review import Queued
from monitor.store import Store, dictionary
from monitor.store.findings import Due
from monitor.types import Author, Entry, Feed, Fetch, Goal, Identifier, Origin, Partner, Partners, Tag
from monitor.web import server
from monitor.web.people import COOKIE, Gate
from monitor.web.site import Site

NOW = datetime(2026, 7, 22, 9, tzinfo=UTC)
"""A Wednesday of 2026-W30."""

SECRET = "a long secret of the tests"
GOALS = (Goal("screening", "Screening at Speed"), Goal("cyber", "A Trusted Cyber Future"))
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> & “quotes”"
FEED = Feed("journal", "feed", "https://journal.example/rss", timedelta(hours=6), 1.0)

WORKS: tuple[tuple[str, str, str, float, tuple[str, ...]], ...] = (
    ("arxiv:2607.00001", "Muon tomography of cargo", "screening", 0.96, ("DE", "US")),
    ("arxiv:2607.00002", "A sieve against side channels", "cyber", 0.91, ("FR",)),
    ("doi:10.5555/odd.1", HOSTILE, "cyber", 0.88, ()),
    ("arxiv:2607.00003", "Knitting patterns of the north", "screening", 0.04, ("SE",)),
)
"""uid, title, goal, its probability, countries."""


def fill(path: Path) -> None:
    """Make the store at `path`."""
    with Store.open(path) as store:
        store.ledger.register([FEED], NOW)
        row = store.ledger.begin(FEED, None, NOW - timedelta(hours=1))
        done = Fetch("journal", "feed", "ok", NOW - timedelta(hours=1), NOW, seen=4, new=4)
        store.ledger.finish(row, done, next_due=NOW + timedelta(hours=6))
        partners = tuple(Partner(code, date(2016, 1, 1)) for code in ("DE", "FR", "SE"))
        store.findings.set_partners(Partners("US", partners))
        for number, work in enumerate(WORKS):
            add(store, *work, seen=NOW - timedelta(hours=2 + number))


def add(
    store: Store, uid: str, title: str, goal: str, chance: float, countries: tuple[str, ...], *, seen: datetime
) -> int:
    """Put a work into the store, with a record, tags and origins."""
    year, week, _ = seen.isocalendar()
    item = store.items.add(uid, seen.strftime("%Y-%m-%dT%H:%M:%SZ"), f"{year}-W{week:02}")
    authors = tuple(Author(f"Author {n} of {code}") for n, code in enumerate(countries))
    scheme, _, value = uid.partition(":")
    entry = Entry(value, title, f"An abstract about {title}.", authors, published=seen, url="https://journal.example/1")
    store.items.update(item, entry, names=[Identifier(scheme, value)], content=uid)
    store.entries.keep("journal", [entry], seen)
    [record] = [r for r in store.entries.unlinked(10) if r.entry.key == value]
    store.entries.link(record.id, item)
    tags = [
        Tag(
            "goal",
            g.slug,
            chance if g.slug == goal else 0.02,
            g.slug == goal and chance > 0.5,
            "m.1",
            ("telling words",),
        )
        for g in GOALS
    ]
    store.findings.tag(Due(item, title, "", uid), "m.1", tags, None, seen)
    share = 1 / max(1, len(countries))
    origins = [
        Origin(code, "country-name", 0.99, code, f"https://ror.org/0{code.lower()}", share, n)
        for n, code in enumerate(countries)
    ]
    store.findings.locate(item, origins, "rules")
    store.evidence.conclude(item, Verdict("known" if countries else "no-affiliation"))
    return item


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode()

    @property
    def token(self) -> str:
        """The token of the forms of this page."""
        found = re.search(r'name="token_of_form" value="([^"]+)"', self.text)
        assert found is not None, "the page has no form"
        return unescape(found[1])


@dataclass
class Reader:
    """A browser without a window: it keeps the session that it was given."""

    port: int
    session: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Reply:
        """A page."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> Reply:
        """What comes of sending a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(form), kind | headers)

    def send(self, page: str, path: str, form: Mapping[str, str]) -> Reply:
        """Send a form with the token that `page` gives out."""
        return self.post(path, {**form, "token_of_form": self.get(page).token})

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Reply:
        cookie = {"Cookie": f"{COOKIE}={self.session}"} if self.session else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, {**self.headers, **cookie, **named})
        answer = connection.getresponse()
        reply = Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        connection.close()
        return reply


@dataclass(frozen=True)
class Stage:
    """The pages of a filled store, being served."""

    home: Path
    port: int
    gate: Gate

    @property
    def database(self) -> Path:
        """The store's file."""
        return self.home / "store" / "monitor.db"

    @property
    def stranger(self) -> Reader:
        """Somebody who is not signed in."""
        return Reader(self.port)

    def as_reviewer(self, name: str) -> Reader:
        """A reviewer who is signed in."""
        return Reader(self.port, self.gate.session(name, NOW))


def queue(store: Store, reviewer: str, count: int, goals: Any) -> list[Queued]:
    """Works that nobody has judged, by their number; or those whose countries are in doubt."""
    if goals is not None and not goals:
        doubts = store.doubts.worst(count)
        return [Queued(doubt.item_id, ("country unknown",), None, 0.5, placing=True) for doubt in doubts]
    rows = store.connection.rows("SELECT id FROM items WHERE id NOT IN (SELECT item_id FROM labels) ORDER BY id")
    return [Queued(row["id"], ("nobody has judged it",), None, 0.5) for row in rows][:count]


def _searcher(home: Path) -> Any:
    """Searches by words; there is no encoder here."""

    def refuse() -> Any:
        raise ModelError("there is no encoder")

    return lambda store: Searcher(store, refuse, home / "vectors.bin")


@contextmanager
def staged(home: Path, settings: Serve, **more: Any) -> Iterator[Stage]:
    """Fill a store in `home` and serve its pages."""
    fill(home / "store" / "monitor.db")
    gate = Gate(settings, SECRET, SECRET)
    site = Site(
        home / "store" / "monitor.db",
        home / "store" / "digests",
        GOALS,
        gate,
        lambda: NOW,
        **{"queue": queue, "searcher": _searcher(home), "patience": 1.0, **more},
    )
    running = server.server(server.pages(site, dictionary.datasette(dictionary.load())), "127.0.0.1", 0)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    try:
        yield Stage(home, running.servers[0].sockets[0].getsockname()[1], gate)
    finally:
        running.should_exit = True
        thread.join(10)
