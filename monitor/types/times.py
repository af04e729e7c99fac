"""Moments and spans. Times are aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """`moment` as the store writes it: ISO 8601 in UTC, whole seconds, ending in Z."""
    return f"{moment.astimezone(UTC).isoformat(timespec='seconds')[:19]}Z"


def moment(stamp: str) -> datetime:
    """The inverse of `stamp`."""
    return datetime.fromisoformat(stamp)


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span `[since, until)` that a fetch or a digest covers."""

    since: datetime
    until: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.since <= moment < self.until
