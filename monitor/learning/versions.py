"""Earlier models of a taxonomy, whole, beside the one in use: so that a way back is a copy and no training.

models/goals/                         the model in use
models/goals/versions/goals-…-home.5  one that was in use, or would have been
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from monitor import atomic
from monitor.errors import ModelError
from monitor.goals import manifest, taxonomy
from monitor.goals.head import META, read_meta

FOLDER = "versions"


def kept(target: Path) -> tuple[str, ...]:
    """Names of the heads that are kept for the model in `target`, the oldest first.

    The manifest comes last into a folder: without one, a copy was killed half-way, and is made anew.
    """
    folders = [
        path for path in (target / FOLDER).glob("*") if all((path / name).is_file() for name in (META, manifest.FILE))
    ]
    return tuple(path.name for path in sorted(folders, key=lambda path: ((path / META).stat().st_mtime_ns, path.name)))


def keep(model: Path, target: Path) -> str:
    """Copy the model in the folder `model` to the versions of `target`, unless it is there; its name.

    Raises ModelError when it is damaged: what cannot be used is no way back.
    """
    name = str(read_meta(model)["name"])
    if name not in kept(target):
        _copy(model, target / FOLDER / name)
    return name


def keep_replaced(target: Path, name: str) -> None:
    """Keep the model in `target` before one called `name` replaces it, if earlier ones are kept there, and it is not
    damaged."""
    if kept(target) and (target / META).is_file():
        with contextlib.suppress(ModelError):
            if read_meta(target)["name"] != name:
                keep(target, target)


def restore(target: Path, name: str) -> None:
    """Make the kept version of that name the model in `target`; what it replaces is kept, unless that is damaged, as it
    is where a training was killed between two files. Raises ModelError."""
    if name not in kept(target):
        raise ModelError(
            f"there is no version {name!r} in {target / FOLDER}; there are {', '.join(kept(target)) or 'none'}"
        )
    if (target / META).is_file():
        with contextlib.suppress(ModelError):
            keep(target, target)
    _copy(target / FOLDER / name, target)


def following(names: Iterable[str]) -> int:
    """The next number of a version, given the names that were used: 6 after `goals-minilm-krr.5`."""
    ends = (name.rpartition(".")[2] for name in names)
    return max((int(end) for end in ends if end.isdecimal()), default=0) + 1


def _copy(source: Path, target: Path) -> None:
    """All files of a model, those of the manifest checked; the manifest comes last."""
    try:
        files = {path.name: path.read_bytes() for path in sorted(source.iterdir()) if path.is_file()}
    except OSError as error:
        raise ModelError(f"{source} cannot be read: {error.strerror}") from error
    for name in manifest.listed(source):
        files[name] = manifest.read(source, name)
    if taxonomy.FILE not in files:
        raise ModelError(f"{source} has no {taxonomy.FILE}")
    last = files.pop(manifest.FILE)
    try:
        atomic.write_files(target, {**files, manifest.FILE: last})
    except OSError as error:
        raise ModelError(f"{target} cannot be written: {error.strerror}") from error
