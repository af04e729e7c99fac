"""Which works are asked for, and a work as lists show it: the nouns of searches, exports and saved searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from monitor.types import Item, PartnerGroup, Window, collaboration, to_json


@dataclass(frozen=True, slots=True)
class Selection:
    """What a work must be to be found. Within a field the values are alternatives, different fields narrow each other;
    an empty field asks for nothing."""

    goals: tuple[str, ...] = ()
    """Slugs of goals that it carries."""
    countries: tuple[str, ...] = ()
    """Its places: ISO 3166-1 alpha-2, and EU for bodies of the European Union."""
    groups: tuple[str, ...] = ()
    """Groups of its places on its day; `unknown` when no place is known."""
    since: datetime | None = None
    """First moment of its day: when it was published, else first seen."""
    until: datetime | None = None
    """The moment before which that day lies."""
    seen: Window | None = None
    """When this monitor saw it first; what came as old stock is left out."""
    venues: tuple[str, ...] = ()
    """Parts of the name of its venue, in either case of letters."""
    feeds: tuple[str, ...] = ()
    """Feeds it came through."""
    withdrawn: bool = False
    """Whether works that every feed has withdrawn are found as well."""

    @property
    def everything(self) -> bool:
        """Whether every work that was not withdrawn is asked for."""
        return self == Selection()


Mode = Literal["text", "meaning", "both"]
"""`text`: the words that were asked for; `meaning`: texts that say something like it, in whatever words; `both`: the
ranks of the two made one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One search."""

    query: str
    selection: Selection = field(default_factory=Selection)
    mode: Mode = "both"
    most: int = 20
    skip: int = 0
    """How many of the best are left out, because an earlier page showed them."""
    least: float = 0.0
    """Least likeness of what is found by its meaning: the cosine of the vectors, up to 1."""

    def placed(self, days: Selection) -> Asked:
        """The same search within the days of `days`; raises ValueError when that asks for anything else."""
        if days != Selection(since=days.since, until=days.until, seen=days.seen, withdrawn=days.withdrawn):
            raise ValueError("a saved search says what it asks for itself; only days can be added")
        placed = replace(self.selection, since=days.since, until=days.until, seen=days.seen, withdrawn=days.withdrawn)
        return replace(self, selection=placed)


@dataclass(frozen=True, slots=True)
class Listed:
    """A work as lists show it."""

    item: Item
    withdrawn: bool = False
    goals: Mapping[str, float] = field(default_factory=dict)
    """goal → probability, for the goals that it carries, the likeliest first."""
    places: Mapping[str, float] = field(default_factory=dict)
    """place → share of the authors, the largest first; what is missing to 1 in all is not known."""
    groups: Mapping[str, PartnerGroup] = field(default_factory=dict)
    """place → its group on the day of the work."""

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """The names in `record`, in their order."""
        return tuple(cls(Item(0, "", "")).record())

    def identifier(self, scheme: str) -> str | None:
        """Its first identifier of that scheme, such as `doi` or `arxiv`."""
        return next((i.value for i in self.item.identifiers if i.scheme == scheme), None)

    @property
    def partner_group(self) -> PartnerGroup:
        """`partner` where any place was a partner nation on its day, else `ec`, `home`, `other`; `unknown` without."""
        held = set(self.groups.values())
        order: tuple[PartnerGroup, ...] = ("partner", "ec", "home")
        return next((group for group in order if group in held), "other" if held else "unknown")

    @property
    def collaboration(self) -> str:
        """Its kind of collaboration, one of `monitor.types.COLLABORATIONS`."""
        return collaboration(self.groups)

    def record(self) -> dict[str, Any]:
        """What is known of it, in plain JSON types: the columns of the view item_overview by their names, with the
        byline, the abstract and more."""
        item = self.item
        top = next(iter(self.goals.items()), (None, None))
        return {
            "uid": item.uid,
            "title": item.title,
            "authors": [author.name for author in item.authors],
            "abstract": item.abstract,
            "published": to_json(item.published),
            "first_seen": to_json(item.first_seen),
            "year": item.year,
            "venue": item.venue,
            "type": item.type,
            "doi": self.identifier("doi"),
            "arxiv_id": self.identifier("arxiv"),
            "url": item.url,
            "categories": list(item.categories),
            "goals": list(self.goals),
            "top_goal": top[0],
            "top_probability": top[1],
            "countries": list(self.places),
            "partner_group": self.partner_group,
            "collaboration": self.collaboration,
            "feeds": list(item.feeds),
            "withdrawn": self.withdrawn,
        }
