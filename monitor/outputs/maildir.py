"""Output `maildir`: a digest as a message in a Maildir, the folder of mail that mail programs and servers share.

The file is named after the message id, so that a delivery that is repeated after a crash replaces its message
instead of adding one (https://cr.yp.to/proto/maildir.html).
"""

from __future__ import annotations

import contextlib
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from monitor.atomic import write_files
from monitor.errors import ConfigError, DeliveryError
from monitor.messages import address, compose_message
from monitor.outputs import Means
from monitor.types import Delivery, Document, Subscriber

_NOBODY = "monitor@localhost"
"""Sender where no mail server is configured."""


def check(subscriber: Subscriber, means: Means) -> None:
    """Every recipient must be a Maildir, or a place where one can be made."""
    if not subscriber.addresses:
        raise ConfigError(f"subscriber {subscriber.name!r} names no Maildir")
    for folder in subscriber.addresses:
        if not folder.strip() or "\0" in folder or (Path(folder).exists() and not Path(folder).is_dir()):
            raise ConfigError(f"subscriber {subscriber.name!r}: {folder!r} cannot be a Maildir")


def deliver(delivery: Delivery, document: Document, means: Means) -> None:
    """Put the message into `new`, unless it lies in the Maildir already, read or not.

    A full disk or a missing permission may be mended, so these are not permanent.
    """
    sender = means.mail.sender if means.mail else _NOBODY
    at = delivery.made_at or datetime.now(UTC)
    try:
        address(sender)
        message = compose_message(delivery, document, sender, at, means.links(delivery.subscriber, delivery.recipient))
    except ValueError as error:
        raise DeliveryError(f"the digest cannot be put into {delivery.recipient}: {error}", permanent=True) from error
    name = f"{int(at.timestamp())}.{hashlib.sha256(delivery.message_id.encode()).hexdigest()[:32]}.monitor"
    folder = Path(delivery.recipient)
    try:
        _make(folder)
        if not any(folder.glob(f"cur/{name}*")):
            _put(folder, name, message.as_bytes(policy=message.policy.clone(linesep="\n")))
    except OSError as error:
        raise DeliveryError(f"the digest could not be put into {folder}: {error.strerror or error}") from error


def _make(folder: Path) -> None:
    for name in ("tmp", "new", "cur"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)


def _put(folder: Path, name: str, content: bytes) -> None:
    """Written whole and synced in `tmp`, then moved, so that a reader never sees half a message."""
    try:
        write_files(folder / "tmp", {name: content})
        (folder / "tmp" / name).replace(folder / "new" / name)
    finally:
        with contextlib.suppress(OSError):
            (folder / "tmp" / name).unlink(missing_ok=True)
