"""What is watched, and feeds.yaml changed. Everything else in the file stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor import watchlist
from monitor.api.opened import Named
from monitor.errors import ConfigError
from monitor.types import Feed
from monitor.watchlist import Removed

if TYPE_CHECKING:
    from monitor.config.proposals import Admission
    from monitor.pipeline.check import Finding, Sample


class Feeds(Named[Feed]):
    """The enabled feeds of feeds.yaml, in its order."""

    @property
    def all(self) -> tuple[Feed, ...]:
        """Those that are switched off as well."""
        return self._at.app.config.feeds

    def add(
        self,
        name: str,
        *,
        kind: str = "feed",
        url: str | None = None,
        every: str | None = None,
        why: str | None = None,
        goals: Sequence[str] = (),
        **options: Any,
    ) -> bool:
        """Watch one more feed: a line of feeds.yaml each, `every` such as 12h, `options` keys of the kind's own. False
        when the same address is watched already. Raises ConfigError for what cannot stand there."""
        said = {"kind": kind, "url": url, **options, "every": every, "why": why, "goals": list(goals)}
        admission = watchlist.add(self._at.app, name, said)
        self._at.close()
        return bool(admission.entries)

    def remove(self, *names: str, disable: bool = False) -> Removed:
        """Watch feeds no longer, or switch them off; what they brought stays in the store. `load` takes the lines that
        stood there back. Raises ConfigError for a name that is none."""
        removed = watchlist.remove(self._at.app, names, disable=disable)
        self._at.close()
        return removed

    def check(self, address: str, *, allow_private: bool = False) -> Finding:
        """What an address is, and the entry of feeds.yaml that would watch it. Nothing is kept. Raises FetchError and
        ParseError."""
        return watchlist.look(self._at.app, address, allow_private=allow_private)

    def sample(self, name: str) -> Sample:
        """What a feed of feeds.yaml brings now. Nothing is kept. Raises ConfigError, FetchError and ParseError."""
        return watchlist.sample(self._at.app, name)

    def load(self, file: str | Path, goals: Sequence[str] = (), *, dry_run: bool = False) -> Admission:
        """Add the feeds of a file, unless `dry_run`: OPML of a feed reader, or YAML as it stands under feeds: in
        feeds.yaml. What was added, what is watched already, and a sentence for each that cannot be used.

        Raises ParseError and ConfigError for what is no such file.
        """
        try:
            body = Path(file).read_bytes()
        except OSError as error:
            raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
        admission, problems = watchlist.take_in(self._at.app, body, str(file), goals, dry_run=dry_run)
        admission.problems[:0] = problems
        self._at.close()
        return admission

    def export(self, *, with_passwords: bool = False) -> bytes:
        """The feeds of kind `feed` as OPML 2.0 for a feed reader, in folders by goal; others are not for readers. Names
        and passwords in addresses are left out, unless `with_passwords`."""
        return watchlist.exported(self._at.app, with_passwords=with_passwords).document

    def _now(self) -> tuple[Feed, ...]:
        return self._at.app.feeds()
