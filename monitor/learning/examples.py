"""Labelled papers as a learner takes them: vectors on one side, goals on the other.

The vectors of labelled papers are shipped in `vectors.safetensors`, so that a head can be trained and
evaluated again without the texts, which are not ours to ship.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.encoder import IDENTITY, Encoder
from monitor.errors import ModelError
from monitor.goals import Paper, Taxonomy, load_taxonomy, manifest
from monitor.learning import labels
from monitor.learning.labels import Label, read_labels

FILE = "vectors.safetensors"

Papers = Callable[[Collection[str]], Mapping[str, Paper]]
"""Finds papers by id: `find_papers` over some folders, or the store."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """n labelled papers for k goals."""

    taxonomy: Taxonomy
    labels: tuple[Label, ...]
    vectors: NDArray[np.float32]
    """(n, d), exact in 16-bit floats, as the tagger's are."""
    targets: NDArray[np.bool_]
    """(n, k)"""
    weights: NDArray[np.float64]
    """(n,) how much each counts: 1 when the judgement is sure, 2/3 when likely, 1/3 for a coin toss."""
    encoder: str
    """Identity of the encoder of the vectors."""
    encoded: int
    """How many vectors were made now from texts; the others were kept."""
    missing: tuple[str, ...]
    """Ids of labels with neither a kept vector nor a text: they are left out."""

    @property
    def source(self) -> str:
        """Where the vectors came from, in words."""
        kept = len(self.labels) - self.encoded
        return f"{kept:,} kept vectors, {self.encoded:,} texts encoded, {len(self.missing):,} labels without either"


def load_examples(folder: Path, *, papers: Papers | None = None, encoder: Encoder | None = None) -> Examples:
    """The examples of the model in `folder`: its taxonomy, its labels, and a vector for each.

    Vectors are taken from the folder where the right encoder made them, else made from the texts that `papers`
    finds. Raises ConfigError for taxonomy and labels, ModelError for vectors or when there is no example at all.
    """
    taxonomy, identity = load_taxonomy(folder), encoder.identity if encoder else IDENTITY
    judged = read_labels(folder / labels.FILE, taxonomy.slugs)
    kept = read_vectors(folder, identity) if (folder / FILE).exists() else {}
    fresh = _encode([label.id for label in judged if label.id not in kept], papers, encoder)
    vectors = kept | fresh
    used = tuple(label for label in judged if label.id in vectors)
    if not used:
        raise ModelError(f"{folder / labels.FILE}: no label has a kept vector or a text")
    return Examples(
        taxonomy=taxonomy,
        labels=used,
        vectors=np.stack([vectors[label.id] for label in used]),
        targets=np.array([[slug in label.goals for slug in taxonomy.slugs] for label in used]),
        weights=np.array([label.confidence / 3 for label in used]),
        encoder=identity,
        encoded=len(fresh),
        missing=tuple(label.id for label in judged if label.id not in vectors),
    )


def _encode(ids: Sequence[str], papers: Papers | None, encoder: Encoder | None) -> dict[str, NDArray[np.float32]]:
    if not ids or papers is None:
        return {}
    found = {name: paper.text for name, paper in papers(ids).items() if paper.text}
    if not found:
        return {}
    vectors = (encoder or Encoder.open()).encode(list(found.values())).vectors
    return dict(zip(found, vectors.astype(np.float16).astype(np.float32), strict=True))


def vector_file(examples: Examples) -> bytes:
    """The content of vectors.safetensors: tensor `vectors` in 16-bit floats; ids and encoder in the metadata."""
    from safetensors.numpy import save

    about = {"encoder": examples.encoder, "ids": [label.id for label in examples.labels]}
    # One key only: the library writes several in an order that changes from run to run.
    content: bytes = save({"vectors": examples.vectors.astype(np.float16)}, metadata={"about": json.dumps(about)})
    return content


def read_vectors(folder: Path, encoder: str) -> dict[str, NDArray[np.float32]]:
    """Id → vector of the kept vectors; nothing unless this encoder made them. Raises ModelError."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    content = manifest.read(folder, FILE)
    try:
        vectors, about = load(content)["vectors"], _about(content)
        if about["encoder"] != encoder:
            return {}
        return dict(zip(about["ids"], vectors.astype(np.float32), strict=True))
    except (SafetensorError, LookupError, TypeError, ValueError) as error:
        raise ModelError(f"{folder / FILE} does not hold vectors of labelled papers: {error}") from error


def _about(content: bytes) -> dict[str, Any]:
    """The metadata of a safetensors file (https://huggingface.co/docs/safetensors: 8 bytes length, then JSON)."""
    size = int.from_bytes(content[:8], "little")
    about: dict[str, Any] = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["about"])
    return about
