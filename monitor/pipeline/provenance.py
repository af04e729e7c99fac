"""How a work is known: which records it is made of, where it comes from, and everything both rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.evidence import Evidence, Verdict, decide
from monitor.store import Store
from monitor.store.evidence import Lookup
from monitor.types import Item


@dataclass(frozen=True, slots=True)
class Provenance:
    """Records, evidence and questions about one work."""

    verdict: Verdict
    """Where it comes from, and how sure that is; what a person told goes before all evidence."""
    located: bool
    """Whether step locate has looked at it."""
    evidence: tuple[Evidence, ...]
    """What holds now, in the order in which it was obtained."""
    superseded: tuple[Evidence, ...]
    """What held once."""
    lookups: tuple[Lookup, ...]
    """What routes were asked about it, oldest first."""
    institutions: Mapping[str, str]
    """ROR id → name, of those in the evidence."""
    records: tuple[dict[str, Any], ...]
    """Its records, each called FEED:KEY, and why each is taken for this work."""
    former_names: tuple[str, ...]
    """Names that it had, and that lead to it."""


def provenance(store: Store, work: Item) -> Provenance:
    """What the store knows of where `work` comes from."""
    current = store.evidence.current(work.id)
    names = store.links.names(store.entries.ids_of(work.id))
    return Provenance(
        verdict=decide(current, len(work.authors), store.decisions.countries(work.id)),
        located=store.evidence.is_located(work.id),
        evidence=tuple(current),
        superseded=tuple(store.evidence.superseded(work.id)),
        lookups=tuple(store.evidence.lookups(work.id)),
        institutions=store.places.names(work.id),
        records=tuple(store.links.why(work.id)),
        former_names=tuple(name for name in names if name != work.uid),
    )
