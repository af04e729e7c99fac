"""Kinds that list part by part, through client, sandbox and store: whole windows, and faults in the middle."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from servers.one_feed import Answer, Asked, Monitor, ScriptedServer, scripted

from monitor import sources
from monitor.store import Store
from monitor.types import Feed, Window

NOW = datetime(2026, 6, 8, 6, tzinfo=UTC)

Script = Callable[[Asked], Answer]


def monitor(store: Store, server: ScriptedServer, kind: str, **options: Any) -> Monitor:
    module = sources.load(kind)
    plain = module.Options(**options).model_dump()
    feed = Feed("one", kind, server.url, timedelta(days=1), 0.0, allow_private=True, options=plain)
    return Monitor(store, feed, NOW)


# --- dblp ------------------------------------------------------------------------------------


def dblp_search(asked: Asked) -> Answer:
    """Three papers of 2025 and one of 2026, handed out two at a time whatever is asked for."""
    found = {"2025": ["a", "b", "c"], "2026": ["d"]}[asked.query["q"].split()[-1].strip("year:")]
    start = int(asked.query["f"])
    hits = "".join(
        f"<hit><info><title>Paper {key}.</title><year>2026</year><type>Journal Articles</type>"
        f"<key>journals/inv/{key}</key></info></hit>"
        for key in found[start : start + 2]
    )
    return Answer(f'<result><hits total="{len(found)}" first="{start}">{hits}</hits></result>')


def test_dblp_year_by_year() -> None:
    with scripted(dblp_search) as server, Store.memory() as store:
        made = monitor(store, server, "dblp", stream="journals/inv")
        done = made.fetch(Window(datetime(2025, 12, 1, tzinfo=UTC), NOW))
        assert (done.state, done.announced, done.seen, done.requests) == ("ok", 4, 4, 3)
        assert made.keys() == [f"journals/inv/{key}" for key in "abcd"]


def test_dblp_that_throttles_in_the_middle_goes_on_where_it_was() -> None:
    def search(asked: Asked) -> Answer:
        throttled = asked.query["f"] == "2" and not asked.count
        return Answer("slow down", 429) if throttled else dblp_search(asked)

    with scripted(search) as server, Store.memory() as store:
        made = monitor(store, server, "dblp", stream="journals/inv")
        made.now = datetime(2026, 1, 5, tzinfo=UTC)
        made.feed = replace(made.feed, first_days=30)
        assert (made.fetch().state, len(made.keys())) == ("throttled", 2)
        made.now -= timedelta(hours=23)
        done = made.fetch()
        assert (done.state, done.announced, done.seen, done.new) == ("ok", 4, 4, 2)
        assert made.keys() == [f"journals/inv/{key}" for key in "abcd"]


# --- OAI-PMH ---------------------------------------------------------------------------------


def oai_answer(content: str, status: int = 200) -> Answer:
    return Answer(f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{content}</OAI-PMH>', status)


def oai_part(number: int, parts: int = 3) -> Answer:
    """Part `number` of a list of two records a part."""
    records = "".join(
        f"<record><header><identifier>oai:example.org:{n}</identifier><datestamp>2026-06-07</datestamp></header>"
        '<metadata><dc xmlns="http://purl.org/dc/elements/1.1/">'
        f"<title>Paper {n}</title><date>2026-06-01</date></dc></metadata></record>"
        for n in (2 * number, 2 * number + 1)
    )
    token = f"part-{number + 1}" if number + 1 < parts else ""
    return oai_answer(
        f"<ListRecords>{records}"
        f'<resumptionToken completeListSize="{2 * parts}" cursor="{2 * number}">{token}</resumptionToken></ListRecords>'
    )


def oai_repository(asked: Asked) -> Answer:
    if asked.query["verb"] == "Identify":
        return oai_answer("<Identify><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>")
    token = asked.query.get("resumptionToken", "part-0")
    return oai_part(int(token.removeprefix("part-")))


def test_oai_in_parts() -> None:
    with scripted(oai_repository) as server, Store.memory() as store:
        made = monitor(store, server, "oai", prefix="oai_dc", granularity="ask")
        done = made.fetch()
        assert (done.state, done.announced, done.seen, done.new, done.requests) == ("ok", 6, 6, 6, 4)
        assert [(a.query["verb"], a.query.get("from")) for a in server.log][:2] == [
            ("Identify", None),
            ("ListRecords", "2026-06-01T06:00:00Z"),
        ]
        assert len(made.keys()) == 6
        done = made.fetch()
        assert (done.state, done.seen, done.new, done.changed) == ("ok", 6, 0, 0)


@pytest.mark.parametrize("status", [200, 422])
def test_oai_where_nothing_matches(status: int) -> None:
    nothing = oai_answer('<error code="noRecordsMatch"/>', status)
    with scripted(lambda asked: nothing) as server, Store.memory() as store:
        assert monitor(store, server, "oai", prefix="oai_dc").fetch().state == "empty"


@pytest.mark.parametrize("status", [200, 422])
def test_an_oai_token_that_expired_midway(status: int) -> None:
    def repository(asked: Asked) -> Answer:
        if asked.query.get("resumptionToken") == "part-1" and not asked.count:
            return oai_answer('<error code="badResumptionToken"/>', status)
        return oai_repository(asked)

    with scripted(repository) as server, Store.memory() as store:
        made = monitor(store, server, "oai", prefix="oai_dc")
        done = made.fetch()
        assert (done.state, done.seen, done.new, done.requests) == ("ok", 6, 6, 5)
        assert len(made.keys()) == 6


def test_oai_that_breaks_off_goes_on_where_it_was() -> None:
    def repository(asked: Asked) -> Answer:
        if asked.query.get("resumptionToken") == "part-1" and not asked.count:
            return Answer("out of order", 500)
        return oai_repository(asked)

    with scripted(repository) as server, Store.memory() as store:
        made = monitor(store, server, "oai", prefix="oai_dc")
        assert (first := made.fetch()).state == "failed", first.error
        made.now -= timedelta(hours=23)
        done = made.fetch()
        assert (done.state, done.seen, done.new, done.requests) == ("ok", 6, 4, 2)
        assert sorted(made.keys()) == [f"oai:example.org:{n}" for n in range(6)]


def test_oai_tokens_that_lead_back() -> None:
    def repository(asked: Asked) -> Answer:
        token = asked.query.get("resumptionToken", "part-0")
        return oai_part({"part-0": 0, "part-1": 1, "part-2": 0}[token], parts=9)

    with scripted(repository) as server, Store.memory() as store:
        done = monitor(store, server, "oai", prefix="oai_dc").fetch()
        assert (done.state, done.requests) == ("failed", 3)
        assert "circles" in (done.error or "")


# --- the ACL Anthology -----------------------------------------------------------------------


def anthology(asked: Asked) -> Answer:
    if asked.path == "/venues/inv/":
        links = "".join(f"<a href='/volumes/{v}/'>V</a>" for v in ("2026.inv-1", "2026.minv-1", "2025.inv-1"))
        return Answer(f"<html><body>{links}</body></html>", content_type="text/html")
    name = asked.path.removeprefix("/data/xml/").removesuffix(".xml")
    volume = f'<volume id="1"><meta><venue>inv</venue></meta><paper id="1"><title>{name}</title></paper></volume>'
    return Answer(f'<collection id="{name}">{volume}</collection>', content_type="text/plain")


def test_a_venue_of_the_acl_anthology_is_followed_to_its_newest_year() -> None:
    with scripted(anthology) as server, Store.memory() as store:
        made = monitor(store, server, "acl-anthology", venue="inv")
        assert (done := made.fetch()).state == "ok", done.error
        assert made.keys() == ["2026.inv-1.1", "2026.minv-1.1"]


def test_an_acl_collection_that_does_not_come_is_asked_for_again() -> None:
    def answer(asked: Asked) -> Answer:
        return Answer("broken", 500) if asked.path.endswith("minv.xml") and not asked.count else anthology(asked)

    with scripted(answer) as server, Store.memory() as store:
        made = monitor(store, server, "acl-anthology", venue="inv")
        assert (made.fetch().state, made.keys()) == ("failed", ["2026.inv-1.1"])
        assert (done := made.fetch()).state == "ok", done.error
        assert made.keys() == ["2026.inv-1.1", "2026.minv-1.1"]


# --- OpenReview ------------------------------------------------------------------------------


def openreview_notes(asked: Asked) -> Answer:
    """Five notes, two at a time whatever is asked for."""
    assert asked.query["content.venueid"] == "Inv.cc/2026/Conference"
    start = int(asked.query["offset"])
    notes = [{"id": f"n{n}", "content": {"title": {"value": f"Paper {n}"}}} for n in range(5)][start : start + 2]
    return Answer(json.dumps({"notes": notes, "count": 5}), content_type="application/json")


def test_openreview_in_pages() -> None:
    with scripted(openreview_notes) as server, Store.memory() as store:
        made = monitor(store, server, "openreview", venue="Inv.cc/{year}/Conference")
        done = made.fetch()
        assert (done.state, done.announced, done.seen, done.requests) == ("ok", 5, 5, 3)
        assert (made.fetch().new, len(made.keys())) == (0, 5)


def test_openreview_that_asks_for_a_challenge_in_the_middle() -> None:
    def notes(asked: Asked) -> Answer:
        challenged = asked.query["offset"] == "2" and not asked.count
        return Answer('{"name":"ChallengeRequiredError"}', 403) if challenged else openreview_notes(asked)

    with scripted(notes) as server, Store.memory() as store:
        made = monitor(store, server, "openreview", venue="Inv.cc/{year}/Conference")
        assert made.fetch().state == "blocked"
        done = made.fetch()
        assert (done.state, done.seen) == ("ok", 5)
        assert sorted(made.keys()) == [f"n{n}" for n in range(5)]


def test_openreview_with_an_empty_page_before_the_end() -> None:
    def notes(asked: Asked) -> Answer:
        empty = Answer('{"notes": [], "count": 5}', content_type="application/json")
        return empty if asked.query["offset"] == "4" else openreview_notes(asked)

    with scripted(notes) as server, Store.memory() as store:
        done = monitor(store, server, "openreview", venue="Inv.cc/{year}/Conference").fetch()
        assert (done.state, done.announced, done.seen) == ("short", 5, 4)


def test_a_whole_list_answers_for_what_was_owed_before() -> None:
    """OpenReview is down for a day: the next fetch is one, and leaves nothing open."""

    def notes(asked: Asked) -> Answer:
        return Answer("down", 500) if len(server.log) == 1 else openreview_notes(asked)

    with scripted(notes) as server, Store.memory() as store:
        made = monitor(store, server, "openreview", venue="Inv.cc/{year}/Conference")
        assert made.fetch().state == "failed"
        assert (done := made.fetch()).state == "ok", done.error
        assert len(server.log) == 1 + 3
        assert store.windows.owed("one") == ()
