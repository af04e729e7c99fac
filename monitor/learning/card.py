"""The model card: what a head is, how good, and where it fails (Mitchell et al., "Model cards for model reporting",
FAT* 2019). The figures are written by the training; what people know about the labels is in `about.md`."""

from __future__ import annotations

from monitor.goals import Head
from monitor.learning.evaluate import Evaluation
from monitor.learning.examples import Examples

CARD, ABOUT = "card.md", "about.md"

_TEMPLATE = """\
# {name}

Tells which goals a paper bears on, from its title and abstract. Each goal has a probability and a threshold; a paper
that reaches none is left without a goal, and a text that cannot be read (empty, far too short, not prose, not in a
Latin script) is not judged at all.

- Goals: {goals}
- Encoder: {encoder} (text → vector; the last part is the number of tokens that are read)
- Head: {method}
- Labels: {papers:,} papers; vectors: {source}
- Rebuilt by `monitor train {taxonomy}`: the same labels and vectors give the same head

## How good it is

{folds}-fold cross-validation, in which regularisation, calibration and thresholds are chosen without the fold that
is measured; 95 % intervals from {resamples:,} bootstrap resamples of the papers, seed {seed}. The intervals tell what
other papers of this kind would change, not what other annotators would; that of the calibration error lies high,
because resampling adds noise to every bin.

{table}

Chosen on all papers: {chosen}.
"""


def card(head: Head, examples: Examples, evaluation: Evaluation, *, about: str) -> str:
    """The card in Markdown, with `about` as its last sections."""
    goals = zip(head.labels, head.thresholds, strict=True)
    strengths = head.training["strengths"]
    body = _TEMPLATE.format(
        name=head.name,
        goals=", ".join(f"{goal.name} (`{goal.slug}`)" for goal in examples.taxonomy.goals),
        encoder=head.encoder,
        method=head.training["method"],
        papers=evaluation.papers,
        source=evaluation.source,
        taxonomy=examples.taxonomy.name,
        folds=evaluation.folds,
        resamples=evaluation.resamples,
        seed=evaluation.seed,
        table=evaluation.table(),
        chosen=", ".join(f"{slug} from {least:.2f} (C {strengths[slug]:g})" for slug, least in goals),
    )
    return f"{body}\n{about}" if about else body
