"""Works for other programs, one after the other, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from monitor.search import read
from monitor.selection import Listed, Selection
from monitor.store import Store

EVERY = 1_000_000_000
"""As many works as there are."""


def export(
    store: Store, selection: Selection, query: str = "", most: int | None = None, *, abstracts: bool = True
) -> Iterator[Listed]:
    """The works of `selection`, the newest first; with a query those that hold its words, the best first.

    Which works these are is settled at the start; what is known of each is read when its turn comes.
    """
    expression = read(query).expression
    if query.strip():
        ids = store.search.matches(expression, selection, most or EVERY) if expression else []
    else:
        ids = store.search.ids(selection, most)
    for work in store.search.walk(ids):
        yield work if abstracts else replace(work, item=replace(work.item, abstract=""))
