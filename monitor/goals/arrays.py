"""Files of a model folder, as the manifest vouches for them: safetensors with a word about what is in them
(https://huggingface.co/docs/safetensors), and lists of lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.errors import ModelError
from monitor.goals import manifest

if TYPE_CHECKING:
    from numpy.typing import NDArray


def save_arrays(tensors: Mapping[str, NDArray[Any]], about: Mapping[str, Any] | None = None) -> bytes:
    """The content of a safetensors file; the same arrays give the same bytes."""
    import numpy as np
    from safetensors.numpy import save

    # The library writes the memory of an array as it lies, whatever its strides say.
    laid_out = {key: np.ascontiguousarray(value) for key, value in tensors.items()}
    # One key only: the library writes several in an order that changes from run to run.
    content: bytes = save(laid_out, metadata={"about": json.dumps(dict(about or {}))})
    return content


def read_arrays(folder: Path, name: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The tensors of `folder`/`name`, and what `save_arrays` was told about them. Raises ModelError."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    content = manifest.read(folder, name)
    try:
        return load(content), _about(content)
    except (SafetensorError, LookupError, TypeError, ValueError) as error:
        raise ModelError(f"{folder / name} is not a safetensors file of the monitor: {error}") from error


def _about(content: bytes) -> dict[str, Any]:
    """The file begins with the length of its header, 8 bytes, and the header, JSON."""
    size = int.from_bytes(content[:8], "little")
    about: dict[str, Any] = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["about"])
    return about


def read_lines(folder: Path, name: str) -> tuple[str, ...]:
    """The lines of `folder`/`name`; raises ModelError."""
    try:
        return tuple(manifest.read(folder, name).decode("utf-8").split("\n")[:-1])
    except UnicodeDecodeError as error:
        raise ModelError(f"{folder / name} is not UTF-8: {error}") from error


def lines(listed: tuple[str, ...]) -> bytes:
    """The content of a file that `read_lines` reads."""
    return "".join(f"{line}\n" for line in listed).encode()
