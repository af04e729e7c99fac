"""What a page is asked and what it answers, without the server: pages are functions from the one to the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.errors import MonitorError
from monitor.web.site import Site


@dataclass(frozen=True, slots=True)
class Asked:
    """A request."""

    now: datetime
    path: str = "/"
    parts: Mapping[str, str] = field(default_factory=dict)
    """What the route found in the path, decoded."""
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    """What was sent; empty for a GET."""
    posted: bool = False
    reviewer: str | None = None
    """Who is signed in."""

    def one(self, name: str) -> str:
        """A parameter of the address; empty when it is not given."""
        return self.query.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: a template with its values, or a body of its own, or the way to another page."""

    template: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    download: str = ""
    """The name under which a browser keeps it."""
    to: str = ""
    """Where to go on; a path of these pages."""
    cookie: str | None = None
    """What the cookie of the reviewer is to be; empty ends it."""


Page = Callable[[Site, Asked], Awaitable[Answer]]


class PageError(MonitorError):
    """A page that cannot be given, with the status of RFC 9110 that says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def onward(path: str) -> str:
    """`path` when it is one of these pages, else the first page: never an address of somebody else."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if plain else "/"
