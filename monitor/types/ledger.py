"""What became of each fetch, and what is owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.types.times import Window

FetchState = Literal["ok", "unchanged", "empty", "short", "stale", "throttled", "blocked", "failed", "skipped"]
"""How a fetch ended. `empty`: the source announced nothing; `short`: fewer than it announced; `stale`: it answered,
and has had nothing new for far longer than it usually goes without."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """A row of the coverage ledger: what one feed was asked in one run, and what came of it."""

    feed: str
    kind: str
    state: FetchState
    started_at: datetime
    finished_at: datetime
    window: Window | None = None
    announced: int | None = None
    seen: int = 0
    new: int = 0
    changed: int = 0
    deleted: int = 0
    requests: int = 0
    bytes: int = 0
    error: str | None = None
    refused: int = 0
    """Records that came and could not be read."""
    backlog: int = 0
    """Of the new ones, those taken in as old stock: kept, and not announced as news."""
    http_status: int | None = None
    """What the server answered when it refused or failed; None when it did not, or did not answer."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A window that was not answered in full: what may have been missed."""

    feed: str
    window: Window
    state: Literal["open", "given-up"]
    cause: FetchState
    """How the last asking ended."""
    reason: str
    """The same as a sentence."""
    tries: int
    opened_at: datetime
    next_at: datetime | None = None
    """When it is asked again, at the earliest; None for one that was given up."""
