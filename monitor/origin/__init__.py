"""Affiliation text → countries, with evidence and an honest unknown.

The country is where the affiliation places the work, not where a parent has its headquarters. A territory with an
ISO 3166-1 code of its own keeps it, also where its sovereign is named beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from monitor.origin.gazetteer import FILE, Gazetteer, Stamp, stamp
from monitor.origin.records import Organisation, read
from monitor.origin.resolution import Finding, Institution, Resolution
from monitor.origin.resolver import VERSION, Resolver
from monitor.types import Author, Origin

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
    "origins",
    "read",
    "stamp",
]


def origins(authors: Sequence[Author], resolver: Resolver) -> tuple[Origin, ...]:
    """One row for each author and country, in the order of the byline.

    Each of n authors counts 1/n of the work, shared equally over the author's countries. An author without a known
    country has no row, so that the fractions add up to less than 1 where something is unknown.
    """
    return tuple(row for position, author in enumerate(authors) for row in _rows(author, position, authors, resolver))


def _rows(author: Author, position: int, authors: Sequence[Author], resolver: Resolver) -> Iterator[Origin]:
    best: dict[str, tuple[Finding, str | None]] = {}
    for finding, institution in _findings(author, resolver):
        known = best.get(finding.country)
        if known is None or known[0].confidence < finding.confidence:
            best[finding.country] = finding, institution
    for finding, institution in best.values():
        yield Origin(
            country=finding.country,
            method=finding.method,
            confidence=finding.confidence,
            evidence=finding.evidence,
            institution=institution,
            fraction=1 / len(authors) / len(best),
            author=position,
        )


def _findings(author: Author, resolver: Resolver) -> list[tuple[Finding, str | None]]:
    """Each finding with its institution; the author's e-mail domain only where no affiliation tells a country."""
    told: list[tuple[Finding, str | None]] = []
    for affiliation in author.affiliations:
        resolution = resolver.resolve(affiliation.text)
        institution = affiliation.ror or resolution.institution if len(resolution.countries) == 1 else None
        told += [(finding, institution) for finding in resolution.findings]
    return told or [(finding, None) for finding in resolver.resolve("", domain=author.domain).findings]


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
