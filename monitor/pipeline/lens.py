"""Second half of step locate: bodies of the European Union, apart from the countries they stand in."""

from __future__ import annotations

from collections.abc import Callable

from monitor.lens import Lens
from monitor.store import Store

BATCH = 500


def see(store: Store, lens: Lens, stop: Callable[[], bool] = lambda: False) -> int:
    """Look through `lens` at every located item that this version of it has not seen; how many that were."""
    done = 0
    while not stop():
        waiting = store.places.unseen(lens.version, BATCH)
        if not waiting:
            break
        seen = [(i, lens.origins(store.items.authors(i), store.findings.origins(i))) for i in waiting]
        with store.transaction():
            for item_id, places in seen:
                store.places.see(item_id, places, lens.version)
        done += len(waiting)
    return done
