"""What is late is told, once; what is not is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from outputs.test_email import Sink, free_port

from monitor.digest import week_of, window_of
from monitor.errors import DeliveryError
from monitor.outputs import Means
from monitor.pipeline.digest import ARCHIVE, Plan, due
from monitor.pipeline.watch import LOST_SINCE, Alarm, alarm, lost, overdue
from monitor.store import Store
from monitor.store.outbox import Address
from monitor.types import Digest, Document, Feed, Fetch, Goal, Mail, Partners, Subscriber

MONDAY = datetime(2026, 7, 20, tzinfo=UTC)
"""Begin of 2026-W30."""
DUE = MONDAY + timedelta(weeks=1, hours=6)
GRACE = timedelta(hours=12)
STAFF = Subscriber("staff", "email", ("ana@agency.example", "bo@agency.example"))


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        watched(opened, MONDAY)
        yield opened


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(
        [STAFF], (Goal("cyber", "A Trusted Cyber Future"),), Partners(), {"papers": timedelta(hours=6)}, tmp_path
    )


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def means(sink: Sink) -> Iterator[Means]:
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield Means(Mail("127.0.0.1", "monitor@agency.example", port=controller.port, security="none", timeout=5))
    controller.stop()


def watched(store: Store, at: datetime) -> None:
    """Let the ledger know that a feed was asked, and that `staff` has subscribed since."""
    feed = Feed("papers", "jsonl", "papers.jsonl", timedelta(hours=6), 0.0)
    store.ledger.register([feed], at)
    store.ledger.finish(store.ledger.begin(feed, None, at), Fetch("papers", "jsonl", "ok", at, at), next_due=at)
    store.subscribers.register([STAFF], at)


def make(store: Store, week: str, at: datetime) -> None:
    """The digests of a week, with two readers of one."""
    for subscriber in (ARCHIVE, STAFF):
        made = Digest(subscriber.name, week, window_of(week), at, (), {}, 0, 0, 0, (), ())
        to = [Address("email", who, f"<{week}.{who}>") for who in subscriber.addresses]
        store.digests.add(made, Document("Week", {"txt": b"text"}), to)


def send(store: Store, at: datetime) -> None:
    """Everything that waits is taken."""
    while delivery := store.outbox.claim(at):
        store.outbox.settle(delivery, "sent", at)


def test_a_digest_that_was_not_made_is_late_from_the_end_of_its_grace(store: Store, plan: Plan) -> None:
    assert overdue(store, plan, DUE + GRACE - timedelta(seconds=1), GRACE) == ()
    late = overdue(store, plan, DUE + GRACE, GRACE)
    assert [(o.subscriber, o.week, o.recipient, o.why) for o in late] == [
        ("all", "2026-W30", None, "it was not made"),
        ("staff", "2026-W30", None, "it was not made"),
    ]
    assert late[1].sentence == "digest 2026-W30 of 'staff', due 2026-07-27 06:00Z, is not out: it was not made"


def test_a_digest_that_did_not_arrive_is_late_for_each_reader(store: Store, plan: Plan) -> None:
    make(store, "2026-W30", DUE)
    for error in ("451 greylisted", None):
        delivery = store.outbox.claim(DUE)
        assert delivery
        state = "deferred" if error else "sent"
        store.outbox.settle(delivery, state, DUE, error=error, next_at=DUE + timedelta(days=1))
    assert overdue(store, plan, DUE + GRACE - timedelta(seconds=1), GRACE) == ()
    [late] = overdue(store, plan, DUE + GRACE, GRACE)
    assert (late.recipient, late.why) == ("ana@agency.example", "deferred, 451 greylisted")


def test_a_digest_that_is_made_up_has_its_grace_from_then_on(store: Store, plan: Plan) -> None:
    back = DUE + timedelta(days=2)
    assert len(overdue(store, plan, back, GRACE)) == 2
    make(store, "2026-W30", back)
    assert overdue(store, plan, back + GRACE - timedelta(seconds=1), GRACE) == ()
    assert len(overdue(store, plan, back + GRACE, GRACE)) == 2
    send(store, back + GRACE)
    assert overdue(store, plan, back + GRACE, GRACE) == ()


def test_who_subscribes_late_in_the_week_has_the_grace_from_then_on(store: Store, plan: Plan) -> None:
    make(store, "2026-W30", DUE)
    send(store, DUE)
    friday = DUE + timedelta(days=4)
    store.subscribers.register([Subscriber("new")], friday)
    more = replace(plan, subscribers=[STAFF, Subscriber("new", "email", ("cem@agency.example",))])
    assert [s.name for week, s, _ in due(store, more, friday) if week == "2026-W30"] == ["all", "staff", "new"]
    assert overdue(store, more, friday + GRACE - timedelta(seconds=1), GRACE) == ()
    assert [o.subscriber for o in overdue(store, more, friday + GRACE, GRACE)] == ["new"]


@pytest.mark.parametrize(
    "change", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)], ids=["spring", "autumn"]
)
@pytest.mark.parametrize(("weekday", "hour"), [(6, 2), (0, 0)])
def test_nothing_is_late_in_vain_when_clocks_change(plan: Plan, change: datetime, weekday: int, hour: int) -> None:
    """Sent as soon as it is due, no digest is late, be the grace ever so short; unsent, each is late in the end."""
    berlin = replace(STAFF, weekday=weekday, hour=hour, zone="Europe/Berlin")
    plan = replace(plan, subscribers=[berlin])
    grace = timedelta(minutes=15)
    now = change - timedelta(weeks=2)
    told = set()
    with Store.memory() as prompt, Store.memory() as idle:
        for store in (prompt, idle):
            watched(store, now)
        while now < change + timedelta(weeks=2):
            for week in [week for week, subscriber, _ in due(prompt, plan, now) if subscriber is berlin]:
                if not prompt.digests.made("staff", week):
                    make(prompt, week, now)
                    send(prompt, now)
            assert [o for o in overdue(prompt, plan, now, grace) if o.subscriber == "staff"] == []
            told |= {o.week for o in overdue(idle, plan, now, grace) if o.subscriber == "staff"}
            now += timedelta(hours=1)
    assert week_of(change - timedelta(weeks=1)) in told


def test_an_alarm_is_raised_once_and_mailed_once(store: Store, plan: Plan, means: Means, sink: Sink) -> None:
    now = DUE + GRACE
    first = alarm(store, means, ["ops@agency.example"], overdue(store, plan, now, GRACE), now)
    assert [sentence.partition(",")[0] for sentence in first.raised] == [
        "digest 2026-W30 of 'all'",
        "digest 2026-W30 of 'staff'",
    ]
    for minutes in (5, 10):
        later = now + timedelta(minutes=minutes)
        assert alarm(store, means, ["ops@agency.example"], overdue(store, plan, later, GRACE), later) == Alarm(())
    [mail] = sink.taken
    assert mail.rcpt_tos == ["ops@agency.example"]
    text = bytes(mail.content or b"").decode()
    assert "Subject: Research monitor: 2 late" in text
    assert "digest 2026-W30 of 'staff', due 2026-07-27 06:00Z, is not out: it was not made" in text
    assert "List-Unsubscribe" not in text


def test_an_alarm_that_is_over_may_be_raised_again(store: Store, plan: Plan, means: Means, sink: Sink) -> None:
    now = DUE + GRACE
    late = overdue(store, plan, now, GRACE)
    assert alarm(store, means, ["ops@agency.example"], late, now).raised
    assert alarm(store, means, ["ops@agency.example"], (), now) == Alarm(())
    assert alarm(store, means, ["ops@agency.example"], late, now).raised
    assert len(sink.taken) == 2


def test_a_mail_of_alarm_that_reached_nobody_is_sent_by_the_next_run(
    store: Store, plan: Plan, means: Means, sink: Sink
) -> None:
    now = DUE + GRACE
    late = overdue(store, plan, now, GRACE)
    sink.answers["ops@agency.example"] = "451 not now"
    first = alarm(store, means, ["ops@agency.example"], late, now)
    assert len(first.raised) == 2
    assert "451 not now" in (first.error or "")
    sink.answers.clear()
    sink.taken.clear()
    assert alarm(store, means, ["ops@agency.example"], late, now) == Alarm(())
    assert len(sink.taken) == 1


@pytest.mark.parametrize("answer", ["451 not now", "550 no such user"])
def test_who_was_told_is_not_told_again_because_another_cannot_be(
    store: Store, plan: Plan, means: Means, sink: Sink, answer: str
) -> None:
    to = ["gone@agency.example", "ops@agency.example"]
    sink.answers["gone@agency.example"] = answer
    late = overdue(store, plan, DUE + GRACE, GRACE)
    assert answer in (alarm(store, means, to, late, DUE + GRACE).error or "")
    assert alarm(store, means, to, late, DUE + GRACE) == Alarm(())
    assert [mail.rcpt_tos for mail in sink.taken] == [["ops@agency.example"]]


def test_an_address_of_alarm_that_is_none_is_not_asked_for_ever(
    store: Store, plan: Plan, means: Means, sink: Sink
) -> None:
    sink.answers["gone@agency.example"] = "550 no such user"
    late = overdue(store, plan, DUE + GRACE, GRACE)
    assert "550" in (alarm(store, means, ["gone@agency.example"], late, DUE + GRACE).error or "")
    assert alarm(store, means, ["gone@agency.example"], late, DUE + GRACE) == Alarm(())


def test_what_was_lost_is_told_for_a_week(store: Store) -> None:
    make(store, "2026-W30", DUE)
    for state in ("bounced", "given-up"):
        delivery = store.outbox.claim(DUE)
        assert delivery
        store.outbox.settle(delivery, state, DUE, error=str(DeliveryError("550 no such user")))
    assert len(lost(store, DUE + LOST_SINCE)) == 2
    assert lost(store, DUE + LOST_SINCE + timedelta(seconds=1)) == ()
