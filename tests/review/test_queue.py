"""The queue of a reviewer, on a real store in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from monitor import shipped
from monitor.errors import ModelError
from monitor.review import Bars, review_queue
from monitor.store import Store
from monitor.store.decisions import Reviewer
from monitor.store.findings import Due
from monitor.types import Entry, Identifier, Tag

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
BARS = Bars("m.1", "space", {"cyber": 0.5, "decision": 0.7})


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        yield opened


def add(store: Store, name: str, *chances: float, vector: tuple[float, ...] = (1.0, 0.0)) -> int:
    item_id = store.items.add(f"doi:10.5555/{name}", "2026-07-20T08:00:00Z", "2026-W30")
    names = [Identifier("doi", f"10.5555/{name}")]
    store.items.update(item_id, Entry(name, name), names=names, content=name)
    pairs = zip(BARS.thresholds.items(), chances, strict=True)
    tags = [Tag("goal", goal, chance, chance >= threshold, "m.1") for (goal, threshold), chance in pairs]
    store.findings.tag(Due(item_id, "", "", name), "m.1", tags, None, NOW)
    store.findings.save_vector(item_id, "space", name, np.array(vector, "<f2").tobytes())
    return item_id


def by(name: str) -> Reviewer:
    return Reviewer(name, NOW, "queue")


def test_every_work_says_why_it_is_there(store: Store) -> None:
    alike = add(store, "alike", 0.47, 0.1)
    border = add(store, "border", 0.52, 0.1)
    decision = add(store, "decision", 0.1, 0.6, vector=(0.0, 1.0))
    found = review_queue(store, BARS, "ana", 9)
    assert [(work.item_id, work.goal) for work in found] == [
        (decision, "decision"),
        (border, "cyber"),
        (alike, "cyber"),
    ]
    assert found[0].reasons == (
        "at the border of decision: 0.60, not selected from 0.70 on",
        "likely to matter: 0.60 for its likeliest goal",
        "unlike all before it in this queue",
    )
    assert found[2].reasons[-1] == "much like one before it in this queue"
    assert found[1].value > found[0].value > found[2].value == 0, "goals take turns, the rarest first"


def test_disputes_come_first_to_who_has_not_spoken(store: Store) -> None:
    doubtful, disputed = add(store, "doubtful", 0.5, 0.1), add(store, "disputed", 0.99, 0.01)
    store.decisions.judge(disputed, {"cyber": True}, by("ana"))
    store.decisions.judge(disputed, {"cyber": False}, by("ben"))
    store.decisions.place(disputed, ["US"], by("ana"))
    store.decisions.place(disputed, [], by("ben"))
    first, second = review_queue(store, BARS, "eve", 9)
    assert (first.item_id, first.value, second.item_id) == (disputed, 1.0, doubtful)
    assert sorted(first.reasons) == [
        "reviewers disagree on cyber (ana: yes; ben: no)",
        "reviewers disagree on the countries (ana: US; ben: unknown)",
    ]
    assert [work.item_id for work in review_queue(store, BARS, "ana", 9)] == [doubtful]
    assert review_queue(store, BARS, "eve", 9, ["decision"])[0].value < 1, "decision is not in dispute"
    assert len(review_queue(store, BARS, "eve", 1)) == 1


def test_works_far_from_every_threshold_wait_until_nothing_else_does(store: Store) -> None:
    far, near = add(store, "far", 0.01, 0.02), add(store, "near", 0.4, 0.1)
    assert [work.item_id for work in review_queue(store, BARS, "ana", 1)] == [near]
    assert {work.item_id for work in review_queue(store, BARS, "ana", 2)} == {near, far}


def test_an_empty_store_has_an_empty_queue(store: Store) -> None:
    assert review_queue(store, BARS, "ana", 9) == []


def test_bars_are_those_of_the_model(tmp_path: Path) -> None:
    bars = Bars.read(shipped.path("models/goals"))
    assert list(bars.thresholds) == ["screening", "cyber", "decision", "responder", "resilience"]
    assert all(0 < threshold < 1 for threshold in bars.thresholds.values())
    with pytest.raises(ModelError):
        Bars.read(tmp_path)
