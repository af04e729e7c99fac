"""Commands deliver, status and subscribers: what the operator hears of late digests, and of who gets none."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from outputs.test_email import Sink, free_port

from monitor import cli, pipeline
from monitor.app import App

MONDAY = datetime(2026, 7, 20, tzinfo=UTC)
"""Begin of 2026-W30."""
DUE = MONDAY + timedelta(weeks=1, hours=6)
LATE = DUE + timedelta(hours=12)
"""When the grace is over."""

Run = Callable[..., tuple[int, str, str]]


class Beats:
    """A watcher of heartbeats, and how often it was called."""

    status = 200
    calls = 0
    url = ""


@pytest.fixture
def beats() -> Iterator[Beats]:
    mind = Beats()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mind.calls += 1
            self.send_response(mind.status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        mind.url = f"http://127.0.0.1:{server.server_port}/ping/secret"
        yield mind
        server.shutdown()


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def port(sink: Sink) -> Iterator[int]:
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture
def home(tmp_path: Path, port: int, beats: Beats) -> Path:
    """A monitor that watched in week 2026-W30, of which nothing was told yet."""
    (tmp_path / "papers.jsonl").write_text("")
    (tmp_path / "feeds.yaml").write_text(
        # The view feed_health goes by the clock of the machine, and nothing here is about feeds.
        "feeds:\n  papers: {kind: jsonl, url: papers.jsonl, every: 1000w}\n"
        f"mail: {{host: 127.0.0.1, port: {port}, security: none, from: monitor@agency.example, timeout: 10}}\n"
        f"alarm: {{to: [ops@agency.example], heartbeat: '{beats.url}', allow_private: true}}\n"
        "subscribers:\n  staff: {output: email, to: [ana@agency.example, bo@agency.example]}\n"
    )
    assert cli.run(["fetch"], App(tmp_path, clock=lambda: MONDAY, env={})) == 0
    return tmp_path


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command at a moment; exit code, stdout, stderr."""

    def command(*arguments: str, at: datetime = MONDAY) -> tuple[int, str, str]:
        capfd.readouterr()
        code = cli.run(list(arguments), App(home, clock=lambda: at, env={}))
        return code, *capfd.readouterr()

    return command


def tell(home: Path, at: datetime) -> None:
    """The step digest."""
    app = App(home, clock=lambda: at, env={})
    with app.store(locked=True) as store:
        pipeline.digest(store, app.plan, at)


def test_a_late_digest_is_an_alarm_once_until_it_is_out(home: Path, run: Run, sink: Sink, beats: Beats) -> None:
    run("fetch", at=LATE)
    code, _, err = run("deliver", at=LATE)
    assert code == 0, "there was nothing to send"
    assert err.count("ALARM: digest 2026-W30 of ") == 2
    assert "is not out: it was not made" in err
    assert [mail.rcpt_tos for mail in sink.taken] == [["ops@agency.example"]]
    assert "ALARM" not in run("deliver", at=LATE + timedelta(minutes=5))[2]
    code, out, _ = run("status", at=LATE)
    assert code == 3
    assert out.count("LATE: digest 2026-W30") == 2
    assert (len(sink.taken), beats.calls) == (1, 0)

    tell(home, LATE)
    code, _, err = run("deliver", at=LATE)
    assert (code, "ALARM" in err) == (0, False)
    assert run("status", at=LATE)[0] == 0
    assert sorted(mail.rcpt_tos[0] for mail in sink.taken[1:]) == ["ana@agency.example", "bo@agency.example"]
    assert beats.calls == 1


def test_a_digest_as_it_was_sent_has_the_forms_in_which_it_was_made(home: Path, run: Run) -> None:
    run("fetch", at=LATE)
    tell(home, LATE)
    asked = ("digest", "--week", "2026-W30", "--for", "staff", "--as-sent", "--preview")
    code, out, _ = run(*asked, at=LATE)
    assert (code, "2026-W30" in out) == (0, True)
    code, out, err = run(*asked, "--format", "md", at=LATE)
    assert (code, out) == (1, "")
    assert "the digest of 2026-W30 for 'staff' was not made as md; it was made as " in err


def test_a_scan_delivers_what_could_be_made_and_then_says_what_could_not(
    home: Path, run: Run, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    text = (home / "feeds.yaml").read_text()
    odd = "subscribers:\n  odd: {output: email, to: [cy@agency.example], formats: [pdf]}"
    (home / "feeds.yaml").write_text(text.replace("subscribers:", odd))
    code, _, err = run("scan", at=DUE)
    assert (code, [mail.rcpt_tos for mail in sink.taken]) == (4, [["ana@agency.example"], ["bo@agency.example"]])
    assert "the digest of 2026-W30 for 'odd' could not be made: PDF needs WeasyPrint" in err


def test_a_scan_whose_mail_is_refused_ends_with_3_as_deliver_does(home: Path, run: Run, sink: Sink, port: int) -> None:
    text = (home / "feeds.yaml").read_text()
    (home / "feeds.yaml").write_text(text.replace(str(port), str(free_port())))
    code, _, err = run("scan", at=DUE)
    assert code == 3
    assert "2026-W30 to ana@agency.example: deferred" in err
    (home / "feeds.yaml").write_text(text)
    assert run("scan", at=DUE + timedelta(hours=1))[0] == 0
    assert len(sink.taken) == 2


def test_before_the_grace_is_over_nothing_is_late(home: Path, run: Run, sink: Sink, beats: Beats) -> None:
    now = LATE - timedelta(seconds=1)
    run("fetch", at=now)
    assert "ALARM" not in run("deliver", at=now)[2]
    assert run("status", at=now)[0] == 0
    assert (len(sink.taken), beats.calls) == (0, 1)


def test_a_mail_server_that_is_down_keeps_the_alarm_from_going_and_not_from_being_told(
    home: Path, run: Run, port: int, sink: Sink
) -> None:
    feeds = home / "feeds.yaml"
    text = feeds.read_text()
    feeds.write_text(text.replace(f"port: {port}", f"port: {free_port()}"))
    run("fetch", at=LATE)
    _, _, err = run("deliver", at=LATE)
    assert err.count("ALARM: ") == 2
    assert "the mail that should say that a digest is late did not go: the mail server 127.0.0.1:" in err
    feeds.write_text(text)
    _, _, err = run("deliver", at=LATE + timedelta(minutes=5))
    assert ("ALARM" in err, "did not go" in err, len(sink.taken)) == (False, False, 1)


def test_a_heartbeat_stops_while_a_feed_fails(home: Path, run: Run, beats: Beats) -> None:
    (home / "papers.jsonl").unlink()
    run("fetch", at=MONDAY + timedelta(days=1))
    run("deliver", at=MONDAY + timedelta(days=1))
    assert beats.calls == 0


def test_a_heartbeat_to_a_private_address_needs_leave(home: Path, run: Run, beats: Beats) -> None:
    feeds = home / "feeds.yaml"
    feeds.write_text(feeds.read_text().replace(", allow_private: true", ""))
    code, _, err = run("deliver", at=MONDAY)
    assert code == 0
    assert "the heartbeat did not arrive: " in err
    assert "private" in err
    assert "secret" not in err
    assert beats.calls == 0


@pytest.mark.parametrize("status", [500, 302])
def test_a_heartbeat_that_is_not_taken_is_said(run: Run, beats: Beats, status: int) -> None:
    beats.status = status
    _, _, err = run("deliver", at=MONDAY)
    assert "the heartbeat did not arrive: 127.0.0.1" in err
    assert "secret" not in err
    assert beats.calls == 1


# --- who gets none ---------------------------------------------------------------------------


def test_paused_and_resumed(home: Path, run: Run, sink: Sink) -> None:
    code, _, err = run("subscribers", "pause", "staff", "bo@agency.example")
    assert (code, err) == (0, "bo@agency.example gets no more digests of 'staff'\n")
    assert "rested already" in run("subscribers", "pause", "staff", "bo@agency.example")[2]
    code, out, _ = run("subscribers", "list")
    assert [line.split() for line in out.splitlines()] == [
        ["staff", "email", "ana@agency.example"],
        f"staff email bo@agency.example rests since {MONDAY:%F}: unsubscribed, by the operator".split(),
    ]
    tell(home, DUE)
    run("deliver", at=DUE)
    assert [mail.rcpt_tos for mail in sink.taken] == [["ana@agency.example"]]

    code, _, err = run("subscribers", "resume", "staff", "bo@agency.example", at=DUE)
    assert (code, err) == (0, "bo@agency.example gets the digests of 'staff' again\n")
    assert "did not rest" in run("subscribers", "resume", "staff", "bo@agency.example", at=DUE)[2]
    run("deliver", at=DUE)
    assert len(sink.taken) == 1, "the digest of the time of rest is not made up"
    tell(home, DUE + timedelta(weeks=1))
    run("deliver", at=DUE + timedelta(weeks=1))
    assert sorted(mail.rcpt_tos[0] for mail in sink.taken[1:]) == ["ana@agency.example", "bo@agency.example"]


def test_who_left_feeds_yaml_gets_nothing_more_not_even_what_waits(home: Path, run: Run, sink: Sink) -> None:
    tell(home, LATE)
    feeds = home / "feeds.yaml"
    feeds.write_text(feeds.read_text().replace(", bo@agency.example", ""))
    assert run("deliver", at=LATE)[0] == 0
    assert [mail.rcpt_tos for mail in sink.taken] == [["ana@agency.example"]]
    with App(home, env={}).store() as store:
        assert store.outbox.states() == {"sent": 1, "withdrawn": 1}


def test_the_list_for_programs(run: Run) -> None:
    run("subscribers", "pause", "staff", "bo@agency.example")
    code, out, _ = run("subscribers", "list", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["subscribers"][0]["addresses"] == ["ana@agency.example", "bo@agency.example"]
    [rest] = told["resting"]
    assert (rest["recipient"], rest["reason"]) == ("bo@agency.example", "unsubscribed")
    assert rest["since"] == f"{MONDAY:%FT%TZ}"


@pytest.mark.parametrize("command", ["pause", "resume"])
@pytest.mark.parametrize(
    ("name", "address", "sentence"),
    [
        ("stuff", "ana@agency.example", "has no subscriber 'stuff'; did you mean 'staff'?"),
        ("staff", "ana@agency.exmaple", "subscriber 'staff' has no recipient 'ana@agency.exmaple'; did you mean"),
        ("staff", "", "subscriber 'staff' has no recipient ''"),
    ],
)
def test_a_name_that_is_none_is_said_with_exit_4(
    run: Run, command: str, name: str, address: str, sentence: str
) -> None:
    code, _, err = run("subscribers", command, name, address)
    assert code == 4
    assert sentence in err
    assert "feeds.yaml" in err
    assert err.count("\n") == 1


def test_an_address_is_known_however_it_is_spelled(home: Path, run: Run, sink: Sink) -> None:
    assert run("subscribers", "pause", "staff", "Bo@Agency.example")[0] == 0
    assert "bo@agency.example  rests since" in run("subscribers", "list")[1]
    tell(home, DUE)
    run("deliver", at=DUE)
    assert [mail.rcpt_tos for mail in sink.taken] == [["ana@agency.example"]]
    assert run("subscribers", "resume", "staff", "bo@agency.example")[2].endswith("gets the digests of 'staff' again\n")


def test_who_rests_may_be_resumed_after_leaving_feeds_yaml(home: Path, run: Run) -> None:
    run("subscribers", "pause", "staff", "bo@agency.example")
    feeds = home / "feeds.yaml"
    feeds.write_text(feeds.read_text().replace(", bo@agency.example", ""))
    assert run("subscribers", "resume", "staff", "bo@agency.example")[0] == 0
    assert run("subscribers", "resume", "staff", "bo@agency.example")[0] == 4


def test_the_doctor_tries_the_mailbox_of_bounces_and_marks_nothing(home: Path, run: Run) -> None:
    def doctor() -> dict[str, object]:
        [told] = [check for check in json.loads(run("doctor", "--json")[1]) if check["check"] == "bounces"]
        return dict(told)

    feeds = home / "feeds.yaml"
    text = feeds.read_text()
    assert doctor()["says"] == "not configured: nobody hears what comes back"
    feeds.write_text(text.replace("timeout: 10}", "timeout: 10, bounces: {maildir: box}}"))
    assert (doctor()["ok"], "box is no Maildir" in str(doctor()["says"])) == (False, True)
    (home / "box" / "new").mkdir(parents=True)
    (home / "box" / "new" / "1").write_text("Subject: hello\n\n")
    assert doctor() == {"check": "bounces", "ok": True, "says": "the mailbox can be read"}
    assert (home / "box" / "new" / "1").exists()
    feeds.write_text(text.replace("timeout: 10}", "timeout: 10, bounces: {imap: {host: 127.0.0.1, user: u}}}"))
    assert doctor()["says"] == "the environment has no MONITOR_IMAP_PASSWORD for u"
