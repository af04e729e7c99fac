"""An encoder that costs nothing, for tests of everything that stands on vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from monitor.encoder import Attribution, Encoded, Encoder


class FakeEncoder(Encoder):
    """Every word is a direction drawn from its hash; a text is the mean of its words, made of length 1."""

    dimensions = 16
    space = "fake"

    def __init__(self) -> None:
        super().__init__(Path())
        self.texts: list[str] = []
        """Everything that was encoded, in order."""

    @property
    def identity(self) -> str:
        return f"{self.space}/1"

    def encode(
        self, texts: Sequence[str], *, probe: Any = None, progress: Callable[[int], None] | None = None
    ) -> Encoded:
        self.texts.extend(texts)
        read = [self._read(text) for text in texts]
        vectors = np.array([mean / norm for _, _, mean, norm in read], np.float32).reshape(len(texts), self.dimensions)
        if progress is not None and texts:
            progress(len(texts))
        if probe is None:
            return Encoded(vectors)
        return Encoded(
            vectors,
            tuple(
                None
                if rows is None
                else Attribution(spans, np.asarray(hidden @ rows.T / (len(spans) * norm), np.float32))
                for (spans, hidden, _, norm), rows in zip(read, probe(range(len(texts)), vectors), strict=True)
            ),
        )

    def _read(self, text: str) -> tuple[Any, Any, Any, float]:
        """Spans and directions of the words, the mean direction and its length."""
        spans, start = [(0, 0)], 0
        for word in text.split():
            start = text.index(word, start)
            spans.append((start, start + len(word)))
            start += len(word)
        hidden = np.array([direction(text[a:b]) for a, b in spans], np.float32)
        mean = hidden.mean(axis=0)
        return np.array(spans, np.int32), hidden, mean, float(np.linalg.norm(mean))


def direction(word: str) -> Any:
    """A unit vector that depends on the word's letters alone."""
    seed = int.from_bytes(hashlib.sha256(word.lower().strip(".,:;").encode()).digest()[:8], "little")
    vector = np.random.default_rng(seed).normal(size=FakeEncoder.dimensions)
    return vector / np.linalg.norm(vector)
