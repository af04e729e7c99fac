"""What feeds.yaml says, once it is read: the settings that the rest of the program is wired from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from monitor.errors import ConfigError, suggestion
from monitor.selection import Asked
from monitor.types import Feed, Mail, Partners, Subscriber
from monitor.weekly import Ranking


@dataclass(frozen=True, slots=True)
class Schedule:
    """When `monitor run` works, in UTC."""

    scan: timedelta = timedelta(minutes=15)
    """Time between two looks at what is due, feeds and digests alike; more than 15 minutes count as that."""
    weekday: str = "mon"
    """Day on which the digest of the week before is made and sent: mon, tue, wed, thu, fri, sat or sun."""
    hour: int = 6
    grace: timedelta = timedelta(hours=12)
    """How long after it is due a digest may be on its way before that is an alarm."""
    train: timedelta | None = None
    """Time between two trainings from feedback; None: only by hand."""


@dataclass(frozen=True, slots=True)
class Imap:
    """A mailbox on a server, reached over TLS. The password comes from the environment only."""

    host: str
    user: str
    port: int = 993
    folder: str = "INBOX"
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Bounces:
    """Where reports of mail that did not arrive are read, and what follows from them."""

    maildir: Path | None = None
    imap: Imap | None = None
    rest_after: int = 2
    """After so many bounces in a row a recipient rests."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Who is told when a digest is late."""

    to: tuple[str, ...] = ()
    """Mail addresses."""
    heartbeat: str | None = None
    """An address that is called while all is well; whoever watches it raises the alarm when the calls stop."""
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Serve:
    """Who may do what in the pages of `monitor serve`. Nobody may decide anything unless this says so."""

    reviewers: tuple[str, ...] = ()
    """Names of those who may say what works carry."""
    header: str | None = None
    """The request header in which a reverse proxy names whom it has signed in."""
    proxies: tuple[str, ...] = ()
    """Addresses from which that header is believed."""
    hosts: tuple[str, ...] = ()
    """Names under which the pages are reached, beside that of `base_url` and those of this machine."""
    read: Literal["everyone", "reviewers"] = "everyone"
    """Who may read the pages: whoever reaches them, or reviewers alone."""
    links: bool = False
    """Whether digests carry links by which their readers say what was useful without signing in."""


@dataclass(frozen=True, slots=True)
class RouteSettings:
    """One of `affiliations.routes`: a source that is asked for the affiliations of works."""

    name: str
    url: str
    pace: float
    """Seconds between two requests to its host."""
    budget: int
    """Most requests in 24 hours."""
    allow_private: bool = False
    """Whether its host may be on a private or loopback address."""
    key: str | None = field(default=None, repr=False)
    """What the provider gave to be recognised by; from the environment only."""
    idle: str = ""
    """Why it cannot be asked, as a sentence; empty when it can."""


@dataclass(frozen=True, slots=True)
class Affiliations:
    """How affiliations are obtained that feeds do not bring."""

    everything: bool = False
    """Whether works without a goal are looked up as well."""
    routes: tuple[RouteSettings, ...] = ()
    """Those that are switched on, in the order in which they are asked."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that feeds.yaml says, with defaults filled in."""

    path: Path
    feeds: tuple[Feed, ...] = ()
    subscribers: tuple[Subscriber, ...] = ()
    mail: Mail | None = None
    partners: Partners = field(default_factory=Partners)
    bounces: Bounces = Bounces()
    alarm: Alarm = Alarm()
    base_url: str | None = None
    """Where readers reach the pages of `monitor serve`."""
    serve: Serve = Serve()
    secret: str | None = field(default=None, repr=False)
    """Signs links; from the environment only."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The environment variables that webhooks need."""
    schedule: Schedule = Schedule()
    affiliations: Affiliations = Affiliations()
    ranking: Ranking = field(default_factory=Ranking)
    """What decides the order of works in a digest."""
    searches: Mapping[str, Asked] = field(default_factory=dict)
    """Saved searches by name."""
    encode: int = 1000
    """Most works that a scan has the encoder read for search alone."""
    contact: str | None = None
    """Mail address or page that goes into the User-Agent, so that providers can reach the operator."""
    model: str = "goals"
    """Name of the folder under models/ whose taxonomy and head tag the works."""

    def feed(self, name: str) -> Feed:
        """The feed called `name`; raises ConfigError when there is none."""
        return _named(self.feeds, name, f"{self.path} has no feed")

    def subscriber(self, name: str) -> Subscriber:
        """The subscriber called `name`; raises ConfigError when there is none."""
        return _named(self.subscribers, name, f"{self.path} has no subscriber")


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Thing = TypeVar("_Thing", bound=_Named)


def _named(things: Sequence[_Thing], name: str, complaint: str) -> _Thing:
    for thing in things:
        if thing.name == name:
            return thing
    raise ConfigError(f"{complaint} {name!r}{suggestion(name, [thing.name for thing in things])}")
