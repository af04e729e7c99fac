"""Each subscriber has each week's digest exactly once, whatever happens on the way: real servers, real processes.

The clock is passed in; days pass at once. The slow leg of the suite.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from delivery import killed, postfix
from outputs.test_email import free_port

from monitor import pipeline
from monitor.app import App
from monitor.cli import post
from monitor.steps import Steps
from monitor.store import Store
from monitor.store.outbox import LEASE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MONDAY = datetime(2026, 7, 20, tzinfo=UTC)
DUE = MONDAY + timedelta(weeks=1, hours=6)
READERS = ("ana@agency.example", "bo@agency.example", "cem@agency.example")
LATER = LEASE + timedelta(minutes=1)


class Sink:
    """A mail server's mind: what it answers to each recipient, one answer a try, and whom it took mail for."""

    def __init__(self) -> None:
        self.answers: dict[str, list[str]] = {}
        self.taken: list[tuple[str, str]] = []

    async def handle_RCPT(  # noqa: N802 — aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, to: str, options: list[str]
    ) -> str:
        waiting = self.answers.get(to)
        answer = waiting.pop(0) if waiting else "250 fine"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(to)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        [name] = [line for line in bytes(envelope.content or b"").splitlines() if line.startswith(b"Message-ID: ")]
        self.taken += [(to, name.decode().partition(" ")[2]) for to in envelope.rcpt_tos]
        return "250 taken"


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def port(sink: Sink) -> Iterator[int]:
    """The port of a server with the sink's mind."""
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture(scope="module")
def mail_server() -> Iterator[postfix.Postfix]:
    """Debian's Postfix."""
    if reason := postfix.missing():
        pytest.skip(reason)
    with postfix.running(free_port()) as server:
        yield server


def settings(port: int, more: str = "") -> str:
    return (
        "feeds:\n  papers: {kind: jsonl, url: papers.jsonl}\n"
        f"mail: {{host: 127.0.0.1, port: {port}, security: none, from: monitor@agency.example, timeout: 10{more}}}\n"
        f"subscribers:\n  staff: {{output: email, to: [{', '.join(READERS)}]}}\n"
    )


@pytest.fixture
def home(tmp_path: Path, port: int) -> Path:
    """A monitor that watched in week 2026-W30, of which nothing was told yet."""
    return make_home(tmp_path / "home", port)


def make_home(folder: Path, port: int, more: str = "") -> Path:
    folder.mkdir()
    (folder / "papers.jsonl").write_text("")
    (folder / "feeds.yaml").write_text(settings(port, more))
    app = App(folder, clock=lambda: MONDAY, env={})
    with app.store() as store:
        watched(app, store, MONDAY)
    return folder


def watched(app: App, store: Store, at: datetime) -> None:
    """Let the ledger know that feeds were asked."""
    Steps(app, store).fetch(app.feeds())
    with store.transaction():
        store.connection.run("UPDATE fetches SET started_at = ?, finished_at = ?", [f"{at:%Y-%m-%dT%H:%M:%SZ}"] * 2)


def run(home: Path, now: datetime) -> pipeline.Outcome:
    """One run of the steps digest and deliver in this process."""
    app = App(home, clock=lambda: now, env={})
    with app.store(locked=True) as store:
        pipeline.digest(store, app.plan, now)
        return post.deliver(app, store)[1]


def child(home: Path, now: datetime, point: str = "none") -> subprocess.Popen[bytes]:
    """The same in a process of its own, which dies at `point`."""
    command = [sys.executable, killed.__file__, str(home), now.isoformat(), point]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def states(home: Path) -> dict[str, int]:
    with Store.open(home / "store" / "monitor.db") as store:
        return store.outbox.states()


def late(home: Path, now: datetime) -> tuple[pipeline.Overdue, ...]:
    """What `status` calls late."""
    app = App(home, clock=lambda: now, env={})
    with app.store() as store:
        return app.post_office.overdue(store, app.plan, now)


def message_ids(home: Path) -> dict[str, str]:
    with Store.open(home / "store" / "monitor.db") as store:
        return {str(r["recipient"]): str(r["message_id"]) for r in store.digests.log()}


def check_once(taken: list[tuple[str, str]], home: Path, point: str) -> None:
    """Each reader has the digest, under its own Message-ID, once; in the window the first may have it twice."""
    names = message_ids(home)
    counts = Counter(taken)
    assert set(counts) == set(names.items())
    assert sorted(name for name, _ in counts) == sorted(READERS)
    repeated = [pair for pair, number in counts.items() if number > 1]
    assert len(repeated) <= (1 if point in killed.WINDOW else 0), point
    assert max(counts.values()) <= 2


@pytest.mark.parametrize("point", killed.POINTS)
def test_killed_anywhere_each_has_it_once(home: Path, sink: Sink, point: str) -> None:
    with child(home, DUE, point) as dead:
        _, said = dead.communicate()
    assert dead.returncode == -signal.SIGKILL, said.decode()
    before = states(home)
    assert before.get("sent", 0) == (1 if point == "after the delivery is marked" else 0)
    assert late(home, DUE + timedelta(days=1)), "a digest that is not out is not told"
    run(home, DUE + LATER)
    check_once(sink.taken, home, point)
    assert states(home) == {"sent": len(READERS)}
    assert late(home, DUE + timedelta(days=1)) == ()
    run(home, DUE + timedelta(days=1))
    check_once(sink.taken, home, point)


@pytest.mark.parametrize("point", [*killed.SENDING, *killed.WINDOW])
def test_killed_anywhere_before_postfix(tmp_path: Path, mail_server: postfix.Postfix, point: str) -> None:
    shutil.rmtree(mail_server.folder / "mail" / "inbox", ignore_errors=True)
    home = make_home(tmp_path / "home", mail_server.port)
    with child(home, DUE, point) as dead:
        _, said = dead.communicate()
    assert dead.returncode == -signal.SIGKILL, said.decode()
    run(home, DUE + LATER)
    check_once(mail_server.settled(len(READERS)), home, point)
    assert states(home) == {"sent": len(READERS)}


def test_two_processes_at_once_send_once(home: Path, sink: Sink) -> None:
    both = [child(home, DUE) for _ in range(2)]
    codes = []
    for process in both:
        _, said = process.communicate()
        codes.append(process.returncode)
        assert process.returncode == 0 or b"another run holds the store" in said, said.decode()
    assert 0 in codes
    check_once(sink.taken, home, "none")
    assert states(home) == {"sent": len(READERS)}


def test_two_connections_never_claim_the_same(home: Path) -> None:
    app = App(home, clock=lambda: DUE, env={})
    with app.store(locked=True) as store:
        pipeline.digest(store, app.plan, DUE)
    with Store.open(app.database) as one, Store.open(app.database) as other:
        claims = [s.outbox.claim(DUE) for s in (one, other, one, other)]
        assert sorted(c.recipient for c in claims if c) == sorted(READERS)
        first = claims[0]
        assert first
        again = other.outbox.claim(DUE + LEASE)
        assert again
        assert again.recipient == first.recipient
        one.outbox.settle(first, "sent", DUE, error="too late to say so")
        states = {d.recipient: d.state for d in one.outbox.of_digest("staff", "2026-W30")}
        assert states.pop(first.recipient) == "sending"
        assert set(states.values()) == {"deferred"}, "what the others had under way waits to be claimed too"


def test_greylisted_then_taken(home: Path, sink: Sink) -> None:
    sink.answers = {reader: ["451 4.7.1 greylisted, come back"] for reader in READERS}
    outcome = run(home, DUE)
    assert [d.state for d in outcome.failed] == ["deferred"] * 3
    assert states(home) == {"deferred": 3}
    run(home, DUE + timedelta(minutes=2))
    assert sink.taken == [], "it did not wait"
    run(home, DUE + timedelta(minutes=7))
    check_once(sink.taken, home, "none")


def test_one_of_three_is_refused_for_ever(home: Path, sink: Sink) -> None:
    sink.answers["bo@agency.example"] = ["550 5.1.1 no such user"] * 9
    run(home, DUE)
    assert states(home) == {"bounced": 1, "sent": 2}
    run(home, DUE + timedelta(days=2))
    assert sorted(to for to, _ in sink.taken) == ["ana@agency.example", "cem@agency.example"]
    app = App(home, clock=lambda: DUE, env={})
    with app.store() as store:
        [lost] = pipeline.lost(store, DUE)
        assert "550 5.1.1 no such user" in (lost.error or "")


def test_a_server_that_is_down_for_a_day(tmp_path: Path, sink: Sink) -> None:
    port = free_port()
    home = make_home(tmp_path / "home", port)
    tries = 0
    now = DUE
    while now < DUE + timedelta(days=1):
        tries += len(run(home, now).deliveries)
        assert states(home) == {"deferred": 3}
        assert bool(late(home, now)) == (now >= DUE + timedelta(hours=12)), "alarm at the end of the grace"
        now += timedelta(minutes=30)
    assert tries < 15, "the waits did not grow"
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        while states(home) != {"sent": 3} and now < DUE + timedelta(days=2):
            run(home, now)
            now += timedelta(minutes=30)
    finally:
        controller.stop()
    assert now <= DUE + timedelta(days=1, hours=8)
    check_once(sink.taken, home, "none")
    assert late(home, now) == ()


def test_where_tls_is_refused_nothing_is_sent(home: Path, sink: Sink) -> None:
    text = (home / "feeds.yaml").read_text()
    (home / "feeds.yaml").write_text(text.replace("security: none", "security: starttls"))
    outcome = run(home, DUE)
    assert (len(outcome.deliveries), outcome.held, sink.taken) == (1, 2, [])
    assert "STARTTLS" in (outcome.deliveries[0].error or "")
    assert states(home) == {"deferred": 3}
    (home / "feeds.yaml").write_text(text)
    run(home, DUE + timedelta(hours=1))
    check_once(sink.taken, home, "none")


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        (datetime(2026, 10, 25, tzinfo=UTC), "02:00 to 03:00 twice"),
        (datetime(2026, 3, 29, tzinfo=UTC), "02:00 to 03:00 never"),
    ],
)
def test_one_digest_a_week_when_clocks_change(
    tmp_path: Path, port: int, sink: Sink, change: datetime, gap: str
) -> None:
    folder = make_home(tmp_path / "clocks", port)
    zone = "weekday: sun, hour: 2, timezone: Europe/Berlin}"
    feeds = folder / "feeds.yaml"
    feeds.write_text(feeds.read_text().replace("]}\n", f"], {zone}\n"))
    now = change - timedelta(weeks=2)
    app = App(folder, clock=lambda: now, env={})
    with app.store() as store:
        with store.transaction():
            store.connection.run("DELETE FROM subscribers")
        watched(app, store, now)
        store.subscribers.register(app.config.subscribers, now)
    sent = []
    while now < change + timedelta(days=8):
        before = len(sink.taken)
        run(folder, now)
        sent += [now] * (len(sink.taken) - before > 0)
        now += timedelta(minutes=30) if abs(now - change) < timedelta(hours=4) else timedelta(hours=4)
    assert Counter(sink.taken).most_common(1)[0][1] == 1, gap
    assert len(sent) == len(sink.taken) / len(READERS)
    near = [moment for moment in sent if abs(moment - change) < timedelta(hours=4)]
    assert near == [change.replace(hour=0, minute=0) if change.month == 10 else change.replace(hour=1, minute=0)]


def test_missed_weeks_are_made_up_once_each(home: Path, sink: Sink) -> None:
    run(home, DUE + timedelta(weeks=4))
    run(home, DUE + timedelta(weeks=4, hours=1))
    assert Counter(to for to, _ in sink.taken) == dict.fromkeys(READERS, 5)
    assert len(set(sink.taken)) == len(sink.taken)


def test_a_report_of_postfix_makes_a_bounce_and_the_second_a_rest(tmp_path: Path, sink: Sink, port: int) -> None:
    """Postfix takes the mail, the server beyond refuses it, and a report comes back to the envelope sender."""
    if reason := postfix.missing():
        pytest.skip(reason)
    sink.answers["eva@remote.example"] = ["552 5.2.2 over quota"] * 9
    with postfix.running(free_port(), beyond=port) as server:
        box = server.folder / "mail" / "inbox"
        home = make_home(tmp_path / "home", server.port, f", bounces: {{to: bounces@agency.example, maildir: {box}}}")
        feeds = home / "feeds.yaml"
        feeds.write_text(feeds.read_text().replace(", ".join(READERS), "eva@remote.example"))
        for week in range(2):
            now = DUE + timedelta(weeks=week)
            run(home, now)
            server.settled(1)
            assert run(home, now + timedelta(hours=1)).deliveries == ()
        assert states(home) == {"bounced": 2}
        app = App(home, clock=lambda: DUE, env={})
        with app.store() as store:
            [rest] = store.subscribers.resting()
        assert (rest.recipient, rest.reason) == ("eva@remote.example", "bounced")
        assert "over quota" in rest.note
        run(home, DUE + timedelta(weeks=2))
        assert states(home) == {"bounced": 2}
        assert not list(box.glob("new/*"))
    assert sink.taken == []


def test_postfix_refuses_one_and_puts_another_off(tmp_path: Path, mail_server: postfix.Postfix) -> None:
    shutil.rmtree(mail_server.folder / "mail" / "inbox", ignore_errors=True)
    home = make_home(tmp_path / "home", mail_server.port)
    mail_server.refuse({"bo@agency.example": "550 5.1.1 no such user", "cem@agency.example": "450 4.2.0 greylisted"})
    run(home, DUE)
    assert states(home) == {"bounced": 1, "deferred": 1, "sent": 1}
    mail_server.refuse({})
    run(home, DUE + timedelta(minutes=10))
    assert states(home) == {"bounced": 1, "sent": 2}
    assert [to for to, _ in mail_server.settled(2)] == ["ana@agency.example", "cem@agency.example"]
