"""Second half of step locate: bodies of the European Union, apart from the countries they stand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from monitor.lens import Lens
from monitor.store import Store
from monitor.types import Affiliation, Author, Origin

BATCH = 500


def see(store: Store, lens: Lens, stop: Callable[[], bool] = lambda: False) -> int:
    """Look through `lens` at every located item that this version of it has not seen; how many that were."""
    done = 0
    while not stop():
        waiting = store.places.unseen(lens.version, BATCH)
        if not waiting:
            break
        seen = [(i, _seen(store, lens, i)) for i in waiting]
        with store.transaction():
            for item_id, places in seen:
                store.places.see(item_id, places, lens.version)
        done += len(waiting)
    return done


def _seen(store: Store, lens: Lens, item_id: int) -> tuple[Origin, ...] | None:
    """What people told of an item stands as they told it."""
    if store.decisions.countries(item_id) is not None:
        return None
    return lens.origins(authors(store, item_id), store.findings.origins(item_id))


def name(store: Store, lens: Lens, name_of: Callable[[str], str | None]) -> None:
    """Keep what the institutions of all origins are called: by the registry (`name_of` a ROR id), else by the lens.

    What neither of them knows keeps the name it had.
    """
    found = ((ror, name_of(ror) or lens.names.get(ror)) for ror in store.places.institutions())
    store.places.name({ror: told for ror, told in found if told})


def authors(store: Store, item_id: int) -> tuple[Author, ...]:
    """The byline of an item, with the affiliations that were looked up beside those of the record."""
    listed = store.items.authors(item_id)
    found: list[list[Affiliation]] = [list(author.affiliations) for author in listed]
    for evidence in store.evidence.current(item_id):
        statement = evidence.statement
        if statement.kind == "affiliation" and statement.author is not None and statement.author < len(listed):
            own = found[statement.author]
            if all(affiliation.text != statement.raw for affiliation in own):
                own.append(Affiliation(statement.raw, statement.ror))
    return tuple(replace(author, affiliations=tuple(own)) for author, own in zip(listed, found, strict=True))
