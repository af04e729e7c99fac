"""How new a work is: how far from everything that carried a goal in the weeks before. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Text:
    """A work as it is compared: by the vector of its text where there is one, else by the words of its title."""

    uid: str
    title: str
    encoder: str | None = None
    vector: bytes = b""
    """Little-endian float16; only vectors of one encoder are comparable."""


def nearest(week: Sequence[Text], past: Sequence[Text]) -> dict[str, tuple[float, str]]:
    """uid of each work of `week` → its novelty, and the uid of the nearest work of `past`; empty without a past.

    Novelty is the part of the other works of the week that are nearer to the past than this one, 0 to 1 (ties count
    half): a rank, so that it means the same whatever measures the nearness. Vectors are compared by cosine, and
    titles by the share of words they have in common (Jaccard); the two kinds are ranked apart.
    """
    found: dict[str, tuple[float, str]] = {}
    for encoder in sorted({text.encoder for text in week if text.encoder}):
        here = [text for text in week if text.encoder == encoder]
        found |= _ranked(_by_vectors(here, [text for text in past if text.encoder == encoder]))
    rest = [text for text in week if text.uid not in found]
    return found | _ranked(_by_words(rest, past))


def _ranked(near: Mapping[str, tuple[float, str]]) -> dict[str, tuple[float, str]]:
    """uid → similarity and nearest, as uid → novelty and nearest."""
    from bisect import bisect_left, bisect_right

    sorted_ = sorted(similarity for similarity, _ in near.values())
    others = len(sorted_) - 1
    ranks = {}
    for uid, (similarity, other) in near.items():
        nearer = len(sorted_) - bisect_right(sorted_, similarity)
        ties = bisect_right(sorted_, similarity) - bisect_left(sorted_, similarity) - 1
        ranks[uid] = (round((nearer + ties / 2) / others, 4) if others else 0.5, other)
    return ranks


def _by_vectors(week: Sequence[Text], past: Sequence[Text]) -> dict[str, tuple[float, str]]:
    if not week or not past:
        return {}
    import numpy as np

    def matrix(texts: Sequence[Text]) -> Any:
        rows = np.stack([np.frombuffer(text.vector, "<f2").astype("float32") for text in texts])
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)

    before = matrix(past)
    found: dict[str, tuple[float, str]] = {}
    for start in range(0, len(week), 256):
        part = week[start : start + 256]
        likeness = matrix(part) @ before.T
        best = likeness.argmax(axis=1)
        for row, text in enumerate(part):
            # Rounded, so that two machines that add up in another order rank the same.
            found[text.uid] = (round(float(likeness[row, best[row]]), 4), past[int(best[row])].uid)
    return found


def _by_words(week: Sequence[Text], past: Sequence[Text]) -> dict[str, tuple[float, str]]:
    if not week or not past:
        return {}
    words = [_words(text.title) for text in past]
    having: dict[str, list[int]] = defaultdict(list)
    for position, some in enumerate(words):
        for word in some:
            having[word].append(position)
    found = {}
    for text in week:
        own = _words(text.title)
        common: dict[int, int] = defaultdict(int)
        for word in own:
            for position in having.get(word, ()):
                common[position] += 1
        likeness = {p: n / len(own | words[p]) for p, n in common.items()}
        best = min(likeness, key=lambda p: (-likeness[p], p), default=0)
        found[text.uid] = (round(likeness.get(best, 0.0), 4), past[best].uid)
    return found


def _words(title: str) -> frozenset[str]:
    return frozenset(_WORD.findall(title.casefold()))
