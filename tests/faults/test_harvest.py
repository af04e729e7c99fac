"""Cases B1 to B8, B14, B15, and 39 to 43: sources that answer, and not as they should."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from faults.stage import DAY, HOUR, NOW, Stage, by_token, item, oai, oai_error, record, rss, serve, title, titles
from servers.arxiv import ArxivServer
from servers.scripted import Exchange, Server, always, answer, ok

from monitor.types import Window

PAPERS = 12


def paper(number: int, **fields: Any) -> dict[str, Any]:
    """A paper of arXiv that was submitted two days before it was announced, papers an hour apart."""
    announced = NOW + number * HOUR
    return {
        "id": f"2607.{number:05}",
        "title": title(number),
        "abstract": f"We invent number {number}.",
        "authors": ["Ana Lima"],
        "categories": ["cs.CR"],
        "published": (announced - 2 * DAY).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "first_seen": announced.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **fields,
    }


def papers(count: int = PAPERS) -> list[dict[str, Any]]:
    return [paper(number) for number in range(1, count + 1)]


ALL = titles(*range(1, PAPERS + 1))


@pytest.mark.case("B1")
def test_a_list_that_stands_still_while_another_route_goes_on_is_named(stage: Stage) -> None:
    with Server(serve(rss(1, 2))) as listing, Server(serve(oai(1, 2))) as archive:
        stage.watch("oai", archive.url, checks="list")
        stage.watch("feed", listing.url, "list")
        stage.scan_all()
        archive.script = serve(oai(1, 2, 3, 4, 5))
        assert [f.state for f in stage.scan_all()] == ["ok", "unchanged"], "both report success"
        stage.cross_check()
        assert stage.health("list")["possibly_missed"] == 0, "a list has a rhythm of time to bring the same"
        stage.scan_all(1.5 * DAY)
        [check] = stage.cross_check()
        assert (check.feed, check.noticed) == ("list", 3)
        assert stage.health("list")["possibly_missed"] == 3
        named = stage.store.misses.told(Window(NOW, stage.now), 9)
        assert sorted(str(row["title"]) for row in named) == titles(3, 4, 5)
        listing.script = serve(rss(1, 2, 3, 4, 5))
        stage.scan_all()
        [check] = stage.cross_check()
        assert (stage.health("list")["possibly_missed"], stage.titles()) == (0, titles(1, 2, 3, 4, 5))


@pytest.mark.case("B1")
def test_a_list_that_stands_still_is_stale_after_a_while(stage: Stage) -> None:
    with Server(serve(*(rss(*range(1, n + 2)) for n in range(1, 7)))) as server:
        stage.watch("feed", server.url)
        states = [stage.scan().state for _ in range(12)]
        assert states == ["ok"] * 6 + ["unchanged"] * 3 + ["stale"] * 3
        assert "nothing new for" in stage.health()["last_error"]
        server.script = serve(rss(*range(1, 9)))
        assert stage.scan().state == "ok"


@contextlib.contextmanager
def losing_one(stage: Stage) -> Iterator[ArxivServer]:
    """Four days on which the archive has lost a record from its list, which another feed brought."""
    listed = [item(n, guid=f"https://arxiv.org/abs/2607.{n:05}v1") for n in (1, 2, 3)]
    lost = paper(3, first_seen="2026-01-01")
    with ArxivServer([*papers(2), lost]) as server, Server(serve(rss(*listed[:2]), rss(*listed))) as listing:
        stage.watch("oai", server.oai_url, options={"prefix": "arXiv"})
        stage.watch("feed", listing.url, "list", checks="one")
        for _ in range(4):
            stage.scan_all()
        yield server


@pytest.mark.case("B1")
def test_what_one_route_missed_is_asked_for_by_name(stage: Stage) -> None:
    with losing_one(stage) as server:
        [check] = stage.cross_check()
        assert (check.noticed, check.asked, check.found) == (1, 1, 1)
        assert server.log[-1].query["identifier"] == "oai:arXiv.org:2607.00003"
        [row] = stage.store.misses.told(Window(NOW, stage.now + DAY), 9)
        assert (row["state"], row["uid"]) == ("found", "arxiv:2607.00003")
        assert stage.titles() == titles(1, 2, 3)


def test_a_feed_that_was_stopped_is_not_asked_by_name_either(stage: Stage) -> None:
    with losing_one(stage) as server:
        stage.store.ledger.stop("one", "stopped: refused three times in a row")
        before = len(server.log)
        [check] = stage.cross_check()
        assert (check.noticed, check.asked, len(server.log)) == (1, 0, before), "named, and left until somebody looks"


@pytest.mark.case("B2")
def test_429_without_retry_after_waits_longer_each_time_and_loses_nothing(stage: Stage) -> None:
    with ArxivServer(papers(), faults=dict.fromkeys(range(6), "throttled")) as server:
        stage.watch("arxiv", server.api_url)
        waits = []
        for _ in range(6):
            assert stage.scan(HOUR).state == "throttled"
            assert stage.due is not None
            waits.append(stage.due - stage.now)
        assert waits == sorted(waits)
        assert waits[-1] >= 2 * HOUR
        assert len(server.log) == 6, "one request a turn"
        stage.scan()
        assert (stage.titles(), stage.owed()) == (ALL, [])


@pytest.mark.case("B3")
def test_the_api_fails_for_days_and_the_archive_brings_the_works(stage: Stage) -> None:
    with ArxivServer(papers()) as archive, ArxivServer(papers(), faults=dict.fromkeys(range(3), "error")) as api:
        stage.watch("oai", archive.oai_url, options={"prefix": "arXiv"})
        stage.watch("arxiv", api.api_url, "api")
        for _ in range(3):
            archived, asked = stage.scan_all()
            assert (archived.state in ("ok", "empty"), asked.state) == (True, "failed")
        assert stage.titles() == ALL
        assert stage.owed("api") != []
        assert stage.scan_all()[1].state == "ok"
        assert (stage.titles(), stage.owed("api")) == (ALL, []), "each work once, by two routes"


@pytest.mark.case("B4")
def test_an_empty_page_before_the_total_is_not_the_end(stage: Stage) -> None:
    options = {"categories": ["cs.CR"], "page": 5}
    with ArxivServer(papers(), faults={1: "empty"}) as server:
        stage.watch("arxiv", server.api_url, options=options)
        assert stage.scan().state == "ok", "asked again at once"
        assert stage.titles() == ALL


@pytest.mark.case("B4")
def test_a_page_that_stays_empty_leaves_the_window_open(stage: Stage) -> None:
    options = {"categories": ["cs.CR"], "page": 5}
    with ArxivServer(papers(), faults=dict.fromkeys((1, 2, 3), "empty")) as server:
        stage.watch("arxiv", server.api_url, options=options)
        done = stage.scan()
        assert (done.state, done.error) == ("short", "12 records were announced and 5 came")
        assert len(stage.owed()) == 1
        stage.scan(HOUR)
        assert (stage.titles(), stage.owed()) == (ALL, [])


@pytest.mark.case("B5")
def test_after_a_short_page_the_next_begins_where_it_ended(stage: Stage) -> None:
    options = {"categories": ["cs.CR"], "page": 6}
    with ArxivServer(papers(), faults={0: "short"}) as server:
        stage.watch("arxiv", server.api_url, options=options)
        assert stage.scan().state == "ok"
        assert [hit.query["start"] for hit in server.log] == ["0", "3", "9"]
        assert stage.titles() == ALL


@pytest.mark.case("B6")
def test_requests_keep_the_pace_over_one_connection_on_the_servers_clock(stage: Stage) -> None:
    with ArxivServer(papers(), page=4) as server:
        stage.watch("oai", server.oai_url, pace=0.2, options={"prefix": "arXiv"})
        stage.watch("arxiv", server.api_url, "api", pace=0.2)
        begin = time.monotonic()
        stage.scan_all()
        assert len(server.log) >= 4
        assert min(server.gaps()) >= 0.2
        assert time.monotonic() - begin >= 0.2 * (len(server.log) - 1)


@pytest.mark.case("B7")
@pytest.mark.parametrize("kind", ["oai", "arxiv"])
def test_what_was_held_back_for_days_comes_when_it_is_announced(stage: Stage, kind: str) -> None:
    held = paper(2, published="2026-07-16T09:00:00Z", first_seen="2026-07-22T01:00:00Z")
    with ArxivServer([paper(1), held]) as server:
        url = server.oai_url if kind == "oai" else server.api_url
        stage.watch(kind, url, options={"prefix": "arXiv"} if kind == "oai" else {"categories": ["cs.CR"]})
        for days, expected in ((1, titles(1)), (2, titles(1, 2)), (3, titles(1, 2))):
            server.now = NOW + days * DAY
            assert stage.scan().state == "ok"
            assert stage.titles() == expected
    [row] = stage.store.connection.rows("SELECT published, first_seen FROM items WHERE title = ?", (title(2),))
    assert (row["published"][:10], row["first_seen"][:10]) == ("2026-07-16", "2026-07-22"), "both dates are kept"


@pytest.mark.case("B8")
def test_dates_are_times_and_not_text(stage: Stage) -> None:
    """2026-6-30 is before 2026-07-15, though not as a string; what the store holds sorts either way."""
    dates = ("2026-6-30", "2026-07-15", "Tue, 14 Jul 2026 08:00:00 +0200", "Mon, 13 Jul 2026 23:30:00 EST")
    items = [item(number, pubDate=date) for number, date in enumerate(dates, 1)]
    with Server(serve(rss(*items))) as server:
        stage.watch("feed", server.url)
        assert stage.scan().state == "ok"
    rows = stage.store.connection.rows("SELECT title FROM items ORDER BY published")
    assert [row["title"] for row in rows] == titles(1, 4, 3, 2)
    assert stage.store.findings.seen(Window(stage.now, stage.now + DAY)) == 4


@pytest.mark.case("B14")
def test_the_weekend_belongs_to_mondays_window(stage: Stage) -> None:
    stage.now = datetime(2026, 7, 16, 6, tzinfo=UTC)
    days = ["2026-07-17T05:59:59Z", "2026-07-17T06:00:00Z", "2026-07-18T12:00:00Z", "2026-07-19T23:59:59Z"]
    with ArxivServer([paper(n, first_seen=day) for n, day in enumerate(days, 1)], granularity="second") as server:
        stage.watch("oai", server.oai_url, options={"prefix": "arXiv", "granularity": "second"})
        server.now = stage.now + DAY
        friday = stage.scan()
        server.now = stage.now + 3 * DAY
        monday = stage.scan(3 * DAY)
        assert friday.window is not None
        assert monday.window is not None
        assert monday.window.since <= friday.window.until, "no moment between the two"
        assert stage.titles() == titles(1, 2, 3, 4)
    weeks = stage.store.connection.rows("SELECT DISTINCT iso_week FROM items ORDER BY 1")
    assert [row["iso_week"] for row in weeks] == ["2026-W29", "2026-W30"]


@pytest.mark.case("B15")
def test_a_feed_whose_ids_all_change_is_not_new_again(stage: Stage) -> None:
    with Server(serve(rss(1, 2, 3))) as server:
        stage.watch("feed", server.url)
        stage.scan()
        seen = stage.store.connection.rows("SELECT uid, title, first_seen FROM items ORDER BY title")
        for turn in range(4):
            changed = [item(n, guid=f"urn:uuid:{turn % 2}-{n}") for n in (1, 2, 3)]
            server.script = serve(rss(*changed))
            assert stage.scan().state == "ok"
            again = stage.store.connection.rows("SELECT uid, title, first_seen FROM items ORDER BY title")
            assert [tuple(row) for row in again] == [tuple(row) for row in seen]


@pytest.mark.case("B15")
def test_a_feed_that_gives_new_ids_at_every_request_is_kept_once_and_told(stage: Stage) -> None:
    turns = iter(range(99))

    def script(exchange: Exchange) -> bytes:
        turn = next(turns)
        listed = [*([4] if turn >= 6 else []), 1, 2, 2, 3]
        return ok(rss(*(item(n, guid=f"urn:uuid:{turn}-{place}") for place, n in enumerate(listed))))

    with Server(script) as server:
        stage.watch("feed", server.url)
        assert (stage.scan().new, stage.store.entries.count_of("one")) == (4, 4), "two that say the same are two"
        for _ in range(5):
            done = stage.scan(5 * DAY)
            assert (done.state, done.seen, done.new, done.changed) == ("ok", 4, 0, 0)
            told = "4 records came under other ids than before, and say the same; each is kept once"
            assert (done.error, stage.health()["last_error"]) == (told, told)
        assert stage.gaps() == (), "all that it lists was known"
        assert stage.scan().new == 1, "what is new is seen among them"
        assert (stage.store.entries.count_of("one"), stage.titles()) == (5, titles(1, 2, 3, 4))


@pytest.mark.case("B15")
def test_a_title_alone_does_not_tell_that_an_id_has_changed(stage: Stage) -> None:
    bare = {"link": "", "pubDate": ""}
    with Server(serve(rss(item(1, guid="a", **bare)), rss(item(1, guid="b", **bare)))) as server:
        stage.watch("feed", server.url)
        assert [stage.scan().new, stage.scan().new] == [1, 1]


@pytest.mark.case("B15")
def test_one_id_thrice_in_a_feed_is_one_entry_or_three_articles(stage: Stage) -> None:
    with Server(serve(rss(1, 1, 1, *(item(n, guid="same") for n in (2, 3, 4))))) as server:
        stage.watch("feed", server.url)
        done = stage.scan()
        assert (done.state, done.new) == ("ok", 4)
        assert stage.titles() == titles(1, 2, 3, 4)
        server.script = serve(rss(1, *(item(n, guid="same") for n in (2, 3, 4))))
        done = stage.scan()
        assert (done.new, stage.titles()) == (0, titles(1, 2, 3, 4)), "the second pass changes nothing"


# --- harvests ------------------------------------------------------------------------------------


@pytest.mark.case("39")
def test_a_token_that_expires_midway_begins_the_window_again(stage: Stage) -> None:
    parts = {"": oai(1, 2, total=4, token="t2"), "t2": [oai_error("badResumptionToken"), oai(3, 4, total=4, token="")]}
    with Server(by_token(parts)) as server:
        stage.watch("oai", server.url)
        done = stage.scan()
        assert (done.state, done.seen, done.new) == ("ok", 4, 4)
        assert (stage.titles(), stage.owed()) == (titles(1, 2, 3, 4), [])


@pytest.mark.case("39")
def test_a_token_that_is_forgotten_twice_leaves_the_window_open(stage: Stage) -> None:
    parts = {"": oai(1, 2, total=4, token="t2"), "t2": oai_error("badResumptionToken")}
    with Server(by_token(parts)) as server:
        stage.watch("oai", server.url)
        assert stage.scan().state == "failed"
        assert (stage.titles(), len(stage.owed())) == (titles(1, 2), 1)
        server.script = by_token({**parts, "t2": oai(3, 4, total=4, token="")})
        assert stage.scan(HOUR).state == "ok"
        assert (stage.titles(), stage.owed()) == (titles(1, 2, 3, 4), [])


@pytest.mark.case("39")
def test_a_token_of_the_last_run_that_has_expired_meanwhile(stage: Stage) -> None:
    with Server(by_token({"": oai(1, 2, total=4, token="t2")})) as server:
        stage.watch("oai", server.url)
        pages = server.script
        server.script = lambda exchange: answer(503) if "t2" in exchange.path else pages(exchange)
        assert stage.scan().state == "throttled"
        parts = {"": oai(1, 2, total=4, token="t3"), "t3": oai(3, 4, total=4, token="")}
        server.script = by_token({**parts, "t2": oai_error("badResumptionToken")})
        assert stage.scan(HOUR).state == "ok"
        asked = [exchange.path.rpartition("=")[2] for exchange in server.seen[2:]]
        assert (asked[0], asked[-1]) == ("t2", "t3"), "it goes on where it was, and begins again when it must"
        assert (stage.titles(), stage.owed()) == (titles(1, 2, 3, 4), [])


@pytest.mark.case("40")
def test_no_records_match_is_empty_and_an_empty_part_with_a_token_is_not(stage: Stage) -> None:
    with Server(serve(oai_error("noRecordsMatch"))) as server:
        stage.watch("oai", server.url)
        assert (stage.scan().state, stage.owed()) == ("empty", [])
        server.script = by_token({"": oai(token="t2"), "t2": oai(1, token="")})
        assert (stage.scan().state, stage.titles()) == ("ok", titles(1))


@pytest.mark.case("40")
def test_a_record_that_is_deleted_is_withdrawn_and_may_come_back(stage: Stage) -> None:
    with Server(serve(oai(1, 2), oai(record(1, "deleted"), 2), oai(1, 2))) as server:
        stage.watch("oai", server.url)
        stage.scan()
        done = stage.scan()
        assert (done.state, done.deleted, stage.titles()) == ("ok", 1, titles(2))
        stage.scan()
        assert stage.titles() == titles(1, 2)


@pytest.mark.case("40")
@pytest.mark.parametrize("loop", [{"t2": "t2"}, {"t2": "t3", "t3": "t2"}], ids=["itself", "circle"])
def test_tokens_that_go_round_in_circles_are_noticed(stage: Stage, loop: dict[str, str]) -> None:
    circle = {token: oai(2, token=to) for token, to in loop.items()}
    with Server(by_token({"": oai(1, token="t2"), **circle})) as server:
        stage.watch("oai", server.url.replace("http://", "http://reader:opensesame@"))
        done = stage.scan()
        assert (done.state, "circles" in (done.error or "")) == ("failed", True)
        assert "opensesame" not in (done.error or "")
        assert len(server.seen) <= 4
        server.script = by_token({"": oai(1, token="t2"), "t2": oai(2, 3, token="")})
        assert stage.scan(DAY).state == "ok"
        assert (stage.titles(), stage.owed()) == (titles(1, 2, 3), [])


@pytest.mark.case("41")
def test_a_total_that_shrinks_is_short_until_all_came(stage: Stage) -> None:
    with Server(by_token({"": oai(1, total=3, token="t2"), "t2": oai(2, total=2, token="")})) as server:
        stage.watch("oai", server.url)
        assert (stage.scan().state, len(stage.owed())) == ("short", 1)
        server.script = serve(oai(1, 2, 3, total=3))
        assert stage.scan(HOUR).state == "ok"
        assert (stage.titles(), stage.owed()) == (titles(1, 2, 3), [])


@pytest.mark.case("43")
def test_records_of_another_form_are_named_and_a_drift_is_told(stage: Stage) -> None:
    own, other = "http://purl.org/dc/elements/1.1/", "http://www.loc.gov/mods/v3"
    strange = [record(n).replace("oai_dc:dc", "mods").replace(own, other) for n in range(10, 16)]
    with Server(serve(oai(1, *strange, total=7))) as server:
        stage.watch("oai", server.url)
        done = stage.scan()
        assert (done.state, done.seen, done.refused) == ("ok", 1, 6)
        assert (done.error or "").startswith("6 of 7 records could not be read: has its form changed?")
        assert stage.health()["refused"] == 6
    assert stage.titles() == titles(1)


@pytest.mark.case("B2")
def test_a_server_that_always_throttles_is_asked_once_a_turn(stage: Stage) -> None:
    with Server(always(answer(429))) as server:
        for n in range(3):
            stage.watch("oai", f"{server.url}/{n}", f"feed-{n}")
        stage.scan_all()
        stage.scan_all()
        assert len(server.seen) == 6
    assert [len(stage.owed(f"feed-{n}")) for n in range(3)] == [1, 1, 1]
