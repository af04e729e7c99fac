"""What is new to a saved search: found in the week, told to those who asked, and never what came as old stock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder

from monitor.pipeline.digest import Plan, compose_week
from monitor.pipeline.saved import answers
from monitor.pipeline.search import Searcher
from monitor.search import Found
from monitor.selection import Asked, Selection
from monitor.store import Store
from monitor.types import Entry, Feed, Identifier, Partners, Subscriber, Window

WEEK = Window(datetime(2026, 7, 20, tzinfo=UTC), datetime(2026, 7, 27, tzinfo=UTC))
SEARCHES = {"muons": Asked("muon", mode="text"), "birds": Asked("sparrow", Selection(venues=("Ibis",)), "text")}
READER = Subscriber("desk", searches=("muons",), most=1)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        opened.ledger.register([Feed("one", "feed", "https://one.example", timedelta(hours=6), 1.0)], WEEK.since)
        add(opened, 1, "Muons of today", day=21)
        add(opened, 2, "More on muons", day=22)
        add(opened, 3, "Muons of last week", day=13)
        add(opened, 4, "Sparrows", day=21)
        yield opened


def add(store: Store, number: int, title: str, *, day: int) -> int:
    item = store.items.add(f"arxiv:{number}", f"2026-07-{day}T08:00:00Z", "2026-W30")
    names = [Identifier("arxiv", str(number))]
    store.items.update(item, Entry("k", title, "Text."), names=names, content="c")
    return item


def find(store: Store, asked: Asked) -> Found:
    return Searcher(store, FakeEncoder, Path("none")).search(asked)


def test_the_week_is_told_and_counted(store: Store) -> None:
    [answer] = answers(store, SEARCHES, READER, WEEK, find)
    assert (answer.name, answer.query, answer.total) == ("muons", "muon", 2)
    assert len(answer.works) == READER.most
    assert answer.works[0].uid in ("arxiv:1", "arxiv:2")


def test_a_search_that_finds_nothing_says_so(store: Store) -> None:
    [answer] = answers(store, SEARCHES, Subscriber("desk", searches=("birds",)), WEEK, find)
    assert (answer.total, answer.works) == (0, ())


def test_old_stock_is_no_news(store: Store) -> None:
    store.entries.keep("one", [Entry("k", "t")], datetime(2026, 7, 21, 8, tzinfo=UTC))
    with store.transaction():
        store.connection.run("UPDATE entries SET item_id = 1, backlog = 1")
    [answer] = answers(store, SEARCHES, READER, WEEK, find)
    assert [work.uid for work in answer.works] == ["arxiv:2"]


def test_a_digest_has_what_its_reader_asked_for(store: Store, tmp_path: Path) -> None:
    plan = Plan((READER,), (), Partners(), {}, tmp_path, searches=SEARCHES, find=find)
    made = compose_week(store, plan, READER, "2026-W30", WEEK, WEEK.until)
    assert [answer.name for answer in made.context.answers] == ["muons"]
    other = compose_week(store, plan, Subscriber("else"), "2026-W30", WEEK, WEEK.until)
    assert other.context.answers == ()
