"""Labels in, a new head and its card out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sklearn

from monitor import atomic
from monitor.encoder import Encoder
from monitor.errors import ModelError
from monitor.goals import Head, manifest, taxonomy
from monitor.goals.head import META
from monitor.learning import examples as kept
from monitor.learning import labels
from monitor.learning.card import ABOUT, CARD, card
from monitor.learning.evaluate import Evaluation, evaluate
from monitor.learning.examples import Examples, Papers, load_examples, vector_file
from monitor.learning.fit import SEED, Fit, Rows, fit_goal, strata_of

KIND = "minilm-lr"
"""The middle of the model's name: encoder and method."""
METHOD = (
    "logistic regressions on vectors, labels weighted by confidence; C by log loss, Platt's scaling, "
    "threshold by expected F1; method 1"
)


@dataclass(frozen=True, slots=True)
class Training:
    """What a training made."""

    head: Head
    examples: Examples
    evaluation: Evaluation


def train(
    folder: Path, *, out: Path | None = None, papers: Papers | None = None, encoder: Encoder | None = None
) -> Training:
    """Train the model in `folder` on its labels and write it to `out`, or back to `folder`.

    Vectors that the folder lacks are made from the texts that `papers` finds. The same labels and vectors give
    the same head under the same name; others give the next version, so that works are tagged anew. Takes a
    minute or two, most of it for the figures of the card. Raises ConfigError and ModelError.
    """
    examples = load_examples(folder, papers=papers, encoder=encoder)
    evaluation = evaluate(examples, papers=papers)
    head = fit_head(examples, _version(folder, examples))
    _write(folder, out or folder, Training(head, examples, evaluation))
    return Training(head, examples, evaluation)


def fit_head(examples: Examples, version: int) -> Head:
    """The head for all of `examples`."""
    strata = strata_of(examples.targets)
    slugs = examples.taxonomy.slugs
    fits = [
        fit_goal(Rows(examples.vectors, examples.targets[:, k], examples.weights, strata), slug)
        for k, slug in enumerate(slugs)
    ]
    return Head(
        name=f"{examples.taxonomy.name}-{KIND}.{version}",
        encoder=examples.encoder,
        labels=slugs,
        weights=np.array([fit.weights for fit in fits], np.float32),
        bias=np.array([fit.bias for fit in fits], np.float32),
        calibration=tuple((round(fit.slope, 6), round(fit.intercept, 6)) for fit in fits),
        thresholds=tuple(round(fit.threshold, 6) for fit in fits),
        training=_record(examples, fits),
    )


def _record(examples: Examples, fits: Sequence[Fit]) -> Mapping[str, Any]:
    slugs = examples.taxonomy.slugs
    return {
        "data": _digest(examples),
        "method": METHOD,
        "papers": len(examples.labels),
        "carrying": dict(zip(slugs, examples.targets.sum(axis=0).tolist(), strict=True)),
        "strengths": dict(zip(slugs, (fit.strength for fit in fits), strict=True)),
        "seed": SEED,
        "scikit_learn": sklearn.__version__,
    }


def _digest(examples: Examples) -> str:
    """SHA-256 of everything that decides about the head."""
    what = {
        "method": METHOD,
        "encoder": examples.encoder,
        "slugs": examples.taxonomy.slugs,
        "labels": [(label.id, label.goals, label.confidence) for label in examples.labels],
    }
    digest = hashlib.sha256(json.dumps(what).encode())
    digest.update(examples.vectors.astype("<f2").tobytes())
    return digest.hexdigest()


def _version(folder: Path, examples: Examples) -> int:
    """The version of the head that is there when it came from the same data, else the next."""
    if not (folder / META).exists():
        return 1
    try:
        meta = json.loads(manifest.read(folder, META))
        version = int(meta["name"].rpartition(".")[2])
        return version if meta["training"]["data"] == _digest(examples) else version + 1
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelError(f"{folder / META} has no name with a version, or no record of its training") from error


def _write(folder: Path, out: Path, training: Training) -> None:
    """Card and head into `out`, with the sources of the model if they are elsewhere; the head last."""
    names = [name for name in (taxonomy.FILE, labels.FILE, ABOUT) if (folder / name).exists()]
    sources = {name: (folder / name).read_bytes() for name in names}
    about = sources.get(ABOUT, b"").decode("utf-8", "replace")
    text = card(training.head, training.examples, training.evaluation, about=about)
    plain = {CARD: text.encode()} if out.resolve() == folder.resolve() else {CARD: text.encode(), **sources}
    try:
        atomic.write_files(out, plain)
    except OSError as error:
        raise ModelError(f"{out} cannot be written: {error}") from error
    manifest.write(out, {**training.head.files(), kept.FILE: vector_file(training.examples)})
