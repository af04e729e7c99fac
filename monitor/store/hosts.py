"""Hosts: when each may be asked next, kept in the store so that it holds across restarts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import cast

from monitor.store.connection import Connection

LONGEST_REST = 86_400.0
"""Seconds: no host is left alone for longer than it could have asked for."""


class HostPace:
    """Table hosts. Times are Unix seconds."""

    def __init__(self, connection: Connection, clock: Callable[[], float] = time.time) -> None:
        self._db = connection
        self._clock = clock

    def reserve(self, host: str, pace: float) -> float:
        """Book the host's next free slot; the seconds until then."""
        with self._db.transaction():
            now = self._clock()
            booked = cast(float | None, self._db.value("SELECT next_at FROM hosts WHERE host = ?", (host,)))
            # A clock that was set back must not park a host for longer than its pace allows.
            start = now if booked is None else min(max(now, booked), now + max(pace, 60.0))
            self._save(host, start + pace)
            return start - now

    def settle(self, host: str, pace: float) -> None:
        """The exchange is over: the next one starts at least `pace` seconds from now, and after the slots that other
        processes have booked meanwhile."""
        with self._db.transaction():
            booked = cast(float | None, self._db.value("SELECT next_at FROM hosts WHERE host = ?", (host,)))
            self._save(host, max(booked or 0.0, self._clock() + pace))

    def rest(self, host: str, seconds: float) -> None:
        """The host has asked to be left alone for so long."""
        with self._db.transaction():
            self._db.run(
                """INSERT INTO hosts(host, next_at, rest_until) VALUES (?1, ?2, ?2 + ?3)
                   ON CONFLICT(host) DO UPDATE SET rest_until = excluded.rest_until""",
                (host, self._clock(), seconds),
            )

    def resting(self, host: str) -> float:
        """Seconds for which the host still wants to be left alone: a day at most, whatever the clock did since."""
        until = cast(float | None, self._db.value("SELECT rest_until FROM hosts WHERE host = ?", (host,)))
        left = (until or 0.0) - self._clock()
        return left if 0 < left <= LONGEST_REST else 0.0

    def _save(self, host: str, next_at: float) -> None:
        self._db.run(
            """INSERT INTO hosts(host, next_at) VALUES (?, ?)
               ON CONFLICT(host) DO UPDATE SET next_at = excluded.next_at""",
            (host, next_at),
        )
