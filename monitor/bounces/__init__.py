"""What comes back to the envelope sender: reports of mail that did not arrive, and mail that ends a subscription.

Port `Mailbox`, with a kind for a Maildir and one for IMAP. The mailbox should be the monitor's own: what was read is
marked as read, and what the monitor does not understand is flagged for people and answered by nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

MOST_BYTES = 1_000_000
"""What is read of a message; a report comes first in it."""
MOST_MESSAGES = 1_000
"""Most messages of one run."""


class Mailbox(Protocol):
    """Where mail arrives."""

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """Key and content of each message that was not read yet, MOST_MESSAGES at most.

        Raises DeliveryError, naming the mailbox, when it cannot be read.
        """
        ...

    def done(self, key: str, *, understood: bool) -> None:
        """Mark a message as read, and as one for people unless it was `understood`. Raises DeliveryError."""
        ...
