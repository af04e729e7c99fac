"""Step link, on a real store."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.pipeline.link import link, merge
from monitor.store import Store
from monitor.types import Author, Entry, Feed, Identifier

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
TITLE = "Muon tomography of shipping containers at a sea port"
PREPRINT = Entry("p", TITLE, "Short.", (Author("Ana Lima"),), (Identifier("arxiv", "9912.00001"),), type="preprint")
ARTICLE = Entry(
    "a",
    TITLE.upper(),
    "A longer abstract.",
    (Author("Lima, Ana"),),
    (Identifier("doi", "10.5555/muon"),),
    venue="Journal of Cargo",
    type="article",
)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        feeds = [Feed(n, "feed", "https://x.example", timedelta(hours=6), 1.0) for n in ("one", "two")]
        opened.ledger.register(feeds, NOW)
        yield opened


def keep(store: Store, feed: str, *entries: Entry) -> None:
    store.entries.keep(feed, entries, NOW)
    link(store, lambda: NOW)


def items(store: Store) -> list[Any]:
    return [tuple(r) for r in store.connection.rows("SELECT uid, title, venue, type FROM items ORDER BY uid")]


def test_preprint_and_article_become_one_item(store: Store) -> None:
    keep(store, "one", PREPRINT)
    keep(store, "two", ARTICLE)
    assert items(store) == [("arxiv:9912.00001", TITLE.upper(), "Journal of Cargo", "article")]
    schemes = store.connection.rows("SELECT scheme FROM identifiers ORDER BY 1")
    assert [r["scheme"] for r in schemes] == ["arxiv", "doi"]


def test_linking_twice_changes_nothing(store: Store) -> None:
    keep(store, "one", PREPRINT)
    before = items(store)
    keep(store, "one", PREPRINT)
    assert link(store, lambda: NOW) == 0
    assert items(store) == before


def test_a_changed_entry_updates_its_item(store: Store) -> None:
    keep(store, "one", PREPRINT)
    keep(store, "one", replace(PREPRINT, title="Muon radiography of shipping containers"))
    assert items(store) == [("arxiv:9912.00001", "Muon radiography of shipping containers", None, "preprint")]


def test_works_with_the_same_title_and_different_arxiv_ids_stay_apart(store: Store) -> None:
    keep(store, "one", PREPRINT)
    keep(store, "two", replace(PREPRINT, identifiers=(Identifier("arxiv", "9912.00002"),)))
    assert len(items(store)) == 2


def test_an_entry_that_names_two_items_makes_them_one(store: Store) -> None:
    keep(store, "one", PREPRINT)
    keep(store, "two", replace(ARTICLE, title="Another title until the record is corrected"))
    assert len(items(store)) == 2
    both = replace(PREPRINT, identifiers=(*PREPRINT.identifiers, *ARTICLE.identifiers))
    keep(store, "one", both)
    assert [i[0] for i in items(store)] == ["arxiv:9912.00001"]
    merge = store.connection.row("SELECT uid, into_uid FROM merges")
    assert tuple(merge or ()) == ("doi:10.5555/muon", "arxiv:9912.00001")


def test_a_work_that_every_feed_withdrew_is_withdrawn(store: Store) -> None:
    keep(store, "one", PREPRINT)
    keep(store, "two", ARTICLE)
    keep(store, "one", Entry("p", deleted=True))
    assert store.items.count() == 1
    assert items(store)[0][1] == TITLE.upper(), "what is left describes it"
    keep(store, "two", Entry("a", deleted=True))
    assert store.items.count() == 0
    keep(store, "two", ARTICLE)
    assert store.items.count() == 1, "it came back"


def test_what_a_look_up_found_does_not_keep_a_withdrawn_work(store: Store) -> None:
    keep(store, "one", PREPRINT)
    keep(store, store.publications.stand_in("crossref", NOW), ARTICLE)
    assert store.items.count() == 1
    keep(store, "one", Entry("p", deleted=True))
    assert store.items.count() == 0
    keep(store, "one", PREPRINT)
    assert store.items.count() == 1, "it came back"


def test_entries_with_nothing_to_say_are_kept(store: Store) -> None:
    keep(store, "one", Entry("x"), Entry("y"))
    assert store.items.count() == 2


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_arrival_within_a_run_does_not_matter(seed: int) -> None:
    papers = [replace(PREPRINT, key=f"p{n}", title=f"{TITLE} number {n}", identifiers=()) for n in range(8)]
    twins = [replace(p, key=p.key.replace("p", "a")) for p in papers]
    results = []
    for order in (0, seed):
        with Store.memory() as store:
            feeds = [Feed(n, "feed", "https://x.example", timedelta(hours=6), 1.0) for n in ("one", "two")]
            store.ledger.register(feeds, NOW)
            shuffled = papers + twins
            random.Random(order).shuffle(shuffled)
            for entry in shuffled:
                store.entries.keep("one" if entry.key[0] == "p" else "two", [entry], NOW)
            link(store, lambda: NOW)
            results.append(items(store))
    assert results[0] == results[1]
    assert len(results[0]) == 8


VERSION = datetime(2026, 7, 24, 17, tzinfo=UTC)
"""The Friday evening on which the second version below is dated."""
DAY = timedelta(days=1)


def revisions(store: Store) -> list[tuple[str, str, str]]:
    rows = store.connection.rows(
        "SELECT uid, r.updated, seen_at FROM revisions r JOIN items i ON i.id = r.item_id ORDER BY uid, r.updated"
    )
    return [tuple(row) for row in rows]


def test_a_new_version_counts_from_when_it_was_seen_and_once(store: Store) -> None:
    first = replace(PREPRINT, published=NOW - DAY, updated=NOW - DAY)
    keep(store, "one", first)
    assert revisions(store) == []
    seen = VERSION + timedelta(days=2, hours=14)
    second = replace(first, abstract="Longer.", updated=VERSION)
    for when, feed, entry in ((seen, "one", second), (seen + DAY, "two", second), (seen + 2 * DAY, "one", first)):
        store.entries.keep(feed, [entry], when)
        link(store, lambda when=when: when)
    assert revisions(store) == [("arxiv:9912.00001", "2026-07-24T17:00:00Z", "2026-07-27T07:00:00Z")]
    store.entries.keep("one", [replace(second, updated=VERSION + DAY)], seen + 3 * DAY)
    link(store, lambda: seen + 3 * DAY)
    assert len(revisions(store)) == 2


def test_what_a_record_that_comes_late_says_of_long_ago_is_no_new_version(store: Store) -> None:
    keep(store, "one", PREPRINT)
    keep(store, "two", replace(PREPRINT, updated=NOW - DAY))
    later = NOW + timedelta(days=200)
    store.entries.keep("two", [replace(PREPRINT, abstract="Longer.", updated=NOW + DAY)], later)
    link(store, lambda: later)
    assert revisions(store) == []


@pytest.mark.parametrize("revised", [False, True])
def test_works_that_become_one_have_the_new_versions_of_both_and_no_other(store: Store, revised: bool) -> None:
    keep(store, "one", replace(PREPRINT, published=NOW - 2 * DAY, updated=NOW - 2 * DAY))
    other = replace(ARTICLE, title="Something else altogether, about sparrows", updated=NOW - DAY)
    keep(store, "two", other)
    if revised:
        store.entries.keep("two", [replace(other, abstract="Revised.", updated=NOW + DAY)], NOW + DAY)
        link(store, lambda: NOW + 2 * DAY)
    before = [row[1:] for row in revisions(store)]
    assert len(before) == revised
    uid = merge(store, ("arxiv:9912.00001", "doi:10.5555/muon"), "the same", NOW + 5 * DAY)
    assert revisions(store) == [(uid, *row) for row in before]
