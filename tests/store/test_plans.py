"""What analysts ask of the views by work, day or state is found by an index: no table is read whole for it."""

from collections.abc import Iterator

import pytest

from monitor.store import Store

GROWING = (
    "items",
    "entries",
    "fetches",
    "windows",
    "tags",
    "taggings",
    "origins",
    "evidence",
    "lookups",
    "links",
    "merges",
)
"""Tables that grow with every run."""

ALIASES = {
    "items": ("i", "j"),
    "entries": ("a", "b"),
    "fetches": ("f",),
    "windows": ("w",),
    "tags": ("t",),
    "taggings": ("g",),
    "origins": ("o",),
    "evidence": ("e",),
    "lookups": ("l",),
}
"""What the views call them."""

QUESTIONS = {
    "a work": "SELECT * FROM item_overview WHERE uid = ?",
    "works of a day": "SELECT * FROM item_overview WHERE first_seen >= ?",
    "works published since": "SELECT * FROM item_overview WHERE published >= ?",
    "goals of a work": "SELECT * FROM item_goals WHERE uid = ?",
    "works of a goal since": """
        SELECT o.title FROM item_goals g JOIN item_overview o USING (uid)
         WHERE g.goal = 'cyber' AND g.selected AND o.first_seen >= ?""",
    "places of a work": "SELECT * FROM item_places WHERE uid = ?",
    "countries of a work": "SELECT * FROM item_countries WHERE uid = ?",
    "countries of the works of a day": """
        SELECT c.* FROM items i JOIN item_places c ON c.item_id = i.id WHERE i.first_seen >= ?""",
    "evidence about a work": "SELECT * FROM item_evidence WHERE uid = ?",
    "origin of a work": "SELECT * FROM item_origin_state WHERE uid = ?",
    "publications of a work": "SELECT * FROM item_publications WHERE uid = ?",
    "citations of a work": "SELECT * FROM item_citations WHERE uid = ?",
    "look-ups of a work": "SELECT * FROM lookup_ledger WHERE uid = ?",
    "look-ups of a route since": "SELECT * FROM lookup_ledger WHERE route = 'openalex' AND asked_at >= ?",
    "links of a work": "SELECT * FROM item_links WHERE uid = ?",
    "links to a work": "SELECT * FROM item_links WHERE other_uid = ?",
    "what a name became": "SELECT * FROM item_merges WHERE uid = ?",
    "former names of a work": "SELECT * FROM item_merges WHERE into_uid = ?",
    "fetches of a feed": "SELECT * FROM fetch_ledger WHERE feed = ? ORDER BY started_at DESC LIMIT 20",
    "fetches since": "SELECT * FROM fetch_ledger WHERE started_at >= ?",
    "short fetches": "SELECT * FROM fetch_ledger WHERE status = ? ORDER BY started_at DESC LIMIT 20",
    "days since": "SELECT * FROM coverage_day WHERE day >= ?",
    "windows of a feed": "SELECT * FROM coverage_windows WHERE feed = ?",
    "open windows": "SELECT * FROM coverage_windows WHERE state = ?",
    "misses of a feed": "SELECT * FROM coverage_misses WHERE feed = ?",
    "deliveries to a recipient": "SELECT * FROM delivery_log WHERE recipient = ?",
    "deliveries of a state": "SELECT * FROM delivery_log WHERE state = ?",
    "message": "SELECT * FROM delivery_log WHERE message_id = ?",
}
"""Question → SQL with one value."""


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        yield opened


def scanned(store: Store, sql: str, *values: object) -> list[str]:
    """Steps of the plan that read a table that grows from end to end (https://www.sqlite.org/eqp.html)."""
    aliases = [f"SCAN {name}" for table in GROWING for name in (table, *ALIASES.get(table, ()))]
    steps = [row["detail"] for row in store.connection.rows(f"EXPLAIN QUERY PLAN {sql}", values)]
    return [step for step in steps if any(step == a or step.startswith(f"{a} ") for a in aliases)]


@pytest.mark.parametrize("question", QUESTIONS)
def test_it_is_found_by_an_index(store: Store, question: str) -> None:
    assert scanned(store, QUESTIONS[question], "2026-07-20") == []


def test_what_is_owed_is_found_by_the_index_of_it(store: Store) -> None:
    [step, *_] = scanned(store, "SELECT * FROM coverage_windows WHERE state != 'closed' ORDER BY feed, since")
    assert step == "SCAN w USING INDEX windows_owing"


def test_what_waits_for_linking_is_taken_in_order_without_sorting_all_of_it(store: Store) -> None:
    asked: list[str] = []
    store.connection._sqlite.set_trace_callback(asked.append)
    store.entries.unlinked(200)
    store.connection._sqlite.set_trace_callback(None)
    [plan] = store.connection.rows(f"EXPLAIN QUERY PLAN {asked[-1]}")
    assert "entries_linked" in plan["detail"]


def test_a_question_without_an_index_is_noticed(store: Store) -> None:
    assert scanned(store, "SELECT * FROM item_overview WHERE title LIKE ?", "%muon%") == ["SCAN i"]
    assert scanned(store, "SELECT * FROM item_goals WHERE probability > ?", 0.9) == ["SCAN t"]
