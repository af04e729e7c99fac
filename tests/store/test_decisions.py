"""What reviewers decide, on a real store in memory: what counts, what is kept, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import StoreError
from monitor.evidence import PERSON
from monitor.lens import Lens
from monitor.origin import Resolver
from monitor.pipeline.lens import see
from monitor.pipeline.locate import locate
from monitor.store import Store
from monitor.store.decisions import Disagreement, Reviewer
from monitor.store.findings import Due
from monitor.types import Affiliation, Author, Entry, Identifier, Partner, Partners, Tag, Window

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
ANA, BEN = Reviewer("ana", NOW, "queue"), Reviewer("ben", NOW + timedelta(hours=1), "item")


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        opened.findings.set_partners(Partners("US", (Partner("AU", datetime(2016, 1, 1).date()),)))
        yield opened


@pytest.fixture
def work(store: Store) -> int:
    """A tagged work of Porto that the model takes for `cyber`."""
    return add(store)


def add(store: Store, name: str = "a", *, reason: str | None = None) -> int:
    item_id = store.items.add(f"doi:10.5555/{name}", "2026-07-20T08:00:00Z", "2026-W30")
    authors = (Author("Ana Lima", (Affiliation("Universidade do Porto, Portugal"),)), Author("Bo"))
    entry = Entry(name, f"Title {name}", authors=authors)
    store.items.update(item_id, entry, names=[Identifier("doi", f"10.5555/{name}")], content=name)
    chances = () if reason else (("cyber", 0.9), ("decision", 0.1))
    tags = [Tag("goal", goal, chance, chance > 0.5, "m.1") for goal, chance in chances]
    store.findings.tag(Due(item_id, "", "", name), "m.1", tags, reason, NOW)
    locate(store, Resolver(), lambda: NOW)
    return item_id


def chosen(store: Store, item_id: int) -> list[str]:
    return [tag.label for tag in store.findings.tags(item_id) if tag.selected]


def places(store: Store, uid: str = "doi:10.5555/a") -> dict[str, float]:
    rows = store.connection.rows("SELECT country, fraction FROM item_countries WHERE uid = ?", (uid,))
    return {row["country"]: row["fraction"] for row in rows}


def test_a_decision_says_who_when_what_and_of_which_model(store: Store, work: int) -> None:
    by = Reviewer("ana", NOW, "digest", "seen in the talk")
    judged = store.decisions.judge(work, {"cyber": False, "decision": True}, by, confidence=2, guide="g/1")
    store.decisions.place(work, ["US", "AU", "US"], BEN)
    store.decisions.rate(work, False, BEN)
    useful, placed, goals = store.decisions.of(work)
    assert (goals.id, goals.uid, goals.what, goals.reviewer, goals.decided_at) == (
        *(judged, "doi:10.5555/a", "goals", "ana"),
        NOW,
    )
    assert (goals.goals, goals.confidence, goals.model) == ({"cyber": False, "decision": True}, 2, "m.1")
    assert (goals.through, goals.note) == ("digest", "seen in the talk")
    assert (placed.what, placed.countries, placed.goals) == ("origin", ("AU", "US"), {})
    assert (useful.what, useful.useful, useful.countries) == ("usefulness", False, None)
    said = store.connection.rows("SELECT label, said FROM labels ORDER BY label")
    assert [tuple(row) for row in said] == [("cyber", 1), ("decision", 0)], "what the model said then"


def test_goals_follow_at_once_and_taking_back_is_a_row(store: Store, work: int) -> None:
    decision = store.decisions.judge(work, {"cyber": False}, ANA)
    assert decision is not None
    assert chosen(store, work) == []
    assert store.findings.selected(Window(NOW - timedelta(days=7), NOW)) == [], "nor in a digest"
    assert store.decisions.undo(decision, ANA)
    assert chosen(store, work) == ["cyber"]
    undo, undone = store.decisions.of(work)
    assert (undo.what, undo.undoes, undone.undone_at) == ("undo", decision, NOW)
    assert not store.decisions.undo(decision, ANA), "once"
    assert not store.decisions.undo(undo.id, ANA), "what was taken back is decided anew"


def test_nobody_takes_back_what_another_decided(store: Store, work: int) -> None:
    decision = store.decisions.judge(work, {"cyber": False}, ANA)
    assert decision is not None
    assert not store.decisions.undo(decision, BEN)
    assert chosen(store, work) == []


def test_countries_follow_at_once_and_what_was_found_comes_back(store: Store, work: int) -> None:
    assert places(store) == {"PT": 0.5}
    decision = store.decisions.place(work, ["US", "AU"], ANA)
    assert decision is not None
    assert places(store) == {"AU": 0.5, "US": 0.5}
    [kind] = store.connection.rows("SELECT collaboration, partner_group FROM item_overview")
    assert tuple(kind) == ("home-partner", "partner")
    assert {o.method for o in store.findings.origins(work)} == {PERSON}
    assert [tuple(r) for r in store.connection.rows("SELECT state, conflicts FROM item_origin_state")] == [("known", 1)]
    assert store.decisions.undo(decision, ANA)
    assert places(store) == {"PT": 0.5}


def test_what_people_say_of_countries_outlives_a_better_resolver_and_the_lens(store: Store, work: int) -> None:
    store.decisions.place(work, ["AU"], ANA)
    with store.transaction():
        store.connection.run("UPDATE items SET located = NULL")
    locate(store, Resolver(), lambda: NOW)
    see(store, Lens(()))
    assert places(store) == {"AU": 1.0}
    store.decisions.place(work, [], BEN)
    assert places(store) == {}, "the work tells no country"


def test_people_may_speak_before_a_work_was_located(store: Store) -> None:
    item_id = store.items.add("doi:10.5555/b", "2026-07-20T08:00:00Z", "2026-W30")
    store.decisions.place(item_id, ["US"], ANA)
    assert places(store, "doi:10.5555/b") == {"US": 1.0}
    assert not store.evidence.is_located(item_id)
    locate(store, Resolver(), lambda: NOW)
    assert places(store, "doi:10.5555/b") == {"US": 1.0}


def test_a_work_that_the_model_refuses_can_be_given_a_goal(store: Store) -> None:
    refused = add(store, reason="not in English")
    assert chosen(store, refused) == []
    store.decisions.judge(refused, {"cyber": True, "decision": False}, ANA)
    assert chosen(store, refused) == ["cyber"]
    store.findings.tag(Due(refused, "", "", "a"), "m.2", [], "not in English", NOW)
    assert chosen(store, refused) == ["cyber"], "nor does another model make it forgotten"


def test_the_last_word_of_each_reviewer_tells_where_they_differ(store: Store, work: int) -> None:
    store.decisions.judge(work, {"cyber": True, "decision": False}, ANA)
    store.decisions.judge(work, {"cyber": True, "decision": True}, BEN)
    assert store.decisions.disagreements(9) == [
        Disagreement("doi:10.5555/a", "goal", "decision", {"ana": "no", "ben": "yes"}, "yes")
    ]
    store.decisions.judge(work, {"decision": True}, ANA)
    assert store.decisions.disagreements(9) == []
    store.decisions.place(work, ["US"], ANA)
    ben = store.decisions.place(work, ["AU"], BEN)
    assert [(d.about, d.counts) for d in store.decisions.disagreements(9, work)] == [("origin", '["AU"]')]
    assert ben is not None
    store.decisions.undo(ben, BEN)
    assert store.decisions.disagreements(9) == []


def test_usefulness_is_a_matter_of_each_reader(store: Store, work: int) -> None:
    store.decisions.rate(work, True, ANA)
    store.decisions.rate(work, False, BEN)
    store.decisions.rate(work, False, ANA)
    assert store.decisions.usefulness(work) == {"ana": False, "ben": False}
    assert store.decisions.disagreements(9) == []


def test_the_newest_are_listed_by_reviewer_too(store: Store, work: int) -> None:
    store.decisions.rate(work, True, ANA)
    store.decisions.rate(work, False, BEN)
    assert [d.reviewer for d in store.decisions.recent(9)] == ["ben", "ana"]
    assert [d.reviewer for d in store.decisions.recent(1)] == ["ben"]
    assert [d.useful for d in store.decisions.recent(9, "ana")] == [True]


@pytest.mark.parametrize("country", ["us", "USA", "", "U1", "ÄÖ", "ZZ", "UN", "EZ", "QO", "UK"])
def test_a_country_is_a_code_of_iso_3166(store: Store, work: int, country: str) -> None:
    with pytest.raises(StoreError, match="is not a country"):
        store.decisions.place(work, [country], ANA)
    assert store.decisions.of(work) == []


def test_a_work_that_is_gone_takes_no_decision(store: Store) -> None:
    assert store.decisions.judge(7, {"cyber": True}, ANA) is None
    assert store.decisions.place(7, ["US"], ANA) is None
    assert store.decisions.rate(7, True, ANA) is None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE labels SET holds = 0",
        "DELETE FROM labels",
        "UPDATE decisions SET reviewer = 'eve'",
        "DELETE FROM decisions",
    ],
)
def test_rows_are_never_changed_whoever_asks(store: Store, work: int, sql: str) -> None:
    store.decisions.judge(work, {"cyber": True}, ANA)
    with pytest.raises(StoreError, match="what people decide"), store.transaction():
        store.connection.run(sql)


def test_decisions_go_with_their_work(store: Store, work: int) -> None:
    decision = store.decisions.judge(work, {"cyber": True}, ANA)
    assert decision is not None
    store.decisions.undo(decision, ANA)
    with store.transaction():
        store.connection.run("DELETE FROM items WHERE id = ?", (work,))
    assert store.connection.value("SELECT (SELECT count(*) FROM labels) + (SELECT count(*) FROM decisions)") == 0


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["ana", "ben"]), st.sampled_from(["cyber", "decision"]), st.booleans(), st.booleans()),
    max_size=12,
)
"""Reviewer, goal, whether it holds, and whether it is taken back right away."""


@settings(deadline=None, max_examples=30)
@given(ACTIONS)
def test_what_counts_is_the_newest_that_stands(actions: list[tuple[str, str, bool, bool]]) -> None:
    counts = {"cyber": True, "decision": False}
    with Store.memory() as store:
        work = add(store)
        for name, goal, holds, undone in actions:
            by = Reviewer(name, NOW, "item")
            decision = store.decisions.judge(work, {goal: holds}, by)
            assert decision is not None
            if undone:
                assert store.decisions.undo(decision, by)
            else:
                counts[goal] = holds
        assert sorted(chosen(store, work)) == sorted(goal for goal, holds in counts.items() if holds)
        assert len(store.decisions.of(work)) == len(actions) + sum(undone for *_, undone in actions)
