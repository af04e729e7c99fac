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

from monitor.encoder import Encoder
from monitor.errors import ModelError
from monitor.goals import Head, manifest, taxonomy
from monitor.goals.head import META, Arrays
from monitor.learning import labels, versions
from monitor.learning.card import ABOUT, card
from monitor.learning.evaluate import Evaluation, evaluate, measurable
from monitor.learning.examples import Examples, Papers, load_examples, words_file
from monitor.learning.learn import SEED, Learned, Look, learn, look
from monitor.learning.machine import GAMMA, NOISES, SHARES

KIND = "minilm-krr"
"""The middle of the model's name: encoder and method."""
METHOD = (
    "kernel ridge regression on vectors and words, labels weighted by confidence; shares of the kernels by "
    "leave-one-out average precision, Platt's scaling, thresholds by expected F1 and expected precision; method 3"
)


@dataclass(frozen=True, slots=True)
class Training:
    """What a training made."""

    head: Head
    examples: Examples
    evaluation: Evaluation | None
    """None when there are too few labels to measure anything."""


def train(
    folder: Path, *, out: Path | None = None, papers: Papers | None = None, encoder: Encoder | None = None
) -> Training:
    """Train the model in `folder` on its labels and write it to `out`, or back to `folder`.

    What the folder lacks is made from the texts that `papers` finds. The same labels, papers and background give
    the same head under the same name; others give the next version, so that works are tagged anew. Where earlier
    versions are kept, the one that is replaced is kept too, and none of their names is given again. Takes some
    minutes, most of them for the figures of the card. Raises ConfigError and ModelError.
    """
    target = out or folder
    examples = load_examples(folder, papers=papers, encoder=encoder, out=out)
    head = fit_head(examples, _version(folder, target, examples), encoder)
    evaluation = evaluate(examples) if measurable(examples.targets) else None
    training = Training(head, examples, evaluation)
    versions.keep_replaced(target, head.name)
    _write(folder, target, training)
    return training


def fit_head(
    examples: Examples,
    version: int,
    encoder: Encoder | None = None,
    *,
    kind: str = KIND,
    shares: Sequence[float] = SHARES,
    noises: Sequence[float] = NOISES,
) -> Head:
    """The head for all of `examples`, its machine chosen from `shares` and `noises`."""
    learned = learn(examples, encoder, shares=shares, noises=noises)
    first = look(learned)
    machine, slugs = learned.machine, examples.taxonomy.slugs
    return Head(
        name=f"{examples.taxonomy.name}-{kind}.{version}",
        encoder=examples.encoder,
        labels=slugs,
        papers=learned.papers,
        terms=learned.vocabulary.terms,
        arrays=Arrays(
            support=machine.rows.vectors.astype(np.float16),
            duals=machine.duals.astype(np.float32),
            words=machine.words.astype(np.float32),
            bias=machine.bias.astype(np.float32),
            idf=learned.vocabulary.idf,
            look=first.weights,
            look_bias=first.bias,
            cuts=first.cuts,
        ),
        gamma=GAMMA,
        calibration=tuple((round(rule.slope, 6), round(rule.intercept, 6)) for rule in learned.rules),
        thresholds=tuple(round(rule.threshold, 6) for rule in learned.rules),
        training=_record(examples, learned, first),
    )


def _record(examples: Examples, learned: Learned, first: Look) -> Mapping[str, Any]:
    slugs = examples.taxonomy.slugs
    return {
        "data": _digest(examples),
        "method": METHOD,
        "papers": len(examples.labels),
        "carrying": dict(zip(slugs, examples.targets.sum(axis=0).tolist(), strict=True)),
        "background": len(examples.background.ids) if examples.background else 0,
        "described": learned.described,
        "share": learned.machine.share,
        "noise": learned.machine.noise,
        "best_f1": {slug: round(rule.best, 6) for slug, rule in zip(slugs, learned.rules, strict=True)},
        "precise": {slug: round(rule.precise, 6) for slug, rule in zip(slugs, learned.rules, strict=True)},
        "passed": round(first.passed, 4),
        "seed": SEED,
        "scikit_learn": sklearn.__version__,
    }


def _digest(examples: Examples) -> str:
    """SHA-256 of everything that decides about the head."""
    what = {
        "method": METHOD,
        "encoder": examples.encoder,
        "taxonomy": [
            (d.goal.slug, d.goal.name, d.goal.meaning, d.topics, d.queries) for d in examples.taxonomy.definitions
        ],
        "labels": [(label.id, label.goals, label.confidence) for label in examples.labels],
        "background": examples.background.ids if examples.background else (),
    }
    digest = hashlib.sha256(json.dumps(what).encode())
    digest.update(examples.vectors.astype("<f2").tobytes())
    digest.update("\n".join(examples.terms).encode())
    digest.update(examples.counts.data.astype("<f4").tobytes())
    return digest.hexdigest()


def _version(folder: Path, target: Path, examples: Examples) -> int:
    """The version of the head that is there when it came from the same data, else the next after all that are known."""
    if not (folder / META).exists():
        return versions.following(versions.kept(target))
    try:
        meta = json.loads(manifest.read(folder, META))
        version = int(meta["name"].rpartition(".")[2])
        same = meta["training"]["data"] == _digest(examples)
        return version if same else versions.following([meta["name"], *versions.kept(target)])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelError(f"{folder / META} has no name with a version, or no record of its training") from error


def _write(folder: Path, out: Path, training: Training) -> None:
    """Head and card into `out`, with the sources of the model if they are elsewhere."""
    names = [name for name in (taxonomy.FILE, labels.FILE, ABOUT) if (folder / name).exists()]
    sources = {name: (folder / name).read_bytes() for name in names}
    about = sources.get(ABOUT, b"").decode("utf-8", "replace")
    plain = card(training.head, training.examples, training.evaluation, about=about)
    if out.resolve() != folder.resolve():
        plain |= sources
    files = {**training.head.files(), **words_file(training.examples, training.head.terms)}
    manifest.write(out, files, unlisted=plain)
