"""How good the model is: nested cross-validation, so that no paper is judged by anything that has seen it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from monitor.encoder import Encoder
from monitor.errors import ModelError
from monitor.goals import Tagger
from monitor.goals.words import Vocabulary, counts
from monitor.learning.baselines import BASELINES, Baseline, Decisions
from monitor.learning.examples import Examples, Papers
from monitor.learning.labels import Label, read_labels
from monitor.learning.learn import LEAST, SEED, Learned, learn, suffice
from monitor.learning.metrics import RESAMPLES, Difference, Scores, difference, scores

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of a way to make a head, or of a head, from papers that it did not see."""

    encoder: str
    papers: int
    source: str
    """Where the papers came from."""
    model: Scores
    """On papers drawn for the goals, or at random; not on those that were proposed because they are hard."""
    baselines: dict[str, Scores]
    """Plain ways to tag, on the same papers."""
    hard: Scores | None = None
    """On the proposed papers, when there are any."""
    lenient: Scores | None = None
    """The model with the thresholds of the highest expected F1, which is how the plain ways select; the shipped ones
    are the stricter of these and those for precision."""
    ahead: dict[str, Difference] = field(default_factory=dict)
    """How much higher the F1 of `lenient` is than that of each plain way."""
    folds: int = FOLDS
    """0 when a head was measured as it is."""
    resamples: int = RESAMPLES
    seed: int = SEED

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same papers."""

    papers: int
    names: tuple[str, str]
    scores: tuple[Scores, Scores]
    gain: Difference
    """The first less the second."""

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        return dataclasses.asdict(self)


def measurable(targets: NDArray[np.bool_]) -> bool:
    """Whether what is left by each fold suffices to learn from."""
    return suffice(targets) and all(suffice(targets[seen]) for seen, _ in folds(targets))


def evaluate(examples: Examples, *, beside: bool = True) -> Evaluation:
    """Five folds: every choice, calibration and threshold is made inside the four, the figures are of the fifth.

    The figures are told apart by how the papers came to be labelled. Baselines learn from the same papers, but for
    those with `(drawn)` in their name, which learn from the drawn ones alone, as version 1 did. Without
    `beside` none is measured. Takes minutes.
    Raises ModelError when there are too few labels.
    """
    if not measurable(examples.targets):
        name = examples.taxonomy.name
        raise ModelError(f"{name}: too few labels to measure: with a fifth held out, a goal has fewer than {LEAST}")
    targets, drawn = examples.targets, np.array([not label.proposed for label in examples.labels])
    ways = dict(BASELINES if beside else {})
    if beside and not drawn.all() and drawn.any():
        ways |= {f"{name} (drawn)": _only_drawn(way) for name, way in BASELINES.items() if name != "keywords"}
    strict, lenient = _held_out(examples, _model)
    others = {name: _held_out(examples, lambda *two, way=way: (way(*two),))[0] for name, way in ways.items()}
    slugs, measured = examples.taxonomy.slugs, examples.typical

    def figures(of: Decisions, rows: NDArray[np.bool_] = measured) -> Scores:
        return scores(slugs, targets[rows], of.chances[rows], of.chosen[rows], SEED)

    def ahead(of: Decisions) -> Difference:
        return difference(slugs, targets[measured], lenient.chosen[measured], of.chosen[measured], SEED)

    return Evaluation(
        encoder=examples.encoder,
        papers=len(examples.labels),
        source=examples.source,
        model=figures(strict),
        baselines={name: figures(decisions) for name, decisions in others.items()},
        hard=figures(strict, ~drawn) if drawn.any() and not drawn.all() else None,
        lenient=figures(lenient),
        ahead={name: ahead(decisions) for name, decisions in others.items()},
    )


def score(tagger: Tagger, path: Path, papers: Papers, examples: Examples | None = None) -> Evaluation:
    """The model as it is, on the labels in the file `path` that `papers` has texts for: labels that it should not
    have learnt from. A text that it refuses to judge counts as one without goals. With its `examples` the baselines
    are taught on them and measured beside it.

    Raises ConfigError for the labels, ModelError when no text is found.
    """
    known, found, missing = _known(tagger, path, papers)
    judged = _judge(tagger, known, found)
    slugs = tuple(goal.slug for goal in tagger.goals)
    truth = np.array([[slug in label.goals for slug in slugs] for label in known])
    baselines = {}
    if examples is not None and len(examples.labels):
        held = _as_examples(examples, known, found, tagger.encoder)
        baselines = {name: way(examples, held) for name, way in BASELINES.items()}
    return Evaluation(
        encoder=tagger.encoder_identity,
        papers=len(known),
        source=f"{tagger.name} as it is, on {path}; {missing:,} labels without a text",
        model=scores(slugs, truth, judged.chances, judged.chosen, SEED),
        baselines={name: scores(slugs, truth, b.chances, b.chosen, SEED) for name, b in baselines.items()},
        folds=0,
    )


def compare(one: Tagger, other: Tagger, path: Path, papers: Papers) -> Comparison:
    """Two models as they are, on the labels in `path`; raises as `score` does, and ModelError for different goals."""
    if one.goals != other.goals:
        raise ModelError(f"{one.name} and {other.name} have different goals, so they cannot be compared")
    known, found, _ = _known(one, path, papers)
    slugs = tuple(goal.slug for goal in one.goals)
    truth = np.array([[slug in label.goals for slug in slugs] for label in known])
    first, second = (_judge(tagger, known, found) for tagger in (one, other))
    return Comparison(
        papers=len(known),
        names=(one.name, other.name),
        scores=(
            scores(slugs, truth, first.chances, first.chosen, SEED),
            scores(slugs, truth, second.chances, second.chosen, SEED),
        ),
        gain=difference(slugs, truth, first.chosen, second.chosen, SEED),
    )


def folds(targets: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Training and held-out rows of each fold, each combination of goals spread evenly; combinations with fewer rows
    than folds are taken together. The same rows give the same folds."""
    strata = targets @ (1 << np.arange(targets.shape[1], dtype=np.int64))
    _, place, count = np.unique(strata, return_inverse=True, return_counts=True)
    merged = np.where(count[place] < FOLDS, -1, place)
    if (merged == -1).sum() < FOLDS:
        merged[merged == -1] = np.argmax(count)
    yield from StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(merged[:, None], merged)


def _held_out(examples: Examples, way: Callable[[Examples, Examples], tuple[Decisions, ...]]) -> tuple[Decisions, ...]:
    """Decisions on all rows, those of each fold from what was learnt on the others; as many as `way` makes of one."""
    targets = examples.targets
    parts = [(held, way(examples.only(seen), examples.only(held))) for seen, held in folds(targets)]
    joined = tuple(Decisions(np.zeros(targets.shape), np.zeros(targets.shape, bool)) for _ in parts[0][1])
    for held, found in parts:
        for whole, part in zip(joined, found, strict=True):
            whole.chances[held], whole.chosen[held] = part.chances, part.chosen
    return joined


def _model(seen: Examples, held: Examples) -> tuple[Decisions, Decisions]:
    """What the model decides, and what it would by the thresholds of the highest expected F1."""
    learned = learn(seen)
    decisions = decided(learned, held)
    return decisions, Decisions(decisions.chances, decisions.chances >= [rule.best for rule in learned.rules])


def decided(learned: Learned, held: Examples) -> Decisions:
    """What was learnt, on other papers."""
    return judged(learned, learned.scores(held))


def judged(learned: Learned, found: NDArray[np.float64]) -> Decisions:
    """What the scores (n, k) of some papers come to."""
    chances = np.stack([rule.probabilities(found[:, k]) for k, rule in enumerate(learned.rules)], axis=1)
    return Decisions(chances, chances >= [rule.threshold for rule in learned.rules])


def _only_drawn(way: Baseline) -> Baseline:
    def learn_from_drawn(seen: Examples, held: Examples) -> Decisions:
        return way(seen.only(np.flatnonzero(seen.typical)), held)

    return learn_from_drawn


def _known(tagger: Tagger, path: Path, papers: Papers) -> tuple[list[Label], list[Any], int]:
    labels = read_labels(path, tuple(goal.slug for goal in tagger.goals))
    texts = papers([label.id for label in labels])
    known = [label for label in labels if label.id in texts]
    if not known:
        raise ModelError(f"{path}: no text was found for any of its {len(labels):,} labels")
    return known, [texts[label.id] for label in known], len(labels) - len(known)


def _judge(tagger: Tagger, known: list[Label], found: list[Any]) -> Decisions:
    slugs = tuple(goal.slug for goal in tagger.goals)
    chances, chosen = np.zeros((len(known), len(slugs))), np.zeros((len(known), len(slugs)), bool)
    for row, tagging in enumerate(tagger.tag(found, exact=True)):
        for tag in tagging.tags:
            chances[row, slugs.index(tag.label)] = tag.probability
            chosen[row, slugs.index(tag.label)] = tag.selected
    return Decisions(chances, chosen)


def _as_examples(examples: Examples, known: list[Label], found: list[Any], encoder: Encoder) -> Examples:
    """Other papers in the columns of `examples`, for the baselines."""
    texts = [paper.text for paper in found]
    plain = Vocabulary(examples.terms, np.ones(len(examples.terms), np.float32))
    return dataclasses.replace(
        examples,
        labels=tuple(known),
        vectors=encoder.encode(texts).vectors,
        counts=plain.counts(counts(text) for text in texts),
    )
