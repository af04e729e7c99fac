"""One work with everything that is known of it, and what reviewers say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from monitor.errors import ModelError
from monitor.evidence import Evidence, Verdict, decide
from monitor.store import Store
from monitor.store.decisions import Decision
from monitor.types import Item, Tag
from monitor.web.asked import Answer, Asked, PageError
from monitor.web.site import Site

RANKS: Mapping[int, str] = {
    1: "country named in the affiliation",
    2: "ROR id attached to the affiliation",
    3: "the affiliation’s words, by rules",
    4: "host of an e-mail address",
    5: "country in an index of works",
    6: "profile of a person (weak, never an answer)",
}

STATES: Mapping[str, str] = {
    "known": "A country is known for every author.",
    "partial": "A country is known for some of the authors.",
    "no-affiliation": "No affiliation was obtained, so no country is known.",
    "no-country": "There are affiliations, and none tells a country.",
}

MOST_EVIDENCE, MOST_AUTHORS, MOST_SIMILAR = 200, 60, 6


@dataclass(frozen=True, slots=True)
class GoalState:
    """A goal of a work: what the model says, what people say, and what counts."""

    slug: str
    name: str
    tag: Tag | None
    said: Mapping[str, bool]
    """Reviewer → their last word."""

    @property
    def holds(self) -> bool:
        """Whether the work carries the goal."""
        return self.tag is not None and self.tag.selected

    @property
    def disputed(self) -> bool:
        """Whether reviewers differ."""
        return len(set(self.said.values())) > 1


def path_of(uid: str) -> str:
    """Where a work is shown."""
    return f"/item/{quote(uid, safe=':/')}"


async def item(site: Site, asked: Asked) -> Answer:
    """`/item/UID`; a name that a work had once leads on to its name now."""
    uid = asked.parts["uid"]
    values = await site.read(lambda store: _values(store, site, uid))
    if values is None:
        raise PageError(404, f"There is no work {uid[:200]!r}; digests and searches name works by uid.")
    if values["work"].uid != uid:
        return Answer(to=path_of(values["work"].uid))
    try:
        similar = (await site.like(values["work"].id, MOST_SIMILAR)).hits
    except (ModelError, LookupError):
        similar = ()
    return Answer("item.html", {**values, "similar": similar, "saved": asked.one("saved")})


def _values(store: Store, site: Site, uid: str) -> dict[str, Any] | None:
    found = store.items.get(store.items.ids_of([uid]))
    if not found:
        return None
    work = found[0]
    current = store.evidence.current(work.id)
    decisions = store.decisions.of(work.id)
    verdict = verdict_of(store, work, current)
    return {
        "work": work,
        "path": path_of(work.uid),
        "authors": work.authors[:MOST_AUTHORS],
        "more_authors": max(0, len(work.authors) - MOST_AUTHORS),
        "goals": goal_states(site.names, store.findings.tags(work.id), decisions),
        "origin": STATES[verdict.state] if store.evidence.is_located(work.id) else "Not located yet.",
        "countries": verdict.fractional,
        "evidence": in_order(current)[:MOST_EVIDENCE],
        "decided": {(origin.author, origin.country) for origin in verdict.origins},
        "conflicts": verdict.conflicts,
        "ranks": RANKS,
        "institutions": store.places.names(work.id),
        "sightings": store.sightings.of(work.id),
        "publications": store.publications.of(work.id),
        "records": store.links.why(work.id),
        "former": [n for n in store.links.names(store.entries.ids_of(work.id)) if n != work.uid],
        "told": store.sightings.told(work.uid),
        "decisions": decisions,
        "usefulness": store.decisions.usefulness(work.id),
    }


def goal_states(names: Mapping[str, str], tags: Iterable[Tag], decisions: Sequence[Decision]) -> list[GoalState]:
    """Every goal, as the model and as people see it, in the order of the taxonomy."""
    known = {tag.label: tag for tag in tags}
    said: dict[str, dict[str, bool]] = {slug: {} for slug in names}
    for decision in reversed(decisions):
        if decision.undone_at is None:
            for goal, holds in decision.goals.items():
                if goal in said:
                    said[goal][decision.reviewer] = holds
    return [GoalState(slug, name, known.get(slug), said[slug]) for slug, name in names.items()]


def verdict_of(store: Store, work: Item, evidence: Sequence[Evidence]) -> Verdict:
    """What the evidence about a work comes to, or what a person told in its place."""
    return decide(evidence, len(work.authors), store.decisions.countries(work.id))


def in_order(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Evidence author by author, each one's strongest first, what is told of the whole work last."""
    return sorted(evidence, key=lambda e: (e.statement.author is None, e.statement.author or 0, e.rank))
