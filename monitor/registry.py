"""The compiled registry of organisations that a home has: where it lies, what it tells, how a new one comes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import GazetteerError
from monitor.pipeline import gazetteer

if TYPE_CHECKING:
    from monitor.http import Client
    from monitor.origin import Resolver, Stamp


Report = Callable[[str], None]
"""Hears what is being done."""


class Registry:
    """Compiled from dumps of ROR (https://ror.org), once and then monthly; a home may be without one."""

    def __init__(
        self, folder: Path, way_out: Callable[[], AbstractContextManager[Client]], clock: Callable[[], datetime]
    ) -> None:
        """`way_out` makes a client that may take hours and hundreds of megabytes."""
        self.path = folder / "gazetteer.npz"
        self._way_out = way_out
        self._clock = clock

    @cached_property
    def resolver(self) -> Resolver:
        """Tells countries, with the registry where there is one that can be used, else from names alone."""
        from monitor.origin import Gazetteer, Resolver

        try:
            return Resolver(Gazetteer.load(self.path) if self.path.exists() else None)
        except GazetteerError:
            return Resolver()

    def stamp(self) -> Stamp | None:
        """Where it comes from, None when there is none; raises GazetteerError when it cannot be used."""
        from monitor import origin

        return origin.stamp(self.path) if self.path.exists() else None

    def update(self, files: Sequence[Path], release: str | None, record: str | None, report: Report) -> Stamp:
        """Compile `files`, called `release`, or else the newest dump, which `record`, when given, is asked for."""
        if files:
            return self.build(files, release or files[0].name, report)
        with tempfile.TemporaryDirectory() as folder:
            path, found = self.download(Path(folder), record, report)
            return self.build([path], found, report)

    def build(self, files: Sequence[Path], release: str, report: Report) -> Stamp:
        """Compile `files` and use them from now on; raises GazetteerError, and the registry stays as it was."""
        stamp = gazetteer.build(files, self.path.parent, release=release, now=self._clock(), report=report)
        self.__dict__.pop("resolver", None)  # whoever goes on with this object is told countries by the new one
        return stamp

    def download(self, folder: Path, record: str | None, report: Report) -> tuple[Path, str]:
        """The newest dump, as a file in `folder`, and its release; `record`, when given, is asked instead of Zenodo.

        Raises FetchError and GazetteerError.
        """
        private = record is not None
        with self._way_out() as client:
            dump = gazetteer.newest(client, record or gazetteer.RECORD, allow_private=private)
            report(f"{dump.name}: downloading {dump.size / 2**20:,.1f} MiB")
            return gazetteer.download(client, dump, folder, allow_private=private), dump.release
