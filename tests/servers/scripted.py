"""A server on a loopback address that does as its script says, byte by byte where need be.

with Server(always(ok(b"..."))) as server:
    ... server.url ...
    server.script = fail        # from now on
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable

BODY = b"<rss><channel><title>Invented</title></channel></rss>"


class Exchange:
    """One request as the server saw it, and the means to answer."""

    def __init__(self, line: socket.socket, number: int, head: bytes) -> None:
        self.line = line
        self.connection = number
        self.at = time.monotonic()
        self.path = head.split(b" ")[1].decode()
        fields = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:] if line)
        self.headers = {name.lower(): value.strip() for name, _, value in fields}

    def send(self, data: bytes) -> None:
        self.line.sendall(data)

    def drip(self, data: bytes, gap: float = 0.05) -> None:
        """`data` byte by byte, each well within the time that a socket would wait for it."""
        for byte in data:
            self.line.sendall(bytes([byte]))
            time.sleep(gap)


Script = Callable[[Exchange], bytes | None]
"""Answers a request: with bytes that are sent as they are, or with what it has sent itself."""


class Server:
    """Listens until the `with` block ends; `script` may be replaced meanwhile."""

    def __init__(
        self, script: Script, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.script = script
        self.tls = tls
        self.seen: list[Exchange] = []
        self.connections = 0
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}"
        self._lines: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._lines.append(line)
            thread = threading.Thread(target=self._serve, args=(line, self.connections), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, line: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError, ssl.SSLError), contextlib.ExitStack() as stack:
            if self.tls:
                line = stack.enter_context(self.tls.wrap_socket(line, server_side=True))
                self._lines.append(line)
            stack.enter_context(line)
            while head := _head(line):
                with self._lock:
                    self._at_once += 1
                    self.most_at_once = max(self.most_at_once, self._at_once)
                    self.seen.append(exchange := Exchange(line, number, head))
                try:
                    answer = self.script(exchange)
                finally:
                    with self._lock:
                        self._at_once -= 1
                if answer is not None:
                    line.sendall(answer)
                if answer is None or b"connection: close" in answer.lower():
                    return


def _head(line: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        if not (piece := line.recv(1)):
            return b""
        head += piece
    return head


def ok(body: bytes = BODY, **headers: str) -> bytes:
    return answer(200, body, **headers)


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    fields = {"Content-Length": str(len(body))} | {name.replace("_", "-"): value for name, value in headers.items()}
    return b"HTTP/1.1 %d Any\r\n%s\r\n%s" % (
        status,
        "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode(),
        body,
    )


def always(data: bytes) -> Script:
    return lambda exchange: data


def by_path(**answers: bytes) -> Script:
    """Answers by the path without its slash and its query, `start` for the empty one."""
    return lambda exchange: answers[exchange.path.partition("?")[0].strip("/") or "start"]
