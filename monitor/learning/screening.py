"""Screening, simulated: somebody reads a pool of papers in search of those that carry one goal, and a learner puts the
likeliest first, again and again as answers come in. Labels that are known already play the reader.

*Work saved over sampling* at 95 % recall is the share of the pool that need not be read until 95 % of what is sought is
found, less the 5 % that reading at random would save for the same recall (Cohen et al., "Reducing workload in
systematic review preparation using automated citation classification", JAMIA 2006).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from monitor.errors import ModelError
from monitor.goals.words import Vocabulary, inverse_frequencies
from monitor.learning.examples import Examples
from monitor.learning.machine import Rows, fit
from monitor.learning.metrics import Estimate

OWN, SVM, RANDOM = "this learner", "tf-idf + SVM", "random order"
SEEDS = 5
RECALL = 0.95
EARLY = 0.1
"""Share of the pool after which the recall is told."""
STEP, GROWTH = 10, 0.1
"""Papers that are read between two trainings: ten, or a tenth of those read when that is more."""
STRENGTH, BALANCE = 0.11, 9.8
"""Of the SVM: C, and how much more all papers that carry the goal weigh than all others. They are those of ASReview's
model ELAS u4, its default in version 2 and 3, which were found on other data (asreview/models/models.py there)."""

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

Learner = Callable[[Ints, Bools], Floats]
"""From the rows that were read and whether each carries the goal to a score of every row of the pool."""


@dataclass(frozen=True, slots=True)
class Saving:
    """What one way to order a pool saves for one goal, over all seeds."""

    saved: tuple[float, ...]
    """Work saved over sampling at 95 % recall, by seed."""
    early: tuple[float, ...]
    """Recall after a tenth of the pool, by seed."""

    @property
    def mean_saved(self) -> Estimate:
        """The mean of `saved`, and the interval of the mean."""
        return over_seeds(self.saved)

    @property
    def mean_early(self) -> Estimate:
        """The mean of `early`, and the interval of the mean."""
        return over_seeds(self.early)


@dataclass(frozen=True, slots=True)
class Screening:
    """Figures of a simulation."""

    papers: int
    carrying: dict[str, int]
    """Goal → how many papers of the pool carry it."""
    ways: dict[str, dict[str, Saving]]
    """Way → goal → what it saves."""
    seeds: int

    def possible(self, goal: str) -> float:
        """The most work that any order could save for a goal: the more papers carry it, the less."""
        sought = self.carrying[goal] - 1
        return 1 - float(np.ceil(RECALL * sought)) / (self.papers - 2) - (1 - RECALL)

    def median(self, way: str) -> float:
        """The median over the goals of the work that `way` saves."""
        return float(np.median([saving.mean_saved.value for saving in self.ways[way].values()]))

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types, with the means."""
        found = dataclasses.asdict(self)
        found["means"] = {
            way: {goal: dataclasses.asdict(saving.mean_saved) for goal, saving in goals.items()}
            for way, goals in self.ways.items()
        }
        found["median"] = {way: self.median(way) for way in self.ways}
        return found


def simulate(
    examples: Examples, *, seeds: int = SEEDS, progress: Callable[[int, int], None] = lambda done, total: None
) -> Screening:
    """Screen all of `examples` for each goal by each way, `seeds` times: each seed draws the two papers, one that
    carries the goal and one that does not, which the reader is said to know beforehand.

    All ways begin with the same two. The same labels and seeds give the same figures. Raises ModelError when a goal is
    carried by fewer than two papers, or by all.
    """
    targets, slugs = examples.targets, examples.taxonomy.slugs
    few = [slug for k, slug in enumerate(slugs) if not 2 <= targets[:, k].sum() < len(targets) - 1]
    if few:
        raise ModelError(f"{examples.taxonomy.name}: too few papers carry {few[0]!r}, or too few do not, to screen for")
    begin: dict[str, Callable[[], Learner]] = {OWN: _own(examples), SVM: _svm(examples)}
    ways: dict[str, dict[str, Saving]] = {way: {} for way in (*begin, RANDOM)}
    total, done = len(slugs) * len(ways) * seeds, 0
    for k, slug in enumerate(slugs):
        for way, found in ways.items():
            savings = []
            for seed in range(seeds):
                random = np.random.default_rng([seed, k])
                prior = _prior(targets[:, k], random)
                learner = begin[way]() if way in begin else _at_random(random, len(targets))
                order = screen(targets[:, k], prior, learner, keep=way != RANDOM)
                savings.append(_saving(targets[order, k], len(targets) - len(prior), targets[:, k].sum() - 1))
                done += 1
                progress(done, total)
            found[slug] = Saving(tuple(s for s, _ in savings), tuple(e for _, e in savings))
    return Screening(len(targets), dict(zip(slugs, targets.sum(axis=0).tolist(), strict=True)), ways, seeds)


def screen(holds: Bools, prior: Ints, learner: Learner, *, keep: bool = True) -> Ints:
    """The rows in the order in which they are read, those of `prior` left out, until `RECALL` of what is sought is
    found and a tenth was read. Without `keep` the learner is asked once and no more."""
    sought = int(holds.sum() - holds[prior].sum())
    enough, least = int(np.ceil(RECALL * sought)), int(np.ceil(EARLY * (len(holds) - len(prior))))
    read, found, left = prior, 0, np.ones(len(holds), bool)
    left[prior] = False
    while left.any() and (found < enough or len(read) - len(prior) < least):
        scores = learner(read, holds[read])
        rows = np.flatnonzero(left)
        likeliest = rows[np.argsort(-scores[rows], kind="stable")]
        batch = likeliest[: max(STEP, int(GROWTH * len(read)))] if keep else likeliest
        read = np.concatenate([read, batch])
        left[batch] = False
        found += int(holds[batch].sum())
    return read[len(prior) :]


def over_seeds(values: Sequence[float]) -> Estimate:
    """Their mean, with the 95 % interval by Student's t (two seeds at least, else the value alone)."""
    from scipy import stats

    mean = float(np.mean(values))
    if len(values) < 2:
        return Estimate(mean, mean, mean)
    half = float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return Estimate(mean, mean - half, mean + half)


def screening_table(found: Screening) -> str:
    """The figures in Markdown."""
    lines = [
        "| goal | papers | possible | " + " | ".join(f"{way}: saved | recall early" for way in found.ways) + " |",
        "|---|---|---|" + "---|---|" * len(found.ways),
    ]
    for slug, papers in found.carrying.items():
        cells = (f"{_told(w[slug].mean_saved)} | {w[slug].mean_early.value:.3f}" for w in found.ways.values())
        lines.append(f"| {slug} | {papers:,} | {found.possible(slug):.3f} | {' | '.join(cells)} |")
    medians = (f"**{found.median(way):.3f}** | " for way in found.ways)
    lines.append(f"| **median** | {found.papers:,} | | {' | '.join(medians)} |")
    return "\n".join(lines)


def _told(figure: Estimate) -> str:
    """With its interval, which a single seed does not have."""
    return str(figure) if figure.low < figure.high else f"{figure.value:.3f}"


def _prior(holds: Bools, random: np.random.Generator) -> Ints:
    return np.array([random.choice(np.flatnonzero(holds)), random.choice(np.flatnonzero(~holds))], np.int64)


def _saving(found: Bools, pool: int, sought: int) -> tuple[float, float]:
    """Work saved, and recall after a tenth, of papers in the order in which they were read."""
    hits = np.cumsum(found)
    needed = int(np.argmax(hits >= np.ceil(RECALL * sought))) + 1
    early = hits[int(np.ceil(EARLY * pool)) - 1] / sought
    return float(1 - needed / pool - (1 - RECALL)), float(early)


def _at_random(random: np.random.Generator, pool: int) -> Learner:
    return lambda rows, holds: random.random(pool)


def _own(examples: Examples) -> Callable[[], Learner]:
    """The machine behind a head, all its choices made on what was read, and made anew whenever that has doubled."""
    vectors, words = examples.vectors, examples.vocabulary().weigh(examples.counts)

    def begin() -> Learner:
        size, share, noise = 0, 0.0, 0.0

        def learn(rows: Ints, holds: Bools) -> Floats:
            nonlocal size, share, noise
            seen = Rows(vectors[rows], csr_array(words[rows]), holds[:, None], np.ones(len(rows)))
            # On matrices this small, two threads of BLAS take several times as long as one.
            with threadpool_limits(limits=1, user_api="blas"):
                if size <= len(rows) < 2 * size:
                    return fit(seen, shares=(share,), noises=(noise,)).scores(vectors, words)[:, 0]
                machine = fit(seen)
                size, share, noise = len(rows), machine.share, machine.noise
                return machine.scores(vectors, words)[:, 0]

        return learn

    return begin


def _svm(examples: Examples) -> Callable[[], Learner]:
    """A linear support vector machine on tf-idf of words and word pairs."""
    from sklearn.svm import LinearSVC

    frequencies = np.asarray((examples.counts > 0).sum(axis=0)).ravel().astype(np.float64)
    words = Vocabulary(examples.terms, inverse_frequencies(frequencies, len(examples.labels))).weigh(examples.counts)

    def learn(rows: Ints, holds: Bools) -> Floats:
        weights = np.where(holds, 1.0, holds.sum() / (BALANCE * max(1, (~holds).sum())))
        weights *= len(rows) / weights.sum()
        model = LinearSVC(C=STRENGTH, loss="squared_hinge", max_iter=5_000, random_state=0)
        with threadpool_limits(limits=1, user_api="blas"):
            model.fit(words[rows], holds, sample_weight=weights)
        return np.asarray(model.decision_function(words))

    return lambda: learn
