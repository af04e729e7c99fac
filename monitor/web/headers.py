"""The outermost layer: whose host name is answered, what is refused before any page sees it, what each answer forbids.

Works on the level of ASGI (https://asgi.readthedocs.io/en/latest/specs/www.html), so that it covers every page, those
of Datasette too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 65_536
"""Bytes of a form."""

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine, always answered."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Scripts and styles come as files of ours; nothing else loads anything (https://www.w3.org/TR/CSP3/)."""

FILED_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Filed digests carry their styles within, and no script at all."""

HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}

OPEN_TO_POST = frozenset({"/unsubscribe"})
"""Where mail programs post to without having seen a page (RFC 8058); the token in the address is what counts there."""


class Headers:
    """Wraps the pages. `hosts` are the names under which they are reached, in small letters."""

    def __init__(self, app: App, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = LOCAL | frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if fault := self._fault(scope, headers):
            await _refuse(send, *fault)
            return
        await self._app(scope, receive, _sealed(send, scope["path"]))

    def _fault(self, scope: Scope, headers: Mapping[str, str]) -> tuple[int, str] | None:
        """Status and sentence of what speaks against the request."""
        if host(headers.get("host", "")) not in self._hosts:
            return 421, "This server does not answer to that host name; add it to serve.hosts in feeds.yaml."
        path = scope["path"]
        if path.startswith("/-/") and not path.startswith("/-/static/"):
            return 404, "There is no such page."
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "Pages are read with GET and forms are sent with POST."
        if scope["method"] == "POST":
            return _too_much(headers) or (None if path in OPEN_TO_POST else self._foreign(headers))
        return None

    def _foreign(self, headers: Mapping[str, str]) -> tuple[int, str] | None:
        """Whether a page of somebody else sent a form; a browser that does not say is told from it by the form's token.

        Behind a proxy the browser's origin may differ from the host that we see; it is then one of our names.
        """
        origin = headers.get("origin", "").partition("://")[2].lower()
        ours = origin == headers.get("host", "").lower() or host(origin) in self._hosts - LOCAL
        strange = "origin" in headers and not ours
        if strange or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "This form was sent by a page of another site."
        return None


def host(header: str) -> str:
    """The name in a Host header, without its port, in small letters."""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _too_much(headers: Mapping[str, str]) -> tuple[int, str] | None:
    length = headers.get("content-length", "")
    if not length.isdecimal() or "transfer-encoding" in headers:  # which counts for more (RFC 9112, section 6.3)
        return 411, "A form says how long it is."
    return (413, "That is too much for a form.") if int(length) > LARGEST_BODY else None


def _sealed(send: Send, path: str) -> Send:
    """`send` with the headers that every answer has."""
    policy = FILED_POLICY if path.startswith("/digests/") and len(path) > len("/digests/") else POLICY
    cached = path.startswith(("/static/", "/-/static/"))

    async def sealed(message: Message) -> None:
        if message["type"] == "http.response.start":
            known = {name.lower() for name, _ in message.get("headers", [])}
            more = {**HEADERS, "content-security-policy": policy}
            more["cache-control"] = "max-age=3600" if cached else "private, no-cache"
            own = [(n.encode(), v.encode()) for n, v in more.items() if n.encode() not in known]
            message = {**message, "headers": [*message.get("headers", []), *own]}
        await send(message)

    return sealed


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = sentence.encode()
    kind = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    more = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    await send({"type": "http.response.start", "status": status, "headers": [*kind, *more]})
    await send({"type": "http.response.body", "body": body})
