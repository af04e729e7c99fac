"""A column store for pandas, DuckDB and R: Apache Parquet, by PyArrow (extra `parquet`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from monitor.errors import ConfigError
from monitor.exports import About
from monitor.selection import Listed

SUFFIX = "parquet"
MEDIA_TYPE = "application/vnd.apache.parquet"
GROUP = 5_000
"""Works of a row group: what is held in memory at a time."""

_LISTS = ("authors", "categories", "goals", "countries", "feeds")
_TIMES = ("published", "first_seen")


def write(works: Iterable[Listed], out: BinaryIO, about: About) -> None:
    """One table; lists are lists of strings, times have their zone."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise ConfigError("Parquet needs PyArrow: pip install 'research-monitor[parquet]'") from error
    schema = _schema(arrow).with_metadata({"title": about.title, "made_at": about.made_at.isoformat()})
    with parquet.ParquetWriter(arrow.PythonFile(_Pipe(out), "w"), schema, compression="zstd") as table:
        for rows in _groups(works):
            table.write_table(arrow.Table.from_pylist(rows, schema))


class _Pipe:
    """A place to write to that cannot say where it stands, such as a pipe: PyArrow wants to know."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._written = 0
        self.closed = False

    def write(self, data: Any) -> int:
        self._out.write(data)
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        self._out.flush()

    def close(self) -> None:
        self.closed = True


def _schema(arrow: Any) -> Any:
    kinds = {
        **dict.fromkeys(_LISTS, arrow.list_(arrow.string())),
        **dict.fromkeys(_TIMES, arrow.timestamp("s", tz="UTC")),
        "year": arrow.int32(),
        "top_probability": arrow.float64(),
        "withdrawn": arrow.bool_(),
    }
    return arrow.schema([(name, kinds.get(name, arrow.string())) for name in Listed.columns()])


def _groups(works: Iterable[Listed]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(works)
    while part := list(islice(remaining, GROUP)):
        yield [{**work.record(), **{name: getattr(work.item, name) for name in _TIMES}} for work in part]
