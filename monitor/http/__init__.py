"""The only way out to feeds: pace per host, deadline and size cap per answer, conditional requests, address guard.

Each pace key has a `requests.Session`, so that one connection to its hosts is open at a time. `requests` and urllib3
speak HTTP and TLS and keep connections; what they would do of their own accord (follow redirects, read .netrc and
proxy variables, keep cookies) is switched off in `monitor.http.line`, which also watches their connections.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import http.client
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol, Self, TypeGuard
from urllib.parse import unquote_to_bytes, urljoin

import requests
from requests.auth import HTTPBasicAuth
from urllib3.util import Url, parse_url

from monitor.errors import FetchError
from monitor.http import allowance, keys
from monitor.http.line import FOREIGN, Session, Watch, authorities, root
from monitor.types import Request, Response, Validators

PIECE = 65_536
"""Most bytes, once decompressed, taken over at a time."""
LONGEST_REST = 86_400.0
"""Seconds: the longest Retry-After that is believed."""
MOST_SESSIONS = 16
"""Sessions, of one connection each, that are kept for the next request."""
PORTS = {"http": http.client.HTTP_PORT, "https": http.client.HTTPS_PORT}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
SHORT_REST = 60.0
"""Seconds of a host's wish to be left alone that are waited out; for longer ones the request is not made."""
THROTTLED = frozenset({429, 503})
BLOCKED = frozenset({401, 403, 451})


class Pacer(Protocol):
    """Keeps the time between two requests to one host, across threads and restarts."""

    def reserve(self, host: str, pace: float) -> float:
        """Book the next free slot of `host`, durably, and return the seconds to wait for it."""
        ...

    def settle(self, host: str, pace: float) -> None:
        """The exchange has ended, well or not: the next slot is at least `pace` seconds from now."""
        ...

    def rest(self, host: str, seconds: float) -> None:
        """`host` has asked to be left alone for so long: remember it, durably."""
        ...

    def resting(self, host: str) -> float:
        """Seconds for which `host` still wants to be left alone."""
        ...


class Client:
    """Fetches documents, one exchange at a time for each pace key; may be shared by threads.

    `deadline` is the most seconds that one answer may take, from connecting to its last byte, and `most_bytes`
    the most bytes it may have once decompressed. Certificates are checked against the authorities of the system
    (or `SSL_CERT_FILE`) and of certifi. The name look-up alone is limited by nothing but the resolver.

    `sleep` waits so many seconds for a turn. It may be `threading.Event.wait`: a true result means that the wait
    was broken off, and the request, for which it is too early, is not made. `env` holds the keys of providers.
    """

    def __init__(
        self,
        pacer: Pacer,
        *,
        user_agent: str,
        deadline: float = 60.0,
        connect_timeout: float = 10.0,
        most_bytes: int = 15 * 2**20,
        most_redirects: int = 5,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        env: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._pacer = pacer
        self._user_agent = user_agent
        self._deadline = deadline
        self._connect_timeout = connect_timeout
        self._most_bytes = most_bytes
        self._most_redirects = most_redirects
        self._clock = clock
        self._sleep = sleep
        self._env = env
        self._turns: dict[str, threading.Lock] = {}
        trust = functools.cache(authorities)
        self._session = functools.lru_cache(MOST_SESSIONS)(lambda key: Session(trust))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that were kept open."""
        self._session.cache_clear()  # urllib3 closes what nobody refers to any more

    def get(
        self, request: Request, *, pace: float, allow_private: bool = False, validators: Validators | None = None
    ) -> Response:
        """The document at `request.url`; `unchanged` when it is still the one that came with `validators`.

        `pace` is the time in seconds between two requests to one host, those that a redirect leads to included.
        `allow_private` lets the host of `request.url` have an address that is not public; a redirect to another
        host, or one that a public address has sent, is not covered by it. The key that `request` names goes to the
        origin of `request.url` and nowhere else.

        Raises FetchError: `throttled` (429, 503), `blocked` (refused by the server, or by the rules for
        addresses and redirects), `failed` (all else, such as an answer that is late, too long or cut short).
        A host that asked to be left alone (Retry-After) is not asked before, by whatever feed.
        """
        start = url = _checked(request.url)
        secret = keys.find(request.key, self._env, url, private=allow_private)
        headers = self._headers(request, validators)
        visited = {url.url}
        moved: str | None = None
        lasting = True
        for _ in range(self._most_redirects + 1):
            target, sent = url, headers
            if secret and _origin(url) == _origin(start):
                target, sent = secret.signed(url), headers | secret.headers
            answer = self._take_turn(target, sent, pace, allow_private, request)
            if answer.status in BLOCKED and request.key and not secret:
                raise _refusal(url, answer, f"; ${request.key.variable} is not set")
            if answer.status not in REDIRECTS or request.body is not None:
                return replace(_response(url, answer, validators, request.also), moved=moved)
            hop = _hop(start, url, answer.headers.get("location"))
            hop = secret.unsigned(hop) if secret else hop
            lasting = lasting and answer.status in PERMANENT
            moved = _bare(hop) if lasting else moved
            if hop.url in visited:
                raise FetchError(f"{url.netloc} redirects in a circle")
            visited.add(hop.url)
            allow_private = allow_private and hop.host == url.host and not answer.public
            url = hop
        raise FetchError(f"{start.netloc} redirects more than {self._most_redirects} times")

    def _headers(self, request: Request, validators: Validators | None) -> dict[str, str]:
        headers = {"User-Agent": self._user_agent, "Accept": request.accept, "Accept-Encoding": "gzip"}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        if validators and _can_be_sent(validators.etag):
            headers["If-None-Match"] = validators.etag
        if validators and _can_be_sent(validators.last_modified):
            headers["If-Modified-Since"] = validators.last_modified
        return headers

    def _take_turn(self, url: Url, headers: dict[str, str], pace: float, private: bool, request: Request) -> _Answer:
        """One exchange, once nobody else talks to its host and the slot has come."""
        key = _pace_key(url)
        with self._turns.setdefault(key, threading.Lock()):
            if (rest := self._pacer.resting(key)) > SHORT_REST:
                message = f"{url.netloc} has asked to be left alone for another {rest / 60:,.0f} minutes"
                raise FetchError(message, state="throttled", retry_after=rest)
            wait = max(rest, self._pacer.reserve(key, pace))
            if wait > 0 and self._sleep(wait):
                raise FetchError(f"told to stop while waiting for the turn at {url.netloc}")
            try:
                answer = self._exchange(key, url, headers, private, request)
                pace = max(pace, allowance.pace(answer.headers))
                if answer.status in THROTTLED and (asked := _rest(answer)):
                    self._pacer.rest(key, asked)
                return answer
            finally:
                self._pacer.settle(key, pace)

    def _exchange(self, key: str, url: Url, headers: dict[str, str], private: bool, request: Request) -> _Answer:
        """One request and its answer, over the connection kept under `key` where it leads there."""
        with Watch(
            url.netloc or "",
            private=private,
            deadline=self._deadline,
            connect_timeout=self._connect_timeout,
            clock=self._clock,
        ) as watch:
            try:
                with self._session(key).request(
                    "GET" if request.body is None else "POST",
                    _bare(url),
                    data=None if request.body is None else request.body.encode(),
                    headers=headers,
                    auth=_credentials(url),
                    timeout=self._deadline,
                    allow_redirects=False,
                ) as response:
                    wanted = 200 <= response.status_code < 300 or response.status_code in (304, *request.also)
                    body = self._body(response, watch) if wanted else b""
            except FOREIGN as error:
                raise FetchError(watch.sentence(root(error))) from root(error)
        return _Answer(response.status_code, response.headers, body, watch.public)

    def _body(self, response: requests.Response, watch: Watch) -> bytes:
        """The decoded body. `read1` hands over whatever has come, so that the clock is read between the drops.

        urllib3 would take compressed data that was cut for whole; GzipFile insists on the end (RFC 1952).
        """
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("gzip", "x-gzip", "identity"):
            raise FetchError(
                f"the answer of {watch.netloc} has the encoding {encoding[:40]!r}, which was not asked for"
            )
        source = response.raw if encoding == "identity" else gzip.GzipFile(fileobj=response.raw, mode="rb")
        body = bytearray()
        while piece := source.read1(PIECE):
            watch.left()
            body += piece
            if len(body) > self._most_bytes:
                raise FetchError(
                    f"the answer of {watch.netloc} is longer than {self._most_bytes / 2**20:g} MiB",
                    status=response.status_code,
                )
        watch.left()
        return bytes(body)


def pace_key(url: str) -> str:
    """The name under which requests to `url` are paced: its host, with the port where that is not the usual one.

    All hosts of arXiv share one, because its terms of use count them together.
    """
    return _pace_key(_checked(url))


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, section 10.2.3), a day at most; None for nonsense."""
    if value is None:
        return None
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", number := value.strip()):
        return min(float(number), LONGEST_REST)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    seconds = ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
    return min(seconds, LONGEST_REST) if seconds >= 0 else None


class _Answer(NamedTuple):
    """What one exchange brought."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    """Decoded; empty unless the server gave a document."""
    public: bool
    """Whether it came from a public address."""


def _checked(text: str, origin: Url | None = None) -> Url:
    """`text` taken apart, in normal form; it may be relative where `origin` redirects to it.

    Raises FetchError when it is no address on the web.
    """
    what = f"the address that {origin.netloc} redirects to" if origin else "the address"
    try:
        url = parse_url(urljoin(_bare(origin), text) if origin else text)
    except ValueError:
        # Not chained: the message of the cause repeats the address with everything that is secret in it.
        raise FetchError(f"{what} is not a valid URL") from None
    if url.scheme not in PORTS or not url.host:
        if url.scheme in PORTS:
            raise FetchError(f"{what} names no host")
        scheme = f"the scheme {url.scheme[:40]!r}" if url.scheme else "no scheme"
        raise FetchError(f"{what} has {scheme}, and only http and https are fetched", state="blocked")
    return url._replace(fragment=None)


def _hop(start: Url, url: Url, location: str | None) -> Url:
    """Where `url` redirects to. Credentials go along to the origin they were given for, and nowhere else."""
    if not location:
        raise FetchError(f"{url.netloc} redirects without saying where to")
    hop = _checked(location, url)
    if url.scheme == "https" and hop.scheme == "http":
        raise FetchError(f"{url.netloc} redirects from https to http, which is not followed", state="blocked")
    return hop._replace(auth=start.auth if _origin(hop) == _origin(start) else None)


def _origin(url: Url) -> tuple[str, str, int]:
    """Who answers an address (RFC 6454): scheme, host without brackets, port."""
    scheme = url.scheme or "http"
    return scheme, (url.host or "").strip("[]").rstrip("."), url.port or PORTS[scheme]


def _pace_key(url: Url) -> str:
    scheme, host, port = _origin(url)
    if host == "arxiv.org" or host.endswith(".arxiv.org"):
        return "arxiv.org"
    return host if port == PORTS[scheme] else f"{host}:{port}"


def _bare(url: Url) -> str:
    """The address without the credentials in it."""
    return url._replace(auth=None).url


def _credentials(url: Url) -> HTTPBasicAuth | None:
    """In bytes, as they are meant to be UTF-8 (RFC 7617); text would be sent as Latin-1."""
    if not url.auth:
        return None
    user, _, password = url.auth.partition(":")
    return HTTPBasicAuth(unquote_to_bytes(user), unquote_to_bytes(password))


def _response(url: Url, answer: _Answer, validators: Validators | None, also: tuple[int, ...]) -> Response:
    """The answer as the monitor's own; raises FetchError when the server did not give a document."""
    address = _bare(url)
    if answer.status == 304 and validators and (validators.etag or validators.last_modified):
        return Response(address, b"", validators=validators, unchanged=True)
    if not 200 <= answer.status < 300 and answer.status not in also:
        raise _refusal(url, answer)
    sha256 = hashlib.sha256(answer.body).hexdigest()
    unchanged = validators is not None and validators.body_sha256 == sha256
    return Response(
        address,
        b"" if unchanged else answer.body,
        content_type=answer.headers.get("content-type", ""),
        validators=Validators(answer.headers.get("etag"), answer.headers.get("last-modified"), sha256),
        unchanged=unchanged,
        pause=_pause(answer),
    )


def _can_be_sent(value: str | None) -> TypeGuard[str]:
    """Whether a header that a server sent may go back as one: not with the blanks and controls that some put in."""
    if value is None:
        return False
    return value != "" and value == value.strip() and not re.search(r"[\x00-\x1f\x7f]", value)


def _pause(answer: _Answer) -> float | None:
    seconds = allowance.pause(answer.headers, datetime.now(UTC))
    return None if seconds is None else min(seconds, LONGEST_REST)


def _refusal(url: Url, answer: _Answer, remark: str = "") -> FetchError:
    phrase = http.client.responses.get(answer.status, "")
    message = f"{url.netloc} answered {answer.status} {phrase}".rstrip() + remark
    if answer.status in THROTTLED:
        return FetchError(message, state="throttled", retry_after=_rest(answer), status=answer.status)
    return FetchError(message, state="blocked" if answer.status in BLOCKED else "failed", status=answer.status)


def _rest(answer: _Answer) -> float | None:
    rest = retry_after(answer.headers.get("retry-after"), datetime.now(UTC))
    return _pause(answer) if rest is None else rest
