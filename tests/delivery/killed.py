"""A child process that makes and sends digests and is killed at one point of the way.

    python killed.py HOME MOMENT POINT

HOME is a monitor's home, MOMENT what its clock says. POINT is one of POINTS, or `none`.
"""

from __future__ import annotations

import os
import signal
import smtplib
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import cli, pipeline
from monitor.app import App
from monitor.digest import files
from monitor.store.connection import Connection
from monitor.store.digests import Digests
from monitor.store.outbox import Outbox

LARGE = 2_000
"""Bytes: more than any line of the conversation, and less than the message."""


def die(*_: object) -> None:
    """As by kill -9: nothing is flushed, closed or rolled back by this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str) -> Callable[[], None]:
    """Die when `owner.name` is called."""
    return lambda: setattr(owner, name, die)


def after(owner: Any, name: str, when: Callable[..., bool] = lambda *a: True) -> Callable[[], None]:
    """Die once `owner.name` has done its work, the first time that `when` holds for its arguments."""

    def arm() -> None:
        work = getattr(owner, name)

        def done(*args: Any, **options: Any) -> Any:
            result = work(*args, **options)
            if when(*args):
                die()
            return result

        setattr(owner, name, done)

    return arm


def amid_the_message() -> None:
    """Send half of the message, and die."""
    send = smtplib.SMTP.send

    def half(self: smtplib.SMTP, data: bytes | str) -> None:
        send(self, data[: len(data) // 2] if len(data) > LARGE else data)
        if len(data) > LARGE:
            die()

    smtplib.SMTP.send = half  # type: ignore[method-assign, assignment]


def marking(_: Connection, sql: str, *__: object) -> bool:
    """Whether this is the statement that marks a delivery; its transaction is not committed yet."""
    return "SET state = ?1" in sql


MAKING = {
    "before the digest is filed": before(files, "write_files"),
    "after the digest is filed": before(Digests, "add"),
    "amid the transaction that keeps the digest": after(Outbox, "queue"),
    "after the digest is kept": after(Digests, "add"),
}
SENDING = {
    "before the claim": before(Outbox, "claim"),
    "after the claim": after(Outbox, "claim"),
    "after the digest is read": after(Digests, "document"),
    "before the connection": before(smtplib.SMTP, "connect"),
    "after the connection": after(smtplib.SMTP, "connect"),
    "after MAIL FROM": after(smtplib.SMTP, "mail"),
    "after RCPT TO": after(smtplib.SMTP, "rcpt"),
    "amid the message": amid_the_message,
    "after the delivery is marked": after(Outbox, "settle"),
}
WINDOW = {
    "after the message, before the 250": after(smtplib.SMTP, "send", lambda _, data: len(data) > LARGE),
    "after the 250": after(smtplib.SMTP, "data"),
    "after the goodbye": after(smtplib.SMTP, "quit"),
    "before the delivery is marked": before(Outbox, "settle"),
    "amid the transaction that marks the delivery": after(Connection, "run", marking),
}
"""Where the server has the message, or may have it, and the store does not know."""

POINTS = {**MAKING, **SENDING, **WINDOW}


def main(home: Path, now: datetime, point: str) -> int:
    """Make what is due, send what is due, and die on the way."""
    app = App(home, clock=lambda: now)
    if point in POINTS:
        POINTS[point]()
    with app.store(locked=True) as store:
        pipeline.digest(store, app.plan, now)
    return cli.run(["deliver"], app)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3]))
