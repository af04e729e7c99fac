"""The exceptions of the monitor, all under one root.

MonitorError
├── ConfigError      feeds.yaml, an option or an environment variable is wrong            exit 4
├── LockError        another run holds the store                                          exit 5
├── FetchError       a source could not be reached or refused; carries the ledger state
├── ParseError       a source answered with something that is not what it promised
├── StoreError       the store cannot be opened, read or written                          exit 1
├── GazetteerError   a registry of organisations is missing, damaged or not what it says  exit 1
├── ModelError       weights or head are missing, damaged or do not belong together       exit 1
└── DeliveryError    a digest could not be handed over; says whether trying again may help

Errors of one feed, item or recipient are caught at the step that works through many of them and
travel on as values; only errors that make the whole command pointless reach the command line.
Every message is one sentence that names the place.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Literal


class MonitorError(Exception):
    """Root of every error that the monitor raises on purpose."""


class ConfigError(MonitorError):
    """The configuration is wrong; the message names file, line and, where one is likely, a suggestion."""


class LockError(MonitorError):
    """Another run holds the store."""


class FetchError(MonitorError):
    """A source could not be read.

    `state` is the ledger state the feed ends in; `retry_after` is the number of seconds the server
    asked to be left alone, when it said so; `status` is its HTTP status, when it answered.
    """

    def __init__(
        self,
        message: str,
        *,
        state: Literal["failed", "throttled", "blocked"] = "failed",
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.state: Literal["failed", "throttled", "blocked"] = state
        self.retry_after = retry_after
        self.status = status

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_fetch_error, (str(self), self.state, self.retry_after, self.status)


def _rebuild_fetch_error(
    message: str, state: Literal["failed", "throttled", "blocked"], retry_after: float | None, status: int | None
) -> FetchError:
    return FetchError(message, state=state, retry_after=retry_after, status=status)


class ParseError(MonitorError):
    """A document is not what its source promised: not a feed, cut short, or an error page."""


class StoreError(MonitorError):
    """The store cannot be opened, is damaged, or was written by a newer version."""


class GazetteerError(MonitorError):
    """A file of organisations cannot be used, or a compiled gazetteer is damaged or of another version."""


class ModelError(MonitorError):
    """A model file is missing, damaged, or does not fit the encoder."""


class DeliveryError(MonitorError):
    """A digest could not be handed over.

    `permanent` says that trying again will not help, `everybody` that the next recipient would fare no better at
    present: the trouble is the way and not the recipient.
    """

    def __init__(self, message: str, *, permanent: bool = False, everybody: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.everybody = everybody


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown `word`: `; did you mean 'x'?`, or nothing when no known one is close."""
    close = difflib.get_close_matches(word[:64], list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
