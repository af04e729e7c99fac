"""What corrections are worth, by time: a head that was taught on older papers, and the same head after readers judged
some newer ones, both measured on papers newer still. A split at random would be kinder to both than the future is."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.errors import ModelError
from monitor.learning.evaluate import decided
from monitor.learning.examples import Examples
from monitor.learning.learn import LEAST, SEED, Learned, learn, suffice
from monitor.learning.metrics import Difference, Estimate, Scores, average_precision, difference, estimate, scores
from monitor.review.propose import propose

CORRECTIONS = 200
OLDER = 0.7
"""Share of the dated papers that the first head is taught on; the corrections come from the first half of the rest,
and the second half is what both are measured on."""

_ARXIV = re.compile(r"arxiv:(?:[A-Za-z.-]+/)?(\d\d)(\d\d)")

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Corrected:
    """Two heads on the same papers, before and after corrections."""

    older: int
    """Papers that the first head was taught on."""
    corrections: int
    measured: int
    since: tuple[str, str]
    """Month of the first paper that corrections were taken from, and of the first that was measured."""
    before: Scores
    after: Scores
    gain: Difference
    """After less before."""
    at_random: Difference
    """The same for as many corrections drawn at random in place of those that the queue puts first."""
    ranking: tuple[float, float, Estimate]
    """Mean average precision over the goals before and after, and the difference: no threshold has a part in it."""

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        return dataclasses.asdict(self)


def month(name: str) -> str | None:
    """The month in an arXiv identifier, `2026-01`; None for any other (https://info.arxiv.org/help/arxiv_identifier.html)."""
    found = _ARXIV.match(name)
    if found is None or not "01" <= found[2] <= "12":
        return None
    return f"{'19' if found[1] > '90' else '20'}{found[1]}-{found[2]}"


def after_corrections(
    examples: Examples, *, corrections: int = CORRECTIONS, report: Callable[[str], None] = lambda _: None
) -> Corrected:
    """Simulate readers who judge `corrections` papers of those that came after the first head was taught, in the order
    of the review queue. Papers without a month count as old. Raises ModelError when there are too few papers."""
    months = [month(label.id) or "" for label in examples.labels]
    order = np.argsort(np.array(months), kind="stable")
    dated = int(sum(map(bool, months)))
    first = len(order) - int((1 - OLDER) * dated)
    second = first + (len(order) - first) // 2
    old, pool, rest = order[:first], order[first:second], order[second:]
    if len(pool) <= corrections or not suffice(examples.targets[old]):
        raise ModelError(
            f"{examples.taxonomy.name}: too few papers: {corrections} corrections need more than as many newer ones, "
            f"and each goal {LEAST} older ones"
        )
    report(f"learning from {len(old):,} older papers")
    base = learn(examples.only(old))
    chances = decided(base, examples.only(pool)).chances
    vectors = list(examples.vectors[pool])
    bars = [rule.threshold for rule in base.rules]
    queued = pool[[found.row for found in propose(chances, bars, vectors, corrections)]]
    drawn = np.sort(np.random.default_rng(SEED).choice(pool, corrections, replace=False))
    report(f"learning from {corrections:,} more, twice")
    held = examples.only(rest)
    before, after, random = (
        decided(learned, held)
        for learned in (base, _again(examples, base, old, queued), _again(examples, base, old, drawn))
    )
    slugs, truth = examples.taxonomy.slugs, held.targets
    return Corrected(
        older=len(old),
        corrections=corrections,
        measured=len(rest),
        since=(months[pool[0]], months[rest[0]]),
        before=scores(slugs, truth, before.chances, before.chosen, SEED),
        after=scores(slugs, truth, after.chances, after.chosen, SEED),
        gain=difference(slugs, truth, after.chosen, before.chosen, SEED),
        at_random=difference(slugs, truth, random.chosen, before.chosen, SEED),
        ranking=_ranking(truth, before.chances, after.chances),
    )


def corrected_table(found: Corrected) -> str:
    """The figures in Markdown."""
    lines = [
        "| goal | papers | F1 before | after | difference | corrected at random | average precision before | after |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for slug, before in found.before.goals.items():
        after = found.after.goals[slug]
        precise = f"{before.average_precision.value:.3f} | {after.average_precision.value:.3f}"
        gains = f"{found.gain.goals[slug]} | {found.at_random.goals[slug]}"
        lines.append(
            f"| {slug} | {before.papers} | {before.f1.value:.3f} | {after.f1.value:.3f} | {gains} | {precise} |"
        )
    lines.append(
        f"| **macro-F1** | {found.measured:,} | {found.before.macro_f1.value:.3f} | {found.after.macro_f1.value:.3f} "
        f"| **{found.gain.macro_f1}** | {found.at_random.macro_f1} | | |"
    )
    first, last, gain = found.ranking
    lines.append(f"| **mean** | {found.measured:,} | | | | | {first:.3f} | {last:.3f}, {gain} more |")
    return "\n".join(lines)


def _ranking(
    truth: NDArray[np.bool_], before: NDArray[np.float64], after: NDArray[np.float64]
) -> tuple[float, float, Estimate]:
    def mean(rows: Ints, chances: NDArray[np.float64]) -> float:
        goals = range(truth.shape[1])
        return float(np.mean([average_precision(truth[rows, k], chances[rows, k]) for k in goals]))

    every = np.arange(len(truth))
    gain = estimate(lambda rows: mean(rows, after) - mean(rows, before), len(truth), SEED)
    return mean(every, before), mean(every, after), gain


def _again(examples: Examples, base: Learned, old: Ints, new: Ints) -> Learned:
    """The same with more papers; what was chosen by the older ones stays chosen."""
    machine = base.machine
    rows = np.concatenate([old, new])
    return learn(examples.only(rows), shares=(machine.share,), noises=(machine.noise,))
