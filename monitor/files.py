"""Local files as if they were served: one JSON record a line, plain or gzip, a single file or a folder of them.

A part of a file has the address `file:///folder/name.jsonl#byte=4194304`, counted in decoded bytes. Two more
fields of the fragment make it good to go on from in a later run: `folder` says that the files after this one
are to follow, and `was` is the etag that the file had when its first part was read.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

from monitor.errors import FetchError
from monitor.types import Request, Response, Validators

SUFFIXES = (".jsonl", ".jsonl.gz", ".json", ".ndjson")
"""What is read in a folder; other files, and hidden ones, are left alone."""
PART = 4 * 2**20
"""Decoded bytes of a response, before the rest of the line that they end in."""
LONGEST_LINE = 16 * 2**20
CONTENT_TYPE = "application/x-ndjson"


class Files:
    """Reads local files part by part; not for use by several threads.

    The last file stays open, so that a gzip file is decompressed once, and not from its beginning for each part.
    """

    def __init__(self) -> None:
        self._reader: _Reader | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file that was kept open."""
        if self._reader is not None:
            self._reader.handle.close()
            self._reader = None

    def first(self, url: str) -> str:
        """The address to begin with: that of the first file for a folder, else `url` itself.

        Without its fragment it is what the validators of the file are to be kept under, as `Response.url` is.
        Raises FetchError for an empty folder.
        """
        place = _Place.of(url)
        with _in_plain_words(place.path):
            if not place.path.is_dir():
                return url
            names = _names(place.path)
        if not names:
            wanted = ", ".join(f"*{suffix}" for suffix in SUFFIXES)
            raise FetchError(f"the folder {place.path} holds none of {wanted}")
        return _Place(place.path / names[0], folder=True).url

    def read(self, request: Request, validators: Validators | None = None) -> Response:
        """The part of a file at `request.url`: whole lines, and in `following` where to go on, None at the end.

        A file is `unchanged` when its etag, made of its size and time of change, is that of `validators`. The
        etag comes with the part that ends the file, and only if all parts were read from the file in one state;
        without it the file is read again the next time. One that changed between two runs begins anew.

        Raises FetchError when the file is missing, unreadable or damaged, or has a line longer than 16 MiB.
        """
        place = _Place.of(self.first(request.url))
        try:
            with _in_plain_words(place.path):
                if place.byte == 0 and validators and validators.etag == _etag(place.path.stat()):
                    url = _Place(place.path).url
                    return Response(url, b"", CONTENT_TYPE, validators, unchanged=True, following=_next_file(place))
                return self._part(place)
        except FetchError:
            self.close()
            raise

    def _part(self, place: _Place) -> Response:
        reader = self._reader_at(place)
        begin = reader.byte
        body = reader.lines()
        url = _Place(place.path, begin).url
        if not reader.is_at_end():
            following = _Place(place.path, reader.byte, reader.etag, place.folder).url
            return Response(url, body, CONTENT_TYPE, following=following)
        etag = reader.etag if reader.etag == _etag(os.fstat(reader.handle.fileno())) else None
        self.close()
        return Response(url, body, CONTENT_TYPE, Validators(etag), following=_next_file(place))

    def _reader_at(self, place: _Place) -> _Reader:
        """The open file, if it stands at `place` already, or the file opened there."""
        kept = self._reader
        if kept is None or (kept.path, kept.byte, kept.etag) != (place.path, place.byte, place.was):
            self.close()
            self._reader = kept = _Reader(place.path)
            if place.was in (None, kept.etag):
                kept.go_to(place.byte)
        return kept


@dataclass(frozen=True, slots=True)
class _Place:
    """A file or a folder, and where in it."""

    path: Path
    byte: int = 0
    was: str | None = None
    folder: bool = False

    @classmethod
    def of(cls, url: str) -> _Place:
        parts = urlsplit(url)
        path = os.fsdecode(unquote_to_bytes(parts.path))
        fields = parse_qs(parts.fragment, keep_blank_values=True)
        byte = fields.get("byte", ["0"])[0]
        local = parts.scheme == "file" and parts.netloc in ("", "localhost") and path.startswith("/")
        if not local or "\0" in path or not (byte.isascii() and byte.isdecimal()):
            raise FetchError(f"{url!r} is not the address of a local file or of a part of it")
        return cls(Path(path), int(byte), fields.get("was", [None])[0], "folder" in fields)

    @property
    def url(self) -> str:
        was = f"&was={self.was}" if self.was else ""
        return f"{self.path.as_uri()}#byte={self.byte}{was}{'&folder' if self.folder else ''}"


class _Reader:
    """An open file, and how far it was read."""

    def __init__(self, path: Path) -> None:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise FetchError(f"{path} is not a file")
        self.path = path
        packed = path.name.lower().endswith(".gz")
        self.handle: io.BufferedReader | gzip.GzipFile = gzip.GzipFile(path) if packed else path.open("rb")
        self.etag = _etag(os.fstat(self.handle.fileno()))
        self.byte = 0

    def go_to(self, byte: int) -> None:
        """Go to the line that begins at `byte`."""
        if byte and (self.handle.seek(byte - 1) != byte - 1 or self.handle.read(1) != b"\n"):
            raise FetchError(f"no line of {self.path} begins at byte {byte}")
        self.byte = byte

    def lines(self) -> bytes:
        """Whole lines of `PART` bytes together, or a little more; the last line of a file needs no line feed."""
        data = self.handle.read(PART)
        begun = len(data) - (data.rfind(b"\n") + 1)
        rest = self.handle.readline(LONGEST_LINE + 1 - begun) if begun else b""
        if begun + len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            start = self.byte + len(data) - begun
            raise FetchError(f"the line of {self.path} that begins at byte {start} is longer than 16 MiB")
        self.byte += len(data) + len(rest)
        return data + rest

    def is_at_end(self) -> bool:
        """Whether nothing is left; for a gzip file this compares its check sum."""
        return not self.handle.peek(1)


def _names(folder: Path) -> list[str]:
    """The files of `folder` that are read, in order. Links count, also those that lead nowhere: reading tells."""
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.name.lower().endswith(SUFFIXES) and not path.name.startswith(".") and not path.is_dir()
    )


def _next_file(place: _Place) -> str | None:
    if not place.folder:
        return None
    folder = place.path.parent
    return next((_Place(folder / n, folder=True).url for n in _names(folder) if n > place.path.name), None)


def _etag(state: os.stat_result) -> str:
    return f"{state.st_size}-{state.st_mtime_ns}"


@contextlib.contextmanager
def _in_plain_words(path: Path) -> Iterator[None]:
    """Let what goes wrong in reading `path` come out as a FetchError."""
    try:
        yield
    except FileNotFoundError as error:
        raise FetchError(f"there is no file or folder {path}") from error
    except PermissionError as error:
        raise FetchError(f"{path} may not be read by this user") from error
    except EOFError as error:
        raise FetchError(f"the gzip file {path} is cut short") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise FetchError(f"{path} is not a gzip file, or is damaged") from error
    except OSError as error:
        raise FetchError(f"{path} cannot be read: {error.strerror or type(error).__name__}") from error
