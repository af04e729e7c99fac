"""How good the answers of a home are on labelled data, with 95 % confidence intervals; what `monitor evaluate` tells.

The command line and the Python API both measure from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.training import papers

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.goals import Tagger
    from monitor.learning import Comparison, Evaluation, Examples
    from monitor.learning.linking import LinkingEvaluation
    from monitor.origin.evaluation import Evaluation as OriginEvaluation


def cross_validated(app: App, model: str, *, texts: Sequence[Path] = ()) -> Evaluation:
    """The way `model` is made, by five-fold cross-validation on its own labels; takes minutes. Raises ModelError."""
    from monitor import learning

    return learning.evaluate(examples(app, model, texts=texts))


def scored(app: App, model: str, labels: Path, texts: Sequence[Path]) -> Evaluation:
    """`model` as it is, on the labels of a CSV file (id, goals) whose texts are in `texts`. Raises ModelError."""
    from monitor import learning

    tagger = _tagger(app, model)
    examples = learning.load_examples(folder(app, model), encoder=tagger.encoder)
    return learning.score(tagger, labels, lambda ids: learning.find_papers(ids, texts), examples)


def compared(app: App, model: str, against: str, labels: Path, texts: Sequence[Path]) -> Comparison:
    """Two models as they are, on the same labels. Raises ModelError."""
    from monitor import learning

    one, other = _tagger(app, model), _tagger(app, against)
    return learning.compare(one, other, labels, lambda ids: learning.find_papers(ids, texts))


def origin(app: App, file: Path) -> OriginEvaluation:
    """Countries on a tab-separated file with the columns affiliation, countries (A2,A2) and maybe source."""
    from monitor.origin import evaluation

    return evaluation.evaluate(app.resolver, evaluation.read_labelled(file))


def linking(file: Path) -> LinkingEvaluation:
    """Which records are found to be one work, on JSON lines or CSV of labelled pairs of records."""
    from monitor import learning

    return learning.evaluate_linking(learning.read_pairs(file))


def examples(app: App, model: str, *, texts: Sequence[Path] = ()) -> Examples:
    """The labels of a model, with what is kept of their papers; new ones are looked up in `texts`.

    Raises ModelError.
    """
    from monitor import learning
    from monitor.encoder import Encoder

    return learning.load_examples(folder(app, model), papers=papers(texts), encoder=Encoder.open(app.weights))


def folder(app: App, model: str) -> Path:
    """A model by name, or by the path of its folder."""
    return Path(model) if (Path(model) / "taxonomy.yaml").is_file() else app.model_folder(model)


def _tagger(app: App, model: str) -> Tagger:
    from monitor.goals import Tagger

    return Tagger.open(folder(app, model), weights=app.weights)
