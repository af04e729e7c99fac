"""The tagger: papers in, tags with probability and evidence out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.encoder import Attribution, Encoder
from monitor.goals.evidence import merged, phrases
from monitor.goals.head import Head
from monitor.goals.papers import Paper, refusal
from monitor.goals.taxonomy import Taxonomy, load_taxonomy
from monitor.goals.words import counts
from monitor.types import Goal, Tag

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

FACET = "goal"
BATCH = 2048
"""Papers that are worked on at a time."""
ANSWERED = 256
"""Papers that `classify` answers for at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Tagging:
    """What the tagger says of one paper."""

    tags: tuple[Tag, ...]
    """One for each goal, in the taxonomy's order; none at all when the paper could not be judged."""
    vector: NDArray[np.float32] | None
    """The text's vector, exact in 16-bit floats so that it may be kept as such; None with a reason, or when a look
    at the words was enough."""
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
        head = Head.load(folder, labels=taxonomy.slugs, encoder=encoder.space, dimensions=encoder.dimensions)
        return cls(taxonomy, head, encoder)

    @property
    def name(self) -> str:
        """Name of the model with its version, written into every tag."""
        return self._head.name

    @property
    def encoder(self) -> Encoder:
        """The encoder."""
        return self._encoder

    @property
    def encoder_identity(self) -> str:
        """Identity of the encoder: vectors may be kept under it and handed back to `tag`."""
        return self._encoder.identity

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goals, in the order of the tags."""
        return self._taxonomy.goals

    def first_look(self, papers: Sequence[Paper]) -> NDArray[np.float64]:
        """(n, k) probabilities after a look at the words alone, of papers that can be read."""
        import numpy as np

        found = [np.zeros((0, len(self._head.labels)))]
        for start in range(0, len(papers), BATCH):
            words = self._head.vocabulary.rows(counts(paper.text) for paper in papers[start : start + BATCH])
            found.append(self._head.probabilities(self._head.first_look(words)))
        return np.concatenate(found)

    def tag(
        self,
        papers: Sequence[Paper],
        vectors: Sequence[NDArray[np.float32] | None] | None = None,
        *,
        exact: bool = False,
    ) -> list[Tagging]:
        """A tagging for each paper, in order.

        The encoder reads only papers that may carry a goal after a look at their words (see `monitor.goals.head`);
        the others get the probabilities of that look. `exact` has it read every one. `vectors` are those of earlier
        taggings of the same texts by the same encoder, None where there is none (one of the wrong shape counts as
        none): the encoder then only reads the texts that need evidence.
        """
        known = vectors if vectors is not None else [None] * len(papers)
        taggings: list[Tagging] = []
        for start in range(0, len(papers), BATCH):
            part = papers[start : start + BATCH]
            taggings += self._tag(part, known[start : start + BATCH], exact)
        return taggings

    def _tag(self, papers: Sequence[Paper], known: Sequence[NDArray[np.float32] | None], exact: bool) -> list[Tagging]:
        reasons = [refusal(paper) for paper in papers]
        texts = [paper.text for paper in papers]
        readable = [i for i, reason in enumerate(reasons) if reason is None]
        if not readable:
            return [Tagging((), None, reason) for reason in reasons]
        words = self._head.vocabulary.rows([counts(texts[i]) for i in readable])
        looks = self._head.first_look(words)
        vectors = {i: v for i in readable if (v := self._usable(known[i])) is not None}
        attributions: dict[int, Attribution] = {}
        due = [i for i, open_ in zip(readable, self._head.possible(looks), strict=True) if open_ or exact]
        rows = {i: row for row, i in enumerate(readable)}
        vectors |= self._encode(texts, [i for i in due if i not in vectors], rows, words, attributions)
        chances = self._chances(readable, words, looks, vectors)
        wanting = [i for i in vectors if i not in attributions and any(self._chosen(chances[i]))]
        self._encode(texts, wanting, rows, words, attributions)
        shares = {
            i: self._head.word_attribution(texts[i], words[[rows[i]]]) for i in vectors if any(self._chosen(chances[i]))
        }
        return [
            Tagging(self._tags(texts[i], chances[i], attributions.get(i), shares.get(i)), vectors.get(i))
            if reason is None
            else Tagging((), None, reason)
            for i, reason in enumerate(reasons)
        ]

    def _chances(
        self,
        readable: Sequence[int],
        words: csr_array,
        looks: NDArray[np.float64],
        vectors: Mapping[int, NDArray[np.float32]],
    ) -> dict[int, list[float]]:
        """Probabilities by place: those of the full score where there is a vector; else those of the first look, which
        found every goal out of reach, and therefore below the thresholds."""
        import numpy as np

        below = np.array(self._head.thresholds) - 1e-6
        found = np.minimum(self._head.probabilities(looks), np.maximum(below, 0))
        full = [row for row, i in enumerate(readable) if i in vectors]
        if full:
            stacked = np.stack([vectors[readable[row]] for row in full])
            found[full] = self._head.probabilities(self._head.scores(stacked, words[full]))
        return dict(zip(readable, found.tolist(), strict=True))

    def _usable(self, vector: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
        import numpy as np

        if vector is None or vector.shape != (self._encoder.dimensions,) or not np.isfinite(vector).all():
            return None
        return _sixteen(vector)

    def _encode(
        self,
        texts: Sequence[str],
        places: Sequence[int],
        rows: Mapping[int, int],
        words: csr_array,
        attributions: dict[int, Attribution],
    ) -> dict[int, NDArray[np.float32]]:
        """Vectors of the texts at `places`, by place, whose words are in these `rows` of `words`; what their tokens add
        to each goal goes into `attributions`, for texts of which a goal is selected."""
        if not places:
            return {}

        def gradients(batch: Sequence[int], vectors: NDArray[np.float32]) -> list[NDArray[np.float32] | None]:
            own = words[[rows[places[i]] for i in batch]]
            chances = self._head.probabilities(self._head.scores(_sixteen(vectors), own)).tolist()
            chosen = [row for row, found in enumerate(chances) if any(self._chosen(found))]
            asked: list[NDArray[np.float32] | None] = [None] * len(batch)
            for row, found in zip(chosen, self._head.gradients(vectors[chosen]), strict=True):
                asked[row] = found
            return asked

        encoded = self._encoder.encode([texts[i] for i in places], probe=gradients)
        found = zip(places, encoded.attributions, strict=True)
        attributions.update((i, attribution) for i, attribution in found if attribution is not None)
        return {i: _sixteen(vector) for i, vector in zip(places, encoded.vectors, strict=True)}

    def _chosen(self, chances: Sequence[float]) -> list[bool]:
        return [chance >= least for chance, least in zip(chances, self._head.thresholds, strict=True)]

    def _tags(
        self, text: str, chances: Sequence[float], tokens: Attribution | None, words: Attribution | None
    ) -> tuple[Tag, ...]:
        chosen = self._chosen(chances)
        found: list[tuple[str, ...]] = [()] * len(chosen)
        if tokens is not None and words is not None and any(chosen):
            both = merged(tokens, words)
            found = [
                phrases(text, both.spans, both.contributions[:, k]) if holds else () for k, holds in enumerate(chosen)
            ]
        return tuple(
            Tag(FACET, slug, chances[k], chosen[k], self.name, found[k]) for k, slug in enumerate(self._head.labels)
        )


def _sixteen(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """`vector` rounded to 16-bit floats, so that one that was kept and a fresh one give the same tags."""
    import numpy as np

    return vector.astype(np.float16).astype(np.float32)


def classify(tagger: Tagger, records: Iterable[Mapping[str, Any]], *, exact: bool = True) -> Iterator[dict[str, Any]]:
    """An answer for each record `{id, title, abstract}`, in order, `ANSWERED` at a time.

    Answers are `{id, goals: {slug: probability}, selected: [slug], evidence: {slug: [phrase]}}`. A paper that could
    not be judged has probability 0 for every goal. Raises ValueError, one sentence, for a record without id or title.
    """
    remaining = iter(records)
    while batch := list(islice(remaining, ANSWERED)):
        taggings = tagger.tag([Paper.from_record(record) for record in batch], exact=exact)
        for record, tagging in zip(batch, taggings, strict=True):
            chances = {tag.label: tag.probability for tag in tagging.tags}
            yield {
                "id": record["id"],
                "goals": {goal.slug: chances.get(goal.slug, 0.0) for goal in tagger.goals},
                "selected": [tag.label for tag in tagging.selected],
                "evidence": {tag.label: list(tag.evidence) for tag in tagging.selected},
            }
