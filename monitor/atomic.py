"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path


def write_files(folder: Path, files: Mapping[str, bytes]) -> dict[str, Path]:
    """Write every file of `files` (name → content) into `folder`, and return their paths by the same names.

    The folder is created when it is missing. Everything is first written and synced beside its
    destination and only then renamed, so that a full disk leaves what was there before as it was.
    A file that is replaced leaves its permissions to the new one.
    Raises OSError; no partial or temporary file is left then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    staged: dict[str, Path] = {}
    try:
        for name, content in files.items():
            staged[name] = folder / f".{name}.{secrets.token_hex(4)}.tmp"
            _write_synced(staged[name], content)
            _keep_permissions(folder / name, staged[name])
        for name, temporary in staged.items():
            temporary.replace(folder / name)
    finally:
        for temporary in staged.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    _sync_folder(folder)
    return {name: folder / name for name in files}


def _write_synced(path: Path, content: bytes) -> None:
    """Create `path` anew, with the permissions the umask leaves, and have it on the disk on return."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _keep_permissions(old: Path, new: Path) -> None:
    if old.is_file() and not old.is_symlink():  # what a link leads to says nothing about the file in its place
        new.chmod(stat.S_IMODE(old.stat().st_mode))


def _sync_folder(folder: Path) -> None:
    """Have the renames on the disk too, where the system lets a folder be synced (Windows does not)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
