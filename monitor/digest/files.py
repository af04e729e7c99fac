"""The digest in a folder of the archive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from monitor.atomic import write_files
from monitor.errors import StoreError
from monitor.types import Document


def write(
    document: Document, folder: Path, formats: Sequence[str] | None = None, *, as_sent: bool = False
) -> dict[str, Path]:
    """Write `document` as `digest.<format>` into `folder`, in all formats or in those named; returns format → path.

    Pictures of a document for mail are written beside it, and the HTML shows those files; `as_sent` leaves it byte for
    byte as it went into the message, where pictures are parts of the message.

    The folder is created when it is missing, and the files replace earlier ones whole.
    Raises StoreError, naming the path, when that fails; what was there before is left as it was.
    """
    names = tuple(document.formats) if formats is None else formats
    try:
        files = {f"digest.{name}": document.formats[name] for name in names}
        if "html" in names:
            files |= {f"{name}.png": picture for name, picture in document.pictures.items()}
        if "html" in names and not as_sent:
            files["digest.html"] = _beside(document)
        paths = write_files(folder, files)
    except OSError as error:
        reason = error.strerror or error
        raise StoreError(f"the digest could not be written to {folder}: {reason}") from error
    return {name: paths[f"digest.{name}"] for name in names}


def _beside(document: Document) -> bytes:
    """The HTML with pictures that are files beside it."""
    html = document.formats["html"]
    for name in document.pictures:
        html = html.replace(f'"cid:{name}"'.encode(), f'"{name}.png"'.encode())
    return html
