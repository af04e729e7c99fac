"""Full text kept in step, selections, and works as lists show them, on a real store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from monitor.errors import StoreError
from monitor.selection import Selection
from monitor.store import Store, care
from monitor.store.connection import Connection
from monitor.store.decisions import Reviewer
from monitor.store.findings import Due
from monitor.types import (
    Affiliation,
    Author,
    Entry,
    Feed,
    Identifier,
    Origin,
    Partner,
    Partners,
    Tag,
    Window,
)

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
FEEDS = [Feed(name, "feed", f"https://{name}.example", timedelta(hours=6), 1.0) for name in ("one", "two")]
LIMA = Author("Ana Lima", (Affiliation("University of Porto, Portugal"),))


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        opened.ledger.register(FEEDS, NOW)
        opened.findings.set_partners(Partners("US", (Partner("DE", date(2016, 1, 1), date(2026, 7, 1)),)))
        yield opened


def add(store: Store, number: int, title: str = "Muons", *, places: str = "", goals: str = "", **changes: Any) -> int:
    """A work of the day 2026-06-NUMBER, first seen on 2026-07-NUMBER."""
    item = store.items.add(f"arxiv:{number}", f"2026-07-{number:02}T08:00:00Z", "2026-W30")
    entry = Entry("k", title, "An abstract.", (LIMA,), published=datetime(2026, 6, number, tzinfo=UTC))
    store.items.update(item, replace(entry, **changes), names=[Identifier("arxiv", str(number))], content="c")
    codes = places.split()
    store.findings.locate(item, [Origin(c, "m", 1.0, c, fraction=1 / len(codes), author=0) for c in codes], "r")
    tags = [Tag("goal", goal, 0.9, goal in goals.split(), "m", ("words",)) for goal in ("cyber", "decision")]
    store.findings.tag(Due(item, title, "An abstract.", "c"), "m", tags, None, NOW)
    return item


def uids(store: Store, **fields: Any) -> list[str]:
    return [work.item.uid for work in store.search.listed(store.search.ids(Selection(**fields)))]


class TestText:
    def matches(self, store: Store, expression: str) -> list[int]:
        return store.search.matches(expression, Selection(), 10)

    def test_every_column_is_searched(self, store: Store) -> None:
        item = add(store, 1, "Sensing of muons")
        for words in ("sensed", "abstracts", "lima", "porto"):
            assert self.matches(store, words) == [item]

    def test_diacritics_do_not_matter(self, store: Store) -> None:
        item = add(store, 1, "Über Erdős", authors=(Author("José Núñez"),))
        assert self.matches(store, "uber erdos nunez") == [item]

    def test_a_new_byline_and_a_new_text_take_the_place_of_the_old(self, store: Store) -> None:
        item = add(store, 1, "Muons")
        entry = Entry("k", "Neutrons", "X.", (Author("Bo Ek", (Affiliation("KTH, Sweden"),)),))
        store.items.update(item, entry, names=[], content="d")
        assert [self.matches(store, words) for words in ("muons", "lima", "porto")] == [[], [], []]
        assert [self.matches(store, words) for words in ("neutrons", "ek", "sweden")] == [[item]] * 3
        assert care.check(store.connection, None) == []

    def test_what_the_registry_calls_an_institution_is_found_whichever_comes_first(self, store: Store) -> None:
        item = add(store, 1)
        origin = Origin("PT", "m", 1.0, "Porto", institution="043pwc612", author=0)
        store.findings.locate(item, [origin], "r")
        store.places.see(item, None, "lens")
        assert self.matches(store, "universidade") == []
        store.places.name({"043pwc612": "Universidade do Porto"})
        assert self.matches(store, "universidade") == [item]
        other = add(store, 2)
        store.findings.locate(other, [origin], "r")
        store.places.see(other, None, "lens")
        assert set(self.matches(store, "universidade")) == {item, other}
        store.places.name({"043pwc612": "Porto University"})
        assert self.matches(store, "universidade") == []
        assert care.check(store.connection, None) == []

    def test_a_work_that_is_gone_is_not_found(self, store: Store) -> None:
        keep, lose = add(store, 1, "Muons"), add(store, 2, "Muons")
        store.items.absorb(keep, lose, "same", NOW)
        assert self.matches(store, "muons") == [keep]

    def test_titles_and_authors_weigh_more_than_abstracts(self, store: Store) -> None:
        low = add(store, 1, "Something", abstract="Cargo, and much else that is of no interest here.")
        high = add(store, 2, "Cargo", abstract="Nothing, and much else that is of no interest here.")
        assert self.matches(store, "cargo") == [high, low]

    def test_only_works_of_the_selection_match(self, store: Store) -> None:
        add(store, 1, places="DE")
        item = add(store, 2, places="FR")
        assert store.search.matches("muons", Selection(countries=("FR",)), 10) == [item]

    def test_snippets_mark_what_was_asked_for(self, store: Store) -> None:
        item = add(store, 1, "Screening", abstract="Many words. Cosmic muons pass. " * 30)
        snippet = store.search.snippets("muon", [item])[item]
        assert "\x02muons\x03" in snippet
        assert len(snippet) < 500

    def test_an_expression_that_is_none_is_an_error_of_the_store(self, store: Store) -> None:
        with pytest.raises(StoreError):
            store.search.matches('"', Selection(), 10)


class TestSelection:
    def test_fields_narrow_each_other_and_values_are_alternatives(self, store: Store) -> None:
        add(store, 1, places="DE", goals="cyber")
        add(store, 2, places="FR", goals="cyber decision")
        add(store, 3, places="DE FR", goals="decision")
        add(store, 4)
        assert uids(store) == ["arxiv:4", "arxiv:3", "arxiv:2", "arxiv:1"]
        assert uids(store, goals=("cyber",)) == ["arxiv:2", "arxiv:1"]
        assert uids(store, goals=("cyber", "decision")) == ["arxiv:3", "arxiv:2", "arxiv:1"]
        assert uids(store, countries=("DE",)) == ["arxiv:3", "arxiv:1"]
        assert uids(store, countries=("DE",), goals=("decision",)) == ["arxiv:3"]

    def test_a_persons_label_wins(self, store: Store) -> None:
        one, two = add(store, 1, goals="cyber"), add(store, 2)
        store.decisions.judge(one, {"cyber": False}, Reviewer("ana", NOW, "terminal"))
        store.decisions.judge(two, {"cyber": True}, Reviewer("ana", NOW, "terminal"))
        assert uids(store, goals=("cyber",)) == ["arxiv:2"]

    def test_groups_are_those_of_the_day_of_the_work(self, store: Store) -> None:
        add(store, 1, places="DE")
        add(store, 2, places="DE", published=datetime(2026, 7, 2, tzinfo=UTC))
        add(store, 3, places="US FR")
        add(store, 4)
        assert uids(store, groups=("partner",)) == ["arxiv:1"]
        assert uids(store, groups=("other",)) == ["arxiv:2", "arxiv:3"]
        assert uids(store, groups=("unknown",)) == ["arxiv:4"]
        assert uids(store, groups=("home", "unknown")) == ["arxiv:4", "arxiv:3"]

    def test_places_are_those_that_the_lens_sees(self, store: Store) -> None:
        item = add(store, 1, places="IT")
        store.places.see(item, [Origin("EU", "body-name", 1.0, "JRC", author=0)], "lens")
        assert uids(store, countries=("IT",)) == []
        assert uids(store, countries=("EU",)) == ["arxiv:1"]

    def test_days_are_half_open_and_a_work_without_one_has_that_of_its_first_sight(self, store: Store) -> None:
        add(store, 1)
        add(store, 2)
        add(store, 3, published=None)
        june = datetime(2026, 6, 2, tzinfo=UTC)
        assert uids(store, since=june) == ["arxiv:3", "arxiv:2"]
        assert uids(store, until=june) == ["arxiv:1"]
        seen = Window(datetime(2026, 7, 2, tzinfo=UTC), datetime(2026, 7, 3, tzinfo=UTC))
        assert uids(store, seen=seen) == ["arxiv:2"]

    def test_venues_are_found_by_a_part_of_their_name(self, store: Store) -> None:
        add(store, 1, venue="IEEE Security & Privacy")
        add(store, 2, venue="100% of_it!")
        add(store, 3)
        assert uids(store, venues=("privacy",)) == ["arxiv:1"]
        assert uids(store, venues=("%",)) == ["arxiv:2"]
        assert uids(store, venues=("of_it!",)) == ["arxiv:2"]
        assert uids(store, venues=("e",)) == ["arxiv:1"]

    def test_feeds(self, store: Store) -> None:
        item = add(store, 1)
        add(store, 2)
        store.entries.keep("two", [Entry("k", "t")], NOW)
        with store.transaction():
            store.connection.run("UPDATE entries SET item_id = ?", (item,))
        assert uids(store, feeds=("two",)) == ["arxiv:1"]
        assert store.search.feeds() == ["one", "two"]

    def test_withdrawn_works_are_found_when_they_are_asked_for(self, store: Store) -> None:
        store.items.withdraw(add(store, 1))
        assert uids(store) == []
        assert uids(store, withdrawn=True) == ["arxiv:1"]


def test_a_listed_work_says_what_the_view_says(store: Store) -> None:
    add(store, 1, places="DE FR", goals="cyber decision", venue="V", type="article", url="https://x.example/1")
    add(store, 2)
    add(store, 3, places="US DE", published=datetime(2026, 7, 3, tzinfo=UTC))
    view = [dict(row) for row in store.connection.rows("SELECT * FROM item_overview")]
    lists = ("goals", "countries", "feeds")
    for row, work in zip(view, store.search.listed([1, 2, 3]), strict=True):
        record = work.record()
        for name, value in row.items():
            assert record[name] == (json.loads(value) if name in lists else value), name


def test_a_store_of_before_is_searched_whole_after_the_migration(tmp_path: Any) -> None:
    from sqlite_utils import Database

    from monitor.store import migrations

    path = tmp_path / "monitor.db"
    database = Database(path)
    migrations.load().apply(database, stop_before="m015_search")
    database.execute("PRAGMA application_id = 0x52534D31")
    database.execute("""INSERT INTO items(id, uid, title, abstract, first_seen, iso_week, categories, title_key,
                            content)
                        VALUES (1, 'a:1', 'Muons', 'Cargo.', '2026-07-01T00:00:00Z', '2026-W27', '[]', '', '')""")
    database.execute("INSERT INTO authors(item_id, position, name) VALUES (1, 0, 'Zoë Ek'), (1, 1, 'Ana Lima')")
    database.execute("INSERT INTO affiliations(item_id, author, position, text) VALUES (1, 0, 0, 'KTH, Sweden')")
    database.conn.commit()
    database.conn.close()
    with Store.open(path) as store:
        for words in ("muon", "cargo", "zoe", "lima", "sweden"):
            assert store.search.matches(words, Selection(), 9) == [1]
        row = store.connection.row("SELECT authors, institutions FROM items")
        assert row is not None
        assert tuple(row) == ("Zoë Ek\nAna Lima", "KTH, Sweden")
        assert care.check(store.connection, None) == []


class TestVectors:
    def test_those_of_one_space_whatever_made_them(self, store: Store) -> None:
        item = add(store, 1)
        store.findings.save_vector(item, "s/1/a", "c", b"x")
        store.findings.save_vector(item, "s2/1", "c", b"y")
        store.findings.save_vector(item, "s", "c", b"z")
        assert store.vectors.held("s") == [(item, "c")]
        assert store.vectors.read("s", [item]) == [(item, "c", b"x")]

    def test_what_lacks_is_the_newest_first_and_what_can_be_read(self, store: Store) -> None:
        one, two, three, four = (add(store, n) for n in (1, 2, 3, 4))
        store.vectors.save("s/1", [(one, "c", b"x"), (two, "former", b"x")])
        refused = Due(three, "Muons", "An abstract.", "c")
        store.findings.tag(refused, "m2", [], "front matter", NOW)
        assert [due.item_id for due in store.vectors.lacking("s", 9)] == [four, two]
        assert [due.item_id for due in store.vectors.lacking("s", 1)] == [four]

    def test_the_version_changes_with_whatever_is_written(self, tmp_path: Any) -> None:
        with Store.open(tmp_path / "monitor.db") as one, Store.open(tmp_path / "monitor.db") as other:
            before = one.vectors.version()
            assert one.vectors.version() == before
            item = other.items.add("a:1", "2026-07-01T00:00:00Z", "2026-W27")
            seen = one.vectors.version()
            assert seen != before
            one.findings.save_vector(item, "s/1", "c", b"x")
            assert one.vectors.version() != seen


def test_big_selections_use_indexes(store: Store) -> None:
    connection: Connection = store.connection
    plan = "EXPLAIN QUERY PLAN SELECT item_id, content FROM vectors WHERE encoder >= 's/' AND encoder < 's0'"
    assert any("COVERING INDEX vectors_encoder" in row["detail"] for row in connection.rows(plan))
