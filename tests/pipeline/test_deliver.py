"""Step deliver, on a real store, with an output that does as it is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import DeliveryError
from monitor.outputs import Means
from monitor.pipeline.deliver import FIRST_WAIT, JITTER, LIFETIME, LONGEST_WAIT, deliver, wait
from monitor.store import Store
from monitor.store.outbox import Address
from monitor.types import Delivery, Digest, Document, Mail, Subscriber, Window

NOW = datetime(2026, 7, 27, 6, tzinfo=UTC)


class FakeOutput:
    """Takes deliveries, or refuses those to the recipients it is told to."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.refuse: dict[str, DeliveryError] = {}

    def check(self, subscriber: Subscriber, means: Means) -> None:
        return

    def deliver(self, delivery: Delivery, document: Document, means: Means) -> None:
        if delivery.recipient in self.refuse:
            raise self.refuse[delivery.recipient]
        self.taken.append(f"{delivery.recipient} {delivery.message_id} {document.subject}")


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        add(opened, "2026-W30")
        yield opened


def add(store: Store, week: str, recipient: str = "") -> None:
    digest = Digest("staff", week, Window(NOW - timedelta(days=7), NOW), NOW, (), {}, 0, 0, 0, (), ())
    suffix = "" if week == "2026-W30" else week
    to = [Address("email", f"{name}@agency.example", f"<{name}{suffix}@x>") for name in ("ana", "bo", "cem")]
    if recipient:
        to = [Address("email", recipient, f"<{week}@x>")]
    store.digests.add(digest, Document("Week 30", {"txt": b"text"}), to)


def test_each_recipient_gets_the_digest_once(store: Store) -> None:
    output = FakeOutput()
    for _ in range(2):
        deliver(store, Means(), lambda: NOW, load=lambda kind: output)
    assert output.taken == [f"{n}@agency.example <{n}@x> Week 30" for n in ("ana", "bo", "cem")]
    assert store.outbox.waiting() == 0


def test_a_refusal_for_now_is_tried_again_later_and_stops_nobody(store: Store) -> None:
    output = FakeOutput()
    output.refuse["bo@agency.example"] = DeliveryError("451 greylisted")
    outcome = deliver(store, Means(), lambda: NOW, load=lambda kind: output)
    [failed] = outcome.failed
    assert (failed.recipient, failed.state, failed.error) == ("bo@agency.example", "deferred", "451 greylisted")
    assert deliver(store, Means(), lambda: NOW, load=lambda kind: output).deliveries == ()
    output.refuse.clear()
    deliver(store, Means(), lambda: NOW + 2 * FIRST_WAIT, load=lambda kind: output)
    assert len(output.taken) == 3


def test_a_refusal_for_ever_bounces_and_the_others_are_sent(store: Store) -> None:
    output = FakeOutput()
    output.refuse["bo@agency.example"] = DeliveryError("550 no such user", permanent=True)
    deliver(store, Means(), lambda: NOW, load=lambda kind: output)
    assert deliver(store, Means(), lambda: NOW + timedelta(days=9), load=lambda kind: output).deliveries == ()
    states = {r["recipient"]: (r["state"], r["bounced_at"]) for r in store.digests.log()}
    assert states["bo@agency.example"] == ("bounced", "2026-07-27T06:00:00Z")
    assert {state for state, _ in states.values()} == {"sent", "bounced"}
    assert store.subscribers.resting() == ()


def test_trying_ends_after_some_days(store: Store) -> None:
    output = FakeOutput()
    output.refuse = {f"{n}@agency.example": DeliveryError("no route") for n in ("ana", "bo", "cem")}
    now = NOW
    tries = 0
    while store.outbox.waiting():
        tries += len(deliver(store, Means(), lambda at=now: at, load=lambda kind: output).deliveries)
        now += timedelta(minutes=5)
    assert LIFETIME <= now - NOW < LIFETIME + 2 * LONGEST_WAIT
    assert 3 * 20 < tries < 3 * 35
    assert set(store.outbox.states()) == {"given-up"}


def test_a_way_that_is_closed_is_tried_once_and_not_once_a_recipient(store: Store) -> None:
    output = FakeOutput()
    closed = DeliveryError("connection refused", everybody=True)
    output.refuse = {f"{n}@agency.example": closed for n in ("ana", "bo", "cem")}
    outcome = deliver(store, Means(), lambda: NOW, load=lambda kind: output)
    assert (len(outcome.deliveries), outcome.held) == (1, 2)
    assert {(r["state"], r["attempts"], r["error"]) for r in store.digests.log()} == {
        ("deferred", 1, "connection refused")
    }
    output.refuse.clear()
    deliver(store, Means(), lambda: NOW + 2 * FIRST_WAIT, load=lambda kind: output)
    assert len(output.taken) == 3


def test_a_way_that_stays_closed_is_given_up_for_all_alike(store: Store) -> None:
    output = FakeOutput()
    closed = DeliveryError("connection refused", everybody=True)
    output.refuse = {f"{n}@agency.example": closed for n in ("ana", "bo", "cem")}
    for hours in range(0, 24 * 6, 6):
        deliver(store, Means(), lambda at=NOW + timedelta(hours=hours): at, load=lambda kind: output)
    assert store.outbox.states() == {"given-up": 3}


def test_a_message_at_which_the_server_hangs_up_does_not_hold_the_others_up_for_days(store: Store) -> None:
    output = FakeOutput()
    output.refuse["ana@agency.example"] = DeliveryError("connection unexpectedly closed", everybody=True)
    for minutes in (0, 10):
        deliver(store, Means(), lambda at=NOW + timedelta(minutes=minutes): at, load=lambda kind: output)
    assert [taken.split("@")[0] for taken in output.taken] == ["bo", "cem"]
    assert store.outbox.states() == {"deferred": 1, "sent": 2}


def test_the_rest_of_a_run_that_was_capped_goes_out_in_the_next(store: Store) -> None:
    output = FakeOutput()
    means = Means(Mail("127.0.0.1", "m@agency.example", most=2))
    first = deliver(store, means, lambda: NOW, load=lambda kind: output)
    assert (len(first.deliveries), first.capped) == (2, True)
    second = deliver(store, means, lambda: NOW, load=lambda kind: output)
    assert (len(second.deliveries), second.capped) == (1, False)


def test_a_recipient_that_bounces_twice_in_a_row_rests_and_others_do_not(store: Store) -> None:
    output = FakeOutput()
    output.refuse["bo@agency.example"] = DeliveryError("550 no such user", permanent=True)
    for week in (31, 32):
        deliver(store, Means(), lambda: NOW, load=lambda kind: output)
        add(store, f"2026-W{week}")
    deliver(store, Means(), lambda: NOW, load=lambda kind: output)
    [rest] = store.subscribers.resting()
    assert (rest.recipient, rest.reason, rest.note) == ("bo@agency.example", "bounced", "550 no such user")
    states = [r["state"] for r in store.digests.log() if r["recipient"] == "bo@agency.example"]
    assert states == ["withdrawn", "bounced", "bounced"]
    assert store.subscribers.resume("staff", "bo@agency.example", NOW)
    assert store.outbox.bounces_in_a_row("staff", "bo@agency.example") == 0


def test_who_unsubscribes_gets_nothing_more_not_even_what_waits(store: Store) -> None:
    output = FakeOutput()
    output.refuse["bo@agency.example"] = DeliveryError("451 greylisted")
    deliver(store, Means(), lambda: NOW, load=lambda kind: output)
    assert store.subscribers.rest("staff", "bo@agency.example", "unsubscribed", "by one click", NOW)
    assert not store.subscribers.rest("staff", "bo@agency.example", "unsubscribed", "again", NOW)
    output.refuse.clear()
    deliver(store, Means(), lambda: NOW + timedelta(days=1), load=lambda kind: output)
    assert "bo@agency.example" not in " ".join(output.taken)
    assert store.outbox.states() == {"sent": 2, "withdrawn": 1}


def test_bounces_and_rests_hold_for_every_spelling_of_an_address(store: Store) -> None:
    output = FakeOutput()
    refusal = DeliveryError("550 no such user", permanent=True)
    for week, spelled in ((31, "Dee@agency.example"), (32, "dee@Agency.Example")):
        add(store, f"2026-W{week}", spelled)
        output.refuse[spelled] = refusal
        deliver(store, Means(), lambda: NOW, load=lambda kind: output)
    assert [rest.recipient for rest in store.subscribers.resting()] == ["dee@Agency.Example"]
    assert not store.subscribers.rest("staff", "DEE@agency.example", "unsubscribed", "by link", NOW)
    add(store, "2026-W33", "dee@agency.example")
    deliver(store, Means(), lambda: NOW, load=lambda kind: output)
    assert store.outbox.states() == {"sent": 3, "bounced": 2, "withdrawn": 1}
    assert store.subscribers.resume("staff", "dee@agency.example", NOW)
    assert store.subscribers.resting() == ()
    assert store.outbox.bounces_in_a_row("staff", "DEE@AGENCY.EXAMPLE") == 0


def test_an_address_that_feeds_yaml_spells_otherwise_now_did_not_leave_it(store: Store) -> None:
    store.outbox.withdraw_others([("staff", "ANA@agency.example"), ("staff", "bo@Agency.example")])
    assert store.outbox.states() == {"queued": 2, "withdrawn": 1}


def test_folders_differ_by_their_spelling(store: Store) -> None:
    assert store.subscribers.rest("files", "/srv/Digests", "unsubscribed", "by the operator", NOW)
    assert store.subscribers.rest("files", "/srv/digests", "unsubscribed", "by the operator", NOW)


def test_who_unsubscribes_after_a_run_died_gets_nothing_more(store: Store) -> None:
    output = FakeOutput()
    claimed = store.outbox.claim(NOW)
    assert claimed is not None
    store.subscribers.rest("staff", claimed.recipient, "unsubscribed", "by link", NOW)
    deliver(store, Means(), lambda: NOW + timedelta(hours=1), load=lambda kind: output)
    assert (len(output.taken), store.outbox.states()) == (2, {"sent": 2, "withdrawn": 1})


@given(st.integers(1, 60), st.text(min_size=1, max_size=20))
def test_a_wait_is_drawn_within_bounds_and_always_alike(attempts: int, seed: str) -> None:
    drawn, whole = wait(attempts, seed), wait(attempts)
    assert drawn == wait(attempts, seed)
    assert abs(drawn - whole) <= JITTER * whole + timedelta(seconds=1)
    assert FIRST_WAIT <= whole <= LONGEST_WAIT


def test_told_to_stop_nothing_more_is_claimed(store: Store) -> None:
    outcome = deliver(store, Means(), lambda: NOW, stop=lambda: True, load=lambda kind: FakeOutput())
    assert outcome.deliveries == ()
    assert store.outbox.waiting() == 3
