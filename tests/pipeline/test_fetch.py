"""Step fetch, on a real store, with a scripted source and a client that answers from a dictionary."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

from monitor.errors import FetchError, ParseError, StoreError
from monitor.pipeline.coverage import coverage
from monitor.pipeline.fetch import EARLIEST, OLDEST, RESUME_WITHIN, fetch
from monitor.pipeline.harvest import Fetcher
from monitor.pipeline.link import link
from monitor.store import Store
from monitor.types import Entry, Feed, Fetch, Page, Request, Response, Validators, Window

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)

Answer = Page | Exception


class FakeSource(ModuleType):
    """A kind whose pages are looked up by address; windowed unless told otherwise."""

    URL, PACE, EVERY = "", 0.0, DAY
    LOOKBACK: timedelta | None = DAY
    Options = BaseModel
    pages: Mapping[str, Sequence[Answer]]
    windows: list[Window | None]

    def first(self, feed: Feed, window: Window | None) -> Request:
        self.windows.append(window)
        return Request(f"{feed.url}/1")

    def parse(self, feed: Feed, request: Request, response: Response) -> Page:
        answers = self.pages[request.url]
        answer = answers[min(int(response.body), len(answers) - 1)]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class FakeClient:
    """Answers every address with the number of times it was asked before; raises what is scripted first."""

    raises: dict[str, list[Exception]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    unchanged: bool = False
    pause: float | None = None
    on_ask: Callable[[str], None] = lambda url: None
    moved: str | None = None

    def get(self, request: Request, *, pace: float, allow_private: bool, validators: Validators | None) -> Response:
        self.on_ask(request.url)
        before = self.asked.count(request.url)
        self.asked.append(request.url)
        if self.raises.get(request.url):
            raise self.raises[request.url].pop(0)
        if self.unchanged and validators:
            return Response(request.url, b"", unchanged=True, validators=validators)
        return Response(
            request.url, str(before).encode(), validators=Validators(etag="e1"), moved=self.moved, pause=self.pause
        )


class FakeSandbox:
    """Parses here, so that the scripted source is the one that is asked."""

    def __enter__(self) -> "FakeSandbox":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def run(self, function: Callable[..., Any], *arguments: Any, seconds: float = 30.0) -> Any:
        return function(*arguments)


class World:
    """A store, a clock, a client and a source; `fetch()` fetches the feeds once."""

    def __init__(self, store: Store, source: FakeSource) -> None:
        self.store, self.source, self.client = store, source, FakeClient()
        self.now, self.stop = NOW, threading.Event()
        self.feeds = [self.feed("one")]

    def feed(self, name: str) -> Feed:
        return Feed(name, "fake", f"https://{name}.example", DAY, 0.0)

    def pages(self, **answers: Sequence[Answer]) -> None:
        """Script the pages of feed `one`: `_1=[Page, ...]` answers the first, second, ... time page 1 is asked for."""
        self.source.pages = {f"https://one.example/{n.lstrip('_')}": a for n, a in answers.items()}

    def fetch(self, window: Window | None = None) -> Fetch:
        return self.fetch_all(window)[0]

    def fetch_all(self, window: Window | None = None) -> tuple[Fetch, ...]:
        self.store.ledger.register(self.feeds, self.now)
        fetcher = Fetcher(
            self.store,
            self.client,  # type: ignore[arg-type]
            lambda: self.now,
            self.stop,
            FakeSandbox,  # type: ignore[arg-type]
        )
        return fetch(self.feeds, fetcher, window=window)

    @property
    def position(self) -> Any:
        return self.store.ledger.position("one")

    @property
    def owed(self) -> list[Window]:
        """The windows of feed `one` that are open."""
        return [owed.window for owed in self.store.windows.owed("one")]

    def keys(self) -> list[str]:
        return [r.entry.key for r in self.store.entries.unlinked(99)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    source = FakeSource("monitor.sources.fake")
    source.windows = []
    monkeypatch.setitem(sys.modules, "monitor.sources.fake", source)
    with Store.memory() as store:
        yield World(store, source)


def entries(*keys: str) -> tuple[Entry, ...]:
    return tuple(Entry(k, f"Title {k}") for k in keys)


def page(*keys: str, then: int | None = None, **more: Any) -> Page:
    return Page(entries(*keys), Request(f"https://one.example/{then}") if then else None, **more)


def test_pages_are_followed_and_counted(world: World) -> None:
    world.pages(_1=[page("a", "b", then=2, announced=3)], _2=[page("c")])
    done = world.fetch()
    assert (done.state, done.announced, done.seen, done.new, done.requests) == ("ok", 3, 3, 3, 2)
    assert world.keys() == ["a", "b", "c"]
    assert (world.position.asked_until, world.owed) == (NOW, [])
    assert world.position.next_due == NOW + DAY


def test_the_next_page_is_on_its_way_while_one_is_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {n: threading.Event() for n in (1, 2, 3)}
    world.client.on_ask = lambda url: asked[int(url[-1])].set()
    on_its_way: list[bool] = []
    keep = world.store.entries.keep

    def slow(feed: str, entries: Sequence[Entry], *others: Any) -> Any:
        on_its_way.append(len(entries) == 3 or asked[len(entries) + 1].wait(10))
        return keep(feed, entries, *others)

    monkeypatch.setattr(world.store.entries, "keep", slow)
    world.pages(_1=[page("a", then=2)], _2=[page("b", "c", then=3)], _3=[page("d", "e", "f")])
    fetched = world.fetch()
    assert (fetched.state, fetched.seen, fetched.requests) == ("ok", 6, 3)
    assert on_its_way == [True, True, True]


def test_a_page_that_cannot_be_stored_leaves_the_place_before_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = world.store.entries.keep

    def full(feed: str, entries: Sequence[Entry], *others: Any) -> Any:
        if len(entries) == 2:
            raise StoreError("the disk is full")
        return keep(feed, entries, *others)

    monkeypatch.setattr(world.store.entries, "keep", full)
    world.pages(_1=[page("a", then=2)], _2=[page("b", "c", then=3)], _3=[page("d", "e", "f")])
    with pytest.raises(StoreError):
        world.fetch()
    assert world.store.entries.count_of("one") == 1
    monkeypatch.setattr(world.store.entries, "keep", keep)
    world.client.asked.clear()
    assert world.fetch().state == "ok"
    assert world.client.asked[0].endswith("/2")
    assert world.store.entries.count_of("one") == 6


def test_the_next_window_overlaps_the_last(world: World) -> None:
    world.pages(_1=[page("a")])
    world.fetch()
    world.now += DAY
    world.fetch()
    first, second = world.source.windows
    assert first == Window(NOW - 7 * DAY, NOW)
    assert second == Window(NOW - DAY, NOW + DAY), "records turn up late, so the source looks back"


def test_nothing_announced_is_empty_and_closes_the_window(world: World) -> None:
    world.pages(_1=[page(announced=0)])
    assert world.fetch().state == "empty"
    assert (world.position.asked_until, world.owed) == (NOW, [])


def test_fewer_than_announced_is_short_and_is_asked_again(world: World) -> None:
    world.pages(_1=[page("a", announced=3), page("a", "b", "c", announced=3)])
    done = world.fetch()
    assert (done.state, done.error) == ("short", "3 records were announced and 1 came")
    assert world.owed == [Window(NOW - 7 * DAY, NOW)]
    assert world.position.next_due < NOW + timedelta(hours=1)
    world.now += timedelta(hours=1)
    assert world.fetch().state == "ok"
    assert world.keys() == ["a", "b", "c"]


def test_an_empty_page_in_the_middle_is_asked_for_again_at_once(world: World) -> None:
    world.pages(_1=[page("a", then=2, announced=2)], _2=[page(), page("b")])
    assert world.fetch().state == "ok"
    assert world.client.asked[-2:] == ["https://one.example/2"] * 2


def test_a_page_without_records_that_leads_on_is_no_fault(world: World) -> None:
    world.pages(_1=[page(then=2, announced=2)], _2=[page("a", "b")])
    done = world.fetch()
    assert (done.state, done.requests) == ("ok", 2), "a search whose result is fetched from another address"


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_cursor_that_has_expired_begins_the_window_again_once(world: World, status: int) -> None:
    world.pages(_1=[page("a", then=2, announced=2)], _2=[page("b")])
    world.client.raises["https://one.example/2"] = [FetchError("no", status=500), FetchError("gone", status=status)]
    assert world.fetch().state == "failed"
    world.now += timedelta(hours=1)
    world.client.asked.clear()
    done = world.fetch()
    assert (done.state, done.seen, done.new) == ("ok", 2, 1)
    assert [url[-1] for url in world.client.asked] == ["2", "1", "2"]
    world.client.raises["https://one.example/2"] = [FetchError("gone", status=status)] * 2
    assert world.fetch().error == "gone", "the second time it is told"


def test_the_first_request_of_a_window_that_is_refused_is_no_expired_cursor(world: World) -> None:
    world.pages(_1=[page("a")])
    world.client.raises["https://one.example/1"] = [FetchError("bad filter", status=400)]
    assert world.fetch().error == "bad filter"
    assert world.client.asked == ["https://one.example/1"]


def test_what_a_provider_grants_is_not_used_up(world: World) -> None:
    world.pages(_1=[page("a", then=2, announced=2)], _2=[page("b")])
    world.client.pause = 7_000.0
    done = world.fetch()
    assert (done.state, done.seen) == ("throttled", 1)
    assert done.error == "one.example grants little more for now; the rest of the window waits"
    assert world.position.next_due >= NOW + timedelta(seconds=7_000)
    world.now += timedelta(hours=2)
    assert world.fetch().state == "ok", "the last page needs no more"
    assert world.keys() == ["a", "b"]


def test_a_short_pause_is_waited_out_between_pages(world: World) -> None:
    world.pages(_1=[page("a", then=2, announced=2)], _2=[page("b")])
    world.client.pause = 0.01
    assert world.fetch().state == "ok"


def test_an_empty_page_that_stays_empty_is_short(world: World) -> None:
    world.pages(_1=[page("a", then=2, announced=2)], _2=[page()])
    assert world.fetch().state == "short"
    assert world.client.asked.count("https://one.example/2") == 3


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (FetchError("connection refused by one.example"), "failed"),
        (FetchError("403 from one.example", state="blocked"), "blocked"),
        (FetchError("429 from one.example", state="throttled"), "throttled"),
    ],
)
def test_a_failure_keeps_the_pages_before_it_and_the_place(world: World, failure: FetchError, state: str) -> None:
    world.pages(_1=[page("a", then=2, announced=2)], _2=[page("b")])
    world.client.raises["https://one.example/2"] = [failure]
    done = world.fetch()
    assert (done.state, done.error, done.seen) == (state, str(failure), 1)
    assert world.keys() == ["a"]
    assert world.owed == [Window(NOW - 7 * DAY, NOW)]

    world.now += timedelta(hours=1)
    world.client.asked.clear()
    done = world.fetch()
    assert (done.state, done.seen, done.announced) == ("ok", 2, 2), "counts go on from the pages before"
    assert world.client.asked == ["https://one.example/2"]
    assert (world.position.asked_until, world.owed) == (NOW, []), "the window is that of the first try"


def test_a_record_put_in_before_the_place_while_the_run_is_down_leaves_the_window_open(world: World) -> None:
    """Pages by offset: what was listed shifts, so that a record comes again in place of the one that nobody saw."""
    world.pages(_1=[page("a", "b", then=2, announced=4)], _2=[page("c", "d", announced=4)])
    world.client.raises["https://one.example/2"] = [FetchError("no")]
    world.fetch()
    world.pages(_1=[page("x", "a", "b", "c", "d", announced=5)], _2=[page("b", "c", "d", announced=5)])
    world.now += timedelta(hours=1)
    done = world.fetch()
    assert (done.state, done.seen, done.error) == ("short", 4, "5 records were announced and 4 came")
    world.now += DAY
    assert {done.state for done in world.fetch_all()} == {"ok"}
    assert (world.owed, world.keys()) == ([], ["a", "b", "c", "d", "x"])
    assert world.store.connection.value("SELECT count(*) FROM walked") == 0


def test_what_could_not_be_read_before_the_place_counts_after_it_unless_the_pages_have_shifted(world: World) -> None:
    first = page("a", then=2, announced=4, refused=1)
    for announced, refused, state in ((4, 0, "ok"), (5, 1, "short")):
        world.pages(_1=[first], _2=[page("c", "d", announced=announced, refused=refused)])
        world.client.raises["https://one.example/2"] = [FetchError("no")]
        window = Window(NOW - announced * 30 * DAY, NOW - announced * 30 * DAY + DAY)
        assert world.fetch(window).state == "failed"
        world.now += timedelta(hours=1)
        done = next(done for done in world.fetch_all() if done.window.until == window.until)
        assert done.state == state


def test_a_place_at_an_address_that_was_changed_is_not_gone_on_from(world: World) -> None:
    world.pages(_1=[page("a", then=2)], _2=[page("b")])
    world.client.raises["https://one.example/2"] = [FetchError("no")]
    world.fetch()
    world.feeds = [replace(world.feeds[0], url="https://one.example/new")]
    world.source.pages = {"https://one.example/new/1": [page("a", "b")]}
    world.now += timedelta(hours=1)
    world.client.asked.clear()
    assert world.fetch().state == "ok"
    assert world.client.asked == ["https://one.example/new/1"]


def test_an_old_place_is_not_trusted(world: World) -> None:
    world.pages(_1=[page("a", then=2)], _2=[page("b")])
    world.client.raises["https://one.example/2"] = [FetchError("no")]
    world.fetch()
    world.now += RESUME_WITHIN + timedelta(seconds=1)
    world.client.asked.clear()
    assert world.fetch().state == "ok"
    assert world.client.asked[0] == "https://one.example/1"


def test_waits_grow_with_each_failure_up_to_the_rhythm(world: World) -> None:
    world.pages(_1=[page("a")])
    world.client.raises["https://one.example/1"] = [FetchError("no")] * 12
    waits = []
    for _ in range(12):
        world.fetch()
        waits.append(world.position.next_due - world.now)
    assert timedelta(minutes=5) <= waits[0] <= timedelta(minutes=6)
    assert timedelta(minutes=10) <= waits[1] <= timedelta(minutes=12)
    assert DAY <= waits[-1] <= 1.2 * DAY


def test_a_short_retry_after_is_waited_out(world: World) -> None:
    world.pages(_1=[page("a")])
    world.client.raises["https://one.example/1"] = [FetchError("503", state="throttled", retry_after=0.01)] * 2
    assert world.fetch().state == "ok"


def test_a_long_retry_after_decides_when_the_feed_is_due(world: World) -> None:
    world.pages(_1=[page("a")])
    world.client.raises["https://one.example/1"] = [FetchError("503", state="throttled", retry_after=50_000)]
    assert world.fetch().state == "throttled"
    assert world.position.next_due >= NOW + timedelta(seconds=50_000)


def test_a_forgotten_token_begins_the_window_again_once(world: World) -> None:
    world.pages(_1=[page("a", then=2, announced=2)], _2=[Page(restart=True), page("b")])
    done = world.fetch()
    assert (done.state, done.seen, done.new) == ("ok", 2, 2)
    world.pages(_1=[page("a", then=2, announced=2)], _2=[Page(restart=True)])
    done = world.fetch()
    assert done.state == "failed"
    assert "twice forgotten" in (done.error or "")


def test_a_source_that_goes_round_in_circles_is_left_and_asked_anew(world: World) -> None:
    world.pages(_1=[page("a", then=2)], _2=[page("b", then=3)], _3=[page("c", then=2)])
    done = world.fetch()
    assert (done.state, done.seen, done.requests) == ("failed", 3, 3)
    assert done.error == "one: it goes round in circles, back to https://one.example/2"
    (owed,) = world.store.windows.owed("one")
    assert owed.resume is None
    world.pages(_1=[page("a", then=2)], _2=[page("b", then=3)], _3=[page("c")])
    done = world.fetch()
    assert (done.state, done.seen, done.new) == ("ok", 3, 0)


def test_a_document_that_cannot_be_read_is_a_failure_with_its_sentence(world: World) -> None:
    world.pages(_1=[ParseError("one: not a feed")])
    done = world.fetch()
    assert (done.state, done.error) == ("failed", "one: not a feed")


def test_what_a_server_had_said_into_a_sentence_does_not_fill_the_ledger(world: World) -> None:
    world.client.raises["https://one.example/1"] = [FetchError("no address found for " + 60_000 * "a")]
    assert len(world.fetch().error or "") == 1_000


def test_problems_of_single_records_are_told_and_do_not_fail(world: World) -> None:
    world.pages(_1=[page("a", problems=("record 2 has no title",))])
    done = world.fetch()
    assert (done.state, done.error) == ("ok", "record 2 has no title")


def test_one_bad_feed_does_not_stop_the_others(world: World) -> None:
    world.feeds = [world.feed("one"), world.feed("two")]
    world.source.pages = {"https://two.example/1": [Page(entries("z"))]}
    world.client.raises["https://one.example/1"] = [FetchError("no")]
    assert [(f.feed, f.state) for f in world.fetch_all()] == [("one", "failed"), ("two", "ok")]


def test_a_window_by_hand_moves_the_feed_on_only_where_it_joins_what_was_asked_for(world: World) -> None:
    world.pages(_1=[page("a")])
    world.fetch()
    past = Window(NOW - 90 * DAY, NOW - 80 * DAY)
    assert world.fetch(past).window == past
    assert world.position.asked_until == NOW
    world.now += 6 * DAY
    world.fetch(Window(NOW + 4 * DAY, NOW + 5 * DAY))
    assert world.position.asked_until == NOW, "the days between were never asked for"
    world.fetch(Window(NOW - DAY, NOW + 2 * DAY))
    assert world.position.asked_until == NOW + 2 * DAY


def test_a_first_window_by_hand_leaves_the_rest_to_be_asked_for(world: World) -> None:
    world.pages(_1=[page("a")])
    world.fetch(Window(NOW - 90 * DAY, NOW - 80 * DAY))
    assert world.position.asked_until is None


def test_a_window_by_hand_that_was_not_answered_is_asked_for_again_by_schedule(world: World) -> None:
    world.pages(_1=[page("a", announced=2), page("a", "b", announced=2)])
    past = Window(NOW - 90 * DAY, NOW - 80 * DAY)
    assert world.fetch(past).state == "short"
    world.now += DAY
    assert [f.window for f in world.fetch_all()] == [Window(world.now - 7 * DAY, world.now), past]
    assert world.owed == []


def test_nothing_is_asked_of_the_future(world: World) -> None:
    world.pages(_1=[page("a")])
    assert world.fetch(Window(NOW - DAY, NOW + 9 * DAY)).window == Window(NOW - DAY, NOW)
    done = world.fetch(Window(NOW, NOW + DAY))
    assert (done.state, done.error) == ("skipped", "the window begins on 2026-07-22, in the future")


def test_a_window_by_hand_in_another_zone_is_asked_for_in_utc(world: World) -> None:
    world.pages(_1=[page("a")])
    summer = timezone(timedelta(hours=2))
    world.fetch(Window(datetime(2026, 7, 1, tzinfo=summer), datetime(2026, 7, 2, tzinfo=summer)))
    [asked] = world.source.windows
    assert asked is not None
    assert (asked.since.isoformat(), asked.until.isoformat()) == (
        "2026-06-30T22:00:00+00:00",
        "2026-07-01T22:00:00+00:00",
    ), "kinds write the hours they are given and say that they are UTC"


def test_a_window_by_hand_does_not_reach_back_before_there_were_records(world: World) -> None:
    world.pages(_1=[page("a", announced=2)])
    ancient = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9)))
    assert world.fetch(Window(ancient, NOW - DAY)).window == Window(OLDEST, NOW - DAY)
    world.now += DAY
    assert [f.state for f in world.fetch_all()] == ["short", "short"], "what is asked again can be looked back from"
    done = world.fetch(Window(ancient, OLDEST))
    assert (done.state, done.error) == (
        "skipped",
        "the window ends before 1800, and nobody has records of that time",
    )


def test_a_window_by_hand_within_a_second_can_be_written_down(world: World) -> None:
    world.pages(_1=[page("a")])
    moment = timedelta(seconds=0.2)
    assert world.fetch(Window(NOW - DAY + moment, NOW - DAY + 2 * moment)).state == "ok"


def test_told_to_stop_it_ends_between_pages_and_goes_on_later(world: World) -> None:
    world.pages(_1=[page("a", then=2, announced=2)], _2=[page("b")])
    world.client.on_ask = lambda url: world.stop.set()
    done = world.fetch()
    assert (done.state, done.error) == ("skipped", "the run was told to stop")
    assert world.keys() == ["a"]
    world.stop.clear()
    world.client.on_ask = lambda url: None
    assert world.fetch().state == "ok"
    assert world.keys() == ["a", "b"]


def test_pages_without_end_leave_the_other_feeds_their_turn(world: World) -> None:
    def slowly(url: str) -> None:
        world.now += timedelta(minutes=20)

    world.pages(**{f"_{n}": [page(f"k{n}", then=n + 1 if n < 9 else None)] for n in range(1, 10)})
    world.client.on_ask = slowly
    done = world.fetch()
    assert (done.state, done.error) == ("skipped", "its pages took more than an hour; the next run goes on from there")
    assert 3 <= done.requests < 6
    assert world.store.ledger.due(world.feeds, world.now) == world.feeds
    while done.state == "skipped":
        done = world.fetch()
    assert (done.state, done.seen) == ("ok", 9)
    assert sorted(world.client.asked) == sorted({*world.client.asked}), "no page was asked for twice"
    world.client.asked.clear()
    assert world.fetch(Window(NOW - 90 * DAY, NOW - 80 * DAY)).state == "ok", "whoever asks by hand waits for it"


def test_a_polled_kind_remembers_validators_and_says_unchanged(world: World) -> None:
    world.source.LOOKBACK = None
    world.pages(_1=[page("a")])
    first = world.fetch()
    assert (first.state, first.window) == ("ok", None)
    world.client.unchanged = True
    second = world.fetch()
    assert (second.state, second.seen) == ("unchanged", 0)
    assert world.position.next_due == NOW + DAY


def test_validators_are_not_kept_of_a_document_that_was_not_read(world: World) -> None:
    world.source.LOOKBACK = None
    world.pages(_1=[ParseError("cut short"), page("a")])
    assert world.fetch().state == "failed"
    world.client.unchanged = True
    assert world.fetch().state == "ok", "the server is not told that we have it"


def test_a_document_of_which_a_part_could_not_be_read_is_asked_for_whole_the_next_time(world: World) -> None:
    world.source.LOOKBACK = None
    world.pages(_1=[page("a", refused=1, problems=("it is cut short",)), page("a", "b")])
    assert world.fetch().state == "ok"
    world.client.unchanged = True
    done = world.fetch()
    assert (done.state, done.new) == ("ok", 1), "its server would say that nothing has changed"
    assert world.fetch().state == "unchanged"


def test_a_document_of_which_nothing_could_be_read_stays_an_alarm(world: World) -> None:
    world.source.LOOKBACK = None
    world.pages(_1=[page(refused=3, problems=("record 1 has no arXiv identifier",))])
    world.client.unchanged = True
    assert [world.fetch().state, world.fetch().state] == ["failed", "failed"]


# --- windows that are owed -----------------------------------------------------------------------


def down(world: World, times: int = 1, **more: Any) -> None:
    world.client.raises["https://one.example/1"] = [FetchError("connection refused by one.example", **more)] * times


def test_a_day_that_failed_is_asked_for_again_with_the_next(world: World) -> None:
    world.source.LOOKBACK = timedelta(hours=1)
    world.pages(_1=[page("a")])
    world.fetch()
    world.now += DAY
    down(world)
    world.fetch()
    assert world.owed == [Window(NOW, NOW + DAY)]
    world.now += DAY
    hour = timedelta(hours=1)
    assert [f.window for f in world.fetch_all()] == [
        Window(NOW + DAY - hour, NOW + 2 * DAY),
        Window(NOW - hour, NOW + DAY),
    ]
    assert world.owed == []


def test_a_wider_window_answers_those_within_it(world: World) -> None:
    world.pages(_1=[page("a")])
    world.fetch()
    world.now += DAY
    down(world)
    world.fetch()
    world.now += timedelta(minutes=10)
    assert [f.window for f in world.fetch_all()] == [Window(NOW - DAY, NOW + DAY)], "too early for a new window"
    assert world.owed == []


def test_a_machine_that_was_off_for_a_week_owes_that_week(world: World) -> None:
    world.pages(_1=[page("a")])
    world.fetch()
    world.now += 9 * DAY
    assert world.fetch().window == Window(NOW - DAY, NOW + 9 * DAY)


def test_a_host_that_is_down_owes_one_window_however_often_it_was_asked(world: World) -> None:
    world.pages(_1=[page("a")])
    world.fetch()
    down(world, 30)
    for _ in range(30):
        world.now += DAY
        assert len(world.fetch_all()) == 1, "a host that does not answer is asked once"
    assert world.owed == [Window(NOW, NOW + 30 * DAY)]
    world.now += DAY
    assert [f.state for f in world.fetch_all()] == ["ok", "ok"]
    assert world.owed == []


def test_of_a_host_that_is_down_for_months_only_what_is_over_90_days_old_is_given_up(world: World) -> None:
    world.source.LOOKBACK = timedelta(hours=1)
    world.pages(_1=[page("a")])
    world.fetch()
    down(world, 999)
    for _ in range(119):
        world.now += DAY
        world.fetch()
    world.now += timedelta(minutes=15)
    world.fetch()  # what is owed, and not the time since
    cut = world.now - 90 * DAY
    assert world.owed == [Window(cut, world.now - timedelta(minutes=15))]
    [gap] = [gap for gap in world.store.windows.gaps(Window(NOW, world.now)) if gap.state == "given-up"]
    assert (gap.window, gap.cause) == (Window(NOW, cut), "failed")
    assert gap.reason == "given up after 90.0 days without an answer: connection refused by one.example"
    world.client.raises.clear()
    world.now += DAY
    assert [f.state for f in world.fetch_all()] == ["ok", "ok"]
    assert world.source.windows[-1] == Window(cut - timedelta(hours=1), world.now - DAY - timedelta(minutes=15))
    assert world.owed == []
    assert [gap.window for gap in world.store.windows.gaps(Window(NOW, world.now))] == [Window(NOW, cut)]


def test_a_window_that_nothing_came_of_for_90_days_is_given_up_whole(world: World) -> None:
    world.pages(_1=[page("a")])
    down(world, 999)
    past = Window(NOW - 30 * DAY, NOW - 20 * DAY)
    world.fetch(past)
    world.now += 89 * DAY
    world.fetch_all()
    assert past in world.owed
    world.now += DAY
    while past in world.owed:
        world.now += timedelta(minutes=15)
        world.fetch_all()
    [gap] = world.store.windows.gaps(past)
    assert (gap.state, gap.window) == ("given-up", past)


def test_days_that_a_host_was_down_are_not_given_up_at_its_first_bad_answer(world: World) -> None:
    world.source.LOOKBACK = timedelta(hours=1)
    world.pages(_1=[page("a")])
    world.fetch()
    down(world, 999)
    while world.now < NOW + 16 * DAY:
        world.now = max(world.position.next_due, world.now + timedelta(minutes=15))
        world.fetch()
    [owed] = world.owed
    world.client.raises.clear()
    world.pages(_1=[page("a", announced=3)])
    world.now += DAY
    assert [f.state for f in world.fetch_all()] == ["short", "short"]
    assert owed in world.owed


def test_a_run_that_was_killed_leaves_its_window_open(world: World) -> None:
    def killed(url: str) -> None:
        raise KeyboardInterrupt

    world.pages(_1=[page("a")])
    world.client.on_ask = killed
    with pytest.raises(KeyboardInterrupt):
        world.fetch()
    assert world.owed == [Window(NOW - 7 * DAY, NOW)]
    [gap] = world.store.windows.gaps(Window(NOW, NOW + DAY))
    assert (gap.cause, gap.reason, gap.tries) == ("failed", "the run was interrupted", 1)
    world.client.on_ask = lambda url: None
    world.now += timedelta(minutes=1)
    assert world.fetch().window == Window(NOW - 8 * DAY, NOW)
    assert world.owed == []


def test_a_window_that_stays_short_is_given_up_with_a_reason_and_news_goes_on(world: World) -> None:
    world.source.LOOKBACK = timedelta(hours=1)
    world.pages(_1=[page("a", announced=3)])
    world.fetch()
    world.pages(_1=[page("a", announced=3)])
    for _ in range(40):
        world.now += DAY
        late = Window(world.now - DAY - timedelta(hours=1), world.now)
        short = world.source.pages
        world.source.first = (  # type: ignore[method-assign]
            lambda feed, window, late=late: Request(f"{feed.url}/{'fine' if window == late else 1}")
        )
        world.source.pages = {**short, "https://one.example/fine": [page("n")]}
        assert world.fetch_all()[0].state == "ok"
    assert world.owed == []
    [gap] = world.store.windows.gaps(Window(NOW, world.now))
    assert (gap.state, gap.window) == ("given-up", Window(NOW - 7 * DAY, NOW))
    assert gap.reason.startswith("given up after 12 tries in 14.0 days: 3 records were announced and 1 came")


def test_a_window_that_was_given_up_is_closed_once_somebody_has_it_answered(world: World) -> None:
    world.pages(_1=[page("a", announced=3)])
    past = Window(NOW - 90 * DAY, NOW - 80 * DAY)
    world.fetch(past)
    [owed] = world.store.windows.owed("one")
    world.store.windows.give_up(owed, Fetch("one", "fake", "short", NOW, NOW), "given up after 8 tries")
    world.store.windows.lost("one", Window(NOW - 85 * DAY, NOW - 84 * DAY), "cannot be asked for", NOW)
    assert len(world.store.windows.gaps(past)) == 2
    world.now += DAY
    world.fetch(Window(NOW - 88 * DAY, NOW - 80 * DAY))
    assert len(world.store.windows.gaps(past)) == 2, "short again"
    world.pages(_1=[page("a", "b", "c", announced=3)])
    world.fetch(Window(NOW - 86 * DAY, NOW - 80 * DAY))
    assert [gap.window for gap in world.store.windows.gaps(past)] == [past], "a part of it is not the whole"
    world.fetch(past)
    assert world.store.windows.gaps(past) == ()


def test_a_source_that_is_silent_for_far_longer_than_usual_is_stale(world: World) -> None:
    world.pages(_1=[page(f"k{n}") for n in range(6)] + [page(announced=0)])
    for _ in range(6):
        assert world.fetch().state == "ok"
        world.now += DAY
    states = []
    for _ in range(4):
        done = world.fetch()
        states.append(done.state)
        world.now += DAY
    assert states == ["empty", "empty", "empty", "stale"]
    assert done.error == "nothing new for 4.0 days; it usually goes 24 hours without"
    assert world.owed == [Window(NOW + 8 * DAY, NOW + 9 * DAY)], "the days of silence are asked for again"


def test_a_source_that_stands_still_stays_stale_when_its_window_is_asked_for_again(world: World) -> None:
    world.pages(_1=[page(f"k{n}") for n in range(6)] + [page("k5")])
    for _ in range(6):
        world.fetch()
        world.now += DAY
    world.now += 3 * DAY
    assert world.fetch().state == "stale"
    for _ in range(3):
        world.now = world.position.next_due
        assert [f.state for f in world.fetch_all()] == ["stale"]
    assert world.store.ledger.health()[0]["status"] == "stale"
    assert world.position.failures == 4
    world.pages(_1=[page("k5", "new")])
    world.now = world.position.next_due
    assert world.fetch().state == "ok"
    assert world.owed == []


def test_a_list_that_was_dead_from_the_first_is_stale_also_while_its_server_says_unchanged(world: World) -> None:
    world.source.LOOKBACK = None
    world.client.unchanged = True
    listed = tuple(Entry(f"o{n}", f"Old {n}", published=NOW - (400 + 7 * n) * DAY) for n in range(6))
    world.pages(_1=[Page(listed)])
    assert world.fetch().state == "ok", "it brought something"
    world.now += DAY
    done = world.fetch()
    assert done.state == "stale"
    assert done.error == f"the newest record it lists is of {NOW - 400 * DAY:%Y-%m-%d}; they are usually 7.0 days apart"


def test_what_a_list_no_longer_lists_does_not_tell_how_old_it_is(world: World) -> None:
    world.source.LOOKBACK = None
    world.client.unchanged = True
    once = tuple(Entry(f"o{n}", f"Old {n}", published=NOW - (400 + 7 * n) * DAY) for n in range(6))
    now = Entry("n", "New", published=NOW)
    world.pages(_1=[Page(once), Page((now,))])
    world.fetch()
    world.client.unchanged = False
    world.now += DAY
    world.fetch()
    world.client.unchanged = True
    world.now += DAY
    assert world.fetch().state == "unchanged"


def test_a_polled_list_that_may_have_turned_over_unseen_says_so(world: World) -> None:
    world.source.LOOKBACK = None
    world.pages(_1=[page("a", "b"), page("c", "d"), page("d", "e")])
    world.fetch()
    world.now += 5 * DAY
    world.fetch()
    [gap] = world.store.windows.gaps(Window(NOW, NOW + 9 * DAY))
    assert (gap.state, gap.window) == ("given-up", Window(NOW, NOW + 5 * DAY))
    assert gap.reason.startswith("none of the 2 records it lists was known")
    world.now += 5 * DAY
    world.fetch()
    assert len(world.store.windows.gaps(Window(NOW, NOW + 30 * DAY))) == 1, "one record was known: nothing was between"


def test_a_list_that_stood_still_was_looked_at_all_the_same(world: World) -> None:
    world.source.LOOKBACK = None
    world.pages(_1=[page(f"k{n}") for n in range(6)] + [page("k5")] * 8 + [page("z")])
    states = []
    for _ in range(15):
        states.append(world.fetch().state)
        world.now += DAY
    assert states == ["ok"] * 9 + ["stale"] * 5 + ["ok"]
    assert world.store.windows.gaps(Window(NOW, world.now)) == (), "nothing came and went unseen"


def test_a_known_paper_in_a_new_version_does_not_prove_that_a_daily_list_was_seen_every_day(world: World) -> None:
    world.source.LOOKBACK = None
    again = (Entry("a", "Title a", version=2, announced="replace"), Entry("x", "Title x", announced="cross"))
    world.pages(_1=[page("a", "b"), Page((*entries("c"), *again)), Page((replace(again[0], version=3),))])
    world.fetch()
    world.now += 5 * DAY
    world.fetch()
    [gap] = world.store.windows.gaps(Window(NOW, NOW + 9 * DAY))
    assert gap.window == Window(NOW, NOW + 5 * DAY)
    assert gap.reason.startswith("none of the 1 records it lists was known"), "a replacement is told of old papers"
    world.now += 5 * DAY
    world.fetch()
    assert len(world.store.windows.gaps(Window(NOW, NOW + 30 * DAY))) == 1, "nothing that is new to tell by"


# --- what is told of it ---------------------------------------------------------------------------


def test_a_feed_that_was_not_due_is_not_said_to_have_been_forgotten(world: World) -> None:
    world.feeds = [replace(world.feeds[0], every=30 * DAY)]
    world.pages(_1=[page("a")])
    world.fetch()
    week = Window(NOW + 8 * DAY, NOW + 15 * DAY)
    told = coverage(world.store, world.feeds, week)
    assert (told.never_asked, told.complete, told.feeds[0].state) == ((), True, "ok")
    told = coverage(world.store, world.feeds, Window(NOW + 25 * DAY, NOW + 32 * DAY))
    assert (told.never_asked, told.complete) == (("one",), False), "it was due on the thirtieth day"
    down(world)
    world.now += DAY
    world.fetch()
    assert not coverage(world.store, world.feeds, week).complete


def test_what_could_not_be_read_in_numbers_may_have_been_missed(world: World) -> None:
    world.pages(_1=[page("a", announced=10, refused=9, problems=("record 2 has no title",) * 9)])
    world.fetch()
    told = coverage(world.store, world.feeds, Window(NOW, NOW + DAY))
    assert ([feed.feed for feed in told.unreadable], told.complete) == (["one"], False)


# --- a clock that jumps --------------------------------------------------------------------------


def test_a_clock_that_was_ahead_and_is_set_right_loses_no_day(world: World) -> None:
    world.pages(_1=[page("a")])
    world.fetch()
    world.now = NOW + 30 * DAY
    world.fetch()
    world.now = NOW + 3 * DAY
    assert world.store.ledger.due(world.feeds, world.now) == world.feeds, "not put off until the wrong date"
    assert world.fetch().window == Window(NOW - DAY, NOW + 3 * DAY)
    world.now = NOW + 4 * DAY
    assert world.fetch().window == Window(NOW + 2 * DAY, NOW + 4 * DAY)


def test_a_clock_that_cannot_be_right_asks_nothing(world: World) -> None:
    world.pages(_1=[page("a")])
    world.fetch()
    world.now = EARLIEST - DAY
    world.client.asked.clear()
    done = world.fetch()
    assert (done.state, world.client.asked) == ("skipped", [])
    assert done.error == "the clock of this machine stands at 2019-12-31, which cannot be: set it"
    world.now = NOW + DAY
    assert world.store.ledger.due(world.feeds, world.now) == world.feeds
    assert world.fetch().window == Window(NOW - DAY, NOW + DAY)


def test_the_same_moment_twice_is_no_window_without_length(world: World) -> None:
    world.pages(_1=[page("a")])
    world.fetch()
    window = world.fetch().window
    assert window is not None
    assert window.since < window.until == NOW


# --- feeds that are gone, refused or have moved --------------------------------------------------


def test_gone_for_good_stops_at_once_until_somebody_asks(world: World) -> None:
    world.pages(_1=[page("a")])
    down(world, status=410)
    world.fetch()
    assert (world.position.stopped or "").startswith("stopped: connection refused by one.example: it is gone")
    world.client.asked.clear()
    world.now += 9 * DAY
    assert (world.fetch().state, world.client.asked) == ("skipped", [])
    assert world.store.ledger.health()[0]["status"] == "failed", "the alarm stays"
    fetcher = Fetcher(world.store, world.client, lambda: world.now, world.stop, FakeSandbox)  # type: ignore[arg-type]
    assert fetch(world.feeds, fetcher, insist=True)[0].state == "ok"
    assert world.position.stopped is None


@pytest.mark.parametrize(("status", "state", "tries"), [(404, "failed", 5), (403, "blocked", 3), (401, "blocked", 3)])
def test_refused_often_enough_it_is_not_asked_any_more(world: World, status: int, state: str, tries: int) -> None:
    world.pages(_1=[page("a")])
    down(world, 20, status=status, state=state)
    asked = 0
    while world.fetch().state != "skipped":
        asked += 1
        world.now += DAY
    assert asked == tries
    world.feeds = [replace(world.feeds[0], url="https://one.example/new")]
    world.store.ledger.register(world.feeds, world.now)
    assert world.position.stopped is None, "its entry was mended"
    world.client.raises["https://one.example/new/1"] = [FetchError("not yet", status=status, state=state)]  # type: ignore[arg-type]
    world.source.pages = {**world.source.pages, "https://one.example/new/1": [page("a")]}
    assert world.fetch().state == state
    assert world.position.stopped is None, "what the old address had answered says nothing of the new one"
    world.now += DAY
    assert world.fetch().state == "ok"


@pytest.mark.parametrize("status", [404, 410])
def test_a_later_page_that_is_gone_does_not_stop_the_feed(world: World, status: int) -> None:
    world.pages(_1=[page("a", then=2, announced=2)], _2=[page("b")])
    world.client.raises["https://one.example/2"] = [FetchError("gone", status=status)] * 99
    for _ in range(7):
        done = world.fetch()
        assert (done.state, done.error) == ("failed", "gone")
        world.now += DAY
    assert world.position.stopped is None, "its own address answers: a cursor expires, a volume is not there yet"


def test_a_lone_404_stops_nothing(world: World) -> None:
    world.pages(_1=[page("a")])
    for _ in range(9):
        down(world, status=404)
        world.fetch()
        world.now += DAY
        world.fetch()
        world.now += DAY
    assert world.position.stopped is None


def test_refused_feeds_are_left_alone_for_a_day(world: World) -> None:
    down(world, status=403, state="blocked")
    world.fetch()
    assert world.position.next_due >= NOW + DAY


def test_a_permanent_redirect_is_believed_when_it_was_seen_three_times(world: World) -> None:
    world.pages(_1=[page("a")])
    world.client.moved = "https://new.example/feed?page=1"
    for expected in (None, None, "https://new.example/feed"):
        world.fetch()
        world.now += DAY
        assert world.store.ledger.health()[0]["moved_to"] == expected
    world.client.moved = None
    world.fetch()
    assert world.store.ledger.health()[0]["moved_to"] is None


# --- what is no news -----------------------------------------------------------------------------


def old(number: int, **more: Any) -> Page:
    return Page(tuple(Entry(f"o{n}", f"Old {n}", published=NOW - 900 * DAY) for n in range(number)), **more)


def test_an_archive_that_is_published_again_is_kept_and_not_announced(world: World) -> None:
    world.source.LOOKBACK = None
    world.pages(_1=[page("a"), old(60)])
    world.fetch()
    world.now += DAY
    done = world.fetch()
    assert (done.state, done.new, done.backlog) == ("ok", 60, 60)
    assert done.error == "60 records older than 90 days came at once; kept, and not announced as news"
    link(world.store, lambda: world.now)
    assert world.store.findings.seen(Window(NOW, NOW + 9 * DAY)) == 1


def test_the_first_sight_of_a_feed_is_no_flood(world: World) -> None:
    world.pages(_1=[old(60)])
    assert world.fetch().backlog == 0


def test_a_few_old_records_are_no_flood(world: World) -> None:
    world.pages(_1=[page("a"), old(49)])
    world.fetch()
    world.now += DAY
    assert world.fetch().backlog == 0


def test_a_date_that_cannot_be_is_left_out_and_told(world: World) -> None:
    world.pages(_1=[Page((Entry("a", "A", published=datetime(2099, 1, 1, tzinfo=UTC), year=2099),))])
    done = world.fetch()
    assert (done.state, done.error) == ("ok", "entry 'a': the date 2099-01-01 is left out")
    [record] = world.store.entries.unlinked(9)
    assert (record.entry.published, record.entry.year) == (None, None)


def test_a_form_that_has_changed_is_told(world: World) -> None:
    world.pages(_1=[page("a", announced=10, refused=9, problems=("record 2 has no title",) * 9)])
    done = world.fetch()
    assert (done.state, done.refused) == ("ok", 9), "all announced records came, and most could not be read"
    assert (done.error or "").startswith("9 of 10 records could not be read: has its form changed?; record 2 has no")


def test_records_of_which_none_can_be_read_are_no_quiet_day(world: World) -> None:
    world.pages(_1=[page(announced=2, refused=2, problems=("record 1 has no title", "record 2 has no title"))])
    done = world.fetch()
    assert (done.state, done.error) == (
        "failed",
        "2 records came, and none could be read: has their form changed?; record 1 has no title; record 2 has no title",
    )
    assert world.owed == [Window(NOW - 7 * DAY, NOW)], "nothing of it is kept"


# --- pages that lead astray ----------------------------------------------------------------------


def test_a_record_that_comes_twice_counts_once(world: World) -> None:
    world.pages(_1=[page("a", "b", then=2, announced=3)], _2=[page("b")])
    done = world.fetch()
    assert (done.state, done.seen) == ("short", 2)


def test_a_total_that_shrinks_while_pages_are_turned_is_short(world: World) -> None:
    world.pages(_1=[page("a", "b", then=2, announced=5)], _2=[page("c", announced=3)])
    assert world.fetch().state == "short"


def test_pages_without_end_that_bring_nothing_are_left(world: World) -> None:
    world.pages(**{f"_{n}": [page("a", then=n + 1)] for n in range(1, 99)})
    done = world.fetch()
    assert (done.state, done.requests) == ("failed", 21)
    assert "brought nothing" in (done.error or "")
