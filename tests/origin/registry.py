"""A small registry of invented organisations in ROR's schema v2, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def record(
    number: int,
    name: str,
    country: str,
    city: str,
    *,
    others: Iterable[str] = (),
    acronym: str = "",
    domain: str = "",
    parent: int | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One record; `number` makes its id."""
    names = [{"value": name, "types": ["ror_display", "label"], "lang": "en"}]
    names += [{"value": other, "types": ["alias"], "lang": None} for other in others]
    names += [{"value": acronym, "types": ["acronym"], "lang": None}] if acronym else []
    place = {"country_code": country, "name": city, "country_subdivision_name": f"{city}shire"}
    return {
        "id": f"https://ror.org/0{number:08}",
        "status": "active",
        "names": names,
        "locations": [{"geonames_id": number, "geonames_details": place}],
        "domains": [domain] if domain else [],
        "links": [{"type": "website", "value": f"https://www.{domain}/"}] if domain else [],
        "types": ["education"],
        "relationships": [{"type": "parent", "id": f"https://ror.org/0{parent:08}", "label": "x"}] if parent else [],
    } | more


RECORDS = [
    record(1, "University of Quillhaven", "NZ", "Quillhaven", acronym="QHUN", domain="quillhaven.test"),
    record(2, "Quillhaven Institute of Tides", "NZ", "Quillhaven", parent=1),
    record(3, "Brackmoor Polytechnic", "IE", "Brackmoor", others=["Politechnika Brackmoor", "北岭大学"]),
    record(4, "Saint Orvile College", "CA", "Orvile"),
    record(5, "Saint Orvile College", "IE", "Brackmoor"),
    record(6, "Tornberg Widgets (Sweden)", "SE", "Tornberg", types=["company"]),
    record(7, "Müllerstadt Universität", "AT", "Müllerstadt"),
    record(
        8,
        "Old Academy of Fennick",
        "FI",
        "Fennick",
        status="withdrawn",
        relationships=[{"type": "successor", "id": "https://ror.org/000000009", "label": "x"}],
    ),
    record(9, "New Academy of Fennick", "EE", "Fennick"),
    record(10, "ORCID", "US", "Bethany", types=["nonprofit"]),
]
