"""Before step deliver: read what came back, so that nobody is written to who cannot or will not be reached."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from monitor import unsubscribe
from monitor.bounces import Mailbox, report
from monitor.errors import DeliveryError
from monitor.store import Store
from monitor.types import Delivery


@dataclass(frozen=True, slots=True)
class Returned:
    """What a look into the mailbox brought."""

    bounced: int = 0
    """Deliveries that did not arrive."""
    unsubscribed: int = 0
    others: int = 0
    """Messages that are for people."""
    error: str | None = None
    """Why the mailbox could not be read to its end."""


def read_bounces(store: Store, mailbox: Mailbox, now: datetime, *, secret: str | None, rest_after: int) -> Returned:
    """Take in every report and every unsubscription; each message is marked only after the store has kept what it
    says, and taking it in twice changes nothing."""
    found = Returned()
    try:
        for key, content in mailbox.unread():
            told, understood = _take_in(store, content, now, secret, rest_after)
            mailbox.done(key, understood=understood)
            found = replace(
                found,
                bounced=found.bounced + (told == "bounced"),
                unsubscribed=found.unsubscribed + (told == "unsubscribed"),
                others=found.others + (not understood),
            )
    except DeliveryError as error:
        return replace(found, error=str(error))
    return found


def rest_if_it_bounces(store: Store, delivery: Delivery, note: str, now: datetime, *, rest_after: int) -> None:
    """Leave a recipient in peace whose last `rest_after` deliveries bounced."""
    if store.outbox.bounces_in_a_row(delivery.subscriber, delivery.recipient) >= rest_after:
        store.subscribers.rest(delivery.subscriber, delivery.recipient, "bounced", note, now)


def _take_in(store: Store, content: bytes, now: datetime, secret: str | None, rest_after: int) -> tuple[str, bool]:
    """What one message changed, and whether it was for the monitor."""
    who = unsubscribe.asked_by_mail(secret, report.subject(content))
    if who:
        store.subscribers.rest(*who, "unsubscribed", "by mail", now)
        return "unsubscribed", True
    told = report.read(content)
    delivery = store.outbox.of_message(told.message_id) if told else None
    if told is None or delivery is None:
        return "", False
    if not told.failed or delivery.state != "sent":
        return "", True
    with store.transaction():
        store.outbox.bounce(delivery, told.reason, now, hard=told.hard)
        rest_if_it_bounces(store, delivery, told.reason, now, rest_after=rest_after)
    return "bounced", True
