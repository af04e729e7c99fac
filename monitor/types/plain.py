"""Nouns as plain JSON types, for the store, `--json` and whoever reads them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from monitor.types.times import stamp


def to_json(value: Any) -> Any:
    """`value` as plain JSON types: dataclasses become objects, times become stamps."""
    kind: type = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list:
        return [to_json(v) for v in value] if value else []
    if names := field_names(kind):
        return {name: v if type(v := getattr(value, name)) in _PLAIN else to_json(v) for name in names}
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, Mapping):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(v) for v in value]
    return value


_PLAIN = frozenset({str, int, float, bool, type(None)})


@cache
def field_names(kind: type) -> tuple[str, ...]:
    """Names of the fields of a dataclass; none of any other type."""
    return tuple(f.name for f in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()
