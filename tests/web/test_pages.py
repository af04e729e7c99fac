"""What the pages show, asked over HTTP."""

import csv
import io
import json
from urllib.parse import quote

import pytest
from web.stage import HOSTILE, NOW, Stage

from monitor.store import Store
from monitor.store.decisions import Reviewer

PATHS = (
    *("/", "/digests/", "/search", "/search?q=muon&mode=text", "/explore", "/explore?goal=cyber&country=FR", "/review"),
    *("/item/arxiv:2607.00001", "/item/doi:10.5555/odd.1", "/sign-in", "/monitor", "/monitor/item_overview"),
    *("/monitor/items/1", "/monitor?sql=select+1", "/monitor/review_log"),
)


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_html_without_errors_and_never_run_what_works_say(stage: Stage, path: str) -> None:
    html5lib = pytest.importorskip("html5lib", reason="html5lib is not installed")
    reply = stage.as_reviewer("ana").get(path)
    assert reply.status == 200
    assert "script-src 'self'" in reply.headers["content-security-policy"]
    assert "<script>alert" not in reply.text
    assert "onerror=alert(2)>" not in reply.text
    if not path.startswith("/monitor"):
        parser = html5lib.HTMLParser()
        parser.parse(reply.text)
        assert parser.errors == []


def test_the_first_page_counts_the_week(stage: Stage) -> None:
    text = stage.stranger.get("/").text
    assert "Week 2026-W30, so far" in text
    assert 'href="/explore?since=2026-W30&amp;until=2026-W30">3</a>' in text
    assert 'group=partner">2</a>' in text
    assert "1 of 1" in text
    assert text.index("Muon tomography") < text.index("A sieve against")
    assert "Knitting" not in text


def test_a_work_is_shown_with_its_evidence(stage: Stage) -> None:
    text = stage.stranger.get("/item/arxiv:2607.00001").text
    for said in ("Muon tomography of cargo", "Author 0 of DE", "telling words", "very likely, 0.96", "journal", "m.1"):
        assert said in text
    assert "An abstract about Muon tomography" in text
    assert "Sign in to correct this" in text
    assert "Correct the goals" not in text


def test_hostile_titles_stay_text(stage: Stage) -> None:
    text = stage.stranger.get("/item/doi:10.5555/odd.1").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_what_is_not_there_is_told_in_one_sentence(stage: Stage) -> None:
    for path in ("/item/arxiv:1", "/digests/nothing.html", "/explore/nothing.csv", "/nothing", "/monitor/nothing"):
        reply = stage.stranger.get(path)
        assert reply.status == 404, path
        assert 'role="alert"' in reply.text


def test_filed_digests_are_given_out_and_those_of_readers_are_not(stage: Stage) -> None:
    reply = stage.stranger.get("/digests/2026-W29/digest.html")
    assert (reply.status, reply.body) == (200, b"<!DOCTYPE html><title>Digest</title>")
    assert "script" not in reply.headers["content-security-policy"]
    assert stage.stranger.get("/digests/2026-W29/staff/digest.html").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "a" * 300 + ".html",
        "../monitor.db",
        "..%2fmonitor.db",
        "%2e%2e/monitor.db",
        "2026-W29/..%2f..%2f..%2fmonitor.db",
        "/etc/passwd",
    ],
)
def test_no_way_leads_out_of_the_digests(stage: Stage, path: str) -> None:
    assert stage.stranger.get(f"/digests/{path}").status == 404


def test_a_digest_is_a_day_in_a_calendar(stage: Stage) -> None:
    reply = stage.stranger.get("/digests.ics")
    assert reply.headers["content-type"].startswith("text/calendar")
    assert reply.text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert reply.text.endswith("END:VCALENDAR\r\n")


def test_explorations_are_tables_too(stage: Stage) -> None:
    reply = stage.stranger.get("/explore/places.csv?goal=cyber")
    rows = list(csv.DictReader(io.StringIO(reply.text)))
    assert {(row["country"], row["partner_group"], row["works"]) for row in rows} == {
        ("FR", "partner", "1"),
        ("unknown", "unknown", "1"),
    }
    for part in ("institutions", "collaborations"):
        assert stage.stranger.get(f"/explore/{part}.csv").headers["content-type"].startswith("text/csv")
    assert "United States" in stage.stranger.get("/explore?goal=screening").text


@pytest.mark.parametrize(
    "query",
    [
        "since=x&until=2026-W99",
        "goal=%27&country=%3Cb%3E&group=no",
        "since=2026-W30&until=2026-W01",
        "until=0001-W01",
        "since=0001-W01&until=9999-W51",
    ],
)
def test_what_an_address_asks_for_is_checked(stage: Stage, query: str) -> None:
    reply = stage.stranger.get(f"/explore?{query}")
    assert reply.status == 200
    assert "<b>'" not in reply.text


def test_of_many_years_the_last_weeks_are_explored(stage: Stage) -> None:
    text = stage.stranger.get("/explore?since=2010-W01").text
    assert "first seen from 2022-W39 to 2026-W30" in text
    assert '<th scope="row">2026-W30</th>' in text


@pytest.mark.parametrize(
    "query", ["q=muon", "q=%22+OR+*", "q=NEAR(", "q=a+AND", "goal=cyber", "since=2026-07-01", "page=x"]
)
def test_searches_never_fail(stage: Stage, query: str) -> None:
    assert stage.stranger.get(f"/search?mode=text&{query}").status == 200


def test_a_search_finds_marks_and_exports(stage: Stage) -> None:
    text = stage.stranger.get("/search?q=muon&mode=text").text
    assert "<mark>Muon</mark>" in text
    assert "Knitting" not in text
    reply = stage.stranger.get("/export/jsonl?q=muon")
    assert [json.loads(line)["uid"] for line in reply.text.splitlines()] == ["arxiv:2607.00001"]
    assert stage.stranger.get("/export/nothing").status == 404


def test_filters_narrow_a_search(stage: Stage) -> None:
    text = stage.stranger.get("/search?mode=text&goal=cyber&country=fr").text
    assert "A sieve against side channels" in text
    assert "Muon" not in text


def test_a_search_says_that_meaning_could_not_be_searched_where_it_was_asked_for(stage: Stage) -> None:
    said = "Meaning could not be searched"
    assert said in stage.stranger.get("/search?q=muon").text  # there is no encoder
    for query in ("q=muon&mode=text", "goal=cyber", "q=author:lima"):
        assert said not in stage.stranger.get(f"/search?{query}").text


def test_tables_say_what_their_columns_mean_and_lead_to_works(stage: Stage) -> None:
    text = stage.stranger.get("/monitor/item_goals").text
    assert "slug of the goal" in text
    assert '<a href="/item/arxiv:2607.00001">arxiv:2607.00001</a>' in text


def test_no_cell_of_a_table_or_an_answer_runs(stage: Stage) -> None:
    sql = quote(
        """select '=HYPERLINK("http://evil.example")' as title, '+1' as b, -1 as c, 0.5 as d, null as e, 'a,b' as f"""
    )
    rows = list(csv.reader(io.StringIO(stage.stranger.get(f"/monitor.csv?sql={sql}").text)))
    assert rows[1] == ['\'=HYPERLINK("http://evil.example")', "'+1", "-1", "0.5", "", "a,b"]
    data = json.loads(stage.stranger.get(f"/monitor.json?sql={sql}&_shape=arrays").text)
    assert data["rows"][0][:2] == ['=HYPERLINK("http://evil.example")', "+1"]
    text = stage.stranger.get("/monitor/item_overview.csv?_stream=1").text
    assert len(list(csv.DictReader(io.StringIO(text)))) == 4


def test_questions_to_begin_with_are_answered(stage: Stage) -> None:
    data = json.loads(stage.stranger.get("/monitor.json").text)
    assert len(data["queries"]) >= 8
    for query in data["queries"]:
        assert stage.stranger.get(f"/monitor/{query['name']}.json").status == 200, query["name"]


def test_links_of_digests_lead_to_the_answers_of_their_queries(stage: Stage) -> None:
    sql = "SELECT count(*) AS works\n  FROM items i\n WHERE i.withdrawn = 0"
    assert "4" in stage.stranger.get(f"/monitor?sql={quote(sql)}").text


def test_a_former_name_leads_to_the_work(stage: Stage) -> None:
    with Store.open(stage.database) as store, store.transaction():
        entry = store.connection.value("SELECT id FROM entries WHERE item_id = 1")
        store.links.name("arxiv:old", entry)
    reply = stage.stranger.get("/item/arxiv:old")
    assert (reply.status, reply.headers["location"]) == (302, "/item/arxiv:2607.00001")


def test_the_queue_shows_why_works_are_there_and_what_was_decided(stage: Stage) -> None:
    with Store.open(stage.database) as store:
        store.decisions.judge(2, {"cyber": True}, Reviewer("ben", NOW, "item"))
        store.decisions.judge(2, {"cyber": False}, Reviewer("ana", NOW, "item"))
    text = stage.as_reviewer("ana").get("/review").text
    assert "nobody has judged it" in text
    assert "Where reviewers disagree" in text
    assert "They disagree" in stage.as_reviewer("ana").get("/item/arxiv:2607.00002").text
    assert HOSTILE not in text


def test_the_queue_asks_about_countries_in_doubt_and_takes_the_answer_and_its_way_back(stage: Stage) -> None:
    ana, page = stage.as_reviewer("ana"), "/review?countries=yes"
    text = ana.get(page).text
    assert "Why it is here: country unknown" in text
    assert "No affiliation was obtained, so no country is known." in text
    assert "Muon tomography" not in text
    form = {"what": "origin", "uid": "doi:10.5555/odd.1", "through": "queue", "next": "/review?saved=1&countries=yes"}
    reply = ana.send(page, "/review/decide", {**form, "countries": "nz au"})
    assert (reply.status, reply.headers["location"]) == (303, form["next"])
    assert "Nothing waits for you." in ana.get(page).text
    with Store.open(stage.database, read_only=True) as store:
        [made] = [d for d in store.decisions.recent(9, "ana") if d.countries]
    assert (made.countries, made.through) == (("AU", "NZ"), "queue")
    assert "Australia, New Zealand" in ana.get("/review").text
    assert ana.send(page, "/review/undo", {"decision": str(made.id)}).status == 303
    assert "Why it is here: country unknown" in ana.get(page).text
