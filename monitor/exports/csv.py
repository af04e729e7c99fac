"""A table for spreadsheets: CSV (RFC 4180) in UTF-8, one row a work, lists parted by `; `.

A cell that a spreadsheet would take for a formula gets a `'` in front
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any, BinaryIO

from monitor.exports import About
from monitor.selection import Listed

SUFFIX = "csv"
MEDIA_TYPE = "text/csv; charset=utf-8; header=present"

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters of what spreadsheets take for formulas, full-width ones included."""


def write(works: Iterable[Listed], out: BinaryIO, about: About) -> None:
    """A header, then a row a work."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    table = csv.writer(text)
    table.writerow(Listed.columns())
    for work in works:
        table.writerow([cell(value) for value in work.record().values()])
    text.detach()


def cell(value: Any) -> str:
    """A value as a cell; what is not known is an empty one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (int, float)):
        return str(value)
    text = "; ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
