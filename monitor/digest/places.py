"""Countries and groups as a digest shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.digest import words
from monitor.types import PartnerGroup, Work

MARKS: Mapping[str, str] = {"home": "home", "partner": "partner", "ec": "European Commission"}
"""Groups that are marked beside a country's name."""

SHOWN_GROUPS: Mapping[str, str] = {
    "partner": "Partner",
    "home": "Home",
    "ec": "EU bodies",
    "other": "Other",
    "unknown": "Unknown",
}
"""Groups in the order of the shares, partners first, and their names."""


@dataclass(frozen=True, slots=True)
class Place:
    """A country, of a work or of all works."""

    name: str
    mark: str | None
    group: str
    reason: str = ""
    """Of a country of a work, what tells it."""

    def __str__(self) -> str:
        name = f"{self.name} ({self.mark})" if self.mark else self.name
        return f"{name}: {self.reason}" if self.reason else name


def place(code: str, groups: Mapping[str, PartnerGroup]) -> Place:
    """The place `code` with the mark of its group."""
    group = groups.get(code, "unknown" if code == "unknown" else "other")
    return Place(words.country(code), MARKS.get(group), group)


def countries(work: Work) -> list[str]:
    """Codes of the countries of a work: the greatest share first, then by code."""
    shares: dict[str, float] = {}
    for origin in work.origins:
        shares[origin.country] = shares.get(origin.country, 0.0) + origin.fraction
    return sorted(shares, key=lambda code: (-shares[code], code))
