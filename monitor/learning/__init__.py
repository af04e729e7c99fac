"""Learning: labels and feedback → head and card, how good the head is, and what learning saves.

Importing this package imports scikit-learn; do it in the command that needs it.
"""

from __future__ import annotations

from monitor.learning.background import FOLDER as BACKGROUND
from monitor.learning.background import draw, load_background, save_background
from monitor.learning.evaluate import Comparison, Evaluation, compare, evaluate, score
from monitor.learning.examples import Examples, load_examples
from monitor.learning.feedback import Retraining, retrain
from monitor.learning.labels import Label, read_ids, read_labels, write_labels
from monitor.learning.linking import evaluate_linking, linking_table, read_pairs
from monitor.learning.report import comparison_table, table
from monitor.learning.screening import Screening, screening_table, simulate
from monitor.learning.texts import all_papers, find_papers
from monitor.learning.timesplit import Corrected, after_corrections, corrected_table
from monitor.learning.train import Training, train

__all__ = [
    "BACKGROUND",
    "Comparison",
    "Corrected",
    "Evaluation",
    "Examples",
    "Label",
    "Retraining",
    "Screening",
    "Training",
    "after_corrections",
    "all_papers",
    "compare",
    "comparison_table",
    "corrected_table",
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
    "retrain",
    "save_background",
    "score",
    "screening_table",
    "simulate",
    "table",
    "train",
    "write_labels",
]
