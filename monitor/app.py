"""Wires the parts that feeds.yaml names; the only module that knows them all.

A command asks `App` for what it needs, and nothing heavy is loaded before that.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor import __version__, atomic, opinion, pipeline, shipped
from monitor.config import Config
from monitor.errors import ConfigError, ModelError, StoreError
from monitor.pipeline import gazetteer
from monitor.postoffice import PostOffice
from monitor.registry import Registry
from monitor.store import Store, care
from monitor.types import Feed, Goal

if TYPE_CHECKING:
    from monitor.config.document import Document
    from monitor.encoder import Encoder
    from monitor.goals import Tagger
    from monitor.http import Client
    from monitor.origin import Resolver
    from monitor.pipeline.check import Inspector
    from monitor.pipeline.search import Searcher


def utc_now() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


def find_home(option: str | None, env: Mapping[str, str], folder: Path) -> Path:
    """Home by the rules of the command line: `--home`, else $MONITOR_HOME, else the current folder when it has a
    feeds.yaml, else the XDG data folder (https://specifications.freedesktop.org/basedir-spec/). Raises ConfigError when
    it begins with the home of a user that there is not."""
    if asked := option or env.get("MONITOR_HOME"):
        try:
            return Path(asked).expanduser().absolute()
        except RuntimeError as error:
            raise ConfigError(f"the home {asked!r} is nowhere: there is no such user") from error
    if (folder / "feeds.yaml").is_file():
        return folder.absolute()
    data = env.get("XDG_DATA_HOME") or str(Path(env.get("HOME", "~")).expanduser() / ".local" / "share")
    return Path(data) / "monitor"


class App:
    """One invocation of the program: its home, its clock, and the parts made on demand."""

    def __init__(
        self, home: Path, *, clock: Callable[[], datetime] = utc_now, env: Mapping[str, str] = os.environ
    ) -> None:
        self.home = home
        self.clock = clock
        self.env = env
        self._tagger: tuple[object, Tagger] | None = None
        self.stop = threading.Event()
        """Set when the run is to end soon: the item or request under way is finished first."""

    @property
    def database(self) -> Path:
        """The store's file."""
        return self.home / "store" / "monitor.db"

    @property
    def digests(self) -> Path:
        """The folder of filed digests."""
        return self.home / "store" / "digests"

    def existing(self) -> Path:
        """The store's file; raises StoreError when there is none yet."""
        if not self.database.exists():
            raise StoreError(f"{self.database}: there is no store yet; `monitor scan` makes one")
        return self.database

    def init(self) -> bool:
        """Write a commented feeds.yaml and an empty store into the home; whether there was no feeds.yaml before, which
        stays as it is. Raises StoreError."""
        target = self.home / "feeds.yaml"
        new = not target.exists()
        if new:
            try:
                atomic.write_files(self.home, {target.name: shipped.path("feeds.yaml").read_bytes()})
            except OSError as error:
                raise StoreError(f"{self.home}: the home folder cannot be written: {error.strerror}") from error
        with self.store():
            return new

    @cached_property
    def config(self) -> Config:
        """feeds.yaml of the home; raises ConfigError."""
        return self.check(self.home / "feeds.yaml")

    def read_anew(self) -> None:
        """Read feeds.yaml again; raises ConfigError, and goes on with what was read before."""
        self.config = self.check(self.home / "feeds.yaml")
        self.__dict__.pop("post_office", None)  # it carries as the file before said

    @cached_property
    def check(self) -> Callable[[Path | Document], Config]:
        """Tells what a file says that is feeds.yaml, or a document that may become it; raises ConfigError."""
        from monitor import config, outputs, routes, sources

        return functools.partial(
            config.load,
            kinds=sources.kinds(),
            kind=sources.load,
            outputs=outputs.kinds(),
            env=self.env,
            goals=functools.cache(self._slugs),
            routes={name: routes.load(name) for name in routes.kinds()},
        )

    def alone(self) -> AbstractContextManager[None]:
        """Holds the run lock: runs that write come one at a time. Raises LockError when another one is at work."""
        return care.run_lock(self.home / "store" / "monitor.lock")

    @contextlib.contextmanager
    def store(self, *, locked: bool = False) -> Iterator[Store]:
        """The open store, in step with feeds.yaml. `locked` for runs that write: one at a time."""
        feeds, partners = self.config.feeds, self.config.partners
        with self.alone() if locked else contextlib.nullcontext(), Store.open(self.database) as store:
            store.ledger.register(feeds, self.clock())
            store.subscribers.register(self.config.subscribers, self.clock())
            store.findings.set_partners(partners)
            store.places.set_commission(partners.commission)
            yield store

    def feeds(self, names: Sequence[str] = ()) -> tuple[Feed, ...]:
        """The enabled feeds, or those named, enabled or not; raises ConfigError for a name that is none."""
        if names:
            return tuple(self.config.feed(name) for name in dict.fromkeys(names))
        return tuple(feed for feed in self.config.feeds if feed.enabled)

    @contextlib.contextmanager
    def inspector(self, *, allow_private: bool = False) -> Iterator[Inspector]:
        """What looks at addresses that are not watched yet; nothing of it is kept but the pace of their hosts."""
        from monitor.pipeline.check import Inspector
        from monitor.sandbox import Sandbox

        with Store.open(self.database) as store, self.client(store) as client, Sandbox() as sandbox:
            yield Inspector(client, sandbox, self.clock, allow_private)

    @cached_property
    def registry(self) -> Registry:
        """The registry of organisations, which may be missing."""
        return Registry(self.home / "store" / "gazetteer", self._way_to_dumps, self.clock)

    @property
    def resolver(self) -> Resolver:
        """Tells countries."""
        return self.registry.resolver

    def searcher(self, store: Store) -> Searcher:
        """What finds works by words and meaning."""
        from monitor.pipeline.search import Searcher

        return Searcher(store, lambda: self.encoder, self.database.with_name("vectors.bin"))

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder, loaded when the first text needs it; raises ModelError when it cannot be used."""
        from monitor.encoder import Encoder

        return Encoder.open(self.weights)

    def model_folder(self, name: str | None = None) -> Path:
        """The folder of a model, the one in use by default: the home's own where there is one, else the shipped; raises
        ModelError when there is neither."""
        name = name or self.config.model
        own, ours = self.home / "models" / name, shipped.path("models")
        for folder in (own, ours / name):
            if (folder / "taxonomy.yaml").is_file():
                return folder
        known = ", ".join(sorted(file.parent.name for file in ours.glob("*/taxonomy.yaml")))
        raise ModelError(f"there is no model {name!r}: {own} has no taxonomy.yaml, and shipped are {known}")

    @property
    def tagger(self) -> Tagger:
        """The tagger of the model in use; its encoder is loaded when the first text needs it.

        A head that was replaced meanwhile is opened anew, or a program that runs on would tag by the old one again what
        others tagged by the new.
        """
        from monitor.goals import Tagger, manifest

        folder = self.model_folder()
        mark = folder, manifest.mark(folder)
        if self._tagger is None or self._tagger[0] != mark:
            self._tagger = mark, Tagger.open(folder, weights=self.weights)
        return self._tagger[1]

    @property
    def weights(self) -> Path | None:
        """A folder with the encoder's weights, where $MONITOR_ENCODER names one."""
        folder = self.env.get("MONITOR_ENCODER")
        return Path(folder) if folder else None

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The labels of the taxonomy in use; needs no encoder."""
        from monitor.goals import load_taxonomy

        return load_taxonomy(self.model_folder()).goals

    @property
    def plan(self) -> pipeline.Plan:
        """Who is told what."""
        return pipeline.Plan(
            subscribers=self.config.subscribers,
            goals=self.goals,
            partners=self.config.partners,
            watched={feed.name: feed.every for feed in self.config.feeds if feed.enabled},
            folder=self.digests,
            sender=self.config.mail.sender if self.config.mail else "monitor@localhost",
            after=self._digest_after(),
            ranking=self.config.ranking,
            base_url=self.config.base_url,
            templates=self.home / "templates",
            opinions=self._opinions(),
            searches=self.config.searches,
            find=lambda store, asked: self.searcher(store).search(asked),
        )

    def _opinions(self) -> opinion.Links | None:
        config = self.config
        ready = config.serve.links and config.base_url and config.secret
        return opinion.Links(config.base_url or "", config.secret or "") if ready else None

    @cached_property
    def post_office(self) -> PostOffice:
        """Whatever carries digests to their readers."""
        return PostOffice(self.config, self._user_agent)

    def _slugs(self, model: str) -> tuple[str, ...]:
        from monitor.goals import load_taxonomy

        return tuple(goal.slug for goal in load_taxonomy(self.model_folder(model)).goals)

    def _digest_after(self) -> timedelta:
        """How long after the end of its week, which is a Monday at 00:00 UTC, a digest is due."""
        from monitor.config.delivery import WEEKDAYS

        schedule = self.config.schedule
        return timedelta(days=WEEKDAYS.index(schedule.weekday), hours=schedule.hour)

    @property
    def _user_agent(self) -> str:
        contact = self.config.contact or ""
        scheme = "mailto:" if "@" in contact and "://" not in contact else ""  # Crossref's and DataCite's polite pools
        return f"research-monitor/{__version__}" + (f" ({scheme}{contact})" if contact else "")

    @contextlib.contextmanager
    def _way_to_dumps(self) -> Iterator[Client]:
        with (
            Store.open(self.database) as store,
            self.client(store, deadline=3_600.0, most_bytes=gazetteer.MOST_BYTES) as client,
        ):
            yield client

    def client(self, store: Store, **limits: Any) -> Client:
        """The way out to feeds and routes, at the pace that the store remembers of each host."""
        from monitor.http import Client
        from monitor.store.hosts import HostPace

        return Client(
            HostPace(store.connection),
            user_agent=self._user_agent,
            sleep=self.stop.wait,
            env=self.env,
            **limits,
        )
