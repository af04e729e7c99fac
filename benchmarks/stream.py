"""How much of what is selected from an ordinary stream is right, by a head that saw no label of any paper in it.

    python benchmarks/stream.py IDS TEXTS... [--selected FILE]

IDS is a CSV of papers with a column `id`, such as `models/goals/stream-whole.csv`: 10,000 drawn at random from all
papers whose texts lie in TEXTS, whether or not they were labelled later. The shipped model knows labels of some of
them, of the rare goals nearly all that carry one; so a head is taught here on the labels of all other papers, the same
way as the shipped one, and tags the stream, the encoder reading every paper. What it selects is compared with the
verdicts of readers in `models/goals/stream-whole-read.csv`. Where only a sample of a goal was read, the figure is that
of the sample. Thresholds are those of the head taught here, which may differ a little from the shipped ones.

FILE gets a line for each selected paper and goal: id, goal, probability, and the verdict where there is one, so that
what is unread can be read.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from monitor.encoder import Encoder  # noqa: E402
from monitor.goals import Paper, Tagger, load_taxonomy  # noqa: E402
from monitor.learning import find_papers, load_examples  # noqa: E402
from monitor.learning.linking import wilson  # noqa: E402
from monitor.learning.train import fit_head  # noqa: E402

MODEL = ROOT / "models" / "goals"
Selected = list[tuple[str, str, float]]


def main(ids: Path, texts: list[Path], out: Path | None) -> None:
    stream = [row["id"] for row in rows(ids)]
    papers = find_papers(stream, texts)
    chosen, labelled = select(stream, papers)
    verdicts = {(row["id"], row["goal"]): row["right"] == "1" for row in rows(MODEL / "stream-whole-read.csv")}
    print(f"{len(papers):,} papers with a text; the labels of {labelled:,} of them were left out of the training\n")
    print("| goal | selected | read | right | precision |\n|---|---|---|---|---|")
    for goal in load_taxonomy(MODEL).slugs:
        of_goal = [name for name, slug, _ in chosen if slug == goal]
        read = [verdicts[name, goal] for name in of_goal if (name, goal) in verdicts]
        share = wilson(sum(read), len(read))
        figure = f"{share.value:.3f} [{share.low:.3f}, {share.high:.3f}]" if read else "–"
        print(f"| {goal} | {len(of_goal)} | {len(read)} | {sum(read)} | {figure} |")
    if out is not None:
        with out.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(["id", "goal", "probability", "right"])
            lines.writerows([*line, {True: 1, False: 0, None: ""}[verdicts.get(line[:2])]] for line in chosen)


def select(stream: list[str], papers: dict[str, Paper]) -> tuple[Selected, int]:
    """What a head that saw no label of `stream` selects from it, and how many labels that left out."""
    examples, met = load_examples(MODEL), set(stream)
    others = np.array([row for row, label in enumerate(examples.labels) if label.id not in met])
    tagger = Tagger(examples.taxonomy, fit_head(examples.only(others), 0), Encoder.open())
    names = [name for name in stream if name in papers]
    taggings = tagger.tag([papers[name] for name in names], exact=True)
    chosen = [
        (name, tag.label, tag.probability)
        for name, tagging in zip(names, taggings, strict=True)
        for tag in tagging.selected
    ]
    return chosen, len(examples.labels) - len(others)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("ids", type=Path)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--selected", type=Path)
    given = parser.parse_args()
    main(given.ids, given.texts, given.selected)
