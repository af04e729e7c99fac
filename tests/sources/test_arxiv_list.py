from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from servers.one_feed import Answer, InProcess, Monitor, scripted

from monitor.errors import ParseError
from monitor.pipeline import link
from monitor.sources import arxiv_list
from monitor.store import Store
from monitor.types import Feed, Page, Request, Response, moment

ASKED = "https://rss.arxiv.org/rss/cs.CR"
NOW = moment("2026-06-03T06:00:00Z")


def item(name: str, kind: str = "new", day: str = "Wed, 03 Jun 2026 00:00:00 -0400") -> str:
    return (
        f"<item><title>Paper {name}</title>"
        f"<description>arXiv:{name} Announce Type: {kind}\nAbstract: Words.</description>"
        f"<guid>oai:arXiv.org:{name}</guid><pubDate>{day}</pubDate><creator>Ada Example</creator>"
        f"<announce_type>{kind}</announce_type></item>"
    )


def document(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>t</title>{"".join(items)}</channel></rss>'.encode()


def parse(body: bytes, **options: Any) -> Page:
    plain = arxiv_list.Options(**{"categories": ["cs.CR"], **options}).model_dump()
    feed = Feed("list", "arxiv-list", arxiv_list.URL, arxiv_list.EVERY, 3.0, options=plain)
    return arxiv_list.parse(feed, Request(ASKED), Response(ASKED, body, "application/rss+xml"))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"categories": []},
        {"categories": ["cs.CR+cs.AI"]},
        {"categories": ["../x"]},
        {"categories": ["cs.CR"], "x": 1},
    ],
)
def test_options_that_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        arxiv_list.Options(**options)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is empty"),
        (b"<html><body>busy</body></html>", "did not answer with a list of arXiv's announcements"),
        (document(item("2606.00001v1"))[:-20], "not well-formed"),
    ],
)
def test_what_is_no_list_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        parse(body)


@pytest.mark.parametrize(
    ("name", "kind", "published", "updated", "year"),
    [
        ("2606.00001v1", "new", True, False, 2026),
        ("2606.00001v1", "cross", True, False, 2026),
        ("2605.00001v1", "cross", True, False, 2026),
        ("2604.00001v1", "cross", False, False, 2026),
        ("1906.00001v2", "cross", False, False, 2019),
        ("2606.00001v2", "replace", False, True, 2026),
        ("hep-ex/9901001v2", "replace-cross", False, True, 1999),
        ("math/0309136v1", "cross", False, False, 2003),
    ],
)
def test_only_a_first_appearance_is_dated_by_the_list(
    name: str, kind: str, published: bool, updated: bool, year: int
) -> None:
    (entry,) = parse(document(item(name, kind))).entries
    assert (entry.published is not None, entry.updated is not None, entry.year) == (published, updated, year)
    assert (entry.announced, f"{entry.key}v{entry.version}") == (kind, name)


def test_a_list_at_its_limit_is_told() -> None:
    page = parse(document(*(item(f"2606.{n:05}v1") for n in range(1, arxiv_list.MOST + 1))))
    assert len(page.entries) == arxiv_list.MOST
    assert [p for p in page.problems if "name fewer categories" in p]


def test_a_new_version_of_an_unknown_work_is_kept_and_is_no_news() -> None:
    days = [
        document(item("2606.00001v1"), item("1906.00002v3", "replace")),
        document(item("2606.00001v2", "replace", "Thu, 04 Jun 2026 00:00:00 -0400")),
        document(),
    ]
    with scripted(lambda asked: Answer(days[asked.count])) as server, Store.memory() as store:
        plain = arxiv_list.Options(categories=["cs.CR", "cs.AI"]).model_dump()
        feed = Feed("list", "arxiv-list", server.url, arxiv_list.EVERY, 0.0, allow_private=True, options=plain)
        made = Monitor(store, feed, NOW)
        assert (done := made.fetch()).state == "ok", done.error
        assert server.log[0].path == "/rss/cs.CR+cs.AI"
        assert link(store, lambda: made.now) == 2
        assert (store.items.count(), store.items.ids_of(["arxiv:2606.00001"])) == (1, [1])
        done = made.fetch()
        assert (done.state, done.new, done.changed) == ("ok", 0, 1)
        assert link(store, lambda: made.now) == 1
        assert (store.items.count(), store.items.ids_of(["arxiv:2606.00001"])) == (1, [1])
        assert made.fetch().state == "empty"


def test_a_weekend_is_empty_and_not_stale() -> None:
    """Two weeks of announcements from Monday to Friday; on skipped days the list is there, and nothing in it."""
    days = [NOW.replace(day=1) + timedelta(days=n) for n in range(15)]
    lists = [
        document(
            f"<lastBuildDate>{day:%a, %d %b %Y} 04:00:11 +0000</lastBuildDate>",
            *([item(f"2606.{n:05}v1", day=f"{day:%a, %d %b %Y} 00:00:00 -0400")] if day.weekday() < 5 else []),
        )
        for n, day in enumerate(days, 1)
    ]
    with scripted(lambda asked: Answer(lists[asked.count])) as server, Store.memory() as store:
        plain = arxiv_list.Options(categories=["cs.CR"]).model_dump()
        feed = Feed("list", "arxiv-list", server.url, arxiv_list.EVERY, 0.0, allow_private=True, options=plain)
        made = Monitor(store, feed, days[0], InProcess)
        states = [made.fetch().state for _ in days]
    assert states == ["ok" if day.weekday() < 5 else "empty" for day in days]
