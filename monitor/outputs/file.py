"""Output `file`: a digest in a folder, one folder a week below it."""

from __future__ import annotations

import re
from pathlib import Path

from monitor.atomic import write_files
from monitor.errors import ConfigError, DeliveryError
from monitor.outputs import Means
from monitor.types import Delivery, Document, Subscriber

_FOLDER_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")


def check(subscriber: Subscriber, means: Means) -> None:
    """Every recipient must be a folder, or a place where one can be made."""
    if not subscriber.addresses:
        raise ConfigError(f"subscriber {subscriber.name!r} names no folder to write to")
    for address in subscriber.addresses:
        if not address.strip() or "\0" in address:
            raise ConfigError(f"subscriber {subscriber.name!r}: {address!r} is not the path of a folder")
        if Path(address).exists() and not Path(address).is_dir():
            raise ConfigError(f"subscriber {subscriber.name!r}: {address} is a file, not a folder")


def deliver(delivery: Delivery, document: Document, means: Means) -> None:
    """Write every format as `<recipient>/<week>/digest.<format>`, replacing what was there whole.

    A full disk or a missing permission may be mended, so no failure is permanent.
    """
    if not _FOLDER_NAME.fullmatch(delivery.week):
        raise DeliveryError(f"{delivery.week!r} cannot be the name of a folder", permanent=True)
    folder = Path(delivery.recipient) / delivery.week
    try:
        write_files(folder, {f"digest.{name}": content for name, content in document.formats.items()})
    except OSError as error:
        reason = error.strerror or error
        raise DeliveryError(f"the digest could not be written to {folder}: {reason}") from error
