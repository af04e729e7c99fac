"""What is answered about an affiliation: countries, each with method, confidence and evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
}
"""How often each method was right, on the half of 20,459 labelled affiliations that the rules were made with; the last
two on the registry of research organisations (ROR). States and postcodes were counted wherever they occur."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One country that a text tells, and how."""

    country: str
    method: str
    evidence: str

    @property
    def confidence(self) -> float:
        """Share of answers of this method that were right."""
        return CONFIDENCE[self.method]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a text says about where it is; without countries it is unknown."""

    countries: tuple[str, ...] = ()
    """ISO 3166-1 alpha-2 codes, and XK for Kosovo, in the order of the text."""
    institution: str | None = None
    """ROR id; None here, because names alone do not tell institutions apart."""
    method: str = "none"
    """The rule that decided; of several countries, the least certain one's."""
    confidence: float = 0.0
    """Precision of `method` on labelled affiliations, 0 to 1."""
    evidence: str = ""
    """The words that decided, as they stand in the text; those of several countries joined by "; "."""
    findings: tuple[Finding, ...] = ()
    """The same country by country."""

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Resolution:
        """The findings taken together, the most certain one of each country."""
        best: dict[str, Finding] = {}
        for finding in findings:
            known = best.setdefault(finding.country, finding)
            if known.confidence < finding.confidence:
                best[finding.country] = finding
        if not best:
            return UNKNOWN
        weakest = min(best.values(), key=lambda finding: finding.confidence)
        return cls(
            countries=tuple(best),
            method=weakest.method,
            confidence=weakest.confidence,
            evidence="; ".join(finding.evidence for finding in best.values()),
            findings=tuple(best.values()),
        )


UNKNOWN = Resolution()
