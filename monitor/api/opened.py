"""A home and its open store: what every verb works with."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, overload

from monitor import pipeline
from monitor.app import App
from monitor.errors import MonitorError
from monitor.steps import Steps
from monitor.store import Store
from monitor.types import Subscriber, Window

if TYPE_CHECKING:
    from monitor.pipeline.search import Searcher

T = TypeVar("T")

WEEK = timedelta(days=7)
"""Looked back where no `since` is given."""


class Opened:
    """A home, whose store is opened by the first verb that needs it."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._open = contextlib.ExitStack()

    def close(self) -> None:
        """Close the store. The next verb opens it again."""
        self._open.close()
        for made in ("store", "searcher"):
            self.__dict__.pop(made, None)

    @cached_property
    def store(self) -> Store:
        """The open store."""
        return self._open.enter_context(self.app.store())

    @cached_property
    def searcher(self) -> Searcher:
        """What finds works in it; it keeps the vectors."""
        return self.app.searcher(self.store)

    @property
    def steps(self) -> Steps:
        """The pipeline over it."""
        return Steps(self.app, self.store)

    def id_of(self, uid: str) -> int:
        """The number of a work; raises MonitorError when there is none of that name."""
        found = self.store.items.ids_of([uid])
        if not found:
            raise MonitorError(f"there is no work {uid!r} in the store")
        return found[0]

    def reader(self, name: str | None) -> Subscriber:
        """A subscriber of feeds.yaml, by default the archive; raises ConfigError for a name that is none."""
        return pipeline.ARCHIVE if name in (None, pipeline.ARCHIVE.name) else self.app.config.subscriber(name)

    def asked(self, since: datetime | None, until: datetime | None) -> Window | None:
        """The span that was named; None when none was."""
        if since is None and until is not None:
            raise MonitorError("`until` needs `since`")
        return self.span(since, until) if since else None

    def span(self, since: datetime | None, until: datetime | None) -> Window:
        """The span that was named, up to now and a week long where that is left open; raises MonitorError."""
        until = until or self.app.clock()
        since = since or until - WEEK
        if since.tzinfo is None or until.tzinfo is None:
            raise MonitorError(f"{since} to {until}: times need a zone, such as datetime(2026, 7, 20, tzinfo=UTC)")
        if since >= until:
            raise MonitorError(f"{since} is not before {until}")
        return Window(since, until)


class Verbs:
    """A group of verbs over one home."""

    def __init__(self, at: Opened) -> None:
        self._at = at


class Named(Verbs, Sequence[T]):
    """What feeds.yaml names, as a sequence that has verbs."""

    def _now(self) -> tuple[T, ...]:
        """As the file says now."""
        raise NotImplementedError

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        return self._now()[index]

    def __len__(self) -> int:
        return len(self._now())

    def __repr__(self) -> str:
        return repr(self._now())
