"""The head: one logistic regression for each goal on the encoder's vector, calibrated and with a threshold.

Its files are `head.safetensors` (the coefficients), `head.json` (everything else) and their sums in the
manifest. There is no pickle in it, and no version of scikit-learn is needed to use it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.errors import ModelError
from monitor.goals import manifest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS, META = "head.safetensors", "head.json"
FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Vectors to probabilities, for k goals and vectors of d dimensions."""

    name: str
    """Name of the model with its version, such as `goals-minilm-lr.1`: written into every tag."""
    encoder: str
    """Identity of the encoder that made the vectors it was trained on."""
    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    """(k, d)"""
    bias: NDArray[np.float32]
    """(k,)"""
    calibration: tuple[tuple[float, float], ...]
    """Slope and intercept for each goal: probability = sigmoid(slope * (weights · vector + bias) + intercept),
    Platt's scaling (Advances in Large Margin Classifiers, 1999)."""
    thresholds: tuple[float, ...]
    """Least probability at which a goal is selected."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """What it was made from and how, for the record."""

    def probabilities(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """(n, d) to (n, k), to six places, so that what is stored is what was compared with the threshold."""
        import numpy as np

        slope, intercept = np.array(self.calibration, np.float64).T
        scores = vectors.astype(np.float64) @ self.weights.T.astype(np.float64) + self.bias
        logits = np.clip(slope * scores + intercept, -700, 700)
        return np.asarray(np.round(1 / (1 + np.exp(-logits)), 6))

    def files(self) -> dict[str, bytes]:
        """Name and content of the files that hold this head."""
        from safetensors.numpy import save

        meta = {
            "format": FORMAT,
            "name": self.name,
            "encoder": self.encoder,
            "dimensions": self.weights.shape[1],
            "labels": list(self.labels),
            "calibration": dict(zip(self.labels, self.calibration, strict=True)),
            "thresholds": dict(zip(self.labels, self.thresholds, strict=True)),
            "training": dict(self.training),
        }
        weights: bytes = save({"weights": self.weights, "bias": self.bias})
        return {WEIGHTS: weights, META: (json.dumps(meta, indent=2, ensure_ascii=False) + "\n").encode()}

    def save(self, folder: Path) -> None:
        """Write the head into `folder`, replacing another one; raises ModelError."""
        manifest.write(folder, self.files())

    @classmethod
    def load(cls, folder: Path, *, labels: Sequence[str], encoder: str, dimensions: int) -> Head:
        """The head in `folder`, for exactly these labels in this order and this encoder.

        Raises ModelError, one sentence with the file's name, when a file is missing, damaged or cut
        short, or when the head was made for other labels, another encoder or another dimension.
        """
        path = folder / META
        meta, tensors = _meta(path, manifest.read(folder, META)), _tensors(folder / WEIGHTS, folder)
        if meta["labels"] != list(labels):
            raise ModelError(f"{path}: its labels {meta['labels']} are not those of the taxonomy, {list(labels)}")
        if meta["encoder"] != encoder:
            raise ModelError(f"{path}: trained on vectors of {meta['encoder']}, but the encoder is {encoder}")
        _check_shapes(folder / WEIGHTS, tensors, len(labels), dimensions)
        try:
            return cls(
                name=str(meta["name"]),
                encoder=encoder,
                labels=tuple(labels),
                weights=tensors["weights"],
                bias=tensors["bias"],
                calibration=tuple((float(a), float(b)) for a, b in (meta["calibration"][s] for s in labels)),
                thresholds=tuple(float(meta["thresholds"][s]) for s in labels),
                training=meta["training"],
            )
        except (LookupError, TypeError, ValueError) as error:
            raise ModelError(f"{path}: name, calibration, thresholds or training are missing or odd") from error


def _meta(path: Path, content: bytes) -> dict[str, Any]:
    try:
        meta = json.loads(content)
    except ValueError as error:
        raise ModelError(f"{path} is not JSON: {error}") from error
    if not isinstance(meta, dict) or meta.get("format") != FORMAT or not {"labels", "encoder"} <= meta.keys():
        raise ModelError(f"{path} is not a head of format {FORMAT}")
    return meta


def _tensors(path: Path, folder: Path) -> dict[str, NDArray[np.float32]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors: dict[str, NDArray[np.float32]] = load(manifest.read(folder, path.name))
    except (SafetensorError, ValueError) as error:
        raise ModelError(f"{path} is not a safetensors file: {error}") from error
    return tensors


def _check_shapes(path: Path, tensors: Mapping[str, NDArray[np.float32]], labels: int, dimensions: int) -> None:
    import numpy as np

    for name, shape in (("weights", (labels, dimensions)), ("bias", (labels,))):
        found = tensors.get(name)
        if found is None or found.dtype != np.float32 or found.shape != shape:
            what = "missing" if found is None else f"{found.dtype} {found.shape}"
            raise ModelError(f"{path}: {name!r} must be float32 {shape} for this taxonomy and encoder, but is {what}")
        if not np.isfinite(found).all():
            raise ModelError(f"{path}: {name!r} holds values that are not finite")
