"""Learning: labels → head and card, how good the head is, and what to label next.

Importing this package imports scikit-learn; do it in the command that needs it.
"""

from __future__ import annotations

from monitor.learning.background import FOLDER as BACKGROUND
from monitor.learning.background import draw, load_background, save_background
from monitor.learning.evaluate import Comparison, Evaluation, compare, evaluate, score
from monitor.learning.examples import Examples, load_examples
from monitor.learning.labels import Label, read_ids, read_labels, write_labels
from monitor.learning.linking import evaluate_linking, linking_table, read_pairs
from monitor.learning.report import comparison_table, table
from monitor.learning.texts import all_papers, find_papers
from monitor.learning.train import Training, train

__all__ = [
    "BACKGROUND",
    "Comparison",
    "Evaluation",
    "Examples",
    "Label",
    "Training",
    "all_papers",
    "compare",
    "comparison_table",
    "draw",
    "evaluate",
    "evaluate_linking",
    "find_papers",
    "linking_table",
    "load_background",
    "load_examples",
    "read_ids",
    "read_labels",
    "read_pairs",
    "save_background",
    "score",
    "table",
    "train",
    "write_labels",
]
