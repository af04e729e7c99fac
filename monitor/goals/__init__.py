"""Goals: the taxonomy, the trained head over the encoder's vectors, and the tags and evidence they give.

Everything of one model lies in one folder, `models/<name>/`; nothing heavy is imported before a text is read.
"""

from __future__ import annotations

from monitor.goals.head import Head
from monitor.goals.papers import Paper
from monitor.goals.tagger import Tagger, Tagging, classify
from monitor.goals.taxonomy import Taxonomy, load_taxonomy

__all__ = ["Head", "Paper", "Tagger", "Tagging", "Taxonomy", "classify", "load_taxonomy"]
