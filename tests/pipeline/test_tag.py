"""Step tag, on a real store, with a tagger that counts."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from monitor import pipeline
from monitor.goals import Paper, Tagging
from monitor.store import Store
from monitor.types import Entry, Identifier, Tag

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)


class FakeTagger:
    """Says `cyber` of every text that has the word."""

    encoder_identity = "fake/1"

    def __init__(self, name: str = "fake.1") -> None:
        self.name = name
        self.vectors: list[Any] = []

    def tag(
        self, papers: Sequence[Paper], vectors: Sequence[Any] | None = None, *, exact: bool = False
    ) -> list[Tagging]:
        self.vectors.extend(vectors or ())
        return [self._tag(p, exact) for p in papers]

    def _tag(self, paper: Paper, exact: bool) -> Tagging:
        if not paper.title:
            return Tagging((), None, "no text")
        found = "cyber" in paper.title
        tag = Tag("goal", "cyber", 0.9 if found else 0.1, found, self.name, ("cyber",) if found else ())
        return Tagging((tag,), np.ones(4, dtype=np.float32) / 2 if found or exact else None)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        for n, title in enumerate(("cyber one", "two", "")):
            item = opened.items.add(f"doi:10.5555/{n}", "2026-07-20T08:00:00Z", "2026-W30")
            names = [Identifier("doi", f"10.5555/{n}")]
            opened.items.update(item, Entry(str(n), title), names=names, content=f"c{n}")
        yield opened


def run(store: Store, tagger: FakeTagger, **more: Any) -> int:
    return pipeline.tag(store, tagger, lambda: NOW, **more)  # type: ignore[arg-type]


def test_every_item_is_tagged_once(store: Store) -> None:
    progress: list[tuple[int, int]] = []
    assert run(store, FakeTagger(), progress=lambda done, total: progress.append((done, total))) == 3
    assert progress == [(3, 3)]
    assert run(store, FakeTagger()) == 0
    rows = store.connection.rows("SELECT uid, selected FROM item_goals ORDER BY uid")
    assert [tuple(r) for r in rows] == [("doi:10.5555/0", 1), ("doi:10.5555/1", 0)]


def test_why_a_text_was_not_tagged_is_kept(store: Store) -> None:
    run(store, FakeTagger())
    assert store.connection.value("SELECT reason FROM taggings WHERE item_id = 3") == "no text"


def test_a_new_model_tags_anew_from_kept_vectors(store: Store) -> None:
    run(store, FakeTagger())
    second = FakeTagger("fake.2")
    assert run(store, second) == 3
    assert [None if v is None else v.tolist() for v in second.vectors] == [[0.5] * 4, None, None]
    assert store.connection.value("SELECT count(*) FROM taggings") == 6, "the older ones are kept"


def test_exact_reaches_the_tagger(store: Store) -> None:
    run(store, FakeTagger(), exact=True)
    assert store.connection.value("SELECT count(*) FROM vectors") == 2


def test_told_to_stop_it_stops_between_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["monitor.pipeline.tag"], "BATCH", 1)
    tagger = FakeTagger()
    assert run(store, tagger, stop=lambda: len(tagger.vectors) >= 2) == 2
    assert run(store, tagger) == 1
