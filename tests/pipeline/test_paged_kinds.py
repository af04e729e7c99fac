"""Kinds that page, end to end: a provider on the loopback, the real client and store, and what goes wrong between."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from no_pace import NoPace
from servers.pages import PageServer
from servers.providers import PROVIDERS, Crossref, Fault, OpenAlex, Provider

from monitor import pipeline, sources
from monitor.app import App
from monitor.http import Client
from monitor.sandbox import Sandbox
from monitor.steps import Steps
from monitor.store import Store
from monitor.types import Feed, Fetch

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
SECRET = "k3y-that-nobody-may-see"


def here() -> contextlib.AbstractContextManager[Any]:
    """A sandbox that parses in this process; the child that does it otherwise has tests of its own."""
    return contextlib.nullcontext(SimpleNamespace(run=lambda function, *arguments: function(*arguments)))


class World:
    """A provider that is watched by one feed; `fetch()` fetches it once."""

    def __init__(self, provider: Provider, server: PageServer, store: Store) -> None:
        self.provider, self.server, self.store, self.now = provider, server, store, NOW
        kind = sources.load(provider.kind)
        options = kind.Options(**provider.options).model_dump()
        self.feed = Feed("watched", provider.kind, server.url, kind.EVERY, 0.0, allow_private=True, options=options)

    def fetch(self, sandbox: Callable[[], Any] = here) -> Fetch:
        self.store.ledger.register([self.feed], self.now)
        with Client(NoPace(), user_agent="t", env={"OPENALEX_API_KEY": SECRET}, deadline=10.0) as client:
            fetcher = pipeline.Fetcher(self.store, client, lambda: self.now, threading.Event(), sandbox)
            return pipeline.fetch([self.feed], fetcher)[0]

    def fetch_later(self) -> Fetch:
        self.now += timedelta(hours=1)
        self.provider.fault = lambda request: None
        return self.fetch()

    def fail(self, fault: Fault, *requests: int) -> None:
        """Let the lists of these numbers, counted from the next, go wrong."""
        begun = self.provider.lists
        self.provider.fault = lambda request: fault if request - begun in requests else None

    def titles(self) -> list[str]:
        """The titles in the store; one that were there twice would be twice in it."""
        return sorted(record.entry.title for record in self.store.entries.unlinked(999))

    def places(self) -> list[str]:
        """The addresses that were asked for."""
        return [f"{asked.path}?{asked.query_string}" for asked in self.server.asked]


@pytest.fixture(params=PROVIDERS, ids=lambda provider: provider.kind)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    provider: Provider = request.param()
    with PageServer(provider) as server, Store.memory() as store:
        yield World(provider, server, store)


EVERYTHING = [f"Work {number}" for number in range(8)]


def test_a_window_of_several_pages(world: World) -> None:
    done = world.fetch()
    assert (done.state, done.error) == ("ok", None)
    assert (done.announced, done.seen, done.new) == (8, 8, 8)
    assert world.titles() == EVERYTHING
    assert world.provider.lists == 3, "and not a page more: the total says when it is over"
    assert all("#" not in asked.path + asked.query_string for asked in world.server.asked)


@pytest.mark.parametrize("fault", ["error", "cut"])
def test_a_page_that_fails_in_the_middle_is_had_by_the_next_run(world: World, fault: Fault) -> None:
    world.fail(fault, 1)
    done = world.fetch()
    assert (done.state, done.seen) == ("failed", 3)
    first = world.places()[0]
    done = world.fetch_later()
    if world.provider.kind == "crossref" and fault == "cut":
        # Its cursor had moved on when the answer was lost, so the page after it came; the total tells.
        assert (done.state, done.seen) == ("short", 5)
        done = world.fetch_later()
    else:
        assert world.places().count(first) == 1, "it went on where it stood"
    assert (done.state, done.announced, done.seen) == ("ok", 8, 8)
    assert world.titles() == EVERYTHING


def test_a_cursor_that_has_expired_begins_the_window_again(world: World) -> None:
    world.fail("error", 1)
    world.fetch()
    world.fail("gone", 0)
    world.now += timedelta(hours=1)
    done = world.fetch()
    assert (done.state, done.announced, done.seen, done.new) == ("ok", 8, 8, 5)
    assert world.titles() == EVERYTHING


def test_an_empty_page_before_the_total_is_asked_for_again(world: World) -> None:
    world.fail("empty", 1)
    done = world.fetch()
    assert (done.state, done.seen) == ("ok", 8)
    assert world.titles() == EVERYTHING


def test_pages_that_stay_empty_are_short_and_closed_by_the_next_run(world: World) -> None:
    world.fail("empty", *range(1, 99))
    done = world.fetch()
    assert (done.state, done.error) == ("short", "8 records were announced and 3 came")
    assert world.fetch_later().state == "ok"
    assert world.titles() == EVERYTHING


def test_a_page_that_comes_again_and_again_is_no_harvest(world: World) -> None:
    world.fail("again", *range(1, 99))
    done = world.fetch()
    assert done.state == "failed"
    assert "goes round in circles" in (done.error or "")


def test_a_cursor_that_is_missing_before_the_total_is_short(world: World) -> None:
    if world.provider.kind not in ("crossref", "openalex", "datacite"):
        pytest.skip("its pages are counted, not pointed at")
    world.fail("no-cursor", 1)
    done = world.fetch()
    assert (done.state, done.seen) == ("short", 6)
    assert world.fetch_later().state == "ok"
    assert world.titles() == EVERYTHING


def test_a_record_that_cannot_be_read_is_named_and_does_not_keep_the_window_open(world: World) -> None:
    world.fail("null-record", 1)
    done = world.fetch()
    assert done.state == "ok"
    assert "record 1" in (done.error or "")
    assert world.titles() == [title for title in EVERYTHING if title != "Work 3"]


def test_a_window_without_records_is_empty(world: World) -> None:
    world.provider.records = []
    done = world.fetch()
    assert (done.state, done.announced, done.seen) == ("empty", 0, 0)


def test_an_answer_that_is_no_list_is_a_failure_with_a_sentence(world: World) -> None:
    answer, world.server.answer = world.server.answer, lambda asked: type(answer(asked))(b"<html>Please log in</html>")
    done = world.fetch()
    assert done.state == "failed"
    assert "127.0.0.1" in (done.error or "")


# --- single ones -----------------------------------------------------------------------------


@pytest.fixture
def openalex(tmp_path: Path) -> Iterator[World]:
    provider = OpenAlex()
    with PageServer(provider) as server, Store.open(tmp_path / "monitor.db") as store:
        yield World(provider, server, store)


def test_a_key_is_sent_and_is_found_nowhere_afterwards(openalex: World, tmp_path: Path) -> None:
    openalex.fail("error", 1)
    done = openalex.fetch()
    assert [asked.query["api_key"] for asked in openalex.server.asked] == [SECRET, SECRET]
    assert SECRET not in repr(done)
    assert openalex.fetch_later().state == "ok"
    assert {asked.query["api_key"] for asked in openalex.server.asked} == {SECRET}
    for file in tmp_path.iterdir():
        assert SECRET.encode() not in file.read_bytes(), f"{file.name} holds the key"


def test_a_budget_is_spared_and_the_rest_of_the_window_comes_later(openalex: World) -> None:
    openalex.provider.headers = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "9", "X-RateLimit-Reset": "7200"}
    done = openalex.fetch()
    assert (done.state, done.seen) == ("throttled", 3)
    assert "127.0.0.1 grants little more for now" in (done.error or "")
    openalex.provider.headers = {}
    assert openalex.fetch_later().state == "ok"
    assert openalex.titles() == EVERYTHING


def test_pages_are_read_in_a_child_process_as_well(openalex: World) -> None:
    assert openalex.fetch(Sandbox).state == "ok"
    assert openalex.titles() == EVERYTHING


def test_a_corrected_record_is_a_change_and_not_a_second_work() -> None:
    provider = Crossref()
    with PageServer(provider) as server, Store.memory() as store:
        world = World(provider, server, store)
        world.fetch()
        noticed = {"update-to": [{"DOI": "10.5555/w0", "type": "correction", "label": "Correction"}]}
        plain, provider.record = provider.record, lambda number: plain(number) | (noticed if number == 1 else {})  # type: ignore[method-assign]
        world.now += timedelta(days=1)
        done = world.fetch()
        assert (done.seen, done.new, done.changed) == (8, 0, 1)
        [entry] = [r.entry for r in store.entries.unlinked(99) if r.entry.key == "10.5555/w1"]
        assert entry.comment == "Correction of doi:10.5555/w0"


def test_the_program_hands_on_its_contact_and_the_keys_of_its_environment(tmp_path: Path) -> None:
    with PageServer(OpenAlex()) as server:
        (tmp_path / "feeds.yaml").write_text(
            "contact: ops@agency.example\nfeeds:\n"
            f"  all: {{kind: openalex, url: '{server.url}', topic: [T1], page: 3, allow_private: true, pace: 0}}\n"
        )
        app = App(tmp_path, clock=lambda: NOW, env={"OPENALEX_API_KEY": SECRET})
        with app.store() as store:
            [done] = Steps(app, store).fetch(app.feeds())
        asked = server.asked[0]
    assert (done.state, done.seen) == ("ok", 8)
    assert asked.query["api_key"] == SECRET
    assert asked.headers["user-agent"].endswith("(mailto:ops@agency.example)"), "which is what Crossref looks for"
