"""The tagger: papers in, tags with probability and evidence out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.encoder import Attribution, Encoder
from monitor.goals.evidence import phrases
from monitor.goals.head import Head
from monitor.goals.papers import Paper, refusal
from monitor.goals.taxonomy import Taxonomy, load_taxonomy
from monitor.types import Goal, Tag

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FACET = "goal"
BATCH = 256
"""Papers that are worked on at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Tagging:
    """What the tagger says of one paper."""

    tags: tuple[Tag, ...]
    """One for each goal, in the taxonomy's order; none at all when the paper could not be judged."""
    vector: NDArray[np.float32] | None
    """The text's vector, exact in 16-bit floats so that it may be kept as such; None with a reason."""
    reason: str | None = None
    """Why the paper could not be judged."""

    @property
    def selected(self) -> tuple[Tag, ...]:
        """The tags that hold."""
        return tuple(tag for tag in self.tags if tag.selected)


class Tagger:
    """A taxonomy, a head and the encoder that the head was trained on."""

    def __init__(self, taxonomy: Taxonomy, head: Head, encoder: Encoder) -> None:
        """Put the parts together; `open` checks that they belong together."""
        self._taxonomy = taxonomy
        self._head = head
        self._encoder = encoder

    @classmethod
    def open(cls, folder: Path, *, weights: Path | None = None) -> Tagger:
        """The tagger of the model in `folder`; the encoder's `weights` are found as by `Encoder.open`.

        Nothing heavy is loaded yet. Raises ConfigError for the taxonomy and ModelError for head and weights.
        """
        taxonomy, encoder = load_taxonomy(folder), Encoder.open(weights)
        head = Head.load(folder, labels=taxonomy.slugs, encoder=encoder.identity, dimensions=encoder.dimensions)
        return cls(taxonomy, head, encoder)

    @property
    def name(self) -> str:
        """Name of the model with its version, written into every tag."""
        return self._head.name

    @property
    def encoder_identity(self) -> str:
        """Identity of the encoder: vectors may be kept under it and handed back to `tag`."""
        return self._encoder.identity

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goals, in the order of the tags."""
        return self._taxonomy.goals

    def tag(
        self, papers: Sequence[Paper], vectors: Sequence[NDArray[np.float32] | None] | None = None
    ) -> list[Tagging]:
        """A tagging for each paper, in order.

        `vectors` are those of earlier taggings of the same texts by the same encoder, None where there is none
        (one of the wrong shape counts as none): the encoder then only reads the texts that need evidence.
        """
        known = vectors if vectors is not None else [None] * len(papers)
        taggings: list[Tagging] = []
        for start in range(0, len(papers), BATCH):
            texts = [paper.text for paper in papers[start : start + BATCH]]
            taggings += self._tag(texts, known[start : start + BATCH])
        return taggings

    def _tag(self, texts: Sequence[str], known: Sequence[NDArray[np.float32] | None]) -> list[Tagging]:
        reasons = [refusal(text) for text in texts]
        readable = [i for i, reason in enumerate(reasons) if reason is None]
        attributions: dict[int, Attribution] = {}
        vectors = {i: v for i in readable if (v := self._usable(known[i])) is not None}
        vectors |= self._encode(texts, [i for i in readable if i not in vectors], attributions)
        chances = {i: self._head.probabilities(vectors[i][None])[0].tolist() for i in readable}
        wanting = [i for i in readable if i not in attributions and any(self._chosen(chances[i]))]
        self._encode(texts, wanting, attributions)
        return [
            Tagging(self._tags(texts[i], chances[i], attributions.get(i)), vectors[i])
            if reason is None
            else Tagging((), None, reason)
            for i, reason in enumerate(reasons)
        ]

    def _usable(self, vector: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
        import numpy as np

        if vector is None or vector.shape != (self._encoder.dimensions,) or not np.isfinite(vector).all():
            return None
        return _sixteen(vector)

    def _encode(
        self, texts: Sequence[str], places: Sequence[int], attributions: dict[int, Attribution]
    ) -> dict[int, NDArray[np.float32]]:
        """Vectors of the texts at `places`, by place; what their tokens add to each goal goes into `attributions`."""
        if not places:
            return {}
        encoded = self._encoder.encode([texts[i] for i in places], probe=self._head.weights)
        attributions.update(zip(places, encoded.attributions, strict=True))
        return {i: _sixteen(vector) for i, vector in zip(places, encoded.vectors, strict=True)}

    def _chosen(self, chances: Sequence[float]) -> list[bool]:
        return [chance >= least for chance, least in zip(chances, self._head.thresholds, strict=True)]

    def _tags(self, text: str, chances: Sequence[float], attribution: Attribution | None) -> tuple[Tag, ...]:
        tags = []
        for k, (slug, chosen) in enumerate(zip(self._head.labels, self._chosen(chances), strict=True)):
            found: tuple[str, ...] = ()
            if chosen and attribution is not None:
                found = phrases(text, attribution.spans, attribution.contributions[:, k])
            tags.append(Tag(FACET, slug, chances[k], chosen, self.name, found))
        return tuple(tags)


def _sixteen(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """`vector` rounded to 16-bit floats, so that one that was kept and a fresh one give the same tags."""
    import numpy as np

    return vector.astype(np.float16).astype(np.float32)


def classify(tagger: Tagger, records: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """An answer for each record `{id, title, abstract}`, in order, `BATCH` at a time.

    Answers are `{id, goals: {slug: probability}, selected: [slug], evidence: {slug: [phrase]}}`. A paper that could
    not be judged has probability 0 for every goal. Raises ValueError, one sentence, for a record without id or title.
    """
    remaining = iter(records)
    while batch := list(islice(remaining, BATCH)):
        taggings = tagger.tag([Paper.from_record(record) for record in batch])
        for record, tagging in zip(batch, taggings, strict=True):
            chances = {tag.label: tag.probability for tag in tagging.tags}
            yield {
                "id": record["id"],
                "goals": {goal.slug: chances.get(goal.slug, 0.0) for goal in tagger.goals},
                "selected": [tag.label for tag in tagging.selected],
                "evidence": {tag.label: list(tag.evidence) for tag in tagging.selected},
            }
