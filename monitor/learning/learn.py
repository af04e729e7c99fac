"""From examples to all that a head holds: machine, calibration, thresholds, and the first look.

With enough labels only they are learnt from. Until every goal has enough of them, the taxonomy speaks too: what it says
of a goal stands for papers that carry it, and ordinary papers for papers that carry nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from monitor.encoder import Encoder
from monitor.errors import ModelError
from monitor.goals.taxonomy import Definition
from monitor.goals.words import Vocabulary, counts, moved
from monitor.learning.background import Background
from monitor.learning.examples import Examples
from monitor.learning.machine import NOISES, SHARES, Machine, Natural, Rows, Rule, fit, platt, rule, sigmoid

SEED = 20260701
LEAST = 10
"""Papers that must carry a goal, and that must not, before labels alone are learnt from."""
DESCRIBED = 1 / 3
"""Weight of a sentence of the taxonomy: that of a coin toss."""
ORDINARY = 1_000
"""Ordinary papers that are taken to carry nothing while labels are few."""
ORDINARY_WEIGHT = 0.1
SELECTED = 0.005
"""Share of ordinary papers that a goal without enough labels selects."""
FAR = 0.01
"""Probability that a goal without enough labels gives to a middling ordinary paper."""
PENALTY = 1.0
"""Ridge penalty of the first look."""
CONCEDED = 0.0075
"""Share of selected papers that the first look may lose for a goal."""


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What was learnt from t terms and n rows about k goals."""

    vocabulary: Vocabulary
    machine: Machine
    rules: tuple[Rule, ...]
    papers: tuple[str, ...]
    """What each row is: ids of papers, or the place of a sentence in the taxonomy."""
    natural: Natural | None
    natural_words: csr_array | None
    """(b, t) the words of the papers in `natural`."""
    described: bool
    """Whether the taxonomy had to speak."""

    def scores(self, examples: Examples) -> NDArray[np.float64]:
        """(n, k) scores of other papers."""
        found = moved(examples.counts, examples.terms, self.vocabulary.terms)
        return self.machine.scores(examples.vectors, self.vocabulary.weigh(found))


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The first look, and where it gives up."""

    weights: NDArray[np.float32]
    """(t, k)"""
    bias: NDArray[np.float32]
    """(k,)"""
    cuts: NDArray[np.float32]
    """(k,)"""
    passed: float
    """Share of ordinary papers that the encoder still has to read."""


def suffice(targets: NDArray[np.bool_]) -> bool:
    """Whether labels (n, k) alone are enough to learn from."""
    return bool((np.minimum(targets.sum(axis=0), (~targets).sum(axis=0)) >= LEAST).all())


def learn(
    examples: Examples,
    encoder: Encoder | None = None,
    *,
    shares: Sequence[float] = SHARES,
    noises: Sequence[float] = NOISES,
) -> Learned:
    """Learn from `examples`; `encoder` reads the taxonomy when it has to speak, `shares` and `noises` are what the
    machine may choose from. Raises ModelError when there is neither label nor background to set it against."""
    if suffice(examples.targets):
        vocabulary = examples.vocabulary()
        machine = fit(examples.rows(vocabulary), shares=shares, noises=noises)
        return _learned(examples, vocabulary, machine)
    if examples.background is None:
        raise ModelError(f"{examples.taxonomy.name}: a goal has fewer than {LEAST} labels, and there is no background")
    return _learn_described(examples, examples.background, encoder or Encoder.open())


def _learned(examples: Examples, vocabulary: Vocabulary, machine: Machine) -> Learned:
    papers, rows = tuple(label.id for label in examples.labels), machine.rows
    natural, words = _natural(examples.background, vocabulary, machine, papers)
    rules = tuple(
        rule(machine.unseen[:, k], rows.targets[:, k], natural, k, examples.typical)
        for k in range(rows.targets.shape[1])
    )
    return Learned(vocabulary, machine, rules, papers, natural, words, described=False)


def _natural(
    background: Background | None, vocabulary: Vocabulary, machine: Machine, papers: Sequence[str]
) -> tuple[Natural | None, csr_array | None]:
    """Scores of the background, leave-one-out where a paper of it was learnt from."""
    if background is None:
        return None, None
    words = vocabulary.weigh(moved(background.counts, background.terms, vocabulary.terms))
    scores = machine.scores(background.vectors, words)
    rows = {paper: row for row, paper in enumerate(papers)}
    for place, paper in enumerate(background.ids):
        if paper in rows:
            scores[place] = machine.unseen[rows[paper]]
    return Natural(scores, background.weights), words


def _learn_described(examples: Examples, background: Background, encoder: Encoder) -> Learned:
    """Labels, sentences of the taxonomy and ordinary papers together."""
    sentences = [
        (f"{definition.goal.slug}/{number}", text, k)
        for k, definition in enumerate(examples.taxonomy.definitions)
        for number, text in enumerate(_sentences(definition), 1)
    ]
    texts = [text for _, text, _ in sentences]
    judged = {label.id for label in examples.labels}
    free = np.array([row for row, name in enumerate(background.ids) if name not in judged], np.int64)
    odds = background.weights[free] / background.weights[free].sum()
    drawn = np.random.default_rng(SEED).choice(len(free), min(ORDINARY, len(free)), replace=False, p=odds)
    ordinary = np.sort(free[drawn])
    found = [counts(text) for text in texts]
    terms = tuple(sorted({*background.terms, *examples.terms, *(term for text in found for term in text)}))
    vocabulary = _described_vocabulary(terms, background)
    vectors = encoder.encode(texts).vectors.astype(np.float16).astype(np.float32)
    goals = len(examples.taxonomy.slugs)
    rows = Rows(
        vectors=np.concatenate([examples.vectors, vectors, background.vectors[ordinary].astype(np.float16)]).astype(
            np.float32
        ),
        words=csr_array(
            vstack(
                [
                    vocabulary.weigh(moved(examples.counts, examples.terms, terms)),
                    vocabulary.rows(found),
                    vocabulary.weigh(moved(csr_array(background.counts[ordinary]), background.terms, terms)),
                ]
            )
        ),
        targets=np.concatenate(
            [
                examples.targets,
                np.arange(goals) == np.array([k for _, _, k in sentences])[:, None],
                np.zeros((len(ordinary), goals), bool),
            ]
        ),
        weights=np.concatenate(
            [
                examples.weights,
                np.full(len(sentences), DESCRIBED),
                np.full(len(ordinary), ORDINARY_WEIGHT),
            ]
        ),
    )
    papers = (
        *(label.id for label in examples.labels),
        *(name for name, _, _ in sentences),
        *(background.ids[row] for row in ordinary),
    )
    machine = fit(rows, shares=(1.0,), noises=(0.1,))
    natural, words = _natural(background, vocabulary, machine, papers)
    if natural is None:
        raise ModelError("there is no background")
    labelled = slice(0, len(examples.labels))
    rules = tuple(
        _described_rule(machine.unseen[labelled, k], rows.targets[labelled, k], natural, k) for k in range(goals)
    )
    return Learned(vocabulary, machine, rules, papers, natural, words, described=True)


def _described_vocabulary(terms: tuple[str, ...], background: Background) -> Vocabulary:
    from monitor.goals.words import inverse_frequencies

    found = moved(background.counts, background.terms, terms)
    found.data[:] = 1
    return Vocabulary(terms, inverse_frequencies(found.T @ background.weights, float(background.weights.sum())))


def _described_rule(unseen: NDArray[np.float64], holds: NDArray[np.bool_], natural: Natural, goal: int) -> Rule:
    """Platt's scaling where there are labels enough for it, and the scores tell them apart; else a nominal one, which
    selects a stated share of ordinary papers and says so of none of them with any knowledge."""
    scores = natural.scores[:, goal]
    order = np.argsort(-scores, kind="stable")
    share = np.cumsum(natural.weights[order]) / natural.weights.sum()
    edge, middle = (float(scores[order[np.searchsorted(share, part)]]) for part in (SELECTED, 0.5))
    if len(holds) and min(holds.sum(), (~holds).sum()) >= LEAST:
        slope, intercept = platt(unseen, holds)
        if slope > 0:
            return Rule(slope, intercept, float(sigmoid(slope * edge + intercept)), 0.0)
    slope = float(np.log(1 / FAR - 1)) / max(edge - middle, 1e-6)
    return Rule(slope, -slope * edge, 0.5, 0.0)


def _sentences(definition: Definition) -> tuple[str, ...]:
    """What a taxonomy says of papers that carry a goal; its borders speak of others too, and are left out."""
    goal = definition.goal
    return (f"{goal.name}. {goal.meaning}", *definition.topics, *definition.queries)


def look(learned: Learned) -> Look:
    """Teach the first look on all that has a score from a machine that had not seen it.

    Its cuts are set on scores of looks that had not seen the papers either, so that of what the thresholds select no
    more than `CONCEDED` is lost for any goal. Without a background it gives nothing up.
    """
    goals = len(learned.rules)
    if learned.natural is None or learned.natural_words is None:
        words, scores = learned.machine.rows.words, learned.machine.unseen
        weights = np.ones(len(scores))
    else:
        words = csr_array(vstack([learned.machine.rows.words, learned.natural_words]))
        scores = np.concatenate([learned.machine.unseen, learned.natural.scores])
        weights = np.concatenate([np.ones(len(learned.machine.unseen)), learned.natural.weights])
    model = _ridge(words, scores)
    cuts = np.full(goals, -np.inf)
    passed = 1.0
    if learned.natural is not None and len(scores) >= 10 * goals:
        looks = np.empty_like(scores)
        for seen, held in KFold(5, shuffle=True, random_state=SEED).split(scores):
            looks[held] = _ridge(words[seen], scores[seen]).predict(words[held])
        for k, goal_rule in enumerate(learned.rules):
            chosen = goal_rule.probabilities(scores[:, k]) >= goal_rule.threshold
            cuts[k] = _cut(looks[chosen, k], weights[chosen])
        ordinary = slice(len(learned.machine.unseen), None)
        reach = (looks[ordinary] >= cuts).any(axis=1)
        passed = float(weights[ordinary][reach].sum() / weights[ordinary].sum())
    coefficients, intercepts = np.asarray(model.coef_).T, np.asarray(model.intercept_)
    return Look(coefficients.astype(np.float32), intercepts.astype(np.float32), cuts.astype(np.float32), passed)


def _ridge(words: csr_array, scores: NDArray[np.float64]) -> Ridge:
    return Ridge(alpha=PENALTY, solver="sparse_cg", tol=1e-5).fit(words, scores)


def _cut(looks: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """The score below which no more than `CONCEDED` of the weight lies; minus infinity when there is none."""
    if not len(looks):
        return -np.inf
    order = np.argsort(looks, kind="stable")
    lost = np.cumsum(weights[order]) / weights.sum()
    return float(looks[order[np.searchsorted(lost, CONCEDED, side="right")]])
