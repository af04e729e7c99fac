"""What is watched, what is asked, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from monitor.types.works import Entry


@dataclass(frozen=True, slots=True)
class Feed:
    """A configured source: one named entry under `feeds:` in feeds.yaml."""

    name: str
    kind: str
    url: str
    """Base address of the provider, or of the mirror that stands in for it; a path for kind `jsonl`."""
    every: timedelta
    """How often it is due."""
    pace: float
    """Seconds between two requests to its host."""
    enabled: bool = True
    allow_private: bool = False
    """Whether its host may be on a private or loopback address."""
    first_days: int = 7
    """How many days before the first fetch the first window reaches back."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What only this kind knows, already checked: `categories`, `set`, ..."""
    why: str = ""
    """For people: why it is watched."""
    goals: tuple[str, ...] = ()
    """For people: slugs of the goals it is watched for. Tags come from the text, never from here."""
    checks: str | None = None
    """Name of another feed through which every record of this one ought to come as well."""


@dataclass(frozen=True, slots=True)
class Key:
    """By what a provider recognises a client: where it is kept and how it is sent, never the key itself."""

    variable: str
    """Environment variable that holds it."""
    parameter: str | None = None
    """Query parameter that carries it."""
    header: str | None = None
    """Header that carries it, without a parameter; None as well: it is sent as a bearer token (RFC 6750)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One document to ask for. Requests are stored, so nothing secret is in them."""

    url: str
    """A part behind `#` is the asker's own note on where it stands; it is not sent."""
    accept: str = "*/*"
    key: Key | None = None
    """What is sent along when the environment holds it."""
    body: str | None = None
    """JSON to send; the request is a POST then, and is never repeated to where a redirect leads."""
    also: tuple[int, ...] = ()
    """Statuses beside success that bring a document to read: some OAI-PMH servers say with 422 that nothing matches."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask "has it changed?" (RFC 9110, section 8.8), and the hash of the last body."""

    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """One document as it came: bytes, and the few headers that matter."""

    url: str
    """Where the bytes came from in the end, after redirects."""
    body: bytes
    content_type: str = ""
    """The Content-Type header as it came, with its charset."""
    validators: Validators = Validators()
    unchanged: bool = False
    """The server said 304, or the bytes are those of the last time; `body` is empty then."""
    following: str | None = None
    """Only for local files: the address of the next part."""
    pause: float | None = None
    """Seconds until the provider grants anew; None while there is enough left of what it grants."""
    moved: str | None = None
    """Where permanent redirects (301, 308) alone led from the address that was asked for; None without any."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one response says: entries, and where to go on."""

    entries: tuple[Entry, ...] = ()
    following: Request | None = None
    """The next request of the same window; None when this page was the last."""
    announced: int | None = None
    """How many records the source says the whole window has; None when it does not say."""
    restart: bool = False
    """The source no longer knows the position asked for: begin the window again."""
    problems: tuple[str, ...] = ()
    """Records or fields that could not be read, one sentence each."""
    refused: int = 0
    """How many records were left out because they could not be read; each is named in `problems`."""
