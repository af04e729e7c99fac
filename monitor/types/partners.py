"""The lens: nations and bodies that count as partners, from when on, and who works with whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Literal

PartnerGroup = Literal["home", "partner", "ec", "other", "unknown"]


GROUPS: tuple[PartnerGroup, ...] = ("home", "partner", "ec", "other", "unknown")
"""In the order in which they are shown."""


COLLABORATIONS = (
    *("home-partner", "home-ec", "home-other", "partner-partner", "partner-ec", "partner-other"),
    *("ec-other", "other-other", "domestic", "single-country", "unknown"),
)
"""Kinds of collaboration; of the kinds that hold for a work the first is its kind."""


EU = "EU"
"""Where bodies of the European Union count: the code that ISO 3166-1 reserves for the Union. It is no country."""


@dataclass(frozen=True, slots=True)
class Partner:
    """A nation with which research is shared, for a span of time; `until` None means to this day."""

    country: str
    since: date
    until: date | None = None

    def on(self, day: date) -> bool:
        """Whether `day` is in the half-open span `[since, until)`."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Body:
    """An institution that counts as itself, apart from the country it stands in: one of the European Union's."""

    name: str
    also: tuple[str, ...] = ()
    """Other names it signs with: in other languages, former ones, acronyms that nobody else uses."""
    rors: tuple[str, ...] = ()
    """ROR ids (https://ror.org), the body's own first, then those of its sites."""
    near: tuple[str, ...] = ()
    """Words one of which must stand in the affiliation as well, where others bear the same name; empty: none."""


@dataclass(frozen=True, slots=True)
class Partners:
    """The lens through which countries are seen."""

    home: str = "US"
    nations: tuple[Partner, ...] = ()
    commission: Partner | None = None
    """The European Commission's own agreement; its `country` is EU."""
    bodies: tuple[Body, ...] = ()
    """What counts as the European Commission, whatever the day."""

    def group(self, country: str | None, on: date) -> PartnerGroup:
        """Group of `country` on a day, the day being that of the paper and not today."""
        if country is None:
            return "unknown"
        if country == self.home:
            return "home"
        if any(p.country == country and p.on(on) for p in self.nations):
            return "partner"
        if self.commission and country == self.commission.country and self.commission.on(on):
            return "ec"
        return "other"


def collaboration(groups: Mapping[str, PartnerGroup]) -> str:
    """Kind of collaboration of a work, one of COLLABORATIONS, from the group of each of its known places.

    Every two places make a pair of groups, and of the pairs the first in that order counts: a work of the USA,
    Germany and China is `home-partner`. One place makes `domestic` at home and `single-country` elsewhere.
    """
    if len(groups) < 2:
        return "unknown" if not groups else "domestic" if "home" in groups.values() else "single-country"
    ranked = sorted(groups.values(), key=GROUPS.index)
    pairs = {f"{one}-{other}" for one, other in combinations(ranked, 2)}
    return next(kind for kind in COLLABORATIONS if kind in pairs)
