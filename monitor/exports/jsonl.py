"""JSON lines (https://jsonlines.org): one object a work, in UTF-8."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import BinaryIO

from monitor.exports import About
from monitor.selection import Listed

SUFFIX = "jsonl"
MEDIA_TYPE = "application/jsonl"


def write(works: Iterable[Listed], out: BinaryIO, about: About) -> None:
    """An object a line."""
    for work in works:
        record = work.record() | {"identifiers": [str(identifier) for identifier in work.item.identifiers]}
        out.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
