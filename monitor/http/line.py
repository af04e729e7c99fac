"""Sessions of `requests` over connections that are watched: judged before a byte goes out, cut at the deadline."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import ipaddress
import logging
import socket
import ssl
import threading
import zlib
from collections.abc import Callable
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, exceptions
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from monitor.errors import FetchError

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the prefix through which an IPv6-only network reaches IPv4 addresses, embedded in the last 32 bits."""
UNICAST = ipaddress.IPv6Network("2000::/3")
"""The part of IPv6 from which public addresses are given out (RFC 4291, section 2.4)."""

FOREIGN = (OSError, EOFError, UnicodeError, zlib.error, http.client.HTTPException, exceptions.HTTPError)
"""Whatever the layers below may raise while an answer is fetched; the errors of `requests` are OSErrors."""
SENTENCES: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((socket.gaierror, UnicodeError, requests.exceptions.InvalidURL), "no address found for {}"),
    ((ConnectionRefusedError,), "connection refused by {}"),
    ((http.client.RemoteDisconnected,), "{} closed the connection without an answer"),
    ((ssl.SSLError, exceptions.SSLError), "the secure connection to {} failed"),
    ((zlib.error, gzip.BadGzipFile), "the answer of {} is damaged: it cannot be decompressed"),
    ((EOFError, ConnectionError, http.client.IncompleteRead, exceptions.ProtocolError), "the answer of {} ended early"),
    (
        (http.client.HTTPException, exceptions.HTTPError),
        "the answer of {} is not proper HTTP, or its headers are too long",
    ),
    ((Exception,), "no connection to {} is possible"),
)
"""What an exception means; the first line that fits counts."""

_watch: ContextVar[Watch] = ContextVar("watch")
"""Who guards the exchange that goes on in this thread: the one thing that no layer in between passes down."""

# urllib3 logs whole addresses, keys in their queries included: of every request, and of answers with broken headers.
for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def is_public(address: str) -> bool:
    """Whether `address`, an IP address or a host that poses as one, is open to everybody on the internet.

    Not so: private, loopback, link-local, shared (100.64.0.0/10), multicast, reserved and unspecified addresses,
    and every IPv6 form that wraps an IPv4 address but for NAT64, where the wrapped address decides.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip in NAT64:
        ip = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    if isinstance(ip, ipaddress.IPv6Address) and (ip not in UNICAST or ip.sixtofour or ip.teredo):
        return False
    return ip.is_global and not ip.is_multicast


def is_disguised(host: str) -> bool:
    """Whether `host` is an IPv4 address in another form than four decimal numbers: 2130706433, 0x7f.1, 0177.0.0.1."""
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return True
    return False


def root(error: BaseException) -> BaseException:
    """What has happened first: `requests` and urllib3 wrap errors, as arguments or causes, up to four deep.

    Only the root is fit to be told: the messages of the wrappers repeat the whole address.
    """
    inner = error.__cause__ or next((arg for arg in error.args if isinstance(arg, BaseException)), None)
    return root(inner) if inner else error


class Watch:
    """Guards one exchange with the host that errors call `netloc`.

    The timer shuts down duplicates of the sockets. Their originals would not do: http.client lets go of a
    socket when the server says `Connection: close`, and TLS detaches the one that it wraps.
    """

    def __init__(
        self, netloc: str, *, private: bool, deadline: float, connect_timeout: float, clock: Callable[[], float]
    ) -> None:
        self.netloc = netloc
        self.public = False
        """Whether the address in use is public."""
        self._private = private
        self._deadline = deadline
        self._connect_timeout = connect_timeout
        self._clock = clock
        self._ends = clock() + deadline
        self._late = False
        self._lock = threading.Lock()
        self._held: list[socket.socket] = []
        self._timer = threading.Timer(deadline, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._token = _watch.set(self)
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        _watch.reset(self._token)
        with self._lock:
            for duplicate in self._held:
                duplicate.close()
            self._held.clear()

    def left(self) -> float:
        """Seconds until the deadline; raises TimeoutError when it has passed."""
        left = self._ends - self._clock()
        self._late = self._late or left <= 0
        if self._late:
            raise TimeoutError
        return left

    def follow(self, line: socket.socket) -> None:
        """Watch over a socket that is connected already, perhaps since an exchange with other rules."""
        self._admit(str(line.getpeername()[0]))
        self._hold(line)

    def connect(self, host: str, port: int) -> socket.socket:
        """A socket connected to the first address of `host` that answers.

        The name is looked up once, and the very address that was judged is called: a name that points elsewhere
        when asked again (DNS rebinding) gains nothing.
        """
        if is_disguised(host):
            self._admit(host)
        trouble: OSError = socket.gaierror()
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            self._admit(str(address[0]))
            line = socket.socket(family, kind, protocol)
            try:
                line.settimeout(min(self._connect_timeout, self.left()))
                line.connect(address)
                self._hold(line)
            except OSError as error:
                line.close()
                trouble = error
            else:
                return line
        raise trouble

    def sentence(self, error: BaseException) -> str:
        """What went wrong, in plain words."""
        if self._late or self._clock() >= self._ends:
            return f"{self.netloc} timed out after {self._deadline:g} s"
        if isinstance(error, TimeoutError):
            return f"connecting to {self.netloc} timed out after {self._connect_timeout:g} s"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"the certificate of {self.netloc} is not valid: {error.verify_message.rstrip('.')}"
        return next(text for kinds, text in SENTENCES if isinstance(error, kinds)).format(self.netloc)

    def _cut(self) -> None:
        with self._lock:
            self._late = True
            for duplicate in self._held:
                with contextlib.suppress(OSError):  # the other side was faster
                    duplicate.shutdown(socket.SHUT_RDWR)

    def _hold(self, line: socket.socket) -> None:
        with self._lock:
            self._held.append(socket.fromfd(line.fileno(), line.family, line.type))
        self.left()

    def _admit(self, address: str) -> None:
        self.public = is_public(address)
        if not self.public and not self._private:
            raise FetchError(
                f"refused to connect to {self.netloc}: its address {address} is private or reserved"
                " (allow_private permits that for a feed's own host)",
                state="blocked",
            )


class _Plain(HTTPConnection):
    """A connection that leaves the calling to the watch of its thread."""

    def _new_conn(self) -> socket.socket:
        try:
            return _watch.get().connect(self.host, self.port)
        except OSError as error:
            raise exceptions.NewConnectionError(self, "not connected") from error

    def request(self, *args: Any, **options: Any) -> None:
        if self.sock is not None:
            _watch.get().follow(self.sock)
        super().request(*args, **options)


class _Secure(_Plain, HTTPSConnection):
    """The same over TLS."""


def authorities() -> ssl.SSLContext:
    """A context with the authorities of the system, or of `SSL_CERT_FILE`."""
    context = create_urllib3_context()
    context.load_default_certs()
    return context


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Adapter(HTTPAdapter):
    """Keeps one connection; it is closed when another origin is called."""

    def __init__(self, trust: Callable[[], ssl.SSLContext]) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
        self._trust = trust

    def build_connection_pool_key_attributes(self, *args: Any, **options: Any) -> Any:
        origin, settings = super().build_connection_pool_key_attributes(*args, **options)
        if origin["scheme"] == "https":
            settings["ssl_context"] = self._trust()
        return origin, settings


class Session(requests.Session):
    """Sends what it is told and nothing else: no proxies, .netrc, cookies or headers of its own, no redirects.

    Bodies are left to be read from `Response.raw`. `trust`, asked for https only, knows authorities; those of
    certifi are added to them.
    """

    def __init__(self, trust: Callable[[], ssl.SSLContext]) -> None:
        super().__init__()
        self.trust_env = False
        self.stream = True
        self.headers.clear()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        adapter = _Adapter(trust)
        for scheme in ("http://", "https://"):
            self.mount(scheme, adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None. Else `requests` reads the body of a redirect without limit, even one that it is not to follow."""
