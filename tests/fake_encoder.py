"""An encoder that costs nothing, for tests of everything that stands on vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from monitor.encoder import Attribution, Encoded, Encoder


class FakeEncoder(Encoder):
    """Every word is a direction drawn from its hash; a text is the mean of its words, made of length 1."""

    identity = "fake/1"
    dimensions = 16

    def __init__(self) -> None:
        super().__init__(Path())
        self.texts: list[str] = []
        """Everything that was encoded, in order."""

    def encode(self, texts: Sequence[str], *, probe: Any = None, progress: Any = None) -> Encoded:
        self.texts.extend(texts)
        read = [self._read(text, probe) for text in texts]
        vectors = np.array([vector for vector, _ in read], np.float32).reshape(len(texts), self.dimensions)
        return Encoded(vectors, tuple(a for _, a in read) if probe is not None else ())

    def _read(self, text: str, probe: Any) -> tuple[Any, Attribution]:
        spans, start = [(0, 0)], 0
        for word in text.split():
            start = text.index(word, start)
            spans.append((start, start + len(word)))
            start += len(word)
        hidden = np.array([direction(text[a:b]) for a, b in spans], np.float32)
        mean = hidden.mean(axis=0)
        norm = float(np.linalg.norm(mean))
        parts = hidden @ (probe if probe is not None else np.zeros((0, self.dimensions), np.float32)).T
        return mean / norm, Attribution(np.array(spans, np.int32), parts / (len(spans) * norm))


def direction(word: str) -> Any:
    """A unit vector that depends on the word's letters alone."""
    seed = int.from_bytes(hashlib.sha256(word.lower().strip(".,:;").encode()).digest()[:8], "little")
    vector = np.random.default_rng(seed).normal(size=FakeEncoder.dimensions)
    return vector / np.linalg.norm(vector)
