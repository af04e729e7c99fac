"""Step deliver, on a real store, with an output that does as it is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import DeliveryError
from monitor.pipeline.deliver import LONGEST_WAIT, MOST_ATTEMPTS, deliver, wait
from monitor.store import Store
from monitor.store.digests import Address
from monitor.types import Delivery, Digest, Document, Mail, Subscriber, Window

NOW = datetime(2026, 7, 27, 6, tzinfo=UTC)


class FakeOutput:
    """Takes deliveries, or refuses those to the recipients it is told to."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.refuse: dict[str, DeliveryError] = {}

    def check(self, subscriber: Subscriber, mail: Mail | None) -> None:
        return

    def deliver(self, delivery: Delivery, document: Document, mail: Mail | None) -> None:
        if delivery.recipient in self.refuse:
            raise self.refuse[delivery.recipient]
        self.taken.append(f"{delivery.recipient} {delivery.message_id} {document.subject}")


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        digest = Digest("staff", "2026-W30", Window(NOW - timedelta(days=7), NOW), NOW, (), {}, 0, 0, 0, (), ())
        to = [Address("email", f"{name}@agency.example", f"<{name}@x>") for name in ("ana", "bo", "cem")]
        opened.digests.add(digest, Document("Week 30", {"txt": b"text"}), to)
        yield opened


def test_each_recipient_gets_the_digest_once(store: Store) -> None:
    output = FakeOutput()
    for _ in range(2):
        deliver(store, None, lambda: NOW, load=lambda kind: output)
    assert output.taken == [f"{n}@agency.example <{n}@x> Week 30" for n in ("ana", "bo", "cem")]
    assert store.digests.waiting() == 0


def test_a_refusal_for_now_is_tried_again_later_and_stops_nobody(store: Store) -> None:
    output = FakeOutput()
    output.refuse["bo@agency.example"] = DeliveryError("451 greylisted")
    outcome = deliver(store, None, lambda: NOW, load=lambda kind: output)
    [failed] = outcome.failed
    assert (failed.recipient, failed.state, failed.error) == ("bo@agency.example", "deferred", "451 greylisted")
    assert deliver(store, None, lambda: NOW, load=lambda kind: output).deliveries == ()
    output.refuse.clear()
    deliver(store, None, lambda: NOW + wait(1), load=lambda kind: output)
    assert len(output.taken) == 3


def test_a_refusal_for_ever_is_given_up(store: Store) -> None:
    output = FakeOutput()
    output.refuse["bo@agency.example"] = DeliveryError("550 no such user", permanent=True)
    deliver(store, None, lambda: NOW, load=lambda kind: output)
    assert deliver(store, None, lambda: NOW + timedelta(days=9), load=lambda kind: output).deliveries == ()
    states = {r["recipient"]: r["state"] for r in store.digests.log()}
    assert states["bo@agency.example"] == "given-up"


def test_trying_ends_after_some_days(store: Store) -> None:
    output = FakeOutput()
    output.refuse = {f"{n}@agency.example": DeliveryError("no route") for n in ("ana", "bo", "cem")}
    now = NOW
    tries = 0
    while store.digests.waiting():
        tries += len(deliver(store, None, lambda at=now: at, load=lambda kind: output).deliveries)
        now += LONGEST_WAIT
    assert tries == 3 * MOST_ATTEMPTS
    assert timedelta(days=4) < sum((wait(n) for n in range(1, MOST_ATTEMPTS)), timedelta()) < timedelta(days=7)


def test_told_to_stop_nothing_more_is_claimed(store: Store) -> None:
    outcome = deliver(store, None, lambda: NOW, stop=lambda: True, load=lambda kind: FakeOutput())
    assert outcome.deliveries == ()
    assert store.digests.waiting() == 3
