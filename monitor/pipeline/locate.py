"""Step locate: from the bylines of items to countries, each with the words that decided."""

from __future__ import annotations

from collections.abc import Callable

from monitor import origin
from monitor.store import Store

BATCH = 500


def locate(store: Store, resolver: origin.Resolver, stop: Callable[[], bool] = lambda: False) -> int:
    """Locate every item whose byline this version of the resolver has not looked at; how many that were."""
    done = 0
    while not stop():
        waiting = store.findings.unlocated(resolver.version, BATCH)
        if not waiting:
            break
        found = [(i, origin.origins(store.items.authors(i), resolver)) for i in waiting]
        with store.transaction():
            for item_id, origins in found:
                store.findings.locate(item_id, origins, resolver.version)
        done += len(waiting)
    return done
