"""Vectors of many works in one file, mapped into memory, and the exact product of all of them with one vector.

    4096 bytes   JSON: format, space, dimensions, rows, crc (CRC-32 of the rows), padded with blanks
    rows         each: item (int64), hash of its text (32 bytes), vector (float32, little-endian)

The store is the truth: the file only spares reading it row by row. It is believed as far as its checksum holds and its
rows are those the store holds still; the rest is read from the store. Rows are added behind those that are there, and
the header that counts them is written last, so that a kill leaves the file as it was. 32-bit floats take twice the disk
of the 16 bits that the store keeps, and a fifth of the time.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Read = Callable[[Sequence[int]], Sequence[tuple[int, str, bytes]]]

FORMAT = 1
HEADER = 4096
HASH = 32
"""Bytes of the hash of a text: as many as those of the store have."""
WASTE = 0.25
"""Part of the rows that may be of former texts before the file is written anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Vectors of one space."""

    items: NDArray[np.int64]
    """(n,) the works."""
    rows: tuple[NDArray[np.float32], ...]
    """Their vectors, in parts (m, d), m adding up to n."""
    stale: NDArray[np.bool_]
    """(n,) whether the row is of a text or a work that is no longer there."""

    def __len__(self) -> int:
        return int((~self.stale).sum())

    def likeness(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n,) cosines of all vectors and one of length 1; -2, less than any, for what is stale."""
        import numpy as np

        found = np.concatenate([part @ vector for part in self.rows]) if self.rows else np.zeros(0, np.float32)
        found[self.stale] = -2
        return found

    def best(
        self, likeness: NDArray[np.float32], most: int, *, among: Sequence[int] | None = None, least: float = 0.0
    ) -> dict[int, float]:
        """Work → likeness of the `most` with the greatest `likeness` (n,), at least `least`, the most like first; of
        `among`, where that is given."""
        import numpy as np

        found = likeness
        if among is not None:
            found = np.where(np.isin(self.items, np.fromiter(among, np.int64, len(among))), likeness, -2)
        places = np.flatnonzero(found >= least)
        if len(places) > most:
            places = places[np.argpartition(-found[places], most - 1)[:most]]
        order = places[np.lexsort((self.items[places], -found[places]))]
        return {int(self.items[i]): float(found[i]) for i in order}

    def of(self, item: int) -> NDArray[np.float32] | None:
        """The vector of a work; None where it has none."""
        import numpy as np

        places = np.flatnonzero((self.items == item) & ~self.stale)
        start = 0
        for part in self.rows:
            if len(places) and places[0] < start + len(part):
                return np.array(part[places[0] - start])
            start += len(part)
        return None


def load(
    path: Path, space: str, dimensions: int, held: Sequence[tuple[int, str]], read: Read, *, keep: bool = True
) -> Matrix:
    """The vectors of the works and texts `held`, from the file at `path` as far as it has them; `read` gives the rest.

    With `keep`, which one program at a time may ask for, the file is brought up to date, or made anew when it is
    damaged, foreign or a quarter of it is stale. Without it, or where it cannot be written, the answer is the same.
    """
    import numpy as np

    wanted = np.array([item for item, _ in held], np.int64)
    hashes = np.array([text.encode()[:HASH] for _, text in held], f"S{HASH}")
    wanted, first = np.unique(wanted, return_index=True)
    hashes = hashes[first]
    kept = _kept(path, space, dimensions)
    if kept is None:
        kept = np.zeros(0, _row(dimensions))
    places = np.minimum(np.searchsorted(wanted, kept["item"]), max(len(wanted) - 1, 0))
    good = (wanted[places] == kept["item"]) & (hashes[places] == kept["text"]) if len(wanted) else kept["item"] < 0
    have = np.zeros(len(wanted), bool)
    have[places[good]] = True
    more = _rows(read([int(i) for i in wanted[~have]]), dimensions)
    if keep:
        with contextlib.suppress(OSError):  # a folder that is read-only, a full disk: what is in memory serves as well
            kept, more, good = _bring_up(path, space, dimensions, kept, more, good)
    parts = [part for part in (kept, more) if len(part)]
    return Matrix(
        np.concatenate([kept["item"], more["item"]]),
        tuple(part["vector"] for part in parts),
        np.concatenate([~good, np.zeros(len(more), bool)]),
    )


def _row(dimensions: int) -> Any:
    import numpy as np

    return np.dtype([("item", "<i8"), ("text", f"S{HASH}"), ("vector", "<f4", (dimensions,))])


def _rows(vectors: Sequence[tuple[int, str, bytes]], dimensions: int) -> Any:
    """Rows of the file, from items, hashes of texts and vectors as the store keeps them; those of another length and
    those that are no numbers left out."""
    import numpy as np

    whole = {item: (text, vector) for item, text, vector in vectors if len(vector) == 2 * dimensions}
    rows = np.zeros(len(whole), _row(dimensions))
    if whole:
        rows["item"] = list(whole)
        rows["text"] = [text.encode()[:HASH] for text, _ in whole.values()]
        raw = b"".join(vector for _, vector in whole.values())
        rows["vector"] = np.frombuffer(raw, "<f2").reshape(len(whole), dimensions)
    return rows[np.isfinite(rows["vector"]).all(axis=1)]


def _kept(path: Path, space: str, dimensions: int) -> Any:
    """The rows of the file, mapped; None where it is not there, is another's or damaged."""
    import numpy as np

    try:
        with path.open("rb") as file:
            header = json.loads(file.read(HEADER))
        if (header["format"], header["space"], header["dimensions"]) != (FORMAT, space, dimensions):
            return None
        if not header["rows"]:
            return None
        rows: Any = np.memmap(path, _row(dimensions), "r", HEADER, (int(header["rows"]),))
        return rows if zlib.crc32(memoryview(rows).cast("B")) == header["crc"] else None
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return None


def _bring_up(path: Path, space: str, dimensions: int, kept: Any, more: Any, good: Any) -> tuple[Any, Any, Any]:
    """Add `more` to the file, or write it anew; what it holds then, what it does not hold, and which rows are good."""
    import numpy as np

    anew = len(kept) == 0 or (~good).sum() > WASTE * len(kept)
    if anew and (len(kept) or len(more)):
        rows = np.concatenate([kept[good], more])
        _write(path, space, dimensions, rows)
    elif len(more):
        rows = more
        _append(path, space, dimensions, kept, more)
    else:
        return kept, more, good
    mapped = np.memmap(path, _row(dimensions), "r", HEADER, (len(rows) if anew else len(kept) + len(more),))
    good = np.ones(len(mapped), bool) if anew else np.concatenate([good, np.ones(len(more), bool)])
    return mapped, more[:0], good


def _write(path: Path, space: str, dimensions: int, rows: Any) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(_header(space, dimensions, len(rows), zlib.crc32(rows.tobytes())))
            file.write(rows.tobytes())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _append(path: Path, space: str, dimensions: int, kept: Any, more: Any) -> None:
    """Add rows behind those that are there, and count them last."""
    with path.open("r+b") as file:
        crc = zlib.crc32(more.tobytes(), json.loads(file.read(HEADER))["crc"])
        file.seek(HEADER + len(kept) * kept.itemsize)
        file.write(more.tobytes())
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        file.write(_header(space, dimensions, len(kept) + len(more), crc))


def _header(space: str, dimensions: int, rows: int, crc: int) -> bytes:
    text = json.dumps({"format": FORMAT, "space": space, "dimensions": dimensions, "rows": rows, "crc": crc})
    return text.encode().ljust(HEADER)
