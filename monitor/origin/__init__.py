"""Affiliation text → countries, with evidence and an honest unknown.

The country is where the affiliation places the work, not where a parent has its headquarters. A territory with an
ISO 3166-1 code of its own keeps it, also where its sovereign is named beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

from monitor.origin import compiled

compiled.use()

from monitor.origin.finding import Finding  # noqa: E402
from monitor.origin.gazetteer import FILE, Gazetteer, Stamp, stamp  # noqa: E402
from monitor.origin.records import Organisation, read  # noqa: E402
from monitor.origin.resolution import Institution, Resolution  # noqa: E402
from monitor.origin.resolver import VERSION, Resolver  # noqa: E402

__all__ = [
    "FILE",
    "VERSION",
    "Finding",
    "Gazetteer",
    "Institution",
    "Organisation",
    "Resolution",
    "Resolver",
    "Stamp",
    "answer",
    "read",
    "stamp",
]


def answer(resolver: Resolver, record: Mapping[str, object]) -> dict[str, object]:
    """`{id, affiliation}` → `{id, countries, institution, method, confidence, evidence}`, all of JSON types.

    Raises ValueError, with words that name what is wrong, when there is no affiliation text.
    """
    if "affiliation" not in record:
        raise ValueError('"affiliation" is missing')
    affiliation = record["affiliation"]
    if not isinstance(affiliation, str):
        raise ValueError(f'"affiliation" must be a string, not {_JSON_NAMES.get(type(affiliation), "an object")}')
    resolution = resolver.resolve(affiliation)
    return {
        "id": record.get("id"),
        "countries": list(resolution.countries),
        "institution": resolution.institution,
        "method": resolution.method,
        "confidence": resolution.confidence,
        "evidence": resolution.evidence,
    }


_JSON_NAMES = {type(None): "null", bool: "true or false", int: "a number", float: "a number", list: "a list"}
