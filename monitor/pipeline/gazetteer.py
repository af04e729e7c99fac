"""The registry of organisations, made ready: the newest dump is fetched, checked, compiled, tried, and only then used.

Dumps: https://ror.readme.io/docs/data-dump, on Zenodo under the concept DOI 10.5281/zenodo.6347574, whose record the
API answers with the newest version (https://developers.zenodo.org/#records).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.errors import GazetteerError
from monitor.types import Request

if TYPE_CHECKING:
    from monitor.http import Client
    from monitor.origin import Organisation, Stamp

RECORD = "https://zenodo.org/api/records/6347574"
MOST_BYTES = 500 * 2**20
"""A larger dump is refused; those of 2026 have some 100 MB."""
PACE = 0.2
TRIED = 300
"""Organisations that a new gazetteer is tried on."""
LEAST_RIGHT = 0.9
"""Share of its answers about them that must be right."""


class Dump(NamedTuple):
    """A dump as Zenodo announces it."""

    release: str
    name: str
    url: str
    size: int
    md5: str


def newest(client: Client, record: str = RECORD, *, allow_private: bool = False) -> Dump:
    """The newest dump; raises FetchError, and GazetteerError for an answer that names none."""
    body = client.get(Request(record, "application/json"), pace=PACE, allow_private=allow_private).body
    try:
        answer = json.loads(body)
        dumps = [_dump(answer, file) for file in answer["files"]]
        return next(dump for dump in dumps if dump.name.endswith(".zip"))
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, RecursionError) as error:
        raise GazetteerError(f"{record}: the answer does not name a dump") from error


def _dump(record: dict[str, Any], file: dict[str, Any]) -> Dump:
    kind, _, digest = file["checksum"].partition(":")
    if kind != "md5":
        raise ValueError(kind)
    return Dump(str(record["metadata"]["version"]), file["key"], file["links"]["self"], int(file["size"]), digest)


def download(client: Client, dump: Dump, folder: Path, *, allow_private: bool = False) -> Path:
    """The dump as a file in `folder`; raises FetchError, and GazetteerError when it is not what was announced."""
    if dump.size > MOST_BYTES:
        raise GazetteerError(f"{dump.name}: {dump.size:,} bytes are more than the {MOST_BYTES:,} that are taken")
    body = client.get(Request(dump.url), pace=PACE, allow_private=allow_private).body
    if len(body) != dump.size or hashlib.md5(body, usedforsecurity=False).hexdigest() != dump.md5:
        raise GazetteerError(f"{dump.name}: size or checksum is not the one that Zenodo announces; try again later")
    path = folder / "dump"
    try:
        path.write_bytes(body)
    except OSError as error:
        raise GazetteerError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def build(
    files: Sequence[Path], folder: Path, *, release: str, now: datetime, report: Callable[[str], None] = lambda _: None
) -> Stamp:
    """Compile the organisations of `files` into `folder`; raises GazetteerError, and what was there stays in use."""
    from monitor.origin import gazetteer, read
    from monitor.origin.compile import compiled

    organisations = list(chain.from_iterable(map(read, files)))
    report(f"{len(organisations):,} organisations read, compiling")
    content = gazetteer.pack(compiled(organisations), release=release, built=now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    try_out(content, organisations)
    try:
        return gazetteer.install(content, folder)
    except OSError as error:
        raise GazetteerError(f"{folder}: cannot be written: {error.strerror}") from error


def try_out(content: bytes, organisations: Sequence[Organisation]) -> None:
    """Ask a packed gazetteer about some of its own organisations; raises GazetteerError when it does not know them."""
    from monitor.origin import Gazetteer, Resolver

    resolver = Resolver(Gazetteer.loads(content))
    told = right = 0
    for organisation in _some(organisations):
        text = ", ".join((organisation.names[0], *organisation.cities))
        countries = resolver.resolve(text).countries
        told += bool(countries)
        right += bool(countries) and set(countries) <= set(organisation.countries)
    if not told or right < LEAST_RIGHT * told:
        raise GazetteerError(f"the new gazetteer is not used: it was right about {right} of {told} organisations")


def _some(organisations: Sequence[Organisation]) -> Iterable[Organisation]:
    named = [o for o in organisations if o.names and o.countries and o.status == "active"]
    usable = [o for o in named if o.cities] or named
    return usable[:: max(len(usable) // TRIED, 1)]
