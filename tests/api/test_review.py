"""What people say of works, from Python; and works made one or parted."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import Monitor
from monitor.errors import MonitorError, StoreError
from monitor.types import Tag

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
MUON, WOOL = "arxiv:9912.00001", "arxiv:9912.00002"


def test_countries_use_and_the_way_back(filled: Monitor) -> None:
    placed = filled.review.place(MUON, ["GB", "EU"], "ana", note="said on page 2")
    assert {origin.country for origin in filled.item(MUON).origins} == {"GB", "EU"}
    filled.review.rate(MUON, False, "ben")
    assert [(d.what, d.reviewer) for d in filled.review.decisions(MUON)] == [("usefulness", "ben"), ("origin", "ana")]
    assert [d.note for d in filled.review.decisions(MUON, reviewer="ana")] == ["said on page 2"]
    with pytest.raises(MonitorError, match="none of ben that could be taken back"):
        filled.review.undo(placed, "ben")
    filled.review.undo(placed, "ana")
    assert filled.item(MUON).origins == ()
    assert [d.what for d in filled.review.decisions(reviewer="ana")] == ["undo", "origin"]
    with pytest.raises(StoreError, match="'Utopia' is not a country"):
        filled.review.place(MUON, ["Utopia"], "ana")
    with pytest.raises(MonitorError, match="there is no work"):
        filled.review.rate("arxiv:1", True, "ana")


def test_reviewers_disagree_and_what_was_judged_is_taken_along(filled: Monitor, tmp_path: Path) -> None:
    every = {goal.slug: goal.slug == "screening" for goal in filled.goals}
    filled.review.judge(MUON, every, "ana", confidence=2)
    filled.review.judge(MUON, {"screening": False}, "ben")
    filled.review.judge(WOOL, {"cyber": False}, "ben")
    [found] = filled.review.disagreements()
    assert (found.uid, found.said) == (MUON, {"ana": "yes", "ben": "no"})
    assert filled.review.disagreements(WOOL) == []
    assert filled.review.export(tmp_path / "labels.csv") == 1, "the other was not judged on every goal"
    assert MUON in (tmp_path / "labels.csv").read_text("utf-8")


def test_the_queue_tells_why_and_asks_about_countries_alone(filled: Monitor) -> None:
    filled.locate()
    store = filled._at.store
    for uid, chance in ((MUON, 0.9), (WOOL, 0.1)):
        [due] = [due for due in store.findings.untagged("m.1", 9) if due.item_id in store.items.ids_of([uid])]
        store.findings.tag(due, "m.1", [Tag("goal", "cyber", chance, chance > 0.5, "m.1")], None, NOW)
    [waiting] = filled.review.queue("eve", countries=True)
    assert (waiting.work.item.uid, waiting.goal, waiting.placing) == (MUON, None, True)
    assert waiting.reasons == ("country unknown, and it carries cyber: no affiliation was obtained",)
    filled.review.place(MUON, ["SE"], "ana")
    filled.review.place(MUON, ["NO"], "ben")
    [disputed] = filled.review.queue("eve")
    assert disputed.reasons == ("reviewers disagree on the countries (ana: SE; ben: NO)",)
    assert filled.review.queue("eve", goal="cyber") == ()
    with pytest.raises(MonitorError, match="scrying is none of the goals"):
        filled.review.queue("eve", goal="scrying")


def test_two_works_become_one_and_are_parted_again(filled: Monitor) -> None:
    kept = filled.merge(MUON, WOOL, "the journal says so")
    known = filled.provenance(kept)
    assert sorted(record["record"] for record in known.records) == ["papers:9912.00001", "papers:9912.00002"]
    assert len(known.former_names) == 1
    assert sorted(filled.split(kept, ["papers:9912.00002"])) == [MUON, WOOL]
    assert len(filled.provenance(MUON).records) == 1
    with pytest.raises(MonitorError, match="one record only"):
        filled.split(MUON)
