"""A small IMAP server on loopback (RFC 9051): one user, one folder, TLS from the first byte, as far as a mailbox of
bounces is read. It keeps messages with their flags, and answers as it is told to."""

from __future__ import annotations

import base64
import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

USER, PASSWORD = "monitor-bounces", "öffne dich"  # beyond ASCII, as passwords are


@dataclass
class Message:
    """One in the folder."""

    content: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class Folder:
    """What the server keeps, what it does wrong, and what it was asked."""

    messages: dict[int, Message] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    """Instead of doing as told by a command, such as `UID STORE`, say this after its tag, or with `{tag}` where the tag
    is to stand; empty hangs up."""
    plain: bool = True
    """Whether it offers AUTH=PLAIN (RFC 4616), which takes passwords that LOGIN cannot carry."""
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def put(self, *contents: bytes) -> None:
        """Let messages arrive."""
        for content in contents:
            self.messages[max(self.messages, default=0) + 7] = Message(content)

    @property
    def flags(self) -> list[str]:
        """The flags of each message, in order of arrival."""
        return [" ".join(sorted(message.flags)) for message in self.messages.values()]


@contextmanager
def serving(folder: Folder, context: ssl.SSLContext | None) -> Iterator[Folder]:
    """The server on a free port; without `context` it speaks in the clear, whatever the client expects."""

    class Handler(socketserver.StreamRequestHandler):
        timeout = 10

        def handle(self) -> None:
            if context:
                self.request.do_handshake()
            _Session(folder, self.rfile, self.wfile).run()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def get_request(self) -> tuple[Any, Any]:
            plain, address = super().get_request()
            if context is None:
                return plain, address
            return context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that turns away from a certificate is what some tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        folder.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder
        server.shutdown()


class _Session:
    """One client's conversation."""

    def __init__(self, folder: Folder, lines: Any, out: Any) -> None:
        self._folder, self._lines, self._out = folder, lines, out
        self._in = False
        self._selected = False

    def run(self) -> None:
        self._say("* OK ready")
        while line := self._lines.readline().decode().rstrip("\r\n"):
            tag, _, rest = line.partition(" ")
            name = re.match(r"(UID )?[A-Z]+", rest)
            command = name[0] if name else ""
            self._folder.asked.append(command)
            answer = self._folder.answers.get(command)
            if answer is None:
                answer = self._do(command, rest[len(command) :].strip())
            if not answer:
                return
            self._say(answer.format(tag=tag) if "{tag}" in answer else f"{tag} {answer}")
            if command == "LOGOUT":
                return

    def _do(self, command: str, rest: str) -> str:
        if command == "CAPABILITY":
            self._say(f"* CAPABILITY IMAP4rev1{' AUTH=PLAIN' if self._folder.plain else ''}")
        elif command == "LOGOUT":
            self._say("* BYE")
        elif command in ("LOGIN", "AUTHENTICATE"):
            self._in = self._let_in(command, rest)
            return "OK in" if self._in else "NO [AUTHENTICATIONFAILED] wrong user or password"
        elif command == "SELECT" and self._in:
            self._selected = rest == '"INBOX"'
            if not self._selected:
                return "NO [NONEXISTENT] no such folder"
            self._say(f"* {len(self._folder.messages)} EXISTS")
        elif command.startswith("UID ") and self._selected:
            return self._of_messages(command, rest)
        else:
            return "BAD not now"
        return "OK done"

    def _let_in(self, command: str, rest: str) -> bool:
        if command == "LOGIN":
            return rest == f'{USER} "{PASSWORD}"'
        self._say("+ ")
        return base64.b64decode(self._lines.readline()) == f"\0{USER}\0{PASSWORD}".encode()

    def _of_messages(self, command: str, rest: str) -> str:
        messages = self._folder.messages
        if command == "UID SEARCH":
            assert rest == "UNSEEN"
            self._say(" ".join(["* SEARCH", *(str(uid) for uid, m in messages.items() if r"\Seen" not in m.flags)]))
            return "OK done"
        uid, _, what = rest.partition(" ")
        message = messages[int(uid)]
        if command == "UID FETCH":
            [end] = re.fullmatch(r"\(BODY\.PEEK\[\]<0\.([0-9]+)>\)", what).groups()  # type: ignore[union-attr]
            content = message.content[: int(end)]
            self._out.write(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(content)}}}\r\n".encode() + content + b")\r\n")
        else:
            message.flags |= set(re.fullmatch(r"\+FLAGS\.SILENT \((.*)\)", what)[1].split())  # type: ignore[index]
        return "OK done"

    def _say(self, line: str) -> None:
        self._out.write(f"{line}\r\n".encode())
