"""Mailbox in a Maildir, which the mail server of this machine delivers to (https://cr.yp.to/proto/maildir.html)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from monitor.bounces import MOST_BYTES, MOST_MESSAGES
from monitor.errors import DeliveryError


class Maildir:
    """Reads what lies in `new`, and moves it to `cur`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """See `Mailbox`."""
        for path in islice(self._new(), MOST_MESSAGES):
            try:
                with path.open("rb") as file:
                    content = file.read(MOST_BYTES)
            except FileNotFoundError:  # somebody else was faster
                continue
            except OSError as error:
                raise DeliveryError(f"{path} cannot be read: {error.strerror or error}") from error
            yield path.name, content

    def done(self, key: str, *, understood: bool) -> None:
        """See `Mailbox`: S is seen, F flagged."""
        try:
            (self._folder / "cur").mkdir(exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                (self._folder / "new" / key).rename(self._folder / "cur" / f"{key}:2,{'S' if understood else 'F'}")
        except OSError as error:
            raise DeliveryError(
                f"{self._folder / 'new' / key} was read and cannot be marked so: {error.strerror or error}"
            ) from error

    def _new(self) -> list[Path]:
        unread = self._folder / "new"
        try:
            if unread.is_dir():
                return sorted(unread.iterdir())
        except OSError as error:
            raise DeliveryError(
                f"the reports of mail that did not arrive cannot be read: {unread}: {error.strerror or error}"
            ) from error
        raise DeliveryError(f"the reports of mail that did not arrive cannot be read: {self._folder} is no Maildir")
