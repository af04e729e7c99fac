"""Texts of labelled papers, looked up in folders of JSON lines, since labels are kept without texts."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from monitor.errors import ParseError
from monitor.goals import Paper
from monitor.goals.papers import sound

SUFFIXES = (".jsonl", ".jsonl.gz")


def find_papers(ids: Collection[str], folders: Iterable[Path]) -> dict[str, Paper]:
    """Title and abstract of those of `ids` that the `folders` (or single files) have, by id.

    A record `{id, title, abstract}` answers to its id and, when the id has no scheme, to `arxiv:` and the id.
    Files are read in order of their names, line by line, and no further than needed; the first record of an
    id counts. Raises ParseError naming file and line.
    """
    found: dict[str, Paper] = {}
    wanted = set(ids)
    for path in _files(folders):
        if len(found) == len(wanted):
            break
        for record in _records(path):
            name = _text(record, "id")
            for key in (name, f"arxiv:{name}"):
                if key in wanted and key not in found:
                    found[key] = _paper(record)
    return found


def all_papers(folders: Iterable[Path]) -> dict[str, Paper]:
    """Title and abstract of all papers in the `folders` (or single files), by id, `arxiv:` before one without a
    scheme; the first record of an id counts, and one whose id is missing or no single line is passed over.

    Raises ParseError naming file and line.
    """
    found: dict[str, Paper] = {}
    for path in _files(folders):
        for record in _records(path):
            name = _text(record, "id")
            if name and "\n" not in name:
                found.setdefault(name if ":" in name else f"arxiv:{name}", _paper(record))
    return found


def _paper(record: Mapping[str, Any]) -> Paper:
    return Paper(_text(record, "title"), _text(record, "abstract"))


def _text(record: Mapping[str, Any], name: str) -> str:
    return sound(str(record.get(name) or ""))


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        if folder.is_file():
            yield folder
        elif folder.is_dir():
            yield from sorted(p for p in folder.iterdir() if p.name.endswith(SUFFIXES))
        else:
            raise ParseError(f"{folder} is neither a folder nor a file")


def _records(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with _open(path) as file:
            for number, line in enumerate(file, 1):
                if not line.isspace():
                    yield _record(f"{path}, line {number}", line)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ParseError(f"{path} cannot be read to its end: {error}") from error


def _record(place: str, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise ParseError(f"{place}: not JSON: {error}") from error
    except RecursionError as error:
        raise ParseError(f"{place}: not JSON that can be read: nested too deeply") from error
    if not isinstance(record, dict):
        raise ParseError(f"{place}: not a JSON object")
    return record


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")
