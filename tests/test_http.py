"""The way out to feeds, against real servers on the loopback address."""

from __future__ import annotations

import base64
import contextlib
import gzip
import ipaddress
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from servers.scripted import BODY, Exchange, Script, Server, always, answer, by_path, ok

from monitor.errors import FetchError
from monitor.http import Client, pace_key, retry_after
from monitor.http.line import is_disguised, is_public
from monitor.types import Key, Request, Response, Validators

NOW = datetime(2026, 7, 20, 12, 0, tzinfo=UTC)


class MemoryPacer:
    """The pacer that the store has, without the store."""

    def __init__(self) -> None:
        self.next: dict[str, float] = {}
        self.rests: dict[str, float] = {}
        self.calls: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def reserve(self, host: str, pace: float) -> float:
        with self._lock:
            self.calls.append(("reserve", host))
            now = time.monotonic()
            slot = max(now, self.next.get(host, now))
            self.next[host] = slot + pace
            return slot - now

    def settle(self, host: str, pace: float) -> None:
        with self._lock:
            self.calls.append(("settle", host))
            self.next[host] = max(self.next[host], time.monotonic() + pace)

    def rest(self, host: str, seconds: float) -> None:
        self.rests[host] = time.monotonic() + seconds

    def resting(self, host: str) -> float:
        return max(0.0, self.rests.get(host, 0.0) - time.monotonic())


@contextlib.contextmanager
def client(**options: Any) -> Iterator[Client]:
    with Client(options.pop("pacer", MemoryPacer()), user_agent="monitor-test/1", **options) as made:
        yield made


def fetch(url: str, validators: Validators | None = None, *, allow_private: bool = True, **options: Any) -> Response:
    with client(**options) as made:
        return made.get(Request(url), pace=0, allow_private=allow_private, validators=validators)


def refused(url: str, *, allow_private: bool = True, **options: Any) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(url, allow_private=allow_private, **options)
    return caught.value


def resolver(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    """Let every name resolve to the first address, then the next, and stay with the last."""
    left = list(addresses)

    def look_up(*_: object, **__: object) -> list[Any]:
        address = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 0, "", address)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


# --- what comes back -----------------------------------------------------------------------------


def test_the_document_comes_with_its_type_address_and_validators() -> None:
    script = always(
        ok(Content_Type="text/xml; charset=utf-8", ETag='"a"', Last_Modified="Mon, 20 Jul 2026 00:00:00 GMT")
    )
    with Server(script) as server:
        response = fetch(f"{server.url}/feed?page=1#top")
    assert response.body == BODY
    assert response.url == f"{server.url}/feed?page=1"
    assert response.content_type == "text/xml; charset=utf-8"
    assert response.validators.etag == '"a"'
    assert response.validators.last_modified == "Mon, 20 Jul 2026 00:00:00 GMT"
    assert response.validators.body_sha256 is not None
    assert not response.unchanged


def test_the_request_says_who_asks_and_what_for() -> None:
    with Server(always(ok())) as server, client() as made:
        made.get(Request(server.url, accept="application/atom+xml"), pace=0, allow_private=True)
        sent = server.seen[0].headers
    assert sent == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": "monitor-test/1",
        "accept": "application/atom+xml",
        "accept-encoding": "gzip",
    }


@pytest.mark.parametrize(
    "data",
    [
        ok(gzip.compress(BODY), Content_Encoding="gzip"),
        ok(gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]), Content_Encoding="X-GZIP"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"
        + BODY[:5]
        + b"\r\n30\r\n"
        + BODY[5:]
        + b"\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n" + BODY,
        b"HTTP/1.1 100 Continue\r\n\r\n" + ok(),
    ],
    ids=["gzip", "gzip of two members", "chunked", "no length", "after a 100"],
)
def test_the_ways_to_send_a_body(data: bytes) -> None:
    with Server(always(data)) as server:
        assert fetch(server.url).body == BODY


@settings(max_examples=10)
@given(body=st.binary(max_size=200_000), level=st.integers(0, 9))
def test_any_bytes_survive_compression(body: bytes, level: int) -> None:
    with Server(always(ok(gzip.compress(body, level), Content_Encoding="gzip"))) as server:
        assert fetch(server.url).body == body


@settings(max_examples=30)
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=200).map(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail)))
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab")
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\nConnection: close\r\n\r\nab")
@example(b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n")
@example(b"HTTP/1.1 302 Found\r\nLocation: http://a..b/\r\n\r\n")
def test_whatever_a_server_says_ends_in_a_response_or_a_fetch_error(data: bytes) -> None:
    def script(exchange: Exchange) -> None:
        exchange.send(data)

    with Server(script) as server, contextlib.suppress(FetchError):
        assert isinstance(fetch(server.url, deadline=2), Response)


# --- asking whether it has changed ---------------------------------------------------------------


def test_a_304_keeps_the_old_validators() -> None:
    old = Validators('"a"', "Mon, 20 Jul 2026 00:00:00 GMT", "0" * 64)
    with Server(always(answer(304, ETag='"b"'))) as server:
        response = fetch(server.url, old)
        sent = server.seen[0].headers
    assert (sent["if-none-match"], sent["if-modified-since"]) == (old.etag, old.last_modified)
    assert response == Response(server.url, b"", validators=old, unchanged=True)


def test_a_304_that_nobody_asked_for_is_a_failure() -> None:
    with Server(always(answer(304))) as server:
        assert refused(server.url).state == "failed"
        with pytest.raises(FetchError, match="304 Not Modified"):
            fetch(server.url, Validators(body_sha256="0" * 64))


@pytest.mark.parametrize("etag", [b'\x0b"a"', b'\xa0"a"', b'"a\x00"', b'\x1c"a"'])
def test_a_validator_that_cannot_be_sent_back_is_left_out(etag: bytes) -> None:
    """`requests` refuses to send it, which was told as a host that cannot be reached, at every fetch from then on."""
    with Server(always(ok().replace(b"\r\n", b"\r\nETag: " + etag + b"\r\n", 1))) as server:
        first = fetch(server.url)
        assert fetch(server.url, first.validators).unchanged
        assert "if-none-match" not in server.seen[1].headers


def test_the_same_bytes_are_unchanged_even_under_a_new_etag() -> None:
    count = iter(range(9))
    with Server(lambda exchange: ok(ETag=f'"{next(count)}"')) as server:
        first = fetch(server.url)
        second = fetch(server.url, first.validators)
    assert (second.unchanged, second.body) == (True, b"")
    assert second.validators == Validators('"1"', None, first.validators.body_sha256)


def test_other_bytes_are_a_change() -> None:
    with Server(always(ok())) as server:
        response = fetch(server.url, Validators('"a"', None, "0" * 64))
    assert (response.unchanged, response.body) == (False, BODY)


# --- refusals of the server ----------------------------------------------------------------------


STATES = {
    "failed": (300, 400, 404, 410, 500, 502, 599),
    "blocked": (401, 403, 451),
    "throttled": (429, 503),
}


@pytest.mark.parametrize(("status", "state"), [(status, state) for state, all_ in STATES.items() for status in all_])
def test_each_status_has_its_state(status: int, state: str) -> None:
    with Server(always(answer(status, b"a page for people"))) as server:
        error = refused(server.url)
    assert error.state == state
    assert str(error).startswith(f"127.0.0.1:{server.port} answered {status}")
    assert error.status == status
    assert error.retry_after is None


def test_a_throttled_client_is_told_for_how_long() -> None:
    with Server(always(answer(429, Retry_After="120"))) as server:
        assert refused(server.url).retry_after == 120
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("1.5", 1.5),
        ("-3", None),
        ("soon", None),
        ("", None),
        ("²", None),
        ("999999999999", 86_400),
        ("9" * 5000, 86_400),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300),
        ("Mon, 20 Jul 2026 12:05:00 -0000", 300),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), None),
        (format_datetime(NOW + timedelta(days=3650), usegmt=True), 86_400),
        ("Mon, 32 Jul 2026 12:05:00 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.one_of(st.text(), st.from_regex(r"\A[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}\Z")))
@example("0\x1f")
def test_retry_after_is_never_out_of_bounds(value: str) -> None:
    seconds = retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= 86_400


# --- answers that are cut, damaged, too long -----------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\nConnection: close\r\n\r\n" + BODY, "ended early"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n10\r\n<rss>", "ended early"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\n<rss>\r\n", "ended early"),
        (ok(gzip.compress(BODY)[:-12], Content_Encoding="gzip"), "ended early"),
        (ok(gzip.compress(BODY)[:-8] + b"\0" * 8, Content_Encoding="gzip"), "cannot be decompressed"),
        (ok(Content_Encoding="gzip"), "cannot be decompressed"),
        (ok(zlib.compress(BODY), Content_Encoding="br"), "the encoding 'br', which was not asked for"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + b"X: y\r\n" * 200 + b"\r\n", "not proper HTTP, or its headers"),
        (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
            "not proper HTTP, or its headers",
        ),
        (b"220 mail.example ESMTP\r\nConnection: close\r\n", "not proper HTTP"),
    ],
)
def test_a_broken_answer_is_a_failure(data: bytes, reason: str) -> None:
    with Server(always(data)) as server:
        error = refused(server.url)
    assert (error.state, reason in str(error)) == ("failed", True), str(error)
    assert f"127.0.0.1:{server.port}" in str(error)


def test_a_connection_that_closes_at_once() -> None:
    with Server(lambda exchange: None) as server:
        assert "closed the connection without an answer" in str(refused(server.url))


def test_an_endless_body_is_cut_at_the_cap() -> None:
    def script(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            exchange.send(b"<item/>" * 10_000)

    with Server(script) as server:
        assert (
            str(refused(server.url, most_bytes=2**20)) == f"the answer of 127.0.0.1:{server.port} is longer than 1 MiB"
        )


def test_a_compressed_bomb_is_cut_at_the_cap_of_decoded_bytes() -> None:
    bomb = gzip.compress(b"\0" * 16 * 2**20, 9)
    with Server(always(ok(bomb, Content_Encoding="gzip"))) as server:
        assert "longer than 1 MiB" in str(refused(server.url, most_bytes=2**20))
        assert len(fetch(server.url, most_bytes=16 * 2**20).body) == 16 * 2**20


# --- the deadline --------------------------------------------------------------------------------


def drip_body(exchange: Exchange) -> None:
    close = "Connection: close\r\n" if exchange.path == "/close" else ""
    exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n{close}\r\n".encode())
    exchange.drip(b"x" * 400)


def drip_nameless_body(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.0 200 OK\r\n\r\n")
    exchange.drip(b"x" * 400)


def drip_headers(exchange: Exchange) -> None:
    exchange.drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 90)


def stay_silent(exchange: Exchange) -> None:
    exchange.line.recv(1)


def late(url: str, made: Client) -> None:
    begin = time.monotonic()
    with pytest.raises(FetchError, match=r"timed out after 0\.[24] s") as caught:
        made.get(Request(url), pace=0, allow_private=True)
    assert caught.value.state == "failed"
    assert time.monotonic() - begin < 1.5


@pytest.mark.parametrize("path", ["/keep", "/close"])
@pytest.mark.parametrize("script", [drip_body, drip_nameless_body, drip_headers, stay_silent])
def test_a_slow_answer_ends_at_the_deadline(script: Script, path: str) -> None:
    with Server(script) as server, client(deadline=0.2) as made:
        late(server.url + path, made)


@pytest.mark.parametrize("path", ["/keep", "/close"])
@pytest.mark.parametrize("script", [drip_body, drip_headers])
def test_a_slow_answer_on_a_kept_connection_ends_at_the_deadline(script: Script, path: str) -> None:
    with (
        Server(lambda exchange: ok() if exchange.path == "/quick" else script(exchange)) as server,
        client(deadline=0.4) as made,
    ):
        made.get(Request(f"{server.url}/quick"), pace=0, allow_private=True)
        late(server.url + path, made)
        assert server.connections == 1


def test_the_deadline_is_read_from_the_clock_that_was_given() -> None:
    ticks = iter([0.0, 0.0, 0.0, *[61.0] * 99])
    with Server(always(ok())) as server:
        assert "timed out after 60 s" in str(refused(server.url, clock=lambda: next(ticks)))


def test_a_host_that_does_not_take_the_call() -> None:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # once the queue is full, the kernel drops further calls without a word
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        error = refused(url, connect_timeout=0.2)
    assert str(error).startswith("connecting to 127.0.0.1:")
    assert str(error).endswith(" timed out after 0.2 s")


# --- hosts that cannot be reached ----------------------------------------------------------------


def test_a_closed_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = refused(f"http://127.0.0.1:{port}/")
    assert (str(error), error.state) == (f"connection refused by 127.0.0.1:{port}", "failed")


def test_a_name_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert str(refused("http://feeds.example/")) == "no address found for feeds.example"
    assert str(refused("http://a..b/")) == "no address found for a..b"


def test_the_next_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(always(ok())) as server, socket.create_server(("127.0.0.1", 0)) as closed:
        dead = closed.getsockname()
        closed.close()
        both = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", address) for address in (dead, ("127.0.0.1", server.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
        assert fetch("http://feeds.example/").body == BODY


# --- the address guard ---------------------------------------------------------------------------

PRIVATE = """
    0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.8.8.8 169.254.169.254 172.16.0.1 192.0.0.1 192.0.2.1 192.168.1.1
    198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255
    :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1
    2001::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1 fc00::1 fd12::1 fe80::1 fe80::1%2 fec0::1 ff02::1
"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "151.101.3.42", "2606:4700::6810:84e5", "64:ff9b::808:808"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_wrapping_makes_an_address_public(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    assert is_public(str(ipaddress.IPv6Address((0x64FF9B << 96) | number))) == is_public(str(address))
    for wrapped in ((0xFFFF << 32) | number, number, (0x2002 << 112) | (number << 80)):
        assert not is_public(str(ipaddress.IPv6Address(wrapped)))
    if address.is_private:
        assert not is_public(str(address))


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "134744072", "0"])
def test_disguised_addresses(host: str) -> None:
    assert is_disguised(host)
    error = refused(f"http://{host}/", allow_private=False)
    assert error.state == "blocked"


@pytest.mark.parametrize("host", ["127.0.0.1", "8.8.8.8", "example.org", "1.example", "::1", ""])
def test_plain_hosts_are_not_disguised(host: str) -> None:
    assert not is_disguised(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:127.0.0.1]"]
)
def test_a_feed_on_a_private_address_is_refused_unless_allowed(host: str) -> None:
    error = refused(f"http://{host}:9/", allow_private=False)
    assert error.state == "blocked"
    assert "private or reserved" in str(error)


def test_a_name_that_leads_to_a_private_address_is_refused_before_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(always(ok())) as server:
        resolver(monkeypatch, ("127.0.0.1", server.port))
        error = refused("http://feeds.example/", allow_private=False)
        assert (error.state, server.connections) == ("blocked", 0)


def test_a_name_is_looked_up_once_for_check_and_call(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(always(ok())) as server:
        resolver(monkeypatch, ("127.0.0.1", server.port), ("127.0.0.1", 9))
        assert fetch("http://feeds.example/").body == BODY


def test_a_kept_connection_is_judged_again() -> None:
    with Server(always(ok())) as server, client() as made:
        made.get(Request(server.url), pace=0, allow_private=True)
        with pytest.raises(FetchError, match="private or reserved"):
            made.get(Request(server.url), pace=0)
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://feeds.example/x",
        "gopher://feeds.example/",
        "data:text/plain,hello",
        "feeds.example",
    ],
)
def test_only_the_web_is_fetched(url: str) -> None:
    error = refused(url)
    assert error.state == "blocked"
    assert "only http and https are fetched" in str(error)


def test_an_address_that_cannot_be_read_is_not_repeated() -> None:
    error = refused("http://reader:hidden@[feeds.example/")
    assert (str(error), error.__cause__) == ("the address is not a valid URL", None)


# --- redirects -----------------------------------------------------------------------------------


@pytest.mark.parametrize("also", [(), (422,)])
def test_a_refusal_is_read_where_it_brings_a_document(also: tuple[int, ...]) -> None:
    with Server(always(answer(422, b"<error/>"))) as server, client() as made:
        request = Request(server.url, also=also)
        if also:
            assert made.get(request, pace=0, allow_private=True).body == b"<error/>"
        else:
            with pytest.raises(FetchError, match="answered 422"):
                made.get(request, pace=0, allow_private=True)


def to(location: str, status: int = 302) -> bytes:
    return answer(status, b"moved", Location=location)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(status: int) -> None:
    with Server(by_path(start=to("new?x=1", status), new=ok())) as server:
        response = fetch(server.url)
    assert (response.url, response.body) == (f"{server.url}/new?x=1", BODY)


def test_validators_travel_with_a_redirect() -> None:
    with Server(by_path(start=to("/new"), new=answer(304))) as server:
        assert fetch(server.url, Validators('"a"')).unchanged
        assert server.seen[1].headers["if-none-match"] == '"a"'


def test_the_body_of_a_redirect_is_not_read() -> None:
    def script(exchange: Exchange) -> bytes | None:
        if exchange.path == "/new":
            return ok()
        exchange.send(b"HTTP/1.1 302 Found\r\nLocation: /new\r\n\r\nmoved")
        stay_silent(exchange)
        return None

    begin = time.monotonic()
    with Server(script) as server:
        assert fetch(server.url, deadline=4).body == BODY
    assert time.monotonic() - begin < 2


def test_a_redirect_in_a_circle() -> None:
    with Server(by_path(start=to("/a"), a=to("/b"), b=to("/a"))) as server:
        assert "redirects in a circle" in str(refused(server.url))
        assert len(server.seen) == 3


def test_too_many_redirects() -> None:
    with Server(lambda exchange: to(f"{exchange.path}a")) as server:
        assert "redirects more than 5 times" in str(refused(server.url))
        assert len(server.seen) == 6


def test_a_redirect_to_nowhere() -> None:
    with Server(always(answer(302))) as server:
        assert "without saying where to" in str(refused(server.url))


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://feeds.example/", "javascript:alert(1)"])
def test_a_redirect_off_the_web(target: str) -> None:
    with Server(always(to(target))) as server:
        assert refused(server.url).state == "blocked"


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "localhost", "2130706433", "[::ffff:10.0.0.1]"])
def test_a_redirect_to_another_private_host_is_refused_even_when_the_feed_may_be_private(host: str) -> None:
    with Server(always(to(f"http://{host}:9/latest/meta-data"))) as server:
        error = refused(server.url)
    assert error.state == "blocked"
    assert "private or reserved" in str(error)


def test_a_public_host_cannot_lead_to_its_own_private_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name first points to a public address (played by 127.0.0.1), and then to a private one."""
    if not socket.has_dualstack_ipv6():
        pytest.skip("there is no IPv6 on this machine")
    monkeypatch.setattr("monitor.http.line.is_public", lambda address: address == "127.0.0.1")
    with (
        Server(always(answer(302, Location="/inside", Connection="close"))) as outside,
        Server(always(ok()), host="::1") as inside,
    ):
        resolver(monkeypatch, ("127.0.0.1", outside.port), ("::1", inside.port))
        assert refused("http://feeds.example/").state == "blocked"
        assert (len(outside.seen), inside.connections) == (1, 0)


# --- moves and rests -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "moved"),
    [(301, 308, "/there"), (301, 302, "/here"), (302, 301, None), (307, 307, None)],
)
def test_where_permanent_redirects_alone_led(first: int, second: int, moved: str | None) -> None:
    with Server(by_path(start=to("/here", first), here=to("/there", second), there=ok())) as server:
        response = fetch(server.url)
    assert response.moved == (moved and f"{server.url}{moved}")
    assert response.url == f"{server.url}/there"


def test_a_host_that_wants_to_be_left_alone_is_not_asked() -> None:
    pacer = MemoryPacer()
    with Server(always(answer(503, Retry_After="3600"))) as server:
        with client(pacer=pacer) as made, pytest.raises(FetchError):
            made.get(Request(server.url), pace=0, allow_private=True)
        with (
            client(pacer=pacer) as made,
            pytest.raises(FetchError, match="left alone for another 60 minutes") as caught,
        ):
            made.get(Request(f"{server.url}/other"), pace=0, allow_private=True)
        assert (caught.value.state, len(server.seen)) == ("throttled", 1)
        assert caught.value.retry_after == pytest.approx(3600, abs=5)


def test_a_short_rest_is_waited_out() -> None:
    slept: list[float] = []
    pacer = MemoryPacer()
    with Server(always(ok())) as server, client(pacer=pacer, sleep=slept.append) as made:
        pacer.rest(pace_key(server.url), 30)
        assert made.get(Request(server.url), pace=0, allow_private=True).body == BODY
    assert slept == [pytest.approx(30, abs=1)]


# --- secrets -------------------------------------------------------------------------------------


def test_credentials_go_to_their_own_host_and_into_no_message() -> None:
    with Server(by_path(start=to("/private"), private=answer(403))) as server:
        error = refused(f"http://reader:p%40ss@127.0.0.1:{server.port}/?key=secret")
        basic = "Basic " + base64.b64encode(b"reader:p@ss").decode()
        assert [exchange.headers.get("authorization") for exchange in server.seen] == [basic, basic]
    assert str(error) == f"127.0.0.1:{server.port} answered 403 Forbidden"


def test_credentials_stay_behind_when_a_redirect_leaves_the_origin() -> None:
    with Server(always(ok())) as other, Server(always(to(f"http://x:y@127.0.0.1:{other.port}/"))) as server:
        response = fetch(f"http://reader:hidden@127.0.0.1:{server.port}/")
        assert "authorization" in server.seen[0].headers
        assert "authorization" not in other.seen[0].headers
    assert response.url == f"{other.url}/"


def test_a_key_in_a_header_stays_behind_when_a_redirect_leaves_the_origin() -> None:
    key = Key("PROVIDER_KEY", header="x-api-key")
    with Server(always(ok())) as other, Server(always(to(f"{other.url}/"))) as server:
        with client(env={"PROVIDER_KEY": "hidden"}) as made:
            made.get(Request(server.url, key=key), pace=0, allow_private=True)
        assert server.seen[0].headers["x-api-key"] == "hidden"
        assert "x-api-key" not in other.seen[0].headers


def test_netrc_and_proxies_are_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login reader password hidden\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    with Server(always(ok())) as server:
        assert fetch(server.url).body == BODY
        assert "authorization" not in server.seen[0].headers


def test_cookies_are_not_kept() -> None:
    with Server(always(ok(Set_Cookie="id=1"))) as server, client() as made:
        for _ in range(2):
            made.get(Request(server.url), pace=0, allow_private=True)
        assert "cookie" not in server.seen[1].headers


def test_addresses_are_not_logged_not_even_with_malformed_headers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with (
        Server(always(b"HTTP/1.1 200 OK\r\nno colon here\r\nConnection: close\r\n\r\n")) as server,
        contextlib.suppress(FetchError),
    ):
        fetch(f"{server.url}/?key=secret")
    assert "secret" not in caplog.text


# --- pace ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://example.org/feed", "example.org"),
        ("http://EXAMPLE.org:80/", "example.org"),
        ("https://example.org:443", "example.org"),
        ("https://example.org:8443/", "example.org:8443"),
        ("https://www.example.org/", "www.example.org"),
        ("http://reader:hidden@example.org./", "example.org"),
        ("http://[::1]:8000/", "::1:8000"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://arxiv.org/", "arxiv.org"),
        ("http://export.arxiv.org/api/query?x", "arxiv.org"),
        ("https://rss.arxiv.org:8443/rss/cs", "arxiv.org"),
        ("https://OAIPMH.arXiv.org/oai", "arxiv.org"),
        ("https://www.arxiv.org./", "arxiv.org"),
        ("https://notarxiv.org/", "notarxiv.org"),
        ("https://arxiv.org.example/", "arxiv.org.example"),
    ],
)
def test_pace_key(url: str, key: str) -> None:
    assert pace_key(url) == key


def test_requests_to_a_host_keep_their_distance_on_the_clock_of_the_server() -> None:
    done: list[float] = []

    def script(exchange: Exchange) -> bytes:
        time.sleep(0.05)
        done.append(time.monotonic())
        return to("/b") if exchange.path == "/a" else ok()

    with Server(script) as server, client() as made, ThreadPoolExecutor(2) as threads:
        asked = [
            threads.submit(made.get, Request(server.url + path), pace=0.2, allow_private=True) for path in ("/a", "/c")
        ]
        assert [future.result().body for future in asked] == [BODY, BODY]
    gaps = [exchange.at - end for end, exchange in zip(done, server.seen[1:], strict=False)]
    assert len(gaps) == 2
    assert min(gaps) >= 0.2
    assert server.most_at_once == 1


def test_hosts_do_not_wait_for_each_other() -> None:
    meeting = threading.Barrier(2, timeout=5)

    def script(exchange: Exchange) -> bytes:
        meeting.wait()
        return ok()

    with Server(script) as one, Server(script) as two, client() as made, ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(made.get, Request(s.url), pace=9, allow_private=True) for s in (one, two)]
        assert [future.result().body for future in asked] == [BODY, BODY]


def test_the_wait_is_slept_and_the_end_is_told_whatever_comes() -> None:
    pacer = MemoryPacer()
    slept: list[float] = []
    with Server(always(answer(500))) as server:
        pacer.next[f"127.0.0.1:{server.port}"] = time.monotonic() + 60
        refused(server.url, pacer=pacer, sleep=slept.append)
        key = f"127.0.0.1:{server.port}"
    assert pacer.calls == [("reserve", key), ("settle", key)]
    assert slept == [pytest.approx(60, abs=1)]


def test_a_wait_that_is_broken_off_ends_without_a_request() -> None:
    pacer, stop = MemoryPacer(), threading.Event()
    stop.set()
    with Server(always(ok())) as server:
        pacer.next[f"127.0.0.1:{server.port}"] = time.monotonic() + 60
        assert "told to stop while waiting" in str(refused(server.url, pacer=pacer, sleep=stop.wait))
        assert server.connections == 0


def test_one_connection_serves_many_requests() -> None:
    with Server(always(ok())) as server, client() as made:
        for _ in range(3):
            made.get(Request(server.url), pace=0, allow_private=True)
        assert [exchange.connection for exchange in server.seen] == [1, 1, 1]


def test_a_connection_that_the_server_gave_up_is_made_anew() -> None:
    def script(exchange: Exchange) -> None:
        exchange.send(ok())  # promises to stay, and goes

    with Server(script) as server, client() as made:
        for _ in range(2):
            assert made.get(Request(server.url), pace=0, allow_private=True).body == BODY
            time.sleep(0.05)
        assert server.connections == 2


def test_only_so_many_connections_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.http.MOST_SESSIONS", 1)
    with Server(always(ok())) as one, Server(always(ok())) as two, client() as made:
        for server in (one, two, one):
            made.get(Request(server.url), pace=0, allow_private=True)
        assert (one.connections, two.connections) == (2, 1)


def test_hosts_of_one_pace_key_share_one_open_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(always(ok())) as server, client() as made:
        resolver(monkeypatch, ("127.0.0.1", server.port))
        for host in ("export", "rss", "rss"):
            made.get(Request(f"http://{host}.arxiv.org/"), pace=0, allow_private=True)
        assert [exchange.connection for exchange in server.seen] == [1, 2, 2]


# --- TLS -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a file with a self-signed certificate for a host, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command is not installed")
    folder = tmp_path_factory.mktemp("certificates")

    def make(name: str, subject: str, days: int = 2) -> Path:
        file, key = folder / f"{name}.pem", folder / f"{name}.key"
        create = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=invented"
        create += f" -addext subjectAltName={subject} -keyout {key} -out {file}"
        date = f"x509 -in {file} -signkey {key} -days {days} -out {file}"
        if not file.exists():
            for command in (create, date):
                subprocess.run([openssl, *command.split()], check=True, capture_output=True)
            file.write_text(file.read_text() + key.read_text())
        return file

    return make


def secure(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_certificate_of_a_trusted_authority(
    certificate: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = certificate("good", "IP:127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(good))
    with Server(always(ok()), tls=secure(good)) as server, client() as made:
        for _ in range(2):
            assert made.get(Request(server.url), pace=0, allow_private=True).body == BODY
        assert server.connections == 1


def test_a_self_signed_certificate(certificate: Callable[..., Path]) -> None:
    with Server(always(ok()), tls=secure(certificate("good", "IP:127.0.0.1"))) as server:
        error = refused(server.url)
    assert error.state == "failed"
    assert str(error) == f"the certificate of 127.0.0.1:{server.port} is not valid: self-signed certificate"


@pytest.mark.parametrize(
    ("name", "subject", "days", "reason"),
    [("other", "DNS:feeds.example", 2, "mismatch"), ("expired", "IP:127.0.0.1", -1, "certificate has expired")],
)
def test_a_certificate_for_another_host_or_time(
    certificate: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, name: str, subject: str, days: int, reason: str
) -> None:
    file = certificate(name, subject, days)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with Server(always(ok()), tls=secure(file)) as server:
        error = refused(server.url)
    assert "is not valid: " in str(error)
    assert reason in str(error)


def greet(data: bytes, gap: float) -> tuple[str, threading.Thread]:
    """The address of a server that takes one call, and opens the conversation byte by byte."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        line, _ = listener.accept()
        with listener, line, contextlib.suppress(OSError):
            for byte in data:
                line.sendall(bytes([byte]))
                time.sleep(gap)
            line.recv(65_536)

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    return f"https://127.0.0.1:{listener.getsockname()[1]}/", thread


def test_a_server_that_speaks_no_tls() -> None:
    url, thread = greet(answer(400), 0)
    assert str(refused(url)).startswith("the secure connection to 127.0.0.1:")
    thread.join(5)


def test_a_redirect_from_https_to_http(certificate: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    good = certificate("good", "IP:127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(good))
    with Server(always(ok())) as plain, Server(always(to(plain.url)), tls=secure(good)) as server:
        error = refused(server.url)
        assert (error.state, plain.connections) == ("blocked", 0)
    assert "from https to http" in str(error)


@pytest.mark.parametrize("script", [drip_body, drip_headers])
def test_a_slow_answer_over_tls_ends_at_the_deadline(
    script: Script, certificate: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = certificate("good", "IP:127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(good))
    with Server(script, tls=secure(good)) as server, client(deadline=0.2) as made:
        late(f"{server.url}/close", made)


def test_a_slow_handshake_ends_at_the_deadline() -> None:
    record = b"\x16\x03\x03\x40\x00" + b"\2" * 60  # of 16,384 bytes, as it says
    url, thread = greet(record, 0.05)
    with client(deadline=0.2) as made:
        late(url, made)
    thread.join(5)
