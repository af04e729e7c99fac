"""Step deliver: hand over what waits in the outbox, each delivery on its own.

A delivery is claimed before it is tried and marked after it was accepted, so a crash in between repeats it
(at least once); its message id is the same then, so that the receiving side can tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import outputs
from monitor.errors import DeliveryError
from monitor.outputs import Means
from monitor.pipeline.bounces import rest_if_it_bounces
from monitor.store import Store
from monitor.types import Delivery, DeliveryState

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
JITTER = 0.2
"""Part of a wait by which it may be longer or shorter, so that a server that comes back is not met by all at once."""

BEHIND = timedelta(seconds=30)
"""How much longer than those it held up a delivery waits that found its way closed: where it was the message at which
the server hung up, another is tried first the next time, and goes through."""

LIFETIME = timedelta(days=5)
"""How long a delivery is tried, the time for which mail servers themselves go on (RFC 5321, section 4.5.4.1)."""

MOST_A_RUN = 500
"""A brake on runaway mail where none is configured."""

REST_AFTER = 2
"""After so many bounces in a row a recipient rests, where nothing is configured."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the deliveries of one run."""

    deliveries: tuple[Delivery, ...]
    held: int = 0
    """How many more were put off untried, because their way was closed."""
    capped: bool = False
    """Whether the run ended because it had sent as many as one may."""

    @property
    def failed(self) -> tuple[Delivery, ...]:
        """Those that did not arrive, now or ever."""
        return tuple(d for d in self.deliveries if d.state != "sent")


def deliver(
    store: Store,
    means: Means,
    clock: Callable[[], datetime],
    *,
    rest_after: int = REST_AFTER,
    stop: Callable[[], bool] = lambda: False,
    load: Callable[[str], outputs.Output] = outputs.load,
) -> Outcome:
    """Hand over every delivery that is due, as many as one run may.

    Where the trouble is the way and not the recipient, whatever else would go that way is put off untried: a server
    that is down is asked once, and not once a recipient.
    """
    most = means.mail.most if means.mail else MOST_A_RUN
    done: list[Delivery] = []
    held = 0
    while len(done) < most and not stop():
        delivery = store.outbox.claim(clock())
        if delivery is None:
            return Outcome(tuple(done), held)
        ended, trouble = _deliver(store, means, delivery, clock, load, rest_after)
        done.append(ended)
        if trouble and trouble.everybody:
            now = clock()
            until = now + wait(delivery.attempts, delivery.message_id) - BEHIND
            held += store.outbox.hold(delivery.output, str(trouble), now, until, now - LIFETIME)
    return Outcome(tuple(done), held, capped=len(done) >= most)


def _deliver(
    store: Store,
    means: Means,
    delivery: Delivery,
    clock: Callable[[], datetime],
    load: Callable[[str], outputs.Output],
    rest_after: int,
) -> tuple[Delivery, DeliveryError | None]:
    """How one delivery ended, and what was in its way."""
    try:
        load(delivery.output).deliver(delivery, store.digests.document(delivery.digest_id), means)
    except DeliveryError as failure:
        now = clock()
        state = _after(failure, delivery, now)
        error = str(failure)
        next_at = now + wait(delivery.attempts, delivery.message_id)
        with store.transaction():
            store.outbox.settle(delivery, state, now, error=error, next_at=next_at)
            if state == "bounced":
                rest_if_it_bounces(store, delivery, error, now, rest_after=rest_after)
        return replace(delivery, state=state, error=error), failure
    store.outbox.settle(delivery, "sent", clock())
    return replace(delivery, state="sent", error=None), None


def _after(failure: DeliveryError, delivery: Delivery, now: datetime) -> DeliveryState:
    """The state after a failure: the receiving side said never, or it is tried again until its time is over."""
    if failure.permanent:
        return "bounced"
    return "given-up" if delivery.queued_at and now >= delivery.queued_at + LIFETIME else "deferred"


def wait(attempts: int, seed: str = "") -> timedelta:
    """How long to wait after the `attempts`-th try failed: doubling, up to six hours, give or take a fifth.

    What is given or taken depends on `seed` and nothing else, so that the same delivery always waits alike.
    """
    doublings: int = 2 ** min(max(attempts, 1) - 1, 10)
    whole = min(FIRST_WAIT * doublings, LONGEST_WAIT)
    if not seed:
        return whole
    drawn = int.from_bytes(hashlib.sha256(f"{seed} {attempts}".encode()).digest()[:4]) / 2**32
    return timedelta(seconds=round(whole.total_seconds() * (1 + JITTER * (2 * drawn - 1))))
