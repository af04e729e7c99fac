"""Care of a home: its store, its registry of organisations, who gets digests, and who may review."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import shipped, subscriptions
from monitor.api.opened import Named, Verbs
from monitor.errors import MonitorError
from monitor.store import Store, care, dictionary, migrations
from monitor.store.dictionary import Table
from monitor.store.subscribers import Rest
from monitor.types import Subscriber

if TYPE_CHECKING:
    from monitor.origin import Stamp


class Database(Verbs):
    """The store as a file."""

    @property
    def path(self) -> Path:
        """Where it is, for sqlite3 and other tools."""
        return self._at.app.database

    @property
    def version(self) -> str:
        """The newest change of its tables and views that this program knows."""
        return migrations.names[-1]

    def schema(self, *names: str) -> tuple[Table, ...]:
        """What the views and columns mean: all of them, or those named; raises MonitorError for a name that is none."""
        known = {table.name: table for table in dictionary.load().tables}
        for name in names:
            if name not in known:
                raise MonitorError(f"there is no view or table {name!r}")
        return tuple(known[name] for name in names or known)

    def backup(self, file: str | Path) -> None:
        """Copy the store, consistent even during a scan; raises StoreError."""
        with Store.open(self._at.app.database, read_only=True) as store:
            care.backup(store.connection, Path(file))

    def check(self) -> tuple[str, ...]:
        """A sentence for each damage that SQLite and the named data checks find. Of a store that cannot be written to,
        the full text is left out. Raises StoreError without a store."""
        with Store.open(self._at.app.existing()) as store:
            return tuple(care.check(store.connection, shipped.path("store/checks")))

    def migrate(self) -> None:
        """Bring the store up to this version, as every other verb does too; raises LockError while a run is at work."""
        with self._at.app.store(locked=True):
            pass


class Gazetteer(Verbs):
    """The registry of research organisations (ROR), which tells countries that a text does not name."""

    def info(self) -> Stamp | None:
        """Which release is loaded, when it was compiled, and what it holds; None when there is none."""
        return self._at.app.registry.stamp()

    def update(
        self,
        files: Sequence[str | Path] = (),
        *,
        release: str | None = None,
        record: str | None = None,
        report: Callable[[str], None] = lambda _: None,
    ) -> Stamp:
        """Download the newest dump of ROR (some 100 MB), or take `files`, and compile it; takes about a minute.

        `release` names what `files` are, `record` is an address that is asked for the newest dump instead of Zenodo.
        What is damaged changes nothing: raises FetchError and GazetteerError.
        """
        if files and record:
            raise MonitorError("`files` and `record` exclude each other")
        return self._at.app.registry.update([Path(file) for file in files], release, record, report)


class Subscribers(Named[Subscriber]):
    """The subscribers of feeds.yaml, in its order."""

    @property
    def resting(self) -> tuple[Rest, ...]:
        """Recipients that get nothing until somebody ends their rest."""
        return self._at.store.subscribers.resting()

    def pause(self, name: str, address: str) -> bool:
        """Send nothing more to a recipient, as if it had unsubscribed; False when it rested already. Raises
        ConfigError for a recipient that is none."""
        with self._at.app.alone():
            return subscriptions.pause(self._at.app, self._at.store, name, address)

    def resume(self, name: str, address: str) -> bool:
        """Send digests to a recipient again, from the next one on; False when it did not rest. Raises ConfigError."""
        with self._at.app.alone():
            return subscriptions.resume(self._at.app, self._at.store, name, address)

    def _now(self) -> tuple[Subscriber, ...]:
        return self._at.app.config.subscribers


class Reviewers(Named[str]):
    """Who may say on the pages what works carry: the reviewers of feeds.yaml."""

    def token(self, name: str, days: int = 180) -> str:
        """What a reviewer signs in with for so many days. Raises ConfigError for anybody else, and without
        $MONITOR_SECRET."""
        from monitor import surface

        return surface.token(self._at.app, name, days)

    def _now(self) -> tuple[str, ...]:
        return self._at.app.config.serve.reviewers
