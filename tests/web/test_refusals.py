"""What is refused: strangers, forged forms and links, other hosts, costly or writing SQL; and a store that is busy."""

from __future__ import annotations

import http.client
import re
import sqlite3
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from web.stage import NOW, SECRET, Stage, staged

from monitor import opinion
from monitor.config import Serve
from monitor.store import Store
from monitor.unsubscribe import token as unsubscribing

WORK = "arxiv:2607.00001"
PAGE = f"/item/{WORK}"
JUDGEMENT = {"what": "goals", "uid": WORK, "goal-cyber": "yes", "next": PAGE, "through": "item"}


def decisions(stage: Stage) -> int:
    with Store.open(stage.database, read_only=True) as store:
        return len(store.decisions.recent(1000))


# --- who may decide


def test_a_reviewer_signs_in_with_a_token_and_out_again(stage: Stage) -> None:
    stranger = stage.stranger
    token = stage.gate.token("ana", date(2026, 8, 1))
    assert f'value="{token}"' in stranger.get(f"/sign-in?token={token}").text
    reply = stranger.send("/sign-in", "/sign-in", {"token": token, "next": PAGE})
    assert (reply.status, reply.headers["location"]) == (303, PAGE)
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    stranger.session = cookie.partition("=")[2].partition(";")[0]
    assert "Correct the goals" in stranger.get(PAGE).text
    reply = stranger.send(PAGE, "/sign-out", {})
    assert "Max-Age=0" in reply.headers["set-cookie"]


@pytest.mark.parametrize("token", ["", "x", "x.y", "e30.e30"])
def test_a_forged_token_is_refused(stage: Stage, token: str) -> None:
    reply = stage.stranger.send("/sign-in", "/sign-in", {"token": token})
    assert reply.status == 403
    assert "set-cookie" not in reply.headers
    assert "lets nobody in" in reply.text


def test_nobody_decides_without_signing_in(stage: Stage) -> None:
    before = decisions(stage)
    form = {**JUDGEMENT, "token_of_form": stage.gate.form("", NOW)}
    assert stage.stranger.post("/review/decide", form).status == 403
    assert stage.stranger.get("/review").headers["location"] == "/sign-in?next=/review"
    assert decisions(stage) == before


def test_a_form_without_its_token_or_with_that_of_another_is_refused(stage: Stage) -> None:
    before, ana = decisions(stage), stage.as_reviewer("ana")
    for token in ("", "forged", stage.gate.form("ben", NOW), stage.gate.form("ana", NOW - timedelta(days=1))):
        assert ana.post("/review/decide", {**JUDGEMENT, "token_of_form": token}).status == 403
    assert decisions(stage) == before


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://["}, {"Sec_Fetch_Site": "cross-site"}],
)
def test_a_form_from_another_site_is_refused(stage: Stage, headers: dict[str, str]) -> None:
    ana = stage.as_reviewer("ana")
    form = {**JUDGEMENT, "token_of_form": ana.get(PAGE).token}
    assert ana.post("/review/decide", form, **headers).status == 403


def test_a_get_decides_nothing(stage: Stage) -> None:
    before, ana = decisions(stage), stage.as_reviewer("ana")
    for path in ("/review/decide", "/review/undo", "/sign-out"):
        assert ana.get(f"{path}?what=goals&uid={WORK}&goal-cyber=yes").status == 405
    assert decisions(stage) == before


def test_a_decision_wins_at_once_and_can_be_taken_back_by_who_made_it(stage: Stage) -> None:
    ana, ben = stage.as_reviewer("ana"), stage.as_reviewer("ben")
    assert ana.send(PAGE, "/review/decide", JUDGEMENT).headers["location"] == PAGE
    with Store.open(stage.database, read_only=True) as store:
        [made, *_] = store.decisions.of(1)
        assert (made.reviewer, made.goals, made.through, made.model) == ("ana", {"cyber": True}, "item", "m.1")
        assert store.connection.value("SELECT selected FROM item_goals WHERE uid = ? AND goal = 'cyber'", (WORK,)) == 1
    assert ben.send(PAGE, "/review/undo", {"decision": str(made.id)}).status == 403
    assert ana.send(PAGE, "/review/undo", {"decision": str(made.id), "next": PAGE}).status == 303
    assert ana.send(PAGE, "/review/undo", {"decision": str(made.id)}).status == 403
    with Store.open(stage.database, read_only=True) as store:
        assert store.connection.value("SELECT selected FROM item_goals WHERE uid = ? AND goal = 'cyber'", (WORK,)) == 0


def test_countries_and_usefulness_are_decided_too(stage: Stage) -> None:
    ana = stage.as_reviewer("ana")
    assert ana.send(PAGE, "/review/decide", {"what": "origin", "uid": WORK, "countries": "gb, EU"}).status == 303
    assert ana.send(PAGE, "/review/decide", {"what": "usefulness", "uid": WORK, "useful": "no"}).status == 303
    with Store.open(stage.database, read_only=True) as store:
        assert store.decisions.countries(1) == ("EU", "GB")
        assert store.decisions.usefulness(1)["ana"] is False
    many = "AT AU BE BG CA CH CZ DE DK EE ES FI FR GB GR HU IE IL IT JP NL NO PL PT RO SE SI SK US"
    assert ana.send(PAGE, "/review/decide", {"what": "origin", "uid": WORK, "countries": many}).status == 303
    with Store.open(stage.database, read_only=True) as store:
        assert store.decisions.countries(1) == tuple(many.split())


@pytest.mark.parametrize(
    "form",
    [
        {"what": "goals", "uid": WORK},
        {"what": "goals", "uid": WORK, "goal-cyber": "maybe"},
        {"what": "goals", "uid": WORK, "goal-gardening": "yes"},
        {"what": "usefulness", "uid": WORK, "useful": "very"},
        {"what": "origin", "uid": WORK, "countries": "ATLANTIS"},
        {"what": "origin", "uid": WORK, "countries": "GB, ZZ"},
        {"what": "everything", "uid": WORK},
        {},
    ],
)
def test_a_form_that_says_nothing_is_told_so(stage: Stage, form: dict[str, str]) -> None:
    before = decisions(stage)
    assert stage.as_reviewer("ana").send(PAGE, "/review/decide", form).status == 400
    assert decisions(stage) == before


def test_a_decision_about_a_work_that_is_gone_is_told_so(stage: Stage) -> None:
    assert stage.as_reviewer("ana").send(PAGE, "/review/decide", {**JUDGEMENT, "uid": "arxiv:gone"}).status == 404


def test_nobody_is_sent_to_another_site(stage: Stage) -> None:
    ana = stage.as_reviewer("ana")
    reply = ana.send(PAGE, "/review/decide", {**JUDGEMENT, "next": "https://evil.example/"})
    assert reply.headers["location"] == "/"


def test_a_form_is_not_too_long(stage: Stage) -> None:
    assert stage.as_reviewer("ana").post("/review/decide", {"note": "x" * 70_000}).status == 413


# --- links of mails


def test_a_form_does_not_say_two_lengths(stage: Stage) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", stage.port, timeout=30)
    headers = {"Content-Length": "5", "Transfer-Encoding": "chunked"}
    connection.request("POST", "/sign-in", b"5\r\ntoken\r\n0\r\n\r\n", headers)
    assert connection.getresponse().status == 411
    connection.close()


def test_a_reader_says_by_the_link_of_the_digest_what_was_of_use(stage: Stage) -> None:
    path = opinion.Links("", SECRET).link(opinion.Opinion("staff", "2026-W30", WORK))
    before = decisions(stage)
    assert "Muon tomography" in stage.stranger.get(path).text
    assert decisions(stage) == before
    reply = stage.stranger.send(path, path, {"useful": "yes"})
    assert "said by staff" in reply.text
    with Store.open(stage.database, read_only=True) as store:
        assert store.decisions.usefulness(1)["reader of staff"] is True
        assert store.decisions.of(1)[0].through == "digest"


def test_forged_and_old_links_are_refused(stage: Stage) -> None:
    about = opinion.Opinion("staff", "2026-W30", WORK)
    good = opinion.Links("", SECRET).link(about)
    old = opinion.Links("", SECRET).link(opinion.Opinion("staff", "2025-W30", WORK))
    other = opinion.Links("", "other").link(about)
    purpose = f"/opinion?token={unsubscribing(SECRET, 'staff', 'ana@agency.example')}"
    for path in (old, other, purpose, good[:-1], "/opinion", "/opinion?token=x.y"):
        assert stage.stranger.get(path).status == 403, path


def test_one_click_unsubscribes_and_a_get_does_not(stage: Stage) -> None:
    path = f"/unsubscribe?token={unsubscribing(SECRET, 'staff', 'ana@agency.example')}"

    def resting() -> list[str]:
        with Store.open(stage.database, read_only=True) as store:
            return [rest.recipient for rest in store.subscribers.resting("staff")]

    assert "No more digests" in stage.stranger.get(path).text
    assert resting() == []
    assert stage.stranger.post(path, {"List-Unsubscribe": "One-Click"}, Origin="https://mail.example").status == 200
    assert resting() == ["ana@agency.example"]
    assert stage.stranger.post(path, {"List-Unsubscribe": "One-Click"}).status == 200
    for forged in (path[:-1], "/unsubscribe", "/unsubscribe?token=x.y"):
        assert stage.stranger.post(forged, {"List-Unsubscribe": "One-Click"}).status == 403


# --- hosts, headers, what is not shown


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "["])
def test_other_host_names_are_not_answered(stage: Stage, host: str) -> None:
    assert stage.stranger.get("/", Host=host).status in (400, 421)


def test_hosts_that_are_named_are_answered(home: Path) -> None:
    with staged(home, Serve(hosts=("monitor.agency.example",)), base_url="https://pages.example/x") as stage:
        for host in (
            "monitor.agency.example",
            "Monitor.Agency.Example:443",
            "pages.example",
            "localhost",
            "[::1]:8620",
        ):
            assert stage.stranger.get("/digests/", Host=host).status == 200, host


@pytest.mark.parametrize("path", ["/", "/monitor", "/static/style.css", "/digests.ics", "/nothing", "/monitor.json"])
def test_every_answer_is_sealed(stage: Stage, path: str) -> None:
    headers = stage.stranger.get(path).headers
    policy = headers["content-security-policy"]
    assert all(part in policy for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"))
    assert "unsafe-inline" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "path", ["/-/versions", "/-/settings", "/-/plugins", "/-/threads", "/-/permissions", "/_internal", "/monitor.db"]
)
def test_the_workings_of_datasette_are_not_shown(stage: Stage, path: str) -> None:
    assert stage.as_reviewer("ana").get(path).status in (302, 403, 404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "OPTIONS"])
def test_other_methods_are_not_answered(stage: Stage, method: str) -> None:
    assert stage.stranger._ask(method, "/", None, {}).status == 405


def test_where_reading_is_for_reviewers_strangers_see_nothing(home: Path) -> None:
    with staged(home, Serve(("ana",), read="reviewers")) as stage:
        for path in (
            "/",
            PAGE,
            "/monitor",
            "/monitor/items.json",
            "/monitor?sql=select+1",
            "/digests/x.html",
            "/explore/places.csv",
        ):
            reply = stage.stranger.get(path)
            assert (reply.status, reply.headers["location"]) == (302, f"/sign-in?next={quote(path)}"), path
        assert stage.as_reviewer("ana").get("/monitor?sql=select+1").status == 200
        assert stage.stranger.get("/sign-in").status == 200


def test_a_proxy_names_reviewers_by_its_header(home: Path) -> None:
    settings = Serve(("ana",), "x-forwarded-user", ("127.0.0.1",))
    with staged(home, settings) as stage:
        named = stage.stranger
        named.headers["X-Forwarded-User"] = "ana"
        assert named.send(PAGE, "/review/decide", JUDGEMENT).status == 303
        named.headers["X-Forwarded-User"] = "eve"
        assert "Correct the goals" not in named.get(PAGE).text
    with staged(home / "other", Serve(("ana",), "x-forwarded-user", ("10.0.0.1",))) as stage:
        stranger = stage.stranger
        stranger.headers["X-Forwarded-User"] = "ana"
        assert "Correct the goals" not in stranger.get(PAGE).text


# --- SQL


@pytest.mark.parametrize(
    "sql",
    [
        "delete from items",
        "update items set title = 'x'",
        "with x as (select 1) insert into labels default values",
        "attach 'x.db' as x",
        "pragma journal_mode = delete",
        "select load_extension('x')",
        "select 1; drop table items",
        "select * from sqlite_master; delete from items",
    ],
)
def test_sql_that_does_more_than_read_is_refused(stage: Stage, sql: str) -> None:
    assert stage.as_reviewer("ana").get(f"/monitor?sql={quote(sql)}").status == 400
    with Store.open(stage.database, read_only=True) as store:
        assert store.items.count() == 4


def test_sql_that_costs_too_much_is_stopped(stage: Stage) -> None:
    sql = "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c"
    reply = stage.stranger.get(f"/monitor?sql={quote(sql)}")
    assert reply.status == 400
    assert "took too long" in reply.text
    assert stage.stranger.get(f"/monitor?sql={quote('select zeroblob(900000000)')}").status == 400


@pytest.mark.parametrize("path", ["/monitor", "/monitor.json", "/monitor.csv"])
def test_sql_whose_answer_would_fill_the_memory_is_refused(stage: Stage, path: str) -> None:
    sql = "with recursive c(x) as (select 1 union all select x + 1 from c limit 30) select zeroblob(1000000) from c"
    reply = stage.stranger.get(f"{path}?sql={quote(sql)}")
    assert reply.status == 400
    assert "too large" in reply.text


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select * from itms", "no such table: itms"),
        ("select titel from items", "no such column: titel"),
        ("select title from items where", "incomplete input"),
        ("select 1 where title = :title", "no such column: title"),
        ("pragma journal_mode = delete", "must be a SELECT"),
        ("delete from items", "must be a SELECT"),
        ("with x as (select 1) delete from items", "not authorized"),
        ("select load_extension('x')", "not authorized"),
    ],
)
def test_a_mistake_in_sql_is_told_where_csv_was_asked_for(stage: Stage, sql: str, why: str) -> None:
    reply = stage.stranger.get(f"/monitor.csv?sql={quote(sql)}")
    assert reply.status == 400
    assert why in reply.text
    assert reply.headers["content-type"].startswith("text/plain")
    assert len(reply.text.splitlines()) == 1
    assert stage.stranger.get(f"/monitor?sql={quote(sql)}").status == 400
    reply = stage.stranger.get("/monitor.csv?sql=" + quote("select uid from items where uid = 'none'"))
    assert (reply.status, reply.text.splitlines()) == (200, ["uid"]), "no rows are an answer"
    assert stage.stranger.get("/monitor/item_overview.csv?_where=titel=1").status == 400


@pytest.mark.parametrize("kind", ["", ".json", ".csv"])
@pytest.mark.parametrize(
    "asked",
    [
        "?sql=select+geheim+from+items",
        "?sql=select+*+from+items+where+uid+=+:p+and+geheim+=+1&p=geheim",
        "?sql=selec+geheim",
        "?sql=select+'geheim';+select+2",
        "?sql=select+abs(-9223372036854775808),'geheim'",
        "?sql=with+recursive+c(geheim)+as+(select+1+union+all+select+geheim+from+c)+select+*+from+c",
        "/items?_where=geheim",
        "/item_overview?_next=geheim",
        "/geheim/items",
    ],
)
def test_what_was_asked_is_not_in_the_log(
    stage: Stage, kind: str, asked: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of a mistake the log has one line, or none; nothing else is written anywhere."""
    path, _, query = asked.partition("?")
    stage.stranger.get(f"/monitor{path}{kind}?{query}")
    assert len(caplog.messages) <= 1
    assert all("geheim" not in line and "\n" not in line for line in caplog.messages)
    assert not any(record.exc_info for record in caplog.records)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("path", ["/monitor/items", "/monitor/items.json", "/monitor/items.csv"])
def test_a_column_that_there_is_not_is_no_fault_of_the_server(stage: Stage, path: str) -> None:
    reply = stage.stranger.get(f"{path}?_sort=nothing")
    assert (reply.status, "Cannot sort table by nothing" in reply.text) == (400, True)


def test_a_mistake_in_sql_is_one_line_of_the_log(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.stranger.get("/monitor.json?sql=select+geheim")
    assert caplog.messages == ["SQL of a reader has no answer: SQLITE_ERROR"]


def test_addresses_of_readers_are_not_shown(stage: Stage) -> None:
    stage.stranger.post(
        f"/unsubscribe?token={unsubscribing(SECRET, 'staff', 'ben@agency.example')}", {"List-Unsubscribe": "One-Click"}
    )
    for path in ("/monitor/rests.json", f"/monitor.json?sql={quote('select * from rests')}", "/monitor/rests"):
        assert "agency.example" not in stage.stranger.get(path).text
    sql = "select * from rests {} full join (select 'x' as recipient)"
    for query in (f"{sql.format('')} using (recipient)", sql.format("natural")):
        for path in ("/monitor", "/monitor.json", "/monitor.csv"):
            reply = stage.stranger.get(f"{path}?sql={quote(query)}")
            assert (reply.status, "agency.example" in reply.text) == (400, False)
    where = quote("1 in (select 1 from rests join (select 'ben@agency.example' as recipient) using (recipient))")
    assert stage.stranger.get(f"/monitor/items.json?_where={where}").status == 400


# --- a scan holds the store


def test_a_decision_waits_or_is_answered_with_503_and_never_lost(stage: Stage) -> None:
    ana = stage.as_reviewer("ana")
    form = {**JUDGEMENT, "note": "keep <this>", "token_of_form": ana.get(PAGE).token}
    before = decisions(stage)
    scan = sqlite3.connect(stage.database, isolation_level=None)
    scan.execute("BEGIN IMMEDIATE")
    try:
        assert ana.get(PAGE).status == 200
        reply = ana.post("/review/decide", form)
    finally:
        scan.execute("ROLLBACK")
        scan.close()
    assert (reply.status, reply.headers["retry-after"]) == (503, "10")
    assert 'value="keep &lt;this&gt;"' in reply.text
    assert decisions(stage) == before
    again = {**JUDGEMENT, "note": "keep <this>", "token_of_form": reply.token}
    assert ana.post("/review/decide", again).status == 303
    assert decisions(stage) == before + 1


def test_what_a_reader_says_while_a_scan_writes_can_be_sent_again(stage: Stage) -> None:
    links = opinion.Links("https://monitor.example", SECRET)
    link = links.link(opinion.Opinion("staff", "2026-W30", WORK)).removeprefix("https://monitor.example")
    stranger, before = stage.stranger, decisions(stage)
    form = {"useful": "yes", "token_of_form": stranger.get(link).token}
    scan = sqlite3.connect(stage.database, isolation_level=None)
    scan.execute("BEGIN IMMEDIATE")
    try:
        busy = stranger.post(link, form)
    finally:
        scan.execute("ROLLBACK")
        scan.close()
    assert busy.status == 503
    again = re.search(r'<form action="([^"]*opinion[^"]*)"', busy.text)
    assert again is not None
    assert stranger.post(unescape(again[1]), {**form, "token_of_form": busy.token}).status == 200
    assert decisions(stage) == before + 1
