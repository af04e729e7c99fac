"""A server on the loopback that a test scripts, and a fetch of one feed from it through everything that is real.

    with scripted(answer) as server:
        monitor = Monitor(store, Feed(..., url=server.url, allow_private=True), now)
        monitor.fetch()

`answer(asked)` gives the answer to each request. What lies between is the program's own: client, sandbox, store.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from servers import pages

from monitor.http import Client
from monitor.pipeline import Fetcher, fetch
from monitor.sandbox import Sandbox
from monitor.store import Store
from monitor.store.hosts import HostPace
from monitor.types import Feed, Fetch, Window

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it."""

    path: str
    query: dict[str, str]
    count: int
    """How many requests for the same address came before."""


@dataclass(frozen=True)
class Answer:
    body: bytes | str
    status: int = 200
    content_type: str = "application/xml; charset=utf-8"


class ScriptedServer:
    """What `scripted` serves; `log` has every request."""

    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        self.answer = answer
        self.log: list[Asked] = []
        self.url = ""

    def respond(self, asked: pages.Asked) -> pages.Answer:
        before = sum((a.path, a.query) == (asked.path, asked.query) for a in self.log)
        self.log.append(Asked(asked.path, asked.query, before))
        answer = self.answer(self.log[-1])
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        return pages.Answer(body, answer.status, {"Content-Type": answer.content_type})


@contextmanager
def scripted(answer: Callable[[Asked], Answer]) -> Iterator[ScriptedServer]:
    """Serve `answer` on 127.0.0.1 until the `with` block ends."""
    server = ScriptedServer(answer)
    with pages.PageServer(server.respond) as served:
        server.url = served.url
        yield server


class InProcess(Sandbox):
    """Parses here: for tests of many fetches, whose documents are harmless, and a process each would take minutes."""

    def run(self, function: Callable[..., T], *args: Any, seconds: float = 30.0) -> T:
        return function(*args)


class Monitor:
    """A store that fetches one feed, at a time of its own."""

    def __init__(self, store: Store, feed: Feed, now: datetime, sandbox: Callable[[], Sandbox] = Sandbox) -> None:
        self.store, self.feed, self.now, self.sandbox = store, feed, now, sandbox

    def fetch(self, window: Window | None = None) -> Fetch:
        """One fetch, and what came of the first window it asked for; the next one is a day later."""
        self.store.ledger.register([self.feed], self.now)
        pacer = HostPace(self.store.connection, lambda: self.now.timestamp())
        with Client(pacer, user_agent="test", sleep=time.sleep) as client:
            fetcher = Fetcher(self.store, client, lambda: self.now, threading.Event(), self.sandbox)
            done, *_ = fetch([self.feed], fetcher, window=window)
        self.now += timedelta(days=1)
        return done

    def keys(self) -> list[str]:
        """The keys of all entries that are kept and were not linked yet."""
        return [record.entry.key for record in self.store.entries.unlinked(100_000)]
