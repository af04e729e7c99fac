"""The digest in a folder of the archive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from monitor.atomic import write_files
from monitor.errors import StoreError
from monitor.types import Document


def write(document: Document, folder: Path, formats: Sequence[str] | None = None) -> dict[str, Path]:
    """Write `document` as `digest.<format>` into `folder`, in all formats or in those named; returns format → path.

    The folder is created when it is missing, and the files replace earlier ones whole.
    Raises StoreError, naming the path, when that fails; what was there before is left as it was.
    """
    names = tuple(document.formats) if formats is None else formats
    try:
        paths = write_files(folder, {f"digest.{name}": document.formats[name] for name in names})
    except OSError as error:
        reason = error.strerror or error
        raise StoreError(f"the digest could not be written to {folder}: {reason}") from error
    return {name: paths[f"digest.{name}"] for name in names}
