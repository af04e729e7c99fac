"""What every page works with: the store, the goals, who may do what, and the clock."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TypeVar

from monitor.digest.weeks import window_of
from monitor.errors import MonitorError
from monitor.pipeline.search import Searcher
from monitor.review import Queued
from monitor.search import Found
from monitor.selection import Asked as Question
from monitor.store import Store
from monitor.types import Goal, Window
from monitor.web.people import Gate
from monitor.web.survey import Survey

PATIENCE = 8.0
"""Seconds a decision waits while a scan writes, whose transactions are far shorter; then it is answered with 503."""

THREADS = 4
"""Pages that ask the store at once; the others wait their turn."""

FRESH = 60.0
"""Seconds for which the rows behind counts are kept: reading those of twelve weeks takes a quarter of a second."""

MOST_SURVEYS = 8
"""Windows whose rows are kept; those of a year are some 10 MB."""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Site:
    """The pages of one monitor."""

    database: Path
    digests: Path
    """The folder of filed digests."""
    goals: tuple[Goal, ...]
    gate: Gate
    clock: Callable[[], datetime]
    queue: Callable[[Store, str, int, Sequence[str] | None], Sequence[Queued]]
    """What a reviewer is asked to judge next: at most so many works, for these goals or for all."""
    searcher: Callable[[Store], Searcher]
    """What finds works by words and meaning."""
    alarms: Callable[[Store], Sequence[str]] = lambda _: ()
    """Sentences on digests that are late."""
    base_url: str | None = None
    patience: float = PATIENCE
    _searching: Lock = field(default_factory=Lock, repr=False)
    _searchers: list[Searcher] = field(default_factory=list, repr=False)
    _surveys: dict[tuple[str, str], tuple[float, Survey]] = field(default_factory=dict, repr=False)
    _written: list[float] = field(default_factory=lambda: [0.0], repr=False)
    """When something was written last: what was begun to be read before does not have it."""
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "pages"), repr=False)

    @property
    def names(self) -> Mapping[str, str]:
        """Slug → name of each goal."""
        return {goal.slug: goal.name for goal in self.goals}

    async def read(self, ask: Callable[[Store], _Answer]) -> _Answer:
        """What `ask` finds in the store, which it cannot change."""
        return await self._in_thread(partial(self._ask, ask, read_only=True))

    async def find(self, question: Question) -> Found:
        """What a search finds; raises ModelError when meaning alone is asked for and cannot be searched."""
        return await self._in_thread(lambda: self._search(lambda searcher: searcher.search(question)))

    async def like(self, item_id: int, most: int) -> Found:
        """Works whose texts say what that of an item says."""
        return await self._in_thread(
            lambda: self._search(lambda searcher: searcher.like(item_id, Question("", most=most)))
        )

    async def survey(self, first: str, last: str) -> Survey:
        """The works of some weeks, at most `FRESH` old; what reviewers say here counts at once."""
        now = time.monotonic()
        known = self._surveys.get((first, last))
        if known is None or now - known[0] > FRESH or known[0] <= self._written[0]:
            window = Window(window_of(first).since, window_of(last).until)
            known = (now, await self.read(lambda store: _survey(store, window)))
            if len(self._surveys) >= MOST_SURVEYS:
                self._surveys.clear()
            self._surveys[first, last] = known
        return known[1]

    def warm(self) -> Future[None]:
        """Load in the background what the first search by meaning would wait for; without an encoder, nothing."""
        return self._threads.submit(self._warm)

    def _warm(self) -> None:
        with contextlib.suppress(MonitorError):
            self._search(lambda searcher: searcher.search(Question("research", mode="meaning", most=1)))

    async def write(self, act: Callable[[Store], _Answer]) -> _Answer:
        """Let `act` change the store; raises LockError when another program goes on writing to it."""
        changed = await self._in_thread(partial(self._ask, act, read_only=False))
        self._written[0] = time.monotonic()
        return changed

    def _search(self, ask: Callable[[Searcher], Found]) -> Found:
        """One searcher serves all searches, one after the other, because it keeps the vectors."""
        with self._searching:
            if not self._searchers:
                self._searchers.append(self.searcher(Store.open(self.database, read_only=True)))
            return ask(self._searchers[0])

    def _ask(self, ask: Callable[[Store], _Answer], *, read_only: bool) -> _Answer:
        with Store.open(self.database, read_only=read_only, patience=self.patience) as store:
            return ask(store)

    async def _in_thread(self, call: Callable[[], _Answer]) -> _Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def _survey(store: Store, window: Window) -> Survey:
    carried = store.exploration.carried(window)
    return Survey(carried, store.exploration.parts({work.item_id for work in carried}))
