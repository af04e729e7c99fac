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
        # Somebody who subscribed after the hour has the grace from then on.
        if max(moment, store.subscribers.added(subscriber.name) or moment) + grace > now:
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


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a look at the digests that are late came to."""

    raised: tuple[str, ...]
    """A sentence for each that was not late the last time."""
    error: str | None = None
    """Why somebody who is to know was not told by mail."""


def alarm(store: Store, means: Means, to: Sequence[str], late: Sequence[Overdue], now: datetime) -> Alarm:
    """Raise an alarm for each digest that is late, once, and mail it once to whoever is to know.

    Where the mail reached nobody and may do so later, the next run sends it again.
    """
    by_name = {f"{o.subscriber} {o.week} {o.recipient or ''}".strip(): o.sentence for o in late}
    raised = store.subscribers.raise_alarms(by_name, now)
    untold = store.subscribers.untold_alarms()
    troubles = _mail(means, to, [by_name[name] for name in untold], now) if untold else []
    again = len(troubles) == len(to) and any(not trouble.permanent for trouble in troubles)
    if not again:
        store.subscribers.alarms_told(untold, now)
    return Alarm(tuple(by_name[name] for name in raised), str(troubles[0]) if troubles else None)


def _mail(means: Means, to: Sequence[str], sentences: Sequence[str], now: datetime) -> list[DeliveryError]:
    """One mail a recipient; what kept those from being told that were not."""
    text = "\n".join([*sentences, "", "`monitor status` tells more.", ""])
    document = Document(f"Research monitor: {len(sentences)} late", {"txt": text.encode()})
    means = Means(mail=means.mail)  # an alarm is no subscription, and has no way out of one
    sender = means.mail.sender if means.mail else "monitor@localhost"
    troubles = []
    for recipient in to:
        name = message_id(f"alarm {' '.join(sentences)}", recipient, sender)
        try:
            outputs.load("email").deliver(
                Delivery(0, 0, "alarm", "", "email", recipient, name, made_at=now), document, means
            )
        except DeliveryError as error:
            troubles.append(error)
    return troubles
