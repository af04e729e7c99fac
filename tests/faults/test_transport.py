"""Cases 1 to 21: what can go wrong between a server and the ledger."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from faults.stage import DAY, DOCUMENTS, HOUR, NOW, Stage, by_token, oai, rss, serve, titles
from servers.scripted import Exchange, Script, Server, always, answer, ok

from monitor import config, sources
from monitor.errors import ConfigError
from monitor.store.hosts import HostPace

Case = Callable[..., Any]
KINDS = ("feed", "oai")


def case(number: str, *values: Any, label: str = "") -> Any:
    """A parameter set that belongs to a case of the list."""
    return pytest.param(*values, id=f"{number}{'-' + label if label else ''}", marks=pytest.mark.case(number))


# --- servers that fail once ----------------------------------------------------------------------


def drip(close: bool) -> Script:
    def script(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n" + b"Connection: close\r\n" * close + b"\r\n")
        exchange.drip(b"x" * 400)

    return script


def drip_headers(exchange: Exchange) -> None:
    exchange.drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 90)


def endless_headers(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        exchange.send(b"X-More: yes\r\n" * 1_000)


def endless_body(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\n\r\n<rss>")
    while True:
        exchange.send(b"<item/>" * 10_000)


def reset(exchange: Exchange) -> None:
    """Hang up in the middle, so hard that the other side sees a reset."""
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n<rss>")
    exchange.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n"
BOMB = gzip.compress(b" " * 16 * 2**20, 9)
LOGIN = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>"


def to(location: str, status: int = 302) -> bytes:
    return answer(status, b"", Location=location)


def hops(exchange: Exchange) -> bytes:
    return to(f"/{exchange.path.strip('/').partition('?')[0]}x")


FAULTS = [
    case("3", drip(close=False), "failed", "timed out", label="drip"),
    case("3", drip(close=True), "failed", "timed out", label="drip-and-close"),
    case("4", drip_headers, "failed", "timed out", label="slow-headers"),
    case("4", endless_headers, "failed", "headers are too long", label="endless-headers"),
    case("5", always(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\nConnection: close\r\n\r\n<rss>"), "failed", "early"),
    case("6", always(CHUNKED + b"Connection: close"), "failed", "", label="cut"),
    case("6", reset, "failed", "", label="reset"),
    case("7", always(ok(BOMB, Content_Encoding="gzip")), "failed", "longer than 1 MiB", label="gzip"),
    case("7", always(ok(b"x", Content_Encoding="br")), "failed", "not asked for", label="brotli"),
    case("8", endless_body, "failed", "longer than 1 MiB"),
    case("9", always(ok(LOGIN, Content_Type="text/html")), "failed", "", label="login"),
    case("9", always(ok(b"Error 1015: rate limited")), "failed", "", label="error-as-200"),
    case("9", always(ok(b"")), "failed", "", label="empty"),
    case("11", always(to("/")), "failed", "", label="circle"),
    case("11", hops, "failed", "more than 5 times", label="hops"),
    case("12", always(to("http://169.254.169.254/latest/")), "blocked", "private or reserved", label="link-local"),
    case("12", always(to("http://2130706433/")), "blocked", "private or reserved", label="decimal"),
    case("12", always(to("http://0177.0.0.1/")), "blocked", "private or reserved", label="octal"),
    case("12", always(to("http://[::ffff:10.0.0.1]/")), "blocked", "private or reserved", label="v4-mapped"),
    case("12", always(to("http://[fc00::1]/")), "blocked", "private or reserved", label="fc00"),
    case("17", always(answer(429)), "throttled", "429", label="429"),
    case("17", always(answer(503)), "throttled", "503", label="503"),
    case("18", always(answer(401)), "blocked", "401", label="401"),
    case("18", always(answer(403)), "blocked", "403", label="403"),
    case("18", always(answer(404)), "failed", "404", label="404"),
    case("18", always(answer(500)), "failed", "500", label="500"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("fault", "state", "words"), FAULTS)
def test_a_fault_of_one_feed(stage: Stage, kind: str, fault: Script, state: str, words: str) -> None:
    """It ends in its state, costs nothing that was there, leaves the other feed alone; the next run makes it good."""
    document = DOCUMENTS[kind]
    with Server(serve(document(1, 2))) as server, Server(serve(rss(8))) as other:
        stage.watch(kind, server.url)
        stage.watch("feed", other.url, "other")
        assert stage.scan().state == "ok"
        server.script = fault
        stage.deadline = 2.0 if words == "timed out" else 30.0
        ill, well, *_ = stage.scan_all()
        stage.deadline = 30.0
        assert (ill.state, well.state) == (state, "unchanged")
        assert words in (ill.error or "")
        assert stage.health()["status"] == state, "status says so within the run"
        assert stage.titles() == titles(1, 2, 8)
        assert bool(stage.owed()) == (kind == "oai"), "a window that was asked for is owed"
        server.script = serve(document(1, 2, 3))
        assert stage.scan(2 * DAY).state == "ok"
        assert stage.titles() == titles(1, 2, 3, 8), "no miss, no double"
        assert (stage.owed(), stage.health()["open_windows"]) == ([], 0)


@contextlib.contextmanager
def closed(port: int) -> Iterator[None]:
    """Nobody listens."""
    yield


@contextlib.contextmanager
def black_hole(port: int) -> Iterator[None]:
    """The queue of calls is full, and the kernel drops further ones without a word."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", port), backlog=0))
        for _ in range(4):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield


@pytest.mark.parametrize(
    ("hole", "words"), [case("1", closed, "connection refused", label="refused"), case("2", black_hole, "timed out")]
)
def test_a_server_that_cannot_be_reached(
    stage: Stage, hole: Callable[[int], AbstractContextManager[None]], words: str
) -> None:
    with Server(serve(oai(1))) as server, Server(serve(rss(8))) as other:
        port = server.port
        stage.watch("oai", server.url)
        stage.watch("feed", other.url, "other")
        assert stage.scan().state == "ok"
        server.__exit__()
        waits = []
        stage.connect_timeout = 1.0
        with hole(port):
            for _ in range(3):
                ill, well = stage.scan_all(HOUR)
                assert (ill.state, well.state) == ("failed", "unchanged")
                assert words in (ill.error or "")
                assert stage.due is not None
                waits.append(stage.due - stage.now)
        assert waits[0] < waits[1] < waits[2], "each wait is longer"
        assert all(step % timedelta(minutes=5) for step in waits), "and none is to the minute: jitter"
        stage.connect_timeout = 10.0
        with Server(serve(oai(1, 2)), port=port):
            assert stage.scan().state == "ok"
        assert (stage.titles(), stage.owed()) == (titles(1, 2, 8), [])


@pytest.mark.case("1")
def test_a_name_that_has_no_address(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_address(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    stage.watch("oai", "http://repo.example/oai")
    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", no_address)
        done = stage.scan()
    assert (done.state, done.error) == ("failed", "no address found for repo.example")
    assert len(stage.owed()) == 1


# --- where an answer comes from ------------------------------------------------------------------


@pytest.mark.case("10")
def test_a_move_for_good_is_told_after_three_sightings_and_followed_all_along(stage: Stage) -> None:
    with Server(serve(rss(1))) as new, Server(lambda exchange: to(f"{new.url}/feed", 301)) as old:
        stage.watch("feed", old.url)
        told = []
        for _ in range(3):
            assert stage.scan().state in ("ok", "unchanged")
            told.append(stage.health()["moved_to"])
        assert told == [None, None, f"{new.url}/feed"]
        old.script = always(to(f"{new.url}/elsewhere", 302))
        assert stage.scan().state in ("ok", "unchanged")
        assert stage.health()["moved_to"] is None, "a detour is no move"
    assert stage.titles() == titles(1)


@pytest.mark.case("13")
def test_a_name_that_turns_out_to_be_this_machine(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is looked up once, and the address that was judged is the one that is called."""
    answers = [("93.184.216.34", 80), ("127.0.0.1", 80)]
    asked = []

    def rebinding(*_: object, **__: object) -> list[Any]:
        asked.append(answers[len(asked)])
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", asked[-1])]

    def connect(self: socket.socket, address: Any) -> None:
        raise ConnectionRefusedError

    stage.watch("feed", "http://journal.example/rss", allow_private=False)
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket.socket, "connect", connect)
    assert stage.scan().state == "failed"
    assert len(asked) == 1, "not looked up again between check and call"
    done = stage.scan(2 * DAY)
    assert (done.state, "127.0.0.1 is private or reserved" in (done.error or "")) == ("blocked", True)


@pytest.mark.case("14")
@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x.example/", "gopher://x.example/", "data:text/xml,"])
def test_an_address_off_the_web_is_a_mistake_of_feeds_yaml(tmp_path: Path, url: str) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text(f"feeds:\n  one:\n    kind: feed\n    url: '{url}'\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"line 4.* is not an address that begins with https:// or http://"):
        config.load(file, kinds=sources.kinds(), kind=sources.load, outputs=(), env={})


@pytest.mark.case("15")
def test_what_is_secret_in_an_address_stays_out_of_the_ledger(stage: Stage) -> None:
    with Server(always(answer(500))) as server:
        stage.watch("feed", server.url.replace("http://", "http://reader:opensesame@"))
        assert stage.scan().state == "failed"
        assert server.seen[0].headers["authorization"].startswith("Basic ")
    rows = stage.store.connection.rows("SELECT * FROM fetches")
    assert "opensesame" not in str([dict(row) for row in rows])


@pytest.mark.case("15")
def test_what_is_secret_in_an_address_stays_out_of_the_store(stage: Stage) -> None:
    """Analysts read its tables."""
    pages: dict[str, bytes | Sequence[bytes]] = {"": oai(1, total=2, token="next"), "next": b""}
    with Server(serve(rss(1), ETag='"1"')) as listing, Server(by_token(pages)) as archive:
        stage.watch("feed", listing.url.replace("http://", "http://reader:opensesame@"))
        stage.watch("oai", archive.url.replace("http://", "http://reader:opensesame@"), "two")
        assert [f.state for f in stage.scan_all()] == ["ok", "failed"]
        assert [f.state for f in stage.scan_all(HOUR)] == ["unchanged", "failed"]
        assert all(exchange.headers["authorization"] for exchange in (*listing.seen, *archive.seen))
    for table in ("feeds", "validators", "windows", "fetches", "entries", "hosts"):
        rows = stage.store.connection.rows(f"SELECT * FROM {table}")
        assert rows
        assert "opensesame" not in str([dict(row) for row in rows])


@pytest.mark.case("16")
@pytest.mark.parametrize("headers", [{}, {"ETag": '"1"'}, {"Last_Modified": "Mon, 20 Jul 2026 00:00:00 GMT"}])
def test_the_same_again_is_unchanged_however_the_server_says_so(stage: Stage, headers: dict[str, str]) -> None:
    tags = iter(range(99))

    def script(exchange: Exchange) -> bytes:
        if "if-none-match" in exchange.headers and "ETag" in headers:
            return answer(304)
        return ok(rss(1), **(headers or {"ETag": f'"changing-{next(tags)}"'}))

    with Server(script) as server:
        stage.watch("feed", server.url)
        assert [stage.scan().state for _ in range(3)] == ["ok", "unchanged", "unchanged"]
        server.script = always(answer(304))
        stage.watch("feed", f"{server.url}/other", "other")
        assert stage.scan_all()[1].state == "failed", "a 304 to a question without a condition is no answer"
        server.script = serve(rss(1, 2))
        stage.scan(2 * DAY)
    assert stage.titles() == titles(1, 2)


# --- servers that want to be left alone ----------------------------------------------------------


def in_an_hour() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


@pytest.mark.case("17")
@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("7200", 2 * HOUR, 2.1 * HOUR),
        (in_an_hour, 0.9 * HOUR, 1.1 * HOUR),
        ("315360000", DAY, 1.1 * DAY),
        ("-5", timedelta(minutes=5), timedelta(minutes=7)),
        ("soon", timedelta(minutes=5), timedelta(minutes=7)),
    ],
    ids=["seconds", "date", "ten-years", "negative", "garbage"],
)
def test_retry_after_is_kept_up_to_a_day_for_the_whole_host(
    stage: Stage, value: str | Callable[[], str], least: timedelta, most: timedelta
) -> None:
    said = value if isinstance(value, str) else value()  # of now, and not of when the tests were collected
    with Server(always(answer(503, Retry_After=said))) as server:
        stage.watch("oai", server.url)
        stage.watch("feed", f"{server.url}/rss", "two")
        first, second = stage.scan_all()
        assert (first.state, second.state) == ("throttled", "throttled")
        assert stage.due is not None
        assert least <= stage.due - stage.now <= most
        asked_twice = len(server.seen) == 2
        assert asked_twice == (least < 0.5 * HOUR), "the other feed of the host keeps the peace too"


@pytest.mark.case("17")
def test_the_wish_to_be_left_alone_outlives_the_run(stage: Stage) -> None:
    now = [1_000_000.0]
    HostPace(stage.store.connection, lambda: now[0]).rest("repo.example", 3_600)
    now[0] += 1_800
    assert HostPace(stage.store.connection, lambda: now[0]).resting("repo.example") == 1_800


@pytest.mark.case("18")
@pytest.mark.parametrize(("status", "sightings", "words"), [(410, 1, "gone for good"), (404, 5, "5 times in a row")])
def test_a_feed_that_is_gone_is_stopped_with_the_reason(stage: Stage, status: int, sightings: int, words: str) -> None:
    with Server(always(answer(status))) as server:
        stage.watch("feed", server.url)
        for _ in range(9):
            stage.scan()
        assert len(server.seen) == sightings
        assert words in stage.health()["last_error"]
        assert stage.health()["status"] == "failed", "it stays an alarm"
        server.script = serve(rss(1))
        assert stage.scan(insist=True).state == "ok"
    assert (stage.titles(), stage.health()["stopped"]) == (titles(1), 0)


@pytest.mark.case("18")
def test_refusals_make_no_storm_and_stop_the_feed(stage: Stage) -> None:
    with Server(always(answer(403))) as server:
        stage.watch("oai", server.url)
        for _ in range(9 * 24):
            if stage.store.ledger.due(stage.feeds, stage.now + HOUR):
                stage.scan(HOUR)
            else:
                stage.now += HOUR
        assert len(server.seen) == 3, "once a day, three times"
        assert "403" in stage.health()["last_error"]


@pytest.mark.case("20")
def test_two_processes_keep_the_pace_of_a_host(stage: Stage) -> None:
    """Two that hold the same store book their slots there; the second run itself ends with 5 (tests/cli)."""
    one, other = (HostPace(stage.store.connection, lambda: 1_000.0) for _ in range(2))
    waits: list[float] = []
    threads = [threading.Thread(target=lambda p=p: waits.append(p.reserve("arxiv.org", 3.0))) for p in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [0.0, 3.0]


# --- clocks --------------------------------------------------------------------------------------


@pytest.mark.case("21")
@pytest.mark.parametrize("jump", [-DAY, -HOUR, 30 * DAY, datetime(1970, 1, 1, tzinfo=UTC) - NOW], ids=str)
def test_a_clock_that_jumps_and_comes_back_misses_nothing(stage: Stage, jump: timedelta) -> None:
    """What is asked for after the jump covers all the time since the last good run before it."""
    with Server(serve(oai(1))) as server:
        stage.watch("oai", server.url)
        stage.scan()
        before = stage.now
        stage.scan(jump)
        stage.now = before
        server.script = serve(oai(1, 2))
        assert stage.store.ledger.due(stage.feeds, before + 3 * DAY) == stage.feeds
        done = stage.scan(3 * DAY)
        assert done.window is not None
        assert done.window.since <= before
        assert done.window.until == stage.now
    assert (stage.titles(), stage.owed()) == (titles(1, 2), [])
