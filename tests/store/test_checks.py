"""The named checks of the data: each finds the fault it is there for, and nothing in a sound store."""

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from store.sample import fill

from monitor import shipped
from monitor.store import Store, care
from monitor.store.decisions import Reviewer

CHECKS = shipped.path("store/checks")

FAULTS = {
    "closed-windows-saw-what-was-announced": "UPDATE windows SET announced = 3",
    "deliveries-have-one-message-id-each": """
        INSERT INTO deliveries(digest_id, output, recipient, message_id, state, queued_at, next_at)
        SELECT digest_id, output, 'bo@agency.example', message_id, 'queued', queued_at, next_at FROM deliveries""",
    "deliveries-reach-a-recipient-once": """
        INSERT INTO deliveries(digest_id, output, recipient, message_id, state, queued_at, next_at)
        SELECT digest_id, 'maildir', recipient, message_id, 'queued', queued_at, next_at FROM deliveries""",
    "deliveries-say-when-they-arrived": "UPDATE deliveries SET state = 'bounced'",
    "digests-cover-whole-weeks": "UPDATE digests SET window_until = '2026-07-26T00:00:00Z'",
    "digests-showed-works": "UPDATE digest_works SET uid = 'doi:10.5555/gone'",
    "evidence-holds-no-mail-addresses": "UPDATE evidence SET raw = 'INESC TEC, ana@inesctec.pt'",
    "former-names-lead-somewhere": "DELETE FROM item_names WHERE uid = 'title:muon'",
    "fractions-are-shares": "UPDATE origins SET fraction = 0",
    "full-text-has-every-work": """
        INSERT INTO items_fts(items_fts, rowid, title, abstract) SELECT 'delete', id, title, abstract FROM items
         WHERE id = 1""",
    "good-fetches-kept-what-was-announced": "UPDATE fetches SET announced = 3",
    "identifiers-have-one-spelling": "INSERT INTO identifiers VALUES ('doi', '10.5555/Sparrows', 1)",
    "items-have-entries": "UPDATE entries SET item_id = NULL WHERE id = 2",
    "lens-places-were-seen": "DELETE FROM lens_seen",
    "names-lead-to-their-works": "UPDATE item_names SET entry_id = 2 WHERE uid = 'arxiv:2606.00002'",
    "origins-rest-on-evidence": """
        UPDATE evidence SET superseded_at = fetched_at;
        UPDATE items SET origin_state = 'known'""",
    "places-stand-in-the-byline": "UPDATE origins SET author = 3",
    "shares-of-countries-add-to-one-at-most": """
        INSERT INTO origins(item_id, author, country, fraction, method, confidence, evidence, resolver)
        VALUES (1, 0, 'ES', 0.5, 'country-name', 0.9, 'Spain', 'origin/1')""",
    "shares-of-groups-add-to-one": "UPDATE origins SET fraction = 1.5",
    "stamps-are-utc": "UPDATE items SET published = '2026-07-20T00:00:00+02:00' WHERE id = 1",
    "tagged-items-have-tags": "UPDATE items SET tagged = 'goals/2' WHERE id = 1",
    "tags-of-selected-goals-have-evidence": """
        INSERT INTO taggings(id, item_id, model, content, tagged_at) SELECT 2, 2, model, 'c2', tagged_at FROM taggings;
        INSERT INTO tags VALUES (2, 'goal', 'cyber', 0.8, 1, '[]');
        UPDATE items SET tagged = 'goals/1' WHERE id = 2""",
    "weeks-are-those-of-their-days": "UPDATE items SET iso_week = '2026-W31' WHERE id = 1",
    "works-have-names-of-their-own": "DELETE FROM item_names WHERE uid = 'doi:10.5555/sparrows'",
}
"""Check → what brings the fault about that it finds."""

STAMP = re.compile(
    r"_(at|until|ok|new|due|seen)|since|until|published|updated|(first|last)_seen|window_(since|until)", re.ASCII
)
"""Names of columns that hold a moment."""

DAYS = ("partners",)
"""Tables whose times are days of feeds.yaml."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    Store.open(tmp_path / "monitor.db").close()
    filling = sqlite3.connect(tmp_path / "monitor.db")
    with filling:
        fill(filling)
    filling.close()
    with Store.open(tmp_path / "monitor.db") as opened:
        yield opened


@pytest.mark.parametrize("check", sorted(p.stem for p in CHECKS.glob("*.sql")))
def test_each_check_finds_its_fault(store: Store, check: str) -> None:
    assert check in FAULTS, f"write into FAULTS what store/checks/{check}.sql is to find"
    assert care.check(store.connection, CHECKS) == []
    with store.transaction():
        for statement in FAULTS[check].split(";"):
            store.connection.run(statement)
    assert check in [fault.partition(":")[0] for fault in care.faults(store.connection, CHECKS)]


def test_what_people_say_is_no_fault(store: Store) -> None:
    by = Reviewer("ana", datetime(2026, 7, 22, tzinfo=UTC), "queue")
    for countries in (["DE", "EU"], [], ["SE", "GB", "US"]):
        given = store.decisions.place(1, countries, by)
        assert care.check(store.connection, CHECKS) == []
    store.decisions.judge(1, {"cyber": True, "screening": False}, by)
    store.decisions.judge(2, {"cyber": True}, by)
    store.decisions.rate(2, True, by)
    assert care.check(store.connection, CHECKS) == []
    with store.transaction():  # as if it were taken back, and what follows from that were not done
        store.connection.run(
            """INSERT INTO decisions(item_id, what, reviewer, decided_at, through, undoes, note)
               VALUES (1, 'undo', 'ana', '2026-07-22T00:00:00Z', 'queue', ?, '')""",
            (given,),
        )
    [fault] = care.check(store.connection, CHECKS)
    assert fault.startswith("origins-rest-on-evidence: 3 rows")


def test_every_check_says_in_its_first_line_why_it_is_there() -> None:
    assert [p.name for p in CHECKS.glob("*.sql") if not re.match(r"-- [A-Z].*\.\n", p.read_text("utf-8"))] == []


def test_every_column_that_holds_a_moment_is_checked(store: Store) -> None:
    """`store/checks/stamps-are-utc.sql` names them all."""
    said = (CHECKS / "stamps-are-utc.sql").read_text("utf-8")
    columns = store.connection.rows(
        """SELECT t.name AS name, c.name AS column FROM pragma_table_list t, pragma_table_info(t.name) c
            WHERE t.type = 'table' AND t.schema = 'main' AND c.type = 'TEXT'
              AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '\\_%' ESCAPE '\\'"""
    )
    moments = [
        f"SELECT '{c['name']}.{c['column']}', {c['column']} FROM {c['name']}\n"
        for c in columns
        if c["name"] not in DAYS and re.search(rf"(?:{STAMP.pattern})$", c["column"])
    ]
    assert len(moments) > 40
    assert [line.strip() for line in moments if line.strip() not in said] == []


@pytest.mark.parametrize(
    ("day", "week"),
    [("2024-12-30", "2025-W01"), ("2026-12-31", "2026-W53"), ("2027-01-03", "2026-W53"), ("2027-01-04", "2027-W01")],
)
def test_weeks_at_the_turn_of_the_year_are_sound(store: Store, day: str, week: str) -> None:
    with store.transaction():
        store.connection.run("UPDATE items SET first_seen = ?, iso_week = ?", (f"{day}T12:00:00Z", week))
    assert care.faults(store.connection, CHECKS) == []
