"""Step deliver: hand over what waits in the outbox, each delivery on its own.

A delivery is claimed before it is tried and marked after it was accepted, so a crash in between repeats it
(at least once); its message id is the same then, so that the receiving side can tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import outputs
from monitor.errors import DeliveryError
from monitor.store import Store
from monitor.types import Delivery, DeliveryState, Mail

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
MOST_ATTEMPTS = 24
"""About five days of trying, the time for which mail servers themselves go on (RFC 5321, section 4.5.4.1)."""

MOST_A_RUN = 500
"""A brake on runaway mail."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the deliveries of one run."""

    deliveries: tuple[Delivery, ...]

    @property
    def failed(self) -> tuple[Delivery, ...]:
        """Those that did not arrive, now or ever."""
        return tuple(d for d in self.deliveries if d.state != "sent")


def deliver(
    store: Store,
    mail: Mail | None,
    clock: Callable[[], datetime],
    *,
    stop: Callable[[], bool] = lambda: False,
    load: Callable[[str], outputs.Output] = outputs.load,
) -> Outcome:
    """Hand over every delivery that is due."""
    done: list[Delivery] = []
    while len(done) < MOST_A_RUN and not stop():
        delivery = store.digests.claim(clock())
        if delivery is None:
            break
        done.append(_deliver(store, mail, delivery, clock, load))
    return Outcome(tuple(done))


def _deliver(
    store: Store,
    mail: Mail | None,
    delivery: Delivery,
    clock: Callable[[], datetime],
    load: Callable[[str], outputs.Output],
) -> Delivery:
    state: DeliveryState = "sent"
    error = next_at = None
    try:
        load(delivery.output).deliver(delivery, store.digests.document(delivery.digest_id), mail)
    except DeliveryError as failure:
        error = str(failure)
        given_up = failure.permanent or delivery.attempts >= MOST_ATTEMPTS
        state = "given-up" if given_up else "deferred"
        next_at = clock() + wait(delivery.attempts)
    store.digests.settle(delivery, state, clock(), error=error, next_at=next_at)
    return replace(delivery, state=state, error=error)


def wait(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th try failed: doubling, up to six hours."""
    doublings: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_WAIT * doublings, LONGEST_WAIT)
