"""Find works by their words, by their meaning, or by both; and works like another one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import LockError, ModelError, StoreError
from monitor.goals import Paper
from monitor.search import Found, Hit, Query, fuse, read
from monitor.search.matrix import Matrix, load
from monitor.search.snippets import beginning, pieces
from monitor.selection import Asked, Mode, Selection
from monitor.store import Store, care
from monitor.store.vectors import Lack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from monitor.encoder import Encoder

DEPTH, DEEPER = 200, 8
"""How many of each ranking are made one: what stands further down in both could not reach the first page. Later pages
go on with so many times as many, behind those, so that every page has its place in one and the same order."""

FRESH_SECONDS = 30.0
"""How long vectors are used before it is looked whether there are new ones, which takes half a second of 100,000."""

MOST_RANKED = 20_000
"""How many works that hold the words are ranked, the newest: words that half of all works have tell nothing of rank,
and ranking them all takes a second."""

FEW = 5000
"""Works that are held against the query one by one, where a selection leaves no more."""

TRIED = 1000
"""How many of the nearest are held against a selection at first; each further time eight times as many."""

BATCH = 256
"""Texts read between two commits."""


class Searcher:
    """Searches one store. Keep it for as long as you search: it keeps the vectors."""

    def __init__(
        self, store: Store, encoder: Callable[[], Encoder], vectors: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`encoder` is asked for when the first meaning is looked for, `vectors` is the file that keeps the vectors."""
        self._store = store
        self._encoder = encoder
        self._path = vectors
        self._clock = clock
        self._matrix: Matrix | None = None
        self._lack = Lack()
        self._version: object = None
        self._looked = 0.0

    def search(self, asked: Asked) -> Found:
        """The works that `asked` finds. Without a query, those of the selection, the newest first.

        Raises ModelError when meaning alone is asked for and the encoder cannot be used; `both` then goes by text.
        """
        query = read(asked.query)
        if not asked.query.strip():
            return self._newest(asked)
        mode: Mode = "text" if asked.mode != "text" and not query.words.strip() else asked.mode
        depths = _depths(asked.skip + asked.most)
        depth = depths[-1]
        floor = self._floor(query, asked.selection) if mode != "meaning" else None
        texts = self._by_text(query, asked.selection, depth, floor or 0) if mode != "meaning" else []
        likeness: dict[int, float] = {}
        fault = ""
        try:
            likeness = self._by_meaning(query, asked, depth) if mode != "text" else {}
        except ModelError as error:
            if mode == "meaning":
                raise
            mode, fault = "text", str(error)
        order = _made_one(texts, list(likeness), depths) if mode == "both" else texts or list(likeness)
        shown = order[asked.skip : asked.skip + asked.most]
        hits = self._hits(shown, query, texts, likeness)
        lack = self._lack if mode != "text" else Lack()
        ranked = MOST_RANKED if floor else None
        return Found(hits, mode, query.understood, lack.untagged + lack.unread, lack.untagged, ranked, fault)

    def like(self, item_id: int, asked: Asked) -> Found:
        """Works whose texts say what that of an item says, the item itself left out; `asked.query` does not count.

        Raises LookupError when there is no such item, ModelError when it has no vector and cannot be read.
        """
        found = self._store.items.get([item_id])
        if not found:
            raise LookupError(f"there is no item {item_id}")
        vector = self._vectors().of(item_id)
        if vector is None:
            vector = self._read(Paper(found[0].title, found[0].abstract).text)
        near = self._near(vector, replace(asked, most=asked.most + 1), asked.skip + asked.most + 1, None)
        near.pop(item_id, None)
        shown = list(near)[asked.skip : asked.skip + asked.most]
        lack, hits = self._lack, self._hits(shown, Query(None, None, ""), (), near)
        return Found(hits, "meaning", without_vector=lack.untagged + lack.unread, untagged=lack.untagged)

    def _newest(self, asked: Asked) -> Found:
        ids = self._store.search.ids(asked.selection, asked.skip + asked.most)[asked.skip :]
        return Found(self._hits(ids, Query(None, None, ""), (), {}), "text")

    def _floor(self, query: Query, selection: Selection) -> int | None:
        """The id from which on works are ranked; None where all are. What narrows the works leaves few to rank."""
        if not query.expression or not selection.everything:
            return None
        return self._store.search.floor(query.expression, MOST_RANKED)

    def _by_text(self, query: Query, selection: Selection, most: int, floor: int) -> list[int]:
        return self._store.search.matches(query.expression, selection, most, floor=floor) if query.expression else []

    def _by_meaning(self, query: Query, asked: Asked, most: int) -> dict[int, float]:
        bound = self._store.search.matching(query.strict) if query.strict else None
        return self._near(self._read(query.words), asked, most, bound)

    def _near(
        self, vector: NDArray[np.float32], asked: Asked, most: int, bound: frozenset[int] | None
    ) -> dict[int, float]:
        """Work → likeness; of the selection, and of `bound` where it is given.

        Works of a narrow selection are looked for among their own; of a wide one the nearest are tried until enough of
        them fit.
        """
        vectors = self._vectors()
        likeness = vectors.likeness(vector)
        among = self._narrow(asked.selection)
        if among is not None:
            own = among if bound is None else [one for one in among if one in bound]
            return vectors.best(likeness, most, among=own, least=asked.least)
        tried = max(TRIED, most)
        while True:
            near = vectors.best(likeness, tried, among=None if bound is None else list(bound), least=asked.least)
            fitting = self._store.search.of(list(near), asked.selection)
            if len(fitting) >= most or len(near) < tried:
                return {one: near[one] for one in fitting[:most]}
            tried *= 8

    def _narrow(self, selection: Selection) -> list[int] | None:
        """All works of a selection, where there are few, or finding them is quicker than trying; else None."""
        if selection.goals or selection.countries:
            return self._store.search.ids(selection)
        if selection.since or selection.until or selection.seen:
            found = self._store.search.ids(selection, FEW + 1)
            return found if len(found) <= FEW else None
        return None

    def _hits(
        self, ids: Sequence[int], query: Query, texts: Sequence[int], likeness: dict[int, float]
    ) -> tuple[Hit, ...]:
        ranks = {one: rank for rank, one in enumerate(texts, start=1)}
        held = [one for one in ids if one in ranks]
        marked = self._store.search.snippets(query.expression, held) if query.expression and held else {}
        return tuple(
            Hit(
                work,
                pieces(marked[work.item.id]) if work.item.id in marked else beginning(work.item.abstract),
                ranks.get(work.item.id),
                likeness.get(work.item.id),
            )
            for work in self._store.search.listed(ids)
        )

    def _read(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._encoder().encode([text]).vectors[0]
        return vector

    def _vectors(self) -> Matrix:
        """The vectors, looked after when the store has changed since, and not more often than `FRESH_SECONDS`."""
        now = self._clock()
        if self._matrix is None or now - self._looked >= FRESH_SECONDS:
            version = self._store.vectors.version()
            if self._matrix is None or version != self._version:
                self._matrix, self._lack = self._load(), self._store.vectors.lack(self._encoder().space)
            self._looked, self._version = now, version
        return self._matrix

    def _load(self) -> Matrix:
        encoder = self._encoder()
        space, dimensions = encoder.space, encoder.dimensions
        held = self._store.vectors.held(space)

        def missing(items: Sequence[int]) -> Sequence[tuple[int, str, bytes]]:
            return self._store.vectors.read(space, items)

        try:
            with care.run_lock(self._path.with_name(self._path.name + ".lock")):
                return load(self._path, space, dimensions, held, missing)
        except (LockError, StoreError):  # another program is at it, or nothing can be written here
            return load(self._path, space, dimensions, held, missing, keep=False)


def _depths(most: int) -> list[int]:
    """How deep rankings are made one, step by step, until there are `most` works or no more."""
    depths = [DEPTH]
    while depths[-1] < most:
        depths.append(depths[-1] * DEEPER)
    return depths


def _made_one(texts: Sequence[int], near: Sequence[int], depths: Sequence[int]) -> list[int]:
    """Both rankings made one, what stands within the first depth of either before what stands further down."""
    order: dict[int, None] = {}
    for depth in depths:
        order |= dict.fromkeys(one for one in fuse(texts[:depth], near[:depth]) if one not in order)
    return list(order)


def encode(
    store: Store,
    encoder: Encoder,
    most: int,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Have the encoder read works that it has not read, so that they are found by meaning; how many that were.

    These are the tagged works that a first look at their words was enough for, the newest first, at most `most`.
    """
    import numpy as np

    waiting = store.vectors.lacking(encoder.space, most)
    done = 0
    while done < len(waiting) and not stop():
        part = waiting[done : done + BATCH]
        vectors = encoder.encode([Paper(due.title, due.abstract).text for due in part]).vectors.astype(np.float16)
        store.vectors.save(
            encoder.identity,
            [(d.item_id, d.content, v.astype("<f2").tobytes()) for d, v in zip(part, vectors, strict=True)],
        )
        done += len(part)
        progress(done, len(waiting))
    return done
