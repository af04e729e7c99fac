"""Mailbox on an IMAP server, over TLS only (RFC 9051, RFC 8314)."""

from __future__ import annotations

import contextlib
import imaplib
import ssl
from collections.abc import Iterator
from typing import Any

from monitor.bounces import MOST_BYTES, MOST_MESSAGES
from monitor.errors import DeliveryError

TIMEOUT = 30.0


class Imap:
    """Reads messages without `\\Seen`, and sets it once they are done with. One session, ended by `close`."""

    def __init__(self, host: str, port: int, user: str, password: str, folder: str) -> None:
        self._where = f"{user} at {host}:{port}"
        try:
            self._server = imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)
            try:
                self._log_in(user, password)
                self._answer("SELECT", self._server.select(f'"{folder}"'))
            except BaseException:
                self._server.shutdown()
                raise
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            raise self._trouble(error) from error

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """See `Mailbox`."""
        try:
            found = self._answer("SEARCH", self._server.uid("SEARCH", "UNSEEN"))
            for uid in b" ".join(found).decode().split()[:MOST_MESSAGES]:
                parts = self._answer("FETCH", self._server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)"))
                if not parts:  # somebody has deleted it meanwhile
                    continue
                content = next((part[1] for part in parts if isinstance(part, tuple)), b"")
                yield uid, content
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            raise self._trouble(error) from error

    def done(self, key: str, *, understood: bool) -> None:
        """See `Mailbox`."""
        flags = r"(\Seen)" if understood else r"(\Seen \Flagged)"
        try:
            self._answer("STORE", self._server.uid("STORE", key, "+FLAGS.SILENT", flags))
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            raise self._trouble(error) from error

    def close(self) -> None:
        """Say goodbye, and hang up where nobody is there to hear it."""
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            self._server.logout()
        with contextlib.suppress(OSError):
            self._server.shutdown()

    def _log_in(self, user: str, password: str) -> None:
        """By SASL's PLAIN (RFC 4616) where it is offered, because LOGIN has no way to say what is not ASCII."""
        if "AUTH=PLAIN" in self._server.capabilities:
            self._server.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        elif not (user + password).isascii():
            raise ValueError("it takes no password or user outside ASCII: it does not offer AUTH=PLAIN")
        else:
            self._server.login(user, password)

    def _answer(self, what: str, answer: tuple[str, list[Any]]) -> list[Any]:
        """What the server said before its OK; nothing where `imaplib` has None in place of a line."""
        status, data = answer
        if status != "OK":
            raise imaplib.IMAP4.error(f"{what}: {status} {data!r}"[:200])
        return [said for said in data if said is not None]

    def _trouble(self, error: Exception) -> DeliveryError:
        return DeliveryError(f"the mailbox of {self._where} cannot be read: {' '.join(str(error).split())[:200]}")
