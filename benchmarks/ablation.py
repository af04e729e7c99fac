"""What each part of the goal model is worth: leave-one-out scores of kernel machines with and without it.

    python benchmarks/ablation.py TEXTS...

TEXTS are files or folders of JSON lines with id, title, abstract and categories, as for `monitor train`. Figures are of
the drawn papers (see `monitor.learning.labels.Label.proposed`) with all labels learnt from: mean average precision,
and macro-F1 at the best threshold of each goal, which flatters all rows alike. What is shipped is chosen and reported
by nested cross-validation (`monitor evaluate goals`); this table only ranks.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor import shipped
from monitor.encoder import Encoder
from monitor.learning import load_examples
from monitor.learning.examples import Examples
from monitor.learning.machine import kernel
from monitor.learning.metrics import average_precision

NOISE = 0.1


def main(folders: list[Path]) -> None:
    examples = load_examples(shipped.path("models/goals"))
    records = {name: record for name, record in read(folders) if name in {label.id for label in examples.labels}}
    examples = examples.only(np.array([i for i, label in enumerate(examples.labels) if label.id in records]))
    found = [records[label.id] for label in examples.labels]
    encoder = Encoder.open()
    vectors = kernel(examples.vectors, examples.vectors)
    weighed = examples.vocabulary().weigh(examples.counts)
    words = (weighed @ weighed.T).toarray()
    titles = encoder.encode([str(record["title"]) for record in found]).vectors
    likeness = examples.vectors @ descriptions(examples, encoder).T
    listed = categories(found)
    print(f"{len(found):,} papers\n\n| features | mean average precision | macro-F1, best thresholds |\n|---|---|---|")
    both = vectors + words
    for name, matrix in {
        "words alone": words,
        "vectors alone": vectors,
        "vectors, linear kernel": examples.vectors @ examples.vectors.T,
        "vectors and words": both,
        "the same and vectors of titles": both + kernel(titles, titles) / 2,
        "the same and likeness to the taxonomy's sentences": both + likeness @ likeness.T,
        "the same and categories": both + listed @ listed.T / 4,
    }.items():
        print(f"| {name} | {' | '.join(f'{figure:.4f}' for figure in figures(examples, matrix))} |", flush=True)


def figures(examples: Examples, matrix: NDArray[np.float32]) -> tuple[float, float]:
    system = matrix.astype(np.float64) + 1
    system[np.diag_indices_from(system)] += NOISE / examples.weights
    inverse = np.linalg.inv(system)
    signs = np.where(examples.targets, 1.0, -1.0)
    drawn = np.array([not label.proposed for label in examples.labels])
    unseen = (signs - inverse @ signs / np.diag(inverse)[:, None])[drawn]
    truth = examples.targets[drawn]
    goals = range(truth.shape[1])
    return (
        float(np.mean([average_precision(truth[:, k], unseen[:, k]) for k in goals])),
        float(np.mean([best_f1(truth[:, k], unseen[:, k]) for k in goals])),
    )


def best_f1(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    hits = np.cumsum(truth[np.argsort(-scores, kind="stable")])
    return float((2 * hits / (np.arange(1, len(hits) + 1) + hits[-1])).max())


def descriptions(examples: Examples, encoder: Encoder) -> NDArray[np.float32]:
    return encoder.encode(
        [text for d in examples.taxonomy.definitions for text in (d.goal.meaning, *d.topics, *d.queries)]
    ).vectors


def categories(found: list[dict[str, Any]]) -> NDArray[np.float32]:
    listed = [record.get("categories") or [] for record in found]
    each = [set(names.split() if isinstance(names, str) else map(str, names)) for names in listed]
    names = sorted(set().union(*each))
    return np.array([[name in own for name in names] for own in each], np.float32)


def read(folders: list[Path]) -> Iterator[tuple[str, dict[str, Any]]]:
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else [folder]:
            with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open() as lines:
                for line in lines:
                    record = json.loads(line)
                    name = str(record["id"])
                    yield (name if ":" in name else f"arxiv:{name}"), record


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
