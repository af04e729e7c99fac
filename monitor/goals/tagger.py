"""The tagger: papers in, tags with probability and evidence out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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
BATCH = 1024
"""Papers that are worked on at a time; while the encoder reads, the words of the next are counted and the evidence of
those before is put into phrases."""
ANSWERED = 256
"""Papers that `classify` answers for at a time."""
NEAR = 1e-5
"""A probability so little below a threshold may turn out to reach it: in other company the last bits differ."""


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


@dataclass(slots=True, eq=False)
class _Part:
    """Papers that are worked on together, by their places, and what is known of them so far."""

    texts: list[str]
    reasons: list[str | None]
    rows: dict[int, int]
    """Row in `words` and `looks` of each paper that can be read."""
    words: csr_array
    looks: NDArray[np.float64]
    due: list[int]
    """What the encoder has to read for its vector."""
    vectors: dict[int, NDArray[np.float32]]
    attributions: dict[int, Attribution]
    """What tokens add to each goal, where a goal is selected."""


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
        with ThreadPoolExecutor(1) as beside:

            def look(start: int) -> Future[_Part]:
                end = start + BATCH
                return beside.submit(self._look, papers[start:end], known[start:end], exact)

            answers: list[Future[list[Tagging]]] = []
            ahead = look(0)
            for start in range(0, len(papers), BATCH):
                part, ahead = ahead.result(), look(start + BATCH)
                self._read(part)
                answers.append(beside.submit(self._answer, part))
            return [tagging for answer in answers for tagging in answer.result()]

    def _look(self, papers: Sequence[Paper], known: Sequence[NDArray[np.float32] | None], exact: bool) -> _Part:
        """What can be told before the encoder reads."""
        reasons = [refusal(paper) for paper in papers]
        texts = [paper.text for paper in papers]
        readable = [i for i, reason in enumerate(reasons) if reason is None]
        words = self._head.vocabulary.rows([counts(texts[i]) for i in readable])
        looks = self._head.first_look(words)
        vectors = {i: v for i in readable if (v := self._usable(known[i])) is not None}
        possible = zip(readable, self._head.possible(looks), strict=True)
        due = [i for i, open_ in possible if (open_ or exact) and i not in vectors]
        return _Part(texts, reasons, {i: row for row, i in enumerate(readable)}, words, looks, due, vectors, {})

    def _read(self, part: _Part) -> None:
        """Have the encoder read what is due, and what has a vector already but needs evidence."""
        kept = list(part.vectors)
        self._encode(part, part.due)
        if kept:
            chances = self._chances(part)
            self._encode(part, [i for i in kept if any(self._chosen(chances[i]))])

    def _answer(self, part: _Part) -> list[Tagging]:
        chances = self._chances(part)
        return [
            Tagging(self._tags(part, i, chances[i]), part.vectors.get(i))
            if reason is None
            else Tagging((), None, reason)
            for i, reason in enumerate(part.reasons)
        ]

    def _chances(self, part: _Part) -> dict[int, list[float]]:
        """Probabilities by place: those of the full score where there is a vector; else those of the first look, which
        found every goal out of reach, and therefore below the thresholds."""
        import numpy as np

        below = np.array(self._head.thresholds) - 1e-6
        found = np.minimum(self._head.probabilities(part.looks), np.maximum(below, 0))
        full = list(part.vectors)
        if full:
            rows = [part.rows[i] for i in full]
            stacked = np.stack([part.vectors[i] for i in full])
            found[rows] = self._head.probabilities(self._head.scores(stacked, part.words[rows]))
        return dict(zip(part.rows, found.tolist(), strict=True))

    def _usable(self, vector: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
        import numpy as np

        if vector is None or vector.shape != (self._encoder.dimensions,) or not np.isfinite(vector).all():
            return None
        return _sixteen(vector)

    def _encode(self, part: _Part, places: Sequence[int]) -> None:
        """Fill in the vectors of the texts at `places`, and what their tokens add to each goal for those of which a
        goal is selected."""
        if not places:
            return
        import numpy as np

        near = np.array(self._head.thresholds) - NEAR

        def gradients(batch: Sequence[int], vectors: NDArray[np.float32]) -> list[NDArray[np.float32] | None]:
            own = part.words[[part.rows[places[i]] for i in batch]]
            chances = self._head.probabilities(self._head.scores(_sixteen(vectors), own))
            chosen = np.flatnonzero((chances >= near).any(axis=1)).tolist()
            asked: list[NDArray[np.float32] | None] = [None] * len(batch)
            for row, found in zip(chosen, self._head.gradients(vectors[chosen]), strict=True):
                asked[row] = found
            return asked

        encoded = self._encoder.encode([part.texts[i] for i in places], probe=gradients)
        found = zip(places, encoded.attributions, strict=True)
        part.attributions.update((i, attribution) for i, attribution in found if attribution is not None)
        for i, vector in zip(places, encoded.vectors, strict=True):
            part.vectors.setdefault(i, _sixteen(vector))

    def _chosen(self, chances: Sequence[float]) -> list[bool]:
        return [chance >= least for chance, least in zip(chances, self._head.thresholds, strict=True)]

    def _tags(self, part: _Part, place: int, chances: Sequence[float]) -> tuple[Tag, ...]:
        chosen = self._chosen(chances)
        found: list[tuple[str, ...]] = [()] * len(chosen)
        tokens = part.attributions.get(place)
        if tokens is not None and any(chosen):
            text, row = part.texts[place], part.rows[place]
            both = merged(tokens, self._head.word_attribution(text, part.words[[row]]))
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
