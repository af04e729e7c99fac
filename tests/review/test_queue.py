"""The queue of a reviewer, on a real store in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from monitor import shipped
from monitor.errors import ModelError
from monitor.evidence import Evidence, Statement, decide
from monitor.review import Bars, review_queue
from monitor.store import Store
from monitor.store.decisions import Reviewer
from monitor.store.findings import Due
from monitor.types import Author, Entry, Identifier, Tag

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
BARS = Bars("m.1", "space", {"cyber": 0.5, "decision": 0.7})


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        yield opened


def add(store: Store, name: str, *chances: float, vector: tuple[float, ...] = (1.0, 0.0)) -> int:
    item_id = store.items.add(f"doi:10.5555/{name}", "2026-07-20T08:00:00Z", "2026-W30")
    names = [Identifier("doi", f"10.5555/{name}")]
    store.items.update(item_id, Entry(name, name, "", (Author("Ana Lima"),)), names=names, content=name)
    pairs = zip(BARS.thresholds.items(), chances, strict=True)
    tags = [Tag("goal", goal, chance, chance >= threshold, "m.1") for (goal, threshold), chance in pairs]
    store.findings.tag(Due(item_id, "", "", name), "m.1", tags, None, NOW)
    store.findings.save_vector(item_id, "space/torch", name, np.array(vector, "<f2").tobytes())
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
    assert (first.goal, first.placing, second.placing) == ("cyber", True, False)
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


def locate(store: Store, item_id: int, *evidence: Evidence) -> None:
    """What step locate does with evidence about the only author."""
    store.evidence.settle(item_id, evidence, NOW)
    verdict = decide(evidence, 1)
    store.findings.locate(item_id, verdict.origins, "rules")
    store.evidence.conclude(item_id, verdict)


def said(country: str, method: str, source: str = "a") -> Evidence:
    kind = "index" if method == "index" else "affiliation"
    return Evidence(Statement(kind, country, 0), "feed", source, NOW, "Ana Lima", country or None, method, 0.9)


def test_countries_in_doubt_are_asked_about_with_the_reason(store: Store) -> None:
    certain, conflict, indirect, unknown, idle = (
        add(store, name, 0.99, 0.01) for name in ("certain", "conflict", "indirect", "unknown", "idle")
    )
    nothing = add(store, "nothing", 0.01, 0.01)
    locate(store, certain, said("US", "country-name"))
    locate(store, conflict, said("FR", "country-name"), said("DE", "ror-attached", "b"))
    locate(store, indirect, said("SE", "index"))
    locate(store, unknown, said("", "none"))
    locate(store, nothing)
    assert idle, "a work that was not located yet is not in doubt"
    found = review_queue(store, BARS, "ana", 9, [])
    assert [(work.item_id, work.goal) for work in found] == [(conflict, None), (indirect, None), (unknown, None)]
    assert [work.reasons for work in found] == [
        ("strong evidence disagrees on the country of Ana Lima (FR counts, DE was told too)",),
        ("no affiliation tells its countries, only an index of works",),
        ("country unknown, and it carries cyber: its affiliations tell none",),
    ]
    assert 1 >= found[0].value > found[1].value > found[2].value > 0.49


def test_what_a_person_told_is_in_doubt_no_more_until_it_is_taken_back(store: Store) -> None:
    unknown = add(store, "unknown", 0.99, 0.01)
    locate(store, unknown)
    decision = store.decisions.place(unknown, ["SE"], by("ben"))
    assert decision
    assert review_queue(store, BARS, "ana", 9, []) == []
    store.decisions.undo(decision, by("ben"))
    [again] = review_queue(store, BARS, "ana", 9, [])
    assert again.reasons == ("country unknown, and it carries cyber: no affiliation was obtained",)
    store.decisions.judge(unknown, {"cyber": False}, by("ana"))
    assert review_queue(store, BARS, "ana", 9, []) == [], "it carries no goal any more"


def test_countries_take_a_turn_among_the_goals_and_a_work_comes_once(store: Store) -> None:
    unsure = [add(store, f"unsure{n}", 0.45 + n / 100, 0.6 + n / 100) for n in range(4)]
    placeless = [add(store, f"placeless{n}", 0.99, 0.01) for n in range(3)]
    both = add(store, "both", 0.51, 0.1)
    for item_id in (*placeless, both):
        locate(store, item_id)
    found = review_queue(store, BARS, "ana", 6)
    assert [work.goal is None for work in found] == [False, True, False, False, True, False]
    everything = review_queue(store, BARS, "ana", 99)
    assert sorted(work.item_id for work in everything) == sorted([*unsure, *placeless, both])
    [double] = [work for work in everything if work.item_id == both]
    assert double.goal == "cyber"
    assert double.reasons[-1].startswith("country unknown")
    assert double.placing
    assert all(work.goal for work in review_queue(store, BARS, "ana", 99, ["cyber"]))
