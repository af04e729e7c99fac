"""The weekly document: chosen from the works of a week, rendered in four formats, written to a folder."""

from __future__ import annotations

from monitor.digest.compose import compose
from monitor.digest.files import write
from monitor.digest.render import LARGEST_HTML, render
from monitor.digest.weeks import due, week_of, window_of

__all__ = ["LARGEST_HTML", "compose", "due", "render", "week_of", "window_of", "write"]
