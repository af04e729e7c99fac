"""The model card: what a head is, how good, and where it fails (Mitchell et al., "Model cards for model reporting",
FAT* 2019). The figures are written by the training; what people know about the labels is in `about.md`."""

from __future__ import annotations

from monitor.goals import Head
from monitor.learning.evaluate import Evaluation
from monitor.learning.examples import Examples
from monitor.learning.learn import CONCEDED
from monitor.learning.machine import COST, MARGIN, PRECISION, SURER
from monitor.learning.report import picture, table

CARD, ABOUT, PICTURE = "card.md", "about.md", "calibration.svg"

_TEMPLATE = """\
# {name}

Tells which goals a paper bears on, from its title and abstract. Each goal has a probability and a threshold; a paper
that reaches none is left without a goal, and a text that cannot be read (empty, far too short or too long, not prose,
not in English, front matter of a journal) is not judged at all.

- Goals: {goals}
- Encoder: {encoder} (text → vector; the last part is the number of tokens that are read)
- Head: {method}; γ {gamma:g}, β {share:g}, λ {noise:g}
- Labels: {papers:,} papers; {source}
- Background: {background:,} ordinary papers
- Rebuilt by `monitor train {taxonomy}`: the same labels and papers give the same head

## How it decides

{decides}

{chosen}

The first look at the words sends {passed:.1%} of ordinary papers on to the encoder; the others cannot reach a
threshold, but for at most {conceded:.2%} of the selected papers of each goal, as estimated by cross-validation.
"""

_LABELS = """\
A goal is selected from the stricter of two thresholds on: the one with the highest expected F1 on the labelled papers,
and the least one with which {precision:.0%} of what is selected from ordinary papers is right, as far as the calibrated
probabilities tell; {aim:.0%} are aimed for, since these ran high by the difference in a first round, and up to
{surer:.0%} where that costs no more than {cost} of the expected F1 on papers that were drawn."""

_DESCRIPTIONS = """\
There are not enough labels for every goal, so the taxonomy's own sentences stand for papers that carry a goal, and
ordinary papers for papers that carry none. Probabilities of a goal without enough labels are nominal: one half is what
0.5 % of ordinary papers reach. Nothing was measured; label papers with `monitor label`, and train again."""

_FIGURES = """\
## How good it is

{folds}-fold cross-validation, in which the shares of the kernels, calibration and thresholds are chosen without the
fold that is measured; 95 % intervals from {resamples:,} bootstrap resamples of the papers, seed {seed}. The intervals
tell what other papers of this kind would change, not what other annotators would; that of the calibration error lies
high, because resampling adds noise to every bin. The first tables are of the papers that were drawn for the goals or at
random, all of which the others help to learn.

{table}

![Reliability diagrams]({picture})
"""


def card(head: Head, examples: Examples, evaluation: Evaluation | None, *, about: str) -> dict[str, bytes]:
    """Name and content of the card, in Markdown with `about` as its last sections, and of its picture."""
    training = head.training
    goals = zip(head.labels, head.thresholds, strict=True)
    body = _TEMPLATE.format(
        name=head.name,
        goals=", ".join(f"{goal.name} (`{goal.slug}`)" for goal in examples.taxonomy.goals),
        encoder=head.encoder,
        method=training["method"],
        gamma=head.gamma,
        share=training["share"],
        noise=training["noise"],
        papers=len(examples.labels),
        source=examples.source,
        background=training["background"],
        taxonomy=examples.taxonomy.name,
        decides=_DESCRIPTIONS
        if training["described"]
        else _LABELS.format(precision=PRECISION, aim=PRECISION + MARGIN, surer=SURER[0], cost=COST),
        chosen="\n".join(
            f"- `{slug}` from {least:.3f} (best F1 {training['best_f1'][slug]:.3f}, "
            f"precision {training['precise'][slug]:.3f})"
            for slug, least in goals
        ),
        passed=training["passed"],
        conceded=CONCEDED,
    )
    files: dict[str, bytes] = {}
    if evaluation is not None:
        body += "\n" + _FIGURES.format(
            folds=evaluation.folds,
            resamples=evaluation.resamples,
            seed=evaluation.seed,
            table=table(evaluation),
            picture=PICTURE,
        )
        files[PICTURE] = picture(evaluation.model).encode()
    return {CARD: (f"{body}\n{about}" if about else body).encode(), **files}
