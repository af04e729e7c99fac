"""The manifest of a model folder: the SHA-256 of every file that the program reads from it.

A safetensors file with a flipped bit loads without complaint, so no file of a model is used before its
sum was compared. The manifest guards against damage and mixed-up files, not against a forger.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from monitor import atomic
from monitor.errors import ModelError

FILE = "manifest.json"


def read(folder: Path, name: str) -> bytes:
    """The content of `folder`/`name`; raises ModelError, naming the file, unless it is what was written."""
    expected = _sums(folder).get(name)
    if expected is None:
        raise ModelError(f"{folder / FILE} does not list {name}")
    content = _content(folder / name)
    if hashlib.sha256(content).hexdigest() != expected:
        raise ModelError(f"{folder / name} is damaged or was exchanged: its SHA-256 is not the one in {FILE}")
    return content


def mark(folder: Path) -> tuple[int, int]:
    """What changes whenever the manifest of `folder` is written anew; zeros when there is none."""
    try:
        found = (folder / FILE).stat()
    except OSError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


def listed(folder: Path) -> tuple[str, ...]:
    """Names of the files whose sums are kept; raises ModelError."""
    return tuple(_sums(folder))


def write(folder: Path, files: Mapping[str, bytes], unlisted: Mapping[str, bytes] | None = None) -> None:
    """Put `files` into `folder` and their sums into its manifest; sums of other files there are kept. Files that people
    read and the program does not go in with them, `unlisted`.

    All is on the disk before the first name changes, and the manifest changes last: a crash leaves the old
    model or, between two renames, one that `read` refuses. Raises ModelError.
    """
    sums = _sums(folder) if (folder / FILE).exists() else {}
    sums |= {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = json.dumps({"sha256": dict(sorted(sums.items()))}, indent=2) + "\n"
    try:
        atomic.write_files(folder, {**(unlisted or {}), **files, FILE: manifest.encode()})
    except OSError as error:
        raise ModelError(f"{folder} cannot be written: {error}") from error


def _sums(folder: Path) -> dict[str, str]:
    try:
        sums = json.loads(_content(folder / FILE))["sha256"]
        return {str(name): str(value) for name, value in sums.items()}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelError(f"{folder / FILE} is not a manifest of a model") from error


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
