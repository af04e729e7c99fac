"""`monitor item show`, and what `locate` and `status` tell of routes, with a provider on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from monitor import cli
from monitor.app import App
from monitor.steps import Steps
from monitor.store import Store
from monitor.store.findings import Due
from monitor.types import Tag

NOW = datetime.now(UTC)
UID = "arxiv:9912.00001"
RECORDS = [
    {"id": "9912.00001", "title": "Muon tomography of cargo", "abstract": "X.", "authors": "Ana Lima, Bo Ek"},
    {"id": "9912.00002", "title": "A study of sparrows", "abstract": "Y.", "authors": "Cem Oz"},
]
PAGE = b"""<html><body><div class="ltx_authors"><span class="ltx_creator ltx_role_author"><span class="ltx_personname">
Ana Lima<sup>1</sup>, Bo Ek<sup>2,*</sup><br><sup>1</sup>University of Porto, Portugal<br><sup>2</sup>Bread Lab<br>
* Corresponding author: bo@kth.se</span></span></div></body></html>"""

Run = Callable[..., tuple[int, str, str]]


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path == "/html/9912.00001"
        self.send_response(200 if found else 503)
        self.send_header("Content-Length", str(len(PAGE) if found else 0))
        self.end_headers()
        if found:
            self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def provider() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def home(tmp_path: Path, provider: str) -> Path:
    (tmp_path / "papers.jsonl").write_text("".join(json.dumps(r) + "\n" for r in RECORDS), encoding="utf-8")
    route = f"{{url: '{provider}/html', pace: 0, allow_private: true}}"
    (tmp_path / "feeds.yaml").write_text(
        "feeds:\n  papers:\n    kind: jsonl\n    url: papers.jsonl\n"
        f"affiliations:\n  routes:\n    arxiv-html: {route}\n    openalex:\n",
        encoding="utf-8",
    )
    return tmp_path


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments), App(home, clock=lambda: NOW, env={}))
        out, err = capfd.readouterr()
        return code, out, err

    return command


def tag(home: Path, *uids: str) -> None:
    """Give works a goal, as a model would."""
    with Store.open(home / "store" / "monitor.db") as store:
        for item in store.items.get(store.items.ids_of(uids)):
            tags = [Tag("goal", "screening", 0.9, True, "m", ("cargo",))]
            store.findings.tag(Due(item.id, "", "", item.content), "m", tags, None, NOW)


def fetched(run: Run) -> None:
    for step in ("fetch", "link", "locate"):
        assert run(step)[0] == 0


def test_a_work_is_located_by_a_route_and_shown_with_all_evidence(home: Path, run: Run) -> None:
    fetched(run)
    tag(home, UID)
    code, out, err = run("locate", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert told["items"] == 0
    assert [(r["route"], r["asked"], r["answered"]) for r in told["routes"]] == [
        ("arxiv-html", 1, 1),
        ("openalex", 0, 0),
    ]
    assert "$OPENALEX_API_KEY is not set" in err

    code, out, _ = run("item", "show", UID, "--origin", "--json")
    assert code == 0
    shown = json.loads(out)
    assert shown["countries"] == [
        {"country": "PT", "whole": 1, "fraction": 0.5},
        {"country": "SE", "whole": 1, "fraction": 0.5},
    ]
    assert (shown["state"], shown["origin"]["covered"]) == ("known", 1.0)
    assert shown["origin"]["by_position"] == {
        "first": ["PT"],
        "last": ["SE"],
        "corresponding": ["SE"],
        "any": ["PT", "SE"],
    }
    first = shown["origin"]["evidence"][0]
    assert (first["rank"], first["country"], first["raw"]) == (1, "PT", "University of Porto, Portugal")
    assert first["raw"][slice(*first["span"])] == "Portugal"
    assert first["source"].endswith("/html/9912.00001")
    assert [(e["kind"], e["country"], e["rank"]) for e in shown["origin"]["evidence"][1:]] == [
        ("affiliation", None, 3),
        ("domain", "SE", 4),
    ]
    assert [lookup["state"] for lookup in shown["origin"]["lookups"]] == ["answered"]
    assert "@" not in out


def test_the_same_in_words(home: Path, run: Run) -> None:
    fetched(run)
    tag(home, UID)
    run("locate")
    code, out, _ = run("item", "show", UID)
    assert code == 0
    assert "countries    PT 0.50, SE 0.50 (with a country for every author)" in out
    assert "goals        screening 0.90" in out
    assert "rank" not in out
    _, out, _ = run("item", "show", UID, "--origin")
    assert "1. Ana Lima: PT  country-name" in out
    assert "“University of Porto, [Portugal]”  arxiv-html" in out
    assert "arxiv-html   answered" in out
    assert ", at " not in out


def test_an_institution_is_shown_by_name(home: Path, run: Run) -> None:
    fetched(run)
    tag(home, UID)
    run("locate")
    with Store.open(home / "store" / "monitor.db") as store:
        with store.transaction():
            store.connection.run("UPDATE evidence SET institution = 'https://ror.org/043pwc612' WHERE country = 'PT'")
        store.places.name({"https://ror.org/043pwc612": "Universidade do Porto"})
    _, out, _ = run("item", "show", UID, "--origin")
    assert (
        "1. Ana Lima: PT  country-name 0.996, rank 1: country named in the affiliation, at Universidade do Porto" in out
    )
    _, out, _ = run("item", "show", UID, "--origin", "--json")
    named = {e["country"]: e["institution_name"] for e in json.loads(out)["origin"]["evidence"]}
    assert (named["PT"], named["SE"]) == ("Universidade do Porto", None)


def test_a_work_without_affiliations_says_so(run: Run) -> None:
    fetched(run)
    code, out, _ = run("item", "show", "arxiv:9912.00002", "--origin")
    assert code == 0
    assert "countries    - (without any affiliation)" in out


def test_a_work_that_waits_for_step_locate_says_so(run: Run) -> None:
    for step in ("fetch", "link"):
        assert run(step)[0] == 0
    assert "(not located yet)" in run("item", "show", UID)[1]
    assert json.loads(run("item", "show", UID, "--json")[1])["state"] is None


def test_an_unknown_work_is_one_sentence_and_exit_1(run: Run) -> None:
    code, out, err = run("item", "show", "arxiv:0000.00000")
    assert (code, out) == (1, "")
    assert err.startswith("monitor: there is no work 'arxiv:0000.00000' in the store")
    assert run("item", "show")[0] == 2


def test_a_failing_route_is_partial_and_told_by_status(home: Path, run: Run) -> None:
    fetched(run)
    tag(home, "arxiv:9912.00002")
    code, _, err = run("locate")
    assert code == 3
    assert "answered 503 Service Unavailable" in err
    code, out, _ = run("status", "--json")
    assert code == 3
    report = json.loads(out)
    html, openalex = report["routes"]
    assert (html["status"], html["unanswered"], html["answered"]) == ("throttled", 1, 0)
    assert openalex["idle"]
    assert report["origins"] == {"no-affiliation": 2}
    _, out, _ = run("status")
    assert "2 without any affiliation" in out
    assert "$OPENALEX_API_KEY is not set" in out


def test_scan_tells_of_routes(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched(run)
    tag(home, UID)
    monkeypatch.setattr(Steps, "tag", lambda *_, **__: 0)
    code, out, err = run("scan", "--no-deliver", "--json")
    assert code == 0, err
    assert [r["route"] for r in json.loads(out)["routes"]] == ["arxiv-html", "openalex"]
    code, out, _ = run("item", "show", UID, "--json")
    assert json.loads(out)["state"] == "known"


def test_a_mistake_in_a_route_is_exit_4(home: Path, run: Run) -> None:
    text = (home / "feeds.yaml").read_text("utf-8").replace("openalex:", "openalx:")
    (home / "feeds.yaml").write_text(text, "utf-8")
    code, _, err = run("locate")
    assert code == 4
    assert "line 8" in err
    assert "did you mean 'openalex'?" in err


def test_merge_show_and_split(run: Run) -> None:
    fetched(run)
    code, out, err = run("item", "merge", UID, "arxiv:9912.00002", "--reason", "one campaign")
    assert (code, out) == (0, f"{UID} and arxiv:9912.00002 are one work, {UID}\n"), err
    shown = json.loads(run("item", "show", "arxiv:9912.00002", "--json")[1])
    assert (shown["uid"], shown["former_names"]) == (UID, ["arxiv:9912.00002"])
    first, second = shown["records"]
    assert (first["record"], first["because"]) == ("papers:9912.00001", [])
    [why] = second["because"]
    assert (why["kind"], why["with"], why["evidence"]) == ("person", "papers:9912.00001", "one campaign")
    _, out, _ = run("item", "show", UID)
    assert "also called  arxiv:9912.00002" in out
    assert "person, papers:9912.00001: one campaign" in out
    code, out, _ = run("item", "split", UID, "papers:9912.00002", "--json")
    assert code == 0
    assert sorted(json.loads(out)["uids"]) == [UID, "arxiv:9912.00002"]
    assert json.loads(run("item", "show", "arxiv:9912.00002", "--json")[1])["former_names"] == []
    code, _, err = run("item", "split", UID)
    assert (code, err) == (1, f"monitor: {UID} has one record only; there is nothing to split\n")


def test_linking_is_evaluated(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(json.dumps({"one": RECORDS[0], "other": RECORDS[1], "same": False}))
    code, out, _ = run("evaluate", "linking", str(file), "--json")
    assert code == 0
    assert json.loads(out)["groups"]["all"]["wrong"] == 0
    assert "| all | 1 | 0 |" in run("evaluate", "linking", str(file))[1]


def test_works_are_not_merged_or_split_under_the_hands_of_a_run(home: Path, run: Run) -> None:
    assert run("scan")[0] in (0, 3)
    with App(home).alone():
        assert run("item", "merge", UID, "arxiv:9912.00002")[0] == 5
        assert run("item", "split", UID)[0] == 5
        assert run("item", "show", UID)[0] == 0, "reading goes on"
