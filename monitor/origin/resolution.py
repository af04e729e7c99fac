"""What is answered about an affiliation: countries, each with method, confidence and evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

CONFIDENCE = {
    "country-name": 0.996,  # of 6,109 answers
    "country-ending": 0.975,  # of 315
    "country-inside": 0.966,  # of 87
    "former-country": 0.7,  # of 4, all right; low all the same, because the successor is a guess
    "us-state": 0.991,  # of 1,598
    "ca-province": 0.99,  # of 130, all right
    "au-state": 0.976,  # of 85
    "postcode": 0.996,  # of 546
    "domain": 0.976,  # of 12,320 web sites of universities
    "script": 0.99,  # of 4,379 names of organisations; none among the affiliations
    "institution": 0.992,  # of 2,556
    "city": 0.986,  # of 289
    "region": 0.98,  # of 55
    "acronym": 0.954,  # of 130 without a registry; 0.98 of 46 with one
    "word": 0.9,  # of 10, all right; words say less than names
}
"""How often each method was right, on the half of 20,459 labelled affiliations that the rules were made with; domains
and scripts on the registry of research organisations (ROR). States and postcodes were counted wherever they occur."""


class Institution(NamedTuple):
    """An organisation of the registry."""

    id: str
    """Its address, https://ror.org/..."""
    parents: tuple[str, ...] = ()
    """The addresses of the organisations that it is part of."""


class Finding(NamedTuple):
    """One country that a text tells, and how."""

    country: str
    method: str
    evidence: str
    """The words that decided, as they stand in the text."""
    start: int = 0
    end: int = 0
    """Where they stand: `text[start:end]` is the evidence."""

    @property
    def confidence(self) -> float:
        """Share of answers of this method that were right."""
        return CONFIDENCE[self.method]


class Resolution(NamedTuple):
    """What a text says about where it is; without findings it is unknown."""

    findings: tuple[Finding, ...] = ()
    """The most certain one of each country, in the order of the text."""
    look_up: Callable[[], Institution | None] | None = None
    """Finds the institution, which most callers never ask for."""

    @property
    def place(self) -> Institution | None:
        """The institution; None where it is not certain."""
        return self.look_up() if self.look_up else None

    @property
    def institution(self) -> str | None:
        """ROR id of the institution, as an address; None where it is not certain."""
        place = self.place
        return place.id if place else None

    @property
    def countries(self) -> tuple[str, ...]:
        """ISO 3166-1 alpha-2 codes, and XK for Kosovo, in the order of the text."""
        return tuple(finding.country for finding in self.findings)

    @property
    def method(self) -> str:
        """The rule that decided; of several countries, the least certain one's."""
        return self._weakest.method if self.findings else "none"

    @property
    def confidence(self) -> float:
        """Precision of `method` on labelled affiliations, 0 to 1."""
        return self._weakest.confidence if self.findings else 0.0

    @property
    def evidence(self) -> str:
        """The words that decided, those of several countries joined by "; "."""
        return "; ".join(finding.evidence for finding in self.findings)

    @property
    def _weakest(self) -> Finding:
        return min(self.findings, key=lambda finding: finding.confidence)

    @classmethod
    def of(cls, findings: list[Finding], look_up: Callable[[], Institution | None] | None = None) -> Resolution:
        """The findings taken together, the most certain one of each country."""
        if len(findings) < 2:
            return cls(tuple(findings), look_up) if findings else UNKNOWN
        best: dict[str, Finding] = {}
        for finding in findings:
            known = best.setdefault(finding.country, finding)
            if known.confidence < finding.confidence:
                best[finding.country] = finding
        return cls(tuple(best.values()), look_up)


UNKNOWN = Resolution()
