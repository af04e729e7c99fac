"""After step deliver: what should have reached its readers by now, and has not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor import outputs
from monitor.errors import DeliveryError
from monitor.messages import message_id
from monitor.outputs import Means
from monitor.pipeline.digest import Plan, due
from monitor.store import Store
from monitor.store.outbox import WAITING
from monitor.types import Delivery, Document

LOST_SINCE = timedelta(days=7)
"""How long a digest that never arrived counts as a fault; after that it is history."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A digest that is not out, or has not reached a recipient, though its grace is over."""

    subscriber: str
    week: str
    due: datetime
    recipient: str | None
    """None: the digest was not even made."""
    why: str

    @property
    def sentence(self) -> str:
        """For people."""
        to = f" to {self.recipient}" if self.recipient else ""
        return f"digest {self.week} of {self.subscriber!r}{to}, due {self.due:%Y-%m-%d %H:%M}Z, is not out: {self.why}"


def overdue(store: Store, plan: Plan, now: datetime, grace: timedelta) -> tuple[Overdue, ...]:
    """Every digest that should be out, grace included, and is not."""
    found: list[Overdue] = []
    for week, subscriber, moment in due(store, plan, now):
        if moment + grace > now:
            continue
        if not store.digests.made(subscriber.name, week):
            found.append(Overdue(subscriber.name, week, moment, None, "it was not made"))
        for delivery in store.outbox.of_digest(subscriber.name, week):
            # A digest that was made up late has its grace from then on.
            if delivery.state in WAITING and (delivery.made_at or now) + grace <= now:
                why = f"{delivery.state}, {delivery.error or 'not tried yet'}"
                found.append(Overdue(subscriber.name, week, moment, delivery.recipient, why))
    return tuple(found)


def lost(store: Store, now: datetime) -> tuple[Delivery, ...]:
    """Deliveries of the last days that ended without arriving."""
    return store.outbox.lost(now - LOST_SINCE)


def alarm(store: Store, means: Means, to: Sequence[str], late: Sequence[Overdue], now: datetime) -> tuple[str, ...]:
    """Raise an alarm for each digest that is late, once, and mail the new ones to whoever is to know.

    The sentences that are new. When the mail does not go, the next run tries again. Raises DeliveryError, once
    everybody was tried.
    """
    by_name = {f"{o.subscriber} {o.week} {o.recipient or ''}".strip(): o.sentence for o in late}
    new = store.subscribers.raise_alarms(by_name, now)
    if new and to:
        _mail(means, to, [by_name[name] for name in new], now)
    store.subscribers.alarms_told(new, now)
    return tuple(by_name[name] for name in new)


def _mail(means: Means, to: Sequence[str], sentences: Sequence[str], now: datetime) -> None:
    """One mail a recipient; a failure for one does not keep the others from being told."""
    text = "\n".join([*sentences, "", "`monitor status` tells more.", ""])
    document = Document(f"Research monitor: {len(sentences)} late", {"txt": text.encode()})
    means = Means(mail=means.mail)  # an alarm is no subscription, and has no way out of one
    sender = means.mail.sender if means.mail else "monitor@localhost"
    trouble: DeliveryError | None = None
    for recipient in to:
        name = message_id(f"alarm {' '.join(sentences)}", recipient, sender)
        try:
            outputs.load("email").deliver(
                Delivery(0, 0, "alarm", "", "email", recipient, name, made_at=now), document, means
            )
        except DeliveryError as error:
            trouble = error
    if trouble:
        raise trouble
