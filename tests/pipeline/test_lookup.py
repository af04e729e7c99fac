"""Looking affiliations up: a real store, resolver and way out, servers on loopback, and a clock that a test moves."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import pytest
import small_pdf

from monitor.config import RouteSettings
from monitor.errors import StoreError
from monitor.http import Client
from monitor.origin import Resolver
from monitor.pipeline.link import link
from monitor.pipeline.locate import locate
from monitor.pipeline.lookup import MOST_IN_A_ROW, RouteReport, Seeker, look_up
from monitor.pipeline.questions import DAY, MOST_FAILURES, is_due
from monitor.store import Store
from monitor.store.evidence import Lookup
from monitor.store.findings import Due
from monitor.types import Affiliation, Author, Entry, Feed, Identifier, Tag, stamp

SEEN = datetime(2026, 7, 20, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENV = {"SEMANTIC_SCHOLAR_API_KEY": "k3y"}
RESOLVER = Resolver()
AUTHORS = (Author("Ana Lima"), Author("Bo Ek"))

Answer = tuple[int, bytes] | tuple[int, bytes, dict[str, str]]


class Provider(ThreadingHTTPServer):
    """Answers paths as scripted, 404 for the others; remembers what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.sent: list[tuple[bytes, str | None]] = []
        """Bodies, each with the key that came in a header."""
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Page(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        path, _, _ = self.path.partition("?")
        self.server.asked.append(self.path)
        status, body, *more = self.server.answers.get(path, (404, b""))
        self.send_response(status)
        for name, value in (more[0] if more else {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.sent.append((body, self.headers.get("x-api-key")))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        return


class NoPace:
    def reserve(self, host: str, pace: float) -> float:
        return 0.0

    def settle(self, host: str, pace: float) -> None:
        return

    def rest(self, host: str, seconds: float) -> None:
        return

    def resting(self, host: str) -> float:
        return 0.0


class HereSandbox:
    """Parses in this process; that documents are read in another one is tested with the routes."""

    def __enter__(self) -> HereSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def run(self, function: Callable[..., Any], *arguments: Any, seconds: float = 30.0) -> Any:
        return function(*arguments)


class World:
    """A store with works, the routes to one provider, and the time."""

    def __init__(self, store: Store, provider: Provider) -> None:
        self.store, self.provider, self.now = store, provider, SEEN
        self.stopped = False
        self.everything = False
        self.budget = 100
        self.key: str | None = "k3y"
        self.most_bytes = 2**20

    def add(self, number: int = 1, *authors: Author, goal: bool = True, dois: tuple[str, ...] = ()) -> int:
        name = f"2607.0000{number}"
        item = self.store.items.add(f"arxiv:{name}", stamp(SEEN), "2026-W30")
        names = [Identifier("arxiv", name), *(Identifier("doi", doi) for doi in dois)]
        entry = Entry(name, f"On the Colour of Bread, part {number}", authors=authors or AUTHORS)
        self.store.items.update(item, entry, names=names, content=f"c{number}")
        tags = [Tag("goal", "cyber", 0.9 if goal else 0.1, goal, "m", ("bread",) if goal else ())]
        self.store.findings.tag(Due(item, "", "", f"c{number}"), "m", tags, None, SEEN)
        locate(self.store, RESOLVER, lambda: self.now)
        return item

    def look_up(self, *names: str) -> dict[str, RouteReport]:
        settings = [self.setting(name) for name in names]
        with Client(NoPace(), user_agent="test", deadline=5.0, most_bytes=self.most_bytes, env=ENV) as client:
            seeker = Seeker(
                self.store,
                client,
                RESOLVER,
                lambda: self.now,
                lambda: self.stopped,
                HereSandbox,  # type: ignore[arg-type]
            )
            return {r.route: r for r in look_up(settings, seeker, everything=self.everything)}

    def setting(self, name: str) -> RouteSettings:
        return RouteSettings(name, f"{self.provider.url}/{name}", 0.0, self.budget, allow_private=True, key=self.key)

    def answers(self, path: str, body: Any, status: int = 200, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.provider.answers[path] = (status, content, headers)

    def countries(self, item: int) -> list[tuple[int | None, str, str]]:
        return [(o.author, o.country, o.method) for o in self.store.findings.origins(item)]

    def state(self, item: int) -> str:
        return str(self.store.connection.value("SELECT origin_state FROM items WHERE id = ?", (item,)))

    def lookups(self, item: int) -> list[tuple[str, str]]:
        return [(lookup.route, lookup.state) for lookup in self.store.evidence.lookups(item)]


@pytest.fixture
def world() -> Iterator[World]:
    provider = Provider()
    with Store.memory() as store:
        yield World(store, provider)
    provider.shutdown()
    provider.server_close()


HTML = "/arxiv-html/2607.00001"
PDF = "/arxiv-pdf/2607.00001"
OPENALEX = "/openalex/doi:10.48550/arXiv.2607.00001"


def block(*creators: tuple[str, str]) -> bytes:
    inner = "".join(
        f'<span class="ltx_creator ltx_role_author"><span class="ltx_personname">{name}</span>'
        f'<span class="ltx_contact ltx_role_affiliation">{place}</span></span>'
        for name, place in creators
    )
    return f'<html><body><div class="ltx_authors">{inner}</div></body></html>'.encode()


def works(*authorships: tuple[str, list[str], list[str]]) -> dict[str, Any]:
    return {
        "authorships": [
            {"raw_author_name": name, "raw_affiliation_strings": raw, "countries": countries}
            for name, raw, countries in authorships
        ]
    }


def test_the_html_edition_tells_and_nothing_more_is_asked(world: World) -> None:
    item = world.add()
    assert world.state(item) == "no-affiliation"
    world.answers(HTML, block(("Ana Lima", "University of Porto, Portugal"), ("Bo Ek", "KTH, Stockholm, Sweden")))
    reports = world.look_up("arxiv-html", "arxiv-pdf", "openalex")
    assert world.countries(item) == [(0, "PT", "country-name"), (1, "SE", "country-name")]
    assert world.state(item) == "known"
    assert world.provider.asked == [HTML]
    assert (reports["arxiv-html"].asked, reports["arxiv-html"].statements) == (1, 2)
    world.now += 40 * DAY
    world.look_up("arxiv-html", "arxiv-pdf")
    assert world.provider.asked == [HTML], "every author has strong evidence"


def test_what_was_obtained_is_written_down_with_its_source(world: World) -> None:
    item = world.add()
    world.answers(HTML, block(("Ana Lima", "Univ. of Porto, Portugal ana@up.pt"), ("Bo Ek", "Bread Laboratory")))
    world.look_up("arxiv-html")
    rows = [dict(r) for r in world.store.connection.rows("SELECT * FROM item_evidence ORDER BY author, rank")]
    assert [(r["author"], r["name"], r["kind"], r["country"], r["rank"], r["raw"]) for r in rows] == [
        (0, "Ana Lima", "affiliation", "PT", 1, "Univ. of Porto, Portugal"),
        (0, "Ana Lima", "domain", "PT", 4, "up.pt"),
        (1, "Bo Ek", "affiliation", None, 3, "Bread Laboratory"),
    ]
    [first, *_] = rows
    assert first["raw"][first["span_start"] : first["span_end"]] == first["words"] == "Portugal"
    assert first["source"] == f"{world.provider.url}{HTML}"
    assert first["fetched_at"] == stamp(SEEN)
    assert world.state(item) == "partial"
    dump = "\n".join(str(tuple(r)) for r in world.store.connection.rows("SELECT * FROM evidence"))
    assert "@" not in dump


def test_after_garbled_html_the_pdf_is_asked(world: World) -> None:
    item = world.add()
    world.answers(HTML, block(("On the Colour of Bread, part 1", "Somewhere, Peru")))
    world.answers(PDF, small_pdf.make(["Ana Lima, Bo Ek", "University of Porto, Portugal", "Abstract"]))
    reports = world.look_up("arxiv-html", "arxiv-pdf")
    assert world.lookups(item) == [("arxiv-html", "refused"), ("arxiv-pdf", "answered")]
    assert world.countries(item) == [(0, "PT", "country-name"), (1, "PT", "country-name")]
    assert not reports["arxiv-html"].failing, "the source has spoken"


def test_states_of_answers_are_told_apart(world: World) -> None:
    item = world.add(1, dois=("10.5555/bread",))
    world.answers("/crossref/10.5555%2Fbread", {"message": {"author": []}})
    world.answers(PDF, b"", status=500)
    world.answers(HTML, b"<html></html>")
    world.now += 3 * DAY
    world.look_up("arxiv-html", "arxiv-pdf", "crossref", "openalex")
    assert world.lookups(item) == [
        ("arxiv-html", "refused"),
        ("arxiv-pdf", "failed"),
        ("crossref", "none"),
        ("openalex", "absent"),
    ]
    assert world.state(item) == "no-affiliation"


def test_a_document_that_is_too_long_is_an_answer(world: World) -> None:
    for number in range(1, 6):
        world.add(number)
        world.answers(f"/arxiv-pdf/2607.0000{number}", b"%PDF-" + b" " * 20_000)
    world.most_bytes = 10_000
    report = world.look_up("arxiv-pdf")["arxiv-pdf"]
    assert (report.asked, report.answered, report.failing) == (5, 0, False)
    [row, *_] = world.store.connection.rows("SELECT status, error FROM lookup_ledger")
    assert row["status"] == "refused"
    assert "is longer than" in row["error"]


def test_openalex_is_asked_on_days_3_7_14_and_30_and_then_no_more(world: World) -> None:
    item = world.add()
    asked = []
    for hour in range(0, 45 * 24, 6):
        world.now = SEEN + hour * HOUR
        before = len(world.provider.asked)
        world.look_up("openalex")
        asked += [hour / 24] * (len(world.provider.asked) - before)
    assert asked == [3, 7, 14, 30]
    assert {state for _, state in world.lookups(item)} == {"absent"}


def test_missed_days_are_made_up_for_by_one_question(world: World) -> None:
    world.add()
    world.now = SEEN + 15 * DAY
    for _ in range(3):
        world.look_up("openalex")
        world.now += HOUR
    assert len(world.provider.asked) == 1
    world.now = SEEN + 30 * DAY
    world.look_up("openalex")
    assert len(world.provider.asked) == 2


def test_a_weaker_late_answer_does_not_overwrite(world: World) -> None:
    item = world.add(1, Author("Ana Lima", (Affiliation("University of Porto, Portugal"),)), Author("Bo Ek"))
    world.now = SEEN + 3 * DAY
    world.answers(OPENALEX, works(("Ana Lima", [], ["BR"]), ("Bo Ek", [], ["NO"])))
    world.look_up("openalex")
    assert world.countries(item) == [(0, "PT", "country-name"), (1, "NO", "index")]
    assert world.state(item) == "known"
    world.now = SEEN + 7 * DAY
    world.answers(OPENALEX, works(("Ana Lima", [], ["BR"]), ("Bo Ek", ["KTH, Stockholm, Sweden"], ["NO"])))
    world.look_up("openalex")
    assert world.countries(item) == [(0, "PT", "country-name"), (1, "SE", "country-name")], "stronger replaces weaker"
    kept = world.store.connection.rows("SELECT country FROM evidence WHERE item_id = ? ORDER BY id", (item,))
    assert [r["country"] for r in kept] == ["PT", "BR", "NO", "SE"], "nothing is deleted, nothing twice"
    world.now = SEEN + 14 * DAY
    world.look_up("arxiv-html")
    assert len(world.provider.asked) == 2, "strong evidence for all authors"


def test_conflicts_among_strong_evidence_are_counted(world: World) -> None:
    item = world.add(1, Author("Ana Lima", (Affiliation("University of Porto, Portugal"),)), Author("Bo Ek"))
    world.answers(HTML, block(("Ana Lima", "KTH, Stockholm, Sweden"), ("Bo Ek", "KTH, Stockholm, Sweden")))
    world.look_up("arxiv-html")
    assert world.countries(item) == [(0, "PT", "country-name"), (1, "SE", "country-name")]
    row = world.store.connection.row("SELECT conflicts, strong FROM item_origin_state")
    assert row is not None
    assert tuple(row) == (1, 1)


def test_crossref_is_asked_once_when_a_doi_appears(world: World) -> None:
    item = world.add()
    world.look_up("crossref")
    assert world.provider.asked == []
    entry = Entry("x", "On the Colour of Bread, part 1", authors=AUTHORS)
    names = [Identifier("arxiv", "2607.00001"), Identifier("doi", "10.5555/bread")]
    world.store.items.update(item, entry, names=names, content="c1")
    place = {"name": "KTH, Sweden"}
    message = {"author": [{"given": "Ana", "family": "Lima", "affiliation": [place]}, {"given": "Bo", "family": "Ek"}]}
    world.answers("/crossref/10.5555%2Fbread", {"message": message})
    world.now += 60 * DAY
    for _ in range(3):
        world.look_up("crossref")
        world.now += DAY
    assert len(world.provider.asked) == 1
    assert world.countries(item) == [(0, "SE", "country-name")]


def test_the_country_of_an_attached_ror_id_is_learnt_from_openalex(world: World) -> None:
    ror = "https://ror.org/00example1"
    item = world.add(1, Author("Ana Lima", (Affiliation("Bread Lab", ror),)), Author("Bo Ek"))
    assert world.countries(item) == []
    world.add(2)
    world.now = SEEN + 3 * DAY
    page = works(("Ana Lima", [], ["SE"]), ("Bo Ek", [], []))
    page["authorships"][0]["institutions"] = [{"ror": ror, "country_code": "SE"}]
    world.answers("/openalex", {"results": [page | {"doi": "https://doi.org/10.48550/arXiv.2607.00002"}]})
    world.look_up("openalex")
    assert world.store.evidence.country_of(ror) == "SE"
    assert locate(world.store, RESOLVER, lambda: world.now) == 1, "the work that was told the id before"
    assert world.countries(item) == [(0, "SE", "ror-attached")]


def test_only_works_that_carry_a_goal_are_looked_up_unless_all_are_wanted(world: World) -> None:
    world.add(1, goal=False)
    world.look_up("arxiv-html")
    assert world.provider.asked == []
    world.everything = True
    world.look_up("arxiv-html")
    assert world.provider.asked == [HTML]


def test_a_failing_route_never_stops_the_others_and_rests(world: World) -> None:
    for number in range(1, 7):
        world.add(number)
        world.answers(f"/arxiv-html/2607.0000{number}", b"", status=500)
        page = small_pdf.make(["Ana Lima, Bo Ek", "University of Porto, Portugal", "Abstract"])
        world.answers(f"/arxiv-pdf/2607.0000{number}", page)
    reports = world.look_up("arxiv-html", "arxiv-pdf")
    assert reports["arxiv-html"].failing
    assert reports["arxiv-html"].asked == MOST_IN_A_ROW
    assert reports["arxiv-html"].error is not None
    assert "500" in reports["arxiv-html"].error
    assert (reports["arxiv-pdf"].answered, reports["arxiv-pdf"].failing) == (6, False)
    [html, _] = world.store.evidence.health()
    assert (html["status"], html["unanswered"], html["answered"]) == ("failed", MOST_IN_A_ROW, 0)


def test_a_throttled_route_is_left_alone_as_long_as_it_said(world: World) -> None:
    world.add(1)
    world.add(2)
    world.answers("/arxiv-html/2607.00002", b"", status=429, **{"Retry-After": "7200"})
    assert world.look_up("arxiv-html")["arxiv-html"].failing
    assert len(world.provider.asked) == 1, "the newest first, and then no other"
    world.now += HOUR
    report = world.look_up("arxiv-html")["arxiv-html"]
    assert (report.asked, report.error) == (0, "left alone until 2026-07-20 10:00Z")
    world.now += 2 * HOUR
    world.provider.answers.clear()
    world.look_up("arxiv-html")
    assert len(world.provider.asked) == 3


def test_the_budget_of_a_day_holds_across_runs(world: World) -> None:
    for number in range(1, 6):
        world.add(number)
    world.budget = 2
    assert world.look_up("arxiv-html")["arxiv-html"].error == "the budget of 2 requests a day is spent"
    world.now += HOUR
    report = world.look_up("arxiv-html")["arxiv-html"]
    assert (report.asked, report.failing) == (0, False)
    world.now += DAY
    world.look_up("arxiv-html")
    assert len(world.provider.asked) == 4


def test_a_route_without_its_key_rests_and_says_so(world: World) -> None:
    world.add()
    world.now += 3 * DAY
    setting = RouteSettings("openalex", world.provider.url, 0.0, 9, idle="no key")
    with Client(NoPace(), user_agent="test") as client:
        [report] = look_up([setting], Seeker(world.store, client, RESOLVER, lambda: world.now))
    assert (report.error, report.asked, report.failing) == ("no key", 0, False)


def test_the_key_is_sent_and_never_written_down(world: World) -> None:
    item = world.add()
    world.now += 3 * DAY
    world.answers(OPENALEX, works(("Ana Lima", ["KTH, Sweden"], []), ("Bo Ek", [], [])))
    world.look_up("openalex")
    assert "api_key=k3y" in world.provider.asked[0]
    written = [
        str(tuple(r)) for t in ("evidence", "lookups") for r in world.store.connection.rows(f"SELECT * FROM {t}")
    ]
    assert written
    assert "k3y" not in "".join(written)
    assert "k3y" not in repr(world.setting("openalex"))
    assert world.store.evidence.lookups(item)[0].source == f"{world.provider.url}{OPENALEX}"


def test_told_to_stop_it_asks_nothing_more(world: World) -> None:
    item = world.add()
    world.stopped = True
    world.look_up("arxiv-html")
    assert (world.provider.asked, world.lookups(item)) == ([], [])


def asked(days: float, state: str = "absent", works: int = 1) -> Lookup:
    return Lookup("r", "s", SEEN + days * DAY, state, works=works)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "lookups", "at", "due"),
    [
        ((0,), [], 0, True),
        ((3,), [], 2.99, False),
        ((3,), [], 3, True),
        ((0, 2), [asked(0)], 1.9, False),
        ((0, 2), [asked(0)], 2, True),
        ((0, 2), [asked(0), asked(2.5)], 9, False),
        ((0,), [asked(0, "failed")], 0.5 / 24, False),
        ((0,), [asked(0, "failed")], 1 / 24, True),
        ((0,), [asked(0, "failed"), asked(1 / 24, "throttled")], 2.5 / 24, False),
        ((0,), [asked(0, "failed"), asked(1 / 24, "throttled")], 3 / 24, True),
        ((0,), [asked(0, "failed"), asked(1 / 24, "none")], 99, False),
        ((0,), [asked(n, "failed") for n in range(MOST_FAILURES)], 99, False),
        ((0, 90), [asked(n, "failed") for n in range(MOST_FAILURES)], 99, True),
    ],
)
def test_when_a_question_is_due(days: tuple[int, ...], lookups: list[Lookup], at: float, due: bool) -> None:
    assert is_due(days, SEEN, lookups, SEEN + at * DAY) is due


@pytest.mark.parametrize(
    ("lookups", "due"),
    [
        ([asked(0, works=5)], True),
        ([asked(0, works=5), asked(0)], False),
        ([asked(0, works=5), asked(0, "failed")], False),
        ([asked(0, works=5), asked(-1, "failed")], True),
        ([asked(0, "none", works=5)], False),
    ],
)
def test_what_a_list_does_not_have_is_due_until_it_was_asked_about_alone(lookups: list[Lookup], due: bool) -> None:
    assert is_due((-9,), SEEN, lookups, SEEN + DAY / 48, alone=True) is due
    assert not is_due((-9,), SEEN, lookups[:1], SEEN + DAY / 48), "where a list is an answer"


# --- what became of works ---------------------------------------------------------------------

OPENALEX_LIST, S2 = "/openalex", "/semantic-scholar"


def openalex_work(number: int, **fields: Any) -> dict[str, Any]:
    people = [{"raw_author_name": name} for name in ("Ana Lima", "Bo Ek")]
    return {
        "doi": f"https://doi.org/10.48550/arxiv.2607.{number:05}",
        "authorships": people,
        "cited_by_count": 2,
    } | fields


def published(doi: str, venue: str, **fields: Any) -> dict[str, Any]:
    place = {"source": {"type": "journal", "display_name": venue}}
    arxiv = {"source": {"type": "repository", "display_name": "arXiv"}}
    return {"doi": f"https://doi.org/{doi}", "locations": [arxiv, place], "type": "article"} | fields


def said(world: World, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in world.store.connection.rows(sql)]


def test_many_works_are_asked_about_in_one_request(world: World) -> None:
    items = [world.add(number) for number in range(1, 4)]
    world.now = SEEN + 3 * DAY
    world.answers(OPENALEX_LIST, {"results": [openalex_work(2), openalex_work(1, cited_by_count=7)]})
    report = world.look_up("openalex")["openalex"]
    listed, alone = world.provider.asked
    assert "filter=doi%3A10.48550%2FarXiv.2607.00003%7C10.48550%2FarXiv.2607.00002%7C" in listed
    assert alone.startswith("/openalex/doi:10.48550/arXiv.2607.00003"), "it may have been merged into another work"
    assert (report.asked, report.answered) == (4, 2)
    assert [world.lookups(item) for item in items] == [
        [("openalex", "answered")],
        [("openalex", "answered")],
        [("openalex", "absent"), ("openalex", "absent")],
    ]
    assert world.store.evidence.asked_since("openalex", SEEN) == 2, "two requests"
    counts = said(world, "SELECT uid, citations, route FROM item_citations ORDER BY uid")
    assert [(count, route) for _, count, route in counts] == [(7, "openalex"), (2, "openalex")]


def test_the_budget_counts_requests_and_not_works(world: World) -> None:
    for number in range(1, 4):
        world.add(number)
    world.now = SEEN + 3 * DAY
    world.budget = 1
    world.answers(OPENALEX_LIST, {"results": [openalex_work(number) for number in (1, 2)]})
    report = world.look_up("openalex")["openalex"]
    assert (len(world.provider.asked), report.error) == (1, "the budget of 1 requests a day is spent")
    world.now += HOUR
    assert world.look_up("openalex")["openalex"].asked == 0


def test_what_a_list_did_not_have_is_asked_about_alone_at_the_next_run_with_budget(world: World) -> None:
    _, _, missing = (world.add(number) for number in range(1, 4))
    world.now = SEEN + 3 * DAY
    world.budget = 1
    world.answers(OPENALEX_LIST, {"results": [openalex_work(number) for number in (1, 2)]})
    world.look_up("openalex")
    world.now += DAY + HOUR
    world.add(4)
    world.answers("/openalex/doi:10.48550/arXiv.2607.00003", openalex_work(3))
    assert world.look_up("openalex")["openalex"].answered == 1
    assert world.provider.asked[-1].startswith("/openalex/doi:10.48550/arXiv.2607.00003"), "before any list"
    assert world.lookups(missing) == [("openalex", "absent"), ("openalex", "answered")]
    assert len(world.provider.asked) == 2


class Choosy(dict[str, Answer]):
    """Answers of a Crossref that takes no question with the DOI `bad` in it, and has every other work."""

    def __init__(self, provider: Provider, bad: str) -> None:
        super().__init__()
        self.provider, self.bad = provider, bad

    def get(self, path: str, default: Any = None) -> Any:
        asked = unquote(self.provider.asked[-1])
        if self.bad in asked:
            return 400, b'{"status":"failed"}'
        dois = [word.partition("&")[0] for word in asked.split("doi:")[1:]]
        works = [{"DOI": doi.rstrip(","), "author": [], "container-title": ["Baking"]} for doi in dois]
        found = {"items": works} if works else {"author": [], "container-title": ["Baking"]}
        return 200, json.dumps({"message": found}).encode()


def test_one_bad_doi_in_a_list_keeps_no_other_work_from_its_answer(world: World) -> None:
    items = [world.add(number, dois=(f"10.5555/{'bad' if number == 4 else number}",)) for number in range(1, 9)]
    world.provider.answers = Choosy(world.provider, "10.5555/bad")
    report = world.look_up("crossref")["crossref"]
    assert [world.store.evidence.lookups(item)[-1].state for item in items] == [
        *(["answered"] * 3),
        "refused",
        *(["answered"] * 4),
    ]
    assert (report.asked, report.answered, report.resting) == (8, 7, False)
    told = "it does not take the question about this work: 127.0.0.1"
    assert (report.error or "").startswith(told)
    assert len(world.provider.asked) == 7, "the list, then halves of it"
    assert world.store.evidence.asked_since("crossref", SEEN - HOUR) == 7
    world.now += HOUR
    assert world.look_up("crossref")["crossref"].asked == 0


def test_a_source_that_takes_no_question_any_more_is_left_alone(world: World) -> None:
    for number in range(1, 9):
        world.add(number, dois=(f"10.5555/{number}",))
    world.provider.answers = Choosy(world.provider, "10.5555/")
    report = world.look_up("crossref")["crossref"]
    assert (report.asked, report.resting, report.failing) == (MOST_IN_A_ROW, True, True)
    world.now += 2 * HOUR
    assert world.look_up("crossref")["crossref"].asked == MOST_IN_A_ROW, "the others are not given up"


def test_a_work_of_other_authors_in_a_list_is_refused_alone(world: World) -> None:
    one, other = world.add(1), world.add(2)
    world.now = SEEN + 3 * DAY
    stranger = openalex_work(1, authorships=[{"raw_author_name": "Cy Example"}])
    world.answers(OPENALEX_LIST, {"results": [stranger, openalex_work(2)]})
    world.look_up("openalex")
    assert (world.lookups(one), world.lookups(other)) == ([("openalex", "refused")], [("openalex", "answered")])


def test_the_published_version_becomes_known_to_linking(world: World) -> None:
    feed = Feed("f", "arxiv", "https://x.example", HOUR, 1.0)
    world.store.ledger.register([feed], SEEN)
    names = (Identifier("arxiv", "2607.00001"),)
    preprint = Entry("1", "On the Colour of Bread, part 1", "A.", AUTHORS, names, venue="arXiv", type="preprint")
    world.store.entries.keep("f", [preprint], SEEN)
    link(world.store, lambda: SEEN)
    locate(world.store, RESOLVER, lambda: world.now)
    world.everything, world.now = True, SEEN + 3 * DAY
    world.answers(OPENALEX, openalex_work(1) | published("10.5555/bread", "Journal of Bread", cited_by_count=4))
    world.look_up("openalex")
    assert link(world.store, lambda: world.now) == 1
    assert said(world, "SELECT uid, doi, venue, type FROM item_overview") == [
        ("arxiv:2607.00001", "10.5555/bread", "Journal of Bread", "article")
    ]
    assert said(world, "SELECT feed FROM feed_health") == [("f",)], "a route is no feed that could fall silent"
    world.now = SEEN + 7 * DAY
    world.answers(OPENALEX, openalex_work(1) | published("10.5555/bread", "Journal of Bread", cited_by_count=9))
    world.look_up("openalex")
    assert link(world.store, lambda: world.now) == 0, "nothing new is told"
    history = said(world, "SELECT asked_at, citations FROM item_publications ORDER BY asked_at")
    assert [count for _, count in history] == [4, 9]
    assert said(world, "SELECT citations FROM item_citations") == [(9,)]


def test_two_preprints_that_became_one_article_both_know_it_and_stay_as_they_are(world: World) -> None:
    world.store.ledger.register([Feed("f", "arxiv", "https://x.example", HOUR, 1.0)], SEEN)
    for number in (1, 2):
        names = (Identifier("arxiv", f"2607.0000{number}"),)
        preprint = Entry(str(number), f"On the Colour of Bread, part {number}", "A.", AUTHORS, names, type="preprint")
        world.store.entries.keep("f", [preprint], SEEN)
    link(world.store, lambda: SEEN)
    locate(world.store, RESOLVER, lambda: world.now)
    world.everything = True
    for day in (3, 7):
        world.now = SEEN + day * DAY
        for number in (1, 2):
            whole = openalex_work(number) | published("10.5555/bread", "Journal of Bread")
            world.answers(f"/openalex/doi:10.48550/arXiv.2607.0000{number}", whole)
        world.answers(OPENALEX_LIST, {"results": []})
        world.look_up("openalex")
        assert link(world.store, lambda: world.now) == (2 if day == 3 else 0)
        assert said(world, "SELECT uid, doi FROM item_overview ORDER BY uid") == [
            ("arxiv:2607.00001", "10.5555/bread"),
            ("arxiv:2607.00002", "10.5555/bread"),
        ]


def test_what_a_source_says_of_the_volume_is_not_said_of_its_papers(world: World) -> None:
    feed = Feed("f", "dblp", "https://x.example", HOUR, 1.0)
    world.store.ledger.register([feed], SEEN)
    paper = Entry("1", "On the Colour of Bread", "", AUTHORS, (Identifier("doi", "10.5555/volume"),), year=2026)
    world.store.entries.keep("f", [paper], SEEN)
    link(world.store, lambda: SEEN)
    locate(world.store, RESOLVER, lambda: world.now)
    world.everything = True
    volume = {
        "DOI": "10.5555/volume",
        "title": ["Proceedings of the Tenth International Conference on Baking"],
        "container-title": ["Lecture Notes in Baking"],
        "type": "proceedings",
        "is-referenced-by-count": 4_000,
    }
    world.answers("/crossref/10.5555%2Fvolume", {"message": volume})
    world.look_up("crossref")
    [item] = world.store.items.ids_of(["doi:10.5555/volume"])
    assert world.lookups(item) == [("crossref", "refused")]
    link(world.store, lambda: world.now)
    assert said(world, "SELECT title, venue FROM item_overview") == [("On the Colour of Bread", None)]
    assert said(world, "SELECT citations FROM item_citations") == []


def test_semantic_scholar_is_asked_by_post_with_its_key_in_a_header(world: World) -> None:
    world.add(1)
    item = world.add(2)
    world.now = SEEN + 3 * DAY
    people = [{"name": "A. Lima"}, {"name": "B. Ek"}]
    work = {"title": "T", "authors": people, "externalIds": {"DOI": "10.5555/Bread"}, "venue": "Bread Letters"}
    world.answers(S2, [work | {"citationCount": 3, "year": 2026, "publicationTypes": ["JournalArticle"]}, None])
    world.look_up("semantic-scholar")
    assert world.provider.sent == [(b'{"ids": ["ARXIV:2607.00002", "ARXIV:2607.00001"]}', "k3y")]
    assert "k3y" not in world.provider.asked[0]
    [(route, _, found)] = world.store.publications.of(item)
    assert (route, found.doi, found.venue, found.citations) == ("semantic-scholar", "10.5555/bread", "Bread Letters", 3)
    assert world.lookups(item - 1) == [("semantic-scholar", "absent")]


def test_a_post_is_not_repeated_where_a_redirect_leads(world: World) -> None:
    item = world.add()
    world.now = SEEN + 3 * DAY
    world.answers(S2, b"", status=307, Location="/elsewhere")
    world.look_up("semantic-scholar")
    assert (len(world.provider.asked), world.lookups(item)) == (1, [("semantic-scholar", "failed")])


@pytest.mark.parametrize("table", ["lookups", "publications"])
def test_a_run_that_is_killed_while_it_writes_keeps_all_of_an_answer_or_nothing(world: World, table: str) -> None:
    items = [world.add(number) for number in (1, 2)]
    world.now = SEEN + 3 * DAY
    world.answers(OPENALEX_LIST, {"results": [openalex_work(1), openalex_work(2)]})
    world.store.connection.run(
        f"CREATE TEMP TRIGGER killed BEFORE INSERT ON {table} WHEN (SELECT count(*) FROM main.{table}) = 1"
        " BEGIN SELECT RAISE(ABORT, 'killed'); END"
    )
    with pytest.raises(StoreError):
        world.look_up("openalex")
    assert [world.lookups(item) for item in items] == [[], []]
    assert said(world, "SELECT * FROM publications") == []
    world.store.connection.run("DROP TRIGGER killed")
    world.look_up("openalex")
    assert [world.lookups(item) for item in items] == [[("openalex", "answered")]] * 2
    assert len(said(world, "SELECT * FROM publications")) == 2
