"""Step tag: a probability for every goal of every item, and the phrases that carried the chosen ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from monitor.goals import Paper, Tagger, Tagging
from monitor.store import Store
from monitor.store.findings import Due

BATCH = 2048
"""Items tagged between two commits: what a kill can cost."""


def tag(
    store: Store,
    tagger: Tagger,
    clock: Callable[[], datetime],
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    stop: Callable[[], bool] = lambda: False,
    exact: bool = False,
) -> int:
    """Tag every item whose text this model has not seen; how many that were.

    `exact` has the encoder read every text, rather than those alone that a look at the words leaves open.
    """
    total = store.findings.untagged_count(tagger.name)
    done = 0
    while not stop():
        waiting = store.findings.untagged(tagger.name, BATCH)
        if not waiting:
            break
        taggings = _tag(store, tagger, waiting, exact)
        with store.transaction():
            for due, tagging in zip(waiting, taggings, strict=True):
                _keep(store, tagger, due, tagging, clock())
        done += len(waiting)
        progress(done, total)
    return done


def _tag(store: Store, tagger: Tagger, waiting: Sequence[Due], exact: bool) -> list[Tagging]:
    import numpy as np

    cached = [store.findings.vector(d.item_id, tagger.encoder_identity, d.content) for d in waiting]
    vectors = [None if c is None else np.frombuffer(c, dtype="<f2").astype(np.float32) for c in cached]
    return tagger.tag([Paper(d.title, d.abstract) for d in waiting], vectors=vectors, exact=exact)


def _keep(store: Store, tagger: Tagger, due: Due, tagging: Tagging, now: datetime) -> None:
    store.findings.tag(due, tagger.name, tagging.tags, tagging.reason, now)
    if tagging.vector is not None:
        vector = tagging.vector.astype("<f2").tobytes()
        store.findings.save_vector(due.item_id, tagger.encoder_identity, due.content, vector)
