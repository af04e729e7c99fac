"""What the fault suite plays on: a real store, the real way out, real parsing, loopback servers, a clock by hand.

Each test bears the number of its case; docs/coverage.md lists them, and a test keeps the two in step.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from servers.scripted import Exchange, Script, ok

from monitor.http import Client
from monitor.pipeline import CrossCheck, Fetcher, cross_check, fetch, link
from monitor.sandbox import Sandbox
from monitor.store import Store
from monitor.store.hosts import HostPace
from monitor.types import Feed, Fetch, Gap, Window

NOW = datetime(2026, 7, 20, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OPTIONS: dict[str, dict[str, Any]] = {"feed": {}, "oai": {"prefix": "oai_dc"}, "arxiv": {"categories": ["cs.CR"]}}


class Sandboxes:
    """Children that are kept from test to test, one for each thread that parses."""

    def __init__(self) -> None:
        self._idle: queue.LifoQueue[Sandbox] = queue.LifoQueue()
        self._all: list[Sandbox] = []

    @contextmanager
    def one(self) -> Iterator[Sandbox]:
        try:
            sandbox = self._idle.get_nowait()
        except queue.Empty:
            sandbox = Sandbox()
            self._all.append(sandbox)
        yield sandbox
        self._idle.put(sandbox)

    def close(self) -> None:
        for sandbox in self._all:
            sandbox.close()


class Hasty:
    """A sandbox that waits for a document as long as the stage says."""

    def __init__(self, sandbox: Sandbox, seconds: float) -> None:
        self._sandbox, self._seconds = sandbox, seconds

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self._sandbox.run(function, *arguments, seconds=self._seconds)


class Stage:
    """One monitor and its clock."""

    def __init__(self, store: Store, sandboxes: Sandboxes) -> None:
        self.store = store
        self.now = NOW
        self.stop = threading.Event()
        self.feeds: list[Feed] = []
        self.deadline = 30.0
        self.connect_timeout = 10.0
        self.most_bytes = 2**20
        self.patience = 30.0
        """Seconds that a document may take to be read."""
        self._sandboxes = sandboxes

    def watch(self, kind: str, url: str, name: str = "one", **changes: Any) -> Feed:
        """Add a feed of `kind` at `url`, due once a day."""
        lookback_free = {"every": DAY, "pace": 0.0, "allow_private": True, "options": OPTIONS[kind]}
        self.feeds.append(Feed(name, kind, url, **{**lookback_free, **changes}))
        return self.feeds[-1]

    def scan(self, later: timedelta = DAY, **options: Any) -> Fetch:
        """Let `later` pass, then fetch and link as a scan does; how the first feed came back."""
        return self.scan_all(later, **options)[0]

    def scan_all(self, later: timedelta = DAY, **options: Any) -> tuple[Fetch, ...]:
        self.now += later
        self.store.ledger.register(self.feeds, self.now)
        with self.client() as client:
            done = fetch(self.feeds, self.fetcher(client), **options)
        link(self.store, lambda: self.now)
        return done

    def cross_check(self) -> tuple[CrossCheck, ...]:
        """Hold the feeds against each other, as a scan does after linking."""
        with self.client() as client:
            return cross_check(self.feeds, self.fetcher(client))

    def client(self) -> Client:
        pacer = HostPace(self.store.connection)
        return Client(
            pacer,
            user_agent="monitor-test/1",
            deadline=self.deadline,
            connect_timeout=self.connect_timeout,
            most_bytes=self.most_bytes,
        )

    def fetcher(self, client: Client) -> Fetcher:
        return Fetcher(self.store, client, lambda: self.now, self.stop, self._sandbox)  # type: ignore[arg-type]

    @contextmanager
    def _sandbox(self) -> Iterator[Hasty]:
        with self._sandboxes.one() as sandbox:
            yield Hasty(sandbox, self.patience)

    def titles(self) -> list[str]:
        """Titles of the works, each as often as it is one."""
        rows = self.store.connection.rows("SELECT title FROM items WHERE withdrawn = 0 ORDER BY title")
        return [row["title"] for row in rows]

    def owed(self, name: str = "one") -> list[Window]:
        return [owed.window for owed in self.store.windows.owed(name)]

    def gaps(self) -> tuple[Gap, ...]:
        return self.store.windows.gaps(Window(datetime(2000, 1, 1, tzinfo=UTC), self.now + DAY))

    def health(self, name: str = "one") -> dict[str, Any]:
        return next(dict(row) for row in self.store.ledger.health() if row["feed"] == name)

    @property
    def due(self) -> datetime | None:
        return self.store.ledger.position("one").next_due


# --- documents -----------------------------------------------------------------------------------


def title(number: int) -> str:
    return f"Invented work {number:02} on the muon tomography of cargo"


def titles(*numbers: int) -> list[str]:
    return [title(number) for number in numbers]


def item(number: int, **fields: str) -> str:
    """An item of RSS; `fields` replace its elements, and those that are empty are left out."""
    elements = {
        "title": title(number),
        "link": f"https://journal.example/{number}",
        "guid": f"https://journal.example/{number}",
        "pubDate": format_datetime(NOW - DAY + number * timedelta(minutes=1)),
        **fields,
    }
    return "<item>" + "".join(f"<{tag}>{text}</{tag}>" for tag, text in elements.items() if text) + "</item>"


def rss(*items: str | int) -> bytes:
    """A feed of `items`, of which numbers stand for ordinary ones."""
    made = "".join(i if isinstance(i, str) else item(i) for i in items)
    head = "<title>Journal of Inventions</title><link>https://journal.example/</link>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{made}</channel></rss>'.encode()


def record(number: int, status: str = "", day: str = "2026-07-19") -> str:
    """A record of OAI-PMH in Dublin Core."""
    mark = f' status="{status}"' if status else ""
    head = f"<header{mark}><identifier>oai:repo.example:{number}</identifier><datestamp>{day}</datestamp></header>"
    if status:
        return f"<record>{head}</record>"
    return (
        f"<record>{head}<metadata>"
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(title(number))}</dc:title><dc:creator>Lima, Ana</dc:creator><dc:date>2026-07-18</dc:date>"
        f"<dc:identifier>https://repo.example/{number}</dc:identifier></oai_dc:dc></metadata></record>"
    )


def oai(*numbers: int | str, total: int | None = None, token: str | None = None) -> bytes:
    """A list of OAI-PMH; `token` is that of the next part, empty in the last of several."""
    records = "".join(n if isinstance(n, str) else record(n) for n in numbers)
    size = "" if total is None else f' completeListSize="{total}"'
    mark = "" if token is None and total is None else f"<resumptionToken{size}>{escape(token or '')}</resumptionToken>"
    return oai_answer(f"<ListRecords>{records}{mark}</ListRecords>")


def oai_error(code: str) -> bytes:
    return oai_answer(f'<error code="{code}">said so</error>')


def oai_answer(content: str) -> bytes:
    return (
        '<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        f"<responseDate>2026-07-20T06:00:00Z</responseDate>{content}</OAI-PMH>"
    ).encode()


DOCUMENTS: dict[str, Callable[..., bytes]] = {"feed": rss, "oai": oai}


def serve(*pages: bytes, **headers: str) -> Script:
    """Answers one request after the other with these pages, and stays with the last."""
    left = list(pages)
    return lambda exchange: ok(left.pop(0) if len(left) > 1 else left[0], Content_Type="text/xml", **headers)


def by_token(pages: dict[str, bytes | Sequence[bytes]]) -> Script:
    """Answers by the resumption token, empty for none; of several pages, one request after the other."""
    left = {name: [page] if isinstance(page, bytes) else list(page) for name, page in pages.items()}

    def script(exchange: Exchange) -> bytes:
        _, _, token = exchange.path.partition("resumptionToken=")
        choice = left[token]
        return ok(choice.pop(0) if len(choice) > 1 else choice[0], Content_Type="text/xml")

    return script
