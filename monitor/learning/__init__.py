"""Learning: labels → head and card, and how good the head is.

Importing this package imports scikit-learn; do it in the command that needs it.
"""

from __future__ import annotations

from monitor.learning.evaluate import Evaluation, evaluate, score
from monitor.learning.examples import Examples, load_examples
from monitor.learning.labels import Label, read_labels, write_labels
from monitor.learning.texts import find_papers
from monitor.learning.train import Training, train

__all__ = [
    "Evaluation",
    "Examples",
    "Label",
    "Training",
    "evaluate",
    "find_papers",
    "load_examples",
    "read_labels",
    "score",
    "train",
    "write_labels",
]
