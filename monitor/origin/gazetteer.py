"""A compiled gazetteer: one file of arrays, written once, loaded in well under a second.

The file is numpy's own format without pickles (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html):
texts as UTF-8 with a line for each row, everything else as integers. It is stamped with the release of the registry and
with the rules that compiled it.
"""

from __future__ import annotations

import io
import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor import atomic
from monitor.errors import GazetteerError
from monitor.origin.evidence import Entry, Evidence, masks
from monitor.origin.resolution import Institution

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from monitor.origin.compile import Compiled

FORMAT = 3
"""Changes with the arrays and with the rules that compile them; a file of another one is compiled anew."""
FILE = "gazetteer.npz"
PREFIX = "https://ror.org/"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where a compiled gazetteer comes from."""

    release: str
    """As the registry calls it: "v2.15", or the name of the file."""
    built: str
    """UTC, ISO 8601."""
    organisations: int
    names: int
    hosts: int
    format: int = FORMAT


class Gazetteer:
    """The tables of one compiled file."""

    def __init__(self, stamp: Stamp, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.stamp = stamp
        self._arrays = arrays
        self._names = _lines(arrays["names"])
        kinds: list[Entry] = [(kind, tuple(map(tuple, votes))) for kind, votes in json.loads(_text(arrays["kinds"]))]
        says = map(kinds.__getitem__, arrays["says"].tolist())
        self.evidence = Evidence(
            names=dict(zip(self._names, says, strict=True)),
            lengths=dict(zip(_lines(arrays["firsts"]), arrays["masks"].tolist(), strict=True)),
            hosts=dict(zip(_lines(arrays["hosts"]), _lines(arrays["host_countries"]), strict=True)),
        )

    @classmethod
    def load(cls, path: Path) -> Gazetteer:
        """The gazetteer in the file; raises GazetteerError, which says what to do, when it cannot be used."""
        return cls._of(path, path)

    @classmethod
    def loads(cls, content: bytes) -> Gazetteer:
        """The gazetteer that `pack` has made."""
        return cls._of(Path(FILE), io.BytesIO(content))

    @classmethod
    def _of(cls, path: Path, source: Path | io.BytesIO) -> Gazetteer:
        arrays = _arrays(path, source)
        stamp = _stamp(path, arrays)
        try:
            return cls(stamp, arrays)
        except (LookupError, ValueError) as error:
            raise GazetteerError(f"{path}: is damaged: run `monitor gazetteer update`") from error

    def bearers(self, name: str, country: str) -> list[int]:
        """The organisations in `country` that bear the canonical name, by index."""
        row = bisect_left(self._names, name)
        if row == len(self._names) or self._names[row] != name:
            return []
        starts, members = self._arrays["starts"], self._arrays["members"]
        found = members[starts[row] : starts[row + 1]].tolist()
        return [index for index in found if country in self._countries(index)]

    def country_of(self, ror: str) -> str | None:
        """The country of the organisation with this id, address or not; None where it has several or is not listed."""
        index = self._indices.get(ror.removeprefix(PREFIX).encode())
        found = self._countries(index) if index is not None else ()
        return found[0] if len(found) == 1 and found[0] else None

    def name_of(self, ror: str) -> str | None:
        """What the organisation with this id, address or not, is called; None where it is not listed."""
        index = self._indices.get(ror.removeprefix(PREFIX).encode())
        return (self._titles[index] or None) if index is not None else None

    def institution(self, index: int) -> Institution:
        """Organisation `index`."""
        return Institution(PREFIX + self._id(index), tuple(PREFIX + self._id(i) for i in self.parents(index)))

    def parents(self, index: int) -> list[int]:
        """The organisations that organisation `index` is part of."""
        starts: NDArray[np.uint32] = self._arrays["parent_starts"]
        return [int(i) for i in self._arrays["parents"][starts[index] : starts[index + 1]]]

    @cached_property
    def _titles(self) -> list[str]:
        return _lines(self._arrays["titles"])

    @cached_property
    def _indices(self) -> Mapping[bytes, int]:
        return {bytes(name): index for index, name in enumerate(self._arrays["ids"].tolist())}

    def _id(self, index: int) -> str:
        return str(self._arrays["ids"][index].decode())

    def _countries(self, index: int) -> Sequence[str]:
        return str(self._arrays["countries"][index].decode()).split(",")


def pack(compiled: Compiled, *, release: str, built: str) -> bytes:
    """The content of the file."""
    import numpy as np

    names = sorted(compiled.names)
    kinds = sorted(set(compiled.names.values()))
    rows = {entry: row for row, entry in enumerate(kinds)}
    firsts = masks(names)
    organisations = compiled.organisations
    index = {organisation.id: i for i, organisation in enumerate(organisations)}
    starts, members = _ragged(dict.fromkeys(compiled.bearers.get(name, ())) for name in names)
    parent_starts, parents = _ragged([index[p] for p in o.parents if p in index] for o in organisations)
    stamp = Stamp(release, built, len(index), len(names), len(compiled.hosts))
    file = io.BytesIO()
    np.savez(
        file,
        stamp=_bytes(json.dumps(asdict(stamp))),
        kinds=_bytes(json.dumps(kinds)),
        names=_bytes("\n".join(names)),
        says=np.array([rows[compiled.names[name]] for name in names], dtype=np.uint32),
        firsts=_bytes("\n".join(firsts)),
        masks=np.array(list(firsts.values()), dtype=np.uint16),
        hosts=_bytes("\n".join(compiled.hosts)),
        host_countries=_bytes("\n".join(compiled.hosts.values())),
        ids=np.array([o.id.encode() for o in organisations], dtype="S"),
        titles=_bytes("\n".join(o.title for o in organisations)),
        countries=np.array([",".join(o.countries).encode() for o in organisations], dtype="S"),
        starts=starts,
        members=members,
        parent_starts=parent_starts,
        parents=parents,
    )
    return file.getvalue()


def install(content: bytes, folder: Path) -> Stamp:
    """Put a packed gazetteer into `folder`, in the place of the one there; raises OSError."""
    atomic.write_files(folder, {FILE: content})
    return stamp(folder / FILE)


def stamp(path: Path) -> Stamp:
    """Where the gazetteer in the file comes from, without loading it; raises GazetteerError."""
    return _stamp(path, _arrays(path, path, only="stamp"))


def _stamp(path: Path, arrays: Mapping[str, NDArray[Any]]) -> Stamp:
    try:
        found = json.loads(_text(arrays["stamp"]))
        if found["format"] == FORMAT:
            return Stamp(**found)
    except (ValueError, TypeError, KeyError) as error:
        raise GazetteerError(f"{path}: is damaged: run `monitor gazetteer update`") from error
    raise GazetteerError(f"{path}: was compiled by another version: run `monitor gazetteer update`")


def _arrays(path: Path, source: Path | io.BytesIO, only: str = "") -> dict[str, NDArray[Any]]:
    import numpy as np

    try:
        opened = source.open("rb") if isinstance(source, Path) else source
        with opened, np.load(opened, allow_pickle=False) as file:
            return {name: file[name] for name in ([only] if only else file.files)}
    except Exception as error:  # zipfile and numpy let many kinds through: a bit that flipped can fail anywhere
        raise GazetteerError(f"{path}: cannot be read ({error}): run `monitor gazetteer update`") from error


def _ragged(rows: Iterable[Iterable[int]]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Lists of different lengths as where each begins, and all members."""
    import numpy as np

    starts = [0]
    members: list[int] = []
    for row in rows:
        members.extend(row)
        starts.append(len(members))
    return np.array(starts, dtype=np.uint32), np.array(members, dtype=np.uint32)


def _bytes(text: str) -> NDArray[np.uint8]:
    import numpy as np

    return np.frombuffer(text.encode(), dtype=np.uint8)


def _text(array: NDArray[np.uint8]) -> str:
    return array.tobytes().decode()


def _lines(array: NDArray[np.uint8]) -> list[str]:
    return _text(array).split("\n") if len(array) else []
