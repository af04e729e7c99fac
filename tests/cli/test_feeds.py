"""The feeds from the command line: listed, added, removed, checked on a server of this machine, exchanged."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from servers.sites import serving

from monitor import cli
from monitor.app import App
from monitor.config.document import parse

NOW = datetime(2026, 7, 20, 8, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[1] / "examples"
Run = Callable[..., tuple[int, str, str]]

FILE = """\
# ours
feeds:
  # --- files ---

  papers: # of the library
    kind: jsonl
    url: papers.jsonl
    why: What the library has
    goals: [cyber]

  news:
    kind: feed
    url: https://news.example/rss/
    enabled: false
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    record = {"id": "9912.00001", "title": "Muon tomography", "abstract": "Cargo."}
    (tmp_path / "papers.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    (tmp_path / "feeds.yaml").write_text(FILE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    return partial(run_in, home, capfd)


def run_in(home: Path, printed: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(list(arguments), App(home, clock=lambda: NOW, env={}))
    return code, *printed.readouterr()


@pytest.fixture
def watched(home: Path) -> Callable[[], dict[str, dict[str, object]]]:
    return lambda: parse(Path("x"), (home / "feeds.yaml").read_text(encoding="utf-8")).data["feeds"]


# --- list ------------------------------------------------------------------------------------


def test_what_is_watched_is_listed_with_its_state(run: Run, home: Path) -> None:
    assert cli.run(["fetch"], App(home, env={})) == 0
    code, out, err = run("feeds", "list")
    assert code == 0
    papers, news = out.splitlines()
    assert papers.split()[:4] == ["papers", "jsonl", "ok", "cyber"]
    assert papers.endswith("What the library has")
    assert news.split()[:3] == ["news", "feed", "off"]
    assert "2 feeds, 1 of them switched off" in err
    code, out, _ = run("feeds", "list", "--goal", "cyber", "--json")
    [row] = json.loads(out)
    assert (row["feed"], row["status"], row["goals"], row["enabled"]) == ("papers", "ok", ["cyber"], True)
    assert row["last_new"] == row["last_ok"]
    assert row["last_error"] is None
    assert run("feeds", "list", "--kind", "oai")[1] == ""


@pytest.mark.parametrize(
    ("option", "name", "words"),
    [
        ("--goal", "cybr", "there is no goal 'cybr'; did you mean 'cyber'?"),
        ("--kind", "jsonlines", "there is no source kind 'jsonlines'"),
    ],
)
def test_a_list_by_a_name_that_is_none_is_a_mistake_of_use(run: Run, option: str, name: str, words: str) -> None:
    code, out, err = run("feeds", "list", option, name)
    assert (code, out) == (2, "")
    assert words in err


# --- add, remove -----------------------------------------------------------------------------


def test_a_feed_is_added_and_the_file_stays_as_it_was(run: Run, home: Path) -> None:
    code, out, _ = run(
        *("feeds", "add", "detectors", "--kind", "arxiv", "--option", "categories=[physics.ins-det]"),
        *("--every", "1d", "--why", "Detectors: for ports", "--goal", "screening"),
    )
    assert (code, out) == (0, "detectors\n")
    assert (home / "feeds.yaml").read_text(encoding="utf-8") == FILE + (
        "\n  detectors:\n    kind: arxiv\n    categories: [physics.ins-det]\n    every: 1d\n"
        "    why: 'Detectors: for ports'\n    goals: [screening]\n"
    )
    assert [row["feed"] for row in json.loads(run("feeds", "list", "--json")[1])] == ["papers", "news", "detectors"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("papers", "--url", "https://new.example/"), 4, "there is a feed 'papers' already"),
        (("again", "--url", "http://NEWS.example/rss"), 1, "is watched already, as 'news'"),
        (("again", "--kind", "jsonl", "--url", "papers.jsonl"), 1, "is watched already, as 'papers'"),
        (("again", "--kind", "jsonl", "--url", "sub/../papers.jsonl"), 1, "is watched already, as 'papers'"),
        (("bad name", "--url", "https://new.example/"), 4, "monitor: feed 'bad name': 'bad name' is not a name"),
        (("x", "--url", "ftp://new.example/"), 4, "is not an address"),
        (("x", "--kind", "rss", "--url", "https://new.example/"), 4, "there is no source kind 'rss'"),
        (("x", "--url", "https://new.example/", "--goal", "cyberr"), 4, "did you mean 'cyber'?"),
        (("x", "--url", "https://new.example/", "--option", "vnue=A"), 4, "did you mean 'venue'?"),
        (("x", "--url", "https://new.example/", "--option", "venue"), 2, "is not KEY=VALUE"),
        (("x", "--url", "https://new.example/", "--option", "venue=!!python/name:os.system"), 4, "tag"),
        (("x",), 4, "has no 'url'"),
    ],
)
def test_what_cannot_be_added_changes_nothing(
    run: Run, home: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    found, out, err = run("feeds", "add", *arguments)
    assert (found, out) == (code, "")
    assert words in err
    assert (home / "feeds.yaml").read_text(encoding="utf-8") == FILE


def test_a_feed_is_removed_its_history_stays_and_what_was_printed_brings_it_back(
    run: Run, home: Path, watched: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = watched()
    run("fetch")
    code, out, err = run("feeds", "remove", "papers")
    assert code == 0
    assert "papers: removed; its 1 record and its ledger stay in the store" in err
    assert "papers" not in (home / "feeds.yaml").read_text(encoding="utf-8")
    with App(home, clock=lambda: NOW, env={}).store() as store:
        assert store.entries.count_of("papers") == 1
        assert [row["status"] for row in store.ledger.health() if row["feed"] == "papers"] == ["skipped"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(out.encode())))
    assert run("feeds", "import", "-")[:2] == (0, "papers\n")
    assert watched() == before


def test_a_feed_that_checks_another_comes_back_too(
    run: Run, home: Path, watched: Callable[[], dict[str, dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with (home / "feeds.yaml").open("a", encoding="utf-8") as file:
        file.write("\n  newest: {kind: feed, url: 'https://newest.example/', checks: news}\n")
    before = watched()
    _, out, _ = run("feeds", "remove", "newest", "news")  # what checks comes first, and what it checks after it
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(out.encode())))
    assert run("feeds", "import", "-")[:2] == (0, "newest\nnews\n")
    assert watched() == before
    assert run("feeds", "add", "third", "--url", "https://third.example/", "--option", "checks=news")[0] == 0


def test_what_checks_a_feed_that_there_is_not_is_left_out_alone(run: Run, home: Path) -> None:
    added = [f"{name}:\n  kind: feed\n  url: https://{name}.example/\n" for name in ("a", "b", "c", "d")]
    added[0] += "  checks: b\n"
    added[1] += "  checks: papres\n"
    added[3] += "  checks: d\n"
    (home / "more.yaml").write_text("".join(added), encoding="utf-8")
    code, out, err = run("feeds", "import", str(home / "more.yaml"))
    assert (code, out) == (3, "c\n")
    assert "more.yaml, line 5: 'checks' in feed 'b': there is no other feed 'papres'; did you mean 'papers'?" in err
    assert "'checks' in feed 'a': there is no other feed 'b'" in err
    assert "'checks' in feed 'd': there is no other feed 'd'" in err


def test_a_feed_may_be_switched_off_instead(run: Run, home: Path) -> None:
    code, out, err = run("feeds", "remove", "--disable", "papers", "news")
    assert (code, out) == (0, "")
    assert "papers: switched off" in err
    assert "    goals: [cyber]\n    enabled: false\n" in (home / "feeds.yaml").read_text(encoding="utf-8")


def test_an_unknown_feed_is_told_with_a_suggestion(run: Run, home: Path) -> None:
    code, _, err = run("feeds", "remove", "paper")
    assert code == 4
    assert "did you mean 'papers'?" in err
    assert (home / "feeds.yaml").read_text(encoding="utf-8") == FILE


# --- check -----------------------------------------------------------------------------------


def items(*days: int) -> bytes:
    entries = "".join(
        f"<item><title>Paper {day}</title><link>https://lab.example/{day}</link><description>Text.</description>"
        f"<pubDate>{day:02d} Jul 2026 00:00:00 GMT</pubDate></item>"
        for day in days
    )
    return f"<rss version='2.0'><channel><title>Quillhaven Reports</title>{entries}</channel></rss>".encode()


def test_a_feed_is_described_and_its_lines_can_be_added(
    run: Run, watched: Callable[[], dict[str, dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving({"/rss": items(1, 8, 15)}) as address:
        code, out, err = run("feeds", "check", f"{address}/rss", "--allow-private", "--goal", "cyber")
        assert code == 0
        assert f"{address}/rss is an RSS feed: Quillhaven Reports" in err
        assert "3 entries, the newest of 2026-07-15, about 1 a week" in err
        assert "with an abstract: 3, with affiliations: 0" in err
        assert "- Paper 1" in err
        assert out.startswith("  quillhaven-reports:\n    kind: feed\n    url: ")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(out.encode())))
        assert run("feeds", "import", "-")[:2] == (0, "quillhaven-reports\n")
        assert run("fetch", "--feed", "quillhaven-reports")[0] == 0
        code, out, _ = run("feeds", "check", "quillhaven-reports")
    assert (code, out) == (0, "")
    assert watched()["quillhaven-reports"] == {
        "kind": "feed",
        "url": f"{address}/rss",
        "every": "1d",
        "allow_private": True,
        "why": "Quillhaven Reports",
        "goals": ["cyber"],
    }


@pytest.mark.parametrize(("days", "every"), [((1, 2), "6h"), ((1, 3), "12h"), ((1, 4), "1d"), ((), "1d")])
def test_what_turns_over_fast_is_looked_at_often(run: Run, days: tuple[int, ...], every: str) -> None:
    with serving({"/rss": items(*days)}) as address:
        _, out, _ = run("feeds", "check", f"{address}/rss", "--allow-private", "--json")
    [entry] = json.loads(out)["feeds"].values()
    assert entry["every"] == every


def test_a_private_address_is_refused_unless_allowed(run: Run) -> None:
    with serving({"/rss": items(1)}) as address:
        code, out, err = run("feeds", "check", f"{address}/rss")
    assert (code, out) == (1, "")
    assert "127.0.0.1" in err


def test_a_page_is_followed_to_its_one_feed_and_several_are_listed(run: Run) -> None:
    link = '<link rel="alternate" type="application/rss+xml" title="{0}" href="/{0}">'
    head = "<!DOCTYPE html><html><head><title>Lab</title>"
    pages = {
        "/one": (head + link.format("rss")).encode(),
        "/two": (head + link.format("rss") + link.format("other")).encode(),
        "/dead": (head + link.format("page")).encode(),
        "/none": head.encode(),
        "/page": head.encode(),
        "/rss": items(1, 2),
    }
    with serving(pages) as address:
        code, out, err = run("feeds", "check", f"{address}/one", "--allow-private")
        assert code == 0
        assert f"url: {address}/rss" in out
        assert f"{address}/one is a page titled 'Lab', which names this feed" in err
        code, out, err = run("feeds", "check", f"{address}/two", "--allow-private")
        assert (code, out) == (1, "")
        assert f"it names the feed {address}/other (other)" in err
        code, out, err = run("feeds", "check", f"{address}/dead", "--allow-private")
        assert (code, out) == (1, "")
        code, out, err = run("feeds", "check", f"{address}/none", "--allow-private")
        assert (code, out) == (1, "")
        assert "is a page titled 'Lab'" in err
        assert run("feeds", "check", f"{address}/missing", "--allow-private")[0] == 1


def test_a_watched_file_is_tried_by_its_name(run: Run, home: Path) -> None:
    code, out, err = run("feeds", "check", "papers")
    assert (code, out) == (0, "")
    assert "1 entries" in err
    assert "- Muon tomography" in err
    (home / "papers.jsonl").unlink()
    code, _, err = run("feeds", "check", "papers")
    assert (code, "there is no file or folder" in err) == (1, True)


def test_a_file_of_several_parts_says_that_there_is_more(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.files.PART", 40)
    lines = [json.dumps({"id": f"9912.0000{number}", "title": "Muon tomography"}) for number in range(1, 4)]
    (home / "papers.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert "1 entries, the first of more" in run("feeds", "check", "papers")[2]


def test_a_repository_is_asked_what_it_is(run: Run) -> None:
    def answer(body: str) -> bytes:
        return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{body}</OAI-PMH>'.encode()

    pages = {
        "/oai": (EXAMPLES / "oai" / "dublin-core" / "page.xml").read_bytes(),
        "/oai?verb=Identify": answer(
            "<Identify><repositoryName>Quillhaven Research</repositoryName>"
            "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
        ),
        "/oai?verb=ListMetadataFormats": answer(
            "<ListMetadataFormats><metadataFormat><metadataPrefix>oai_dc</metadataPrefix></metadataFormat>"
            "</ListMetadataFormats>"
        ),
        "/oai?verb=ListSets": answer("<ListSets><set><setSpec>r</setSpec><setName>Reports</setName></set></ListSets>"),
    }
    with serving(pages) as address:
        code, out, err = run("feeds", "check", f"{address}/oai?verb=Identify", "--allow-private", "--json")
        assert code == 0, err
        finding = json.loads(out)
        assert finding["feeds"] == {
            "quillhaven-research": {
                "kind": "oai",
                "url": f"{address}/oai",
                "prefix": "oai_dc",
                "granularity": "second",
                "allow_private": True,
                "why": "Quillhaven Research",
                "goals": [],
            }
        }
        assert finding["notes"] == ["set r: Reports"]
        assert finding["sample"]["entries"] > 0
        _, out, _ = run("feeds", "check", f"{address}/oai?set=r", "--allow-private", "--json")
        [entry] = json.loads(out)["feeds"].values()
        assert entry["set"] == "r"


def test_an_address_that_only_looks_like_a_repository_is_read_as_what_it_is(run: Run) -> None:
    with serving({"/oai": items(1)}) as address:
        code, out, _ = run("feeds", "check", f"{address}/oai", "--allow-private")
    assert code == 0
    assert "kind: feed" in out


@pytest.mark.parametrize(
    ("address", "said"), [("http://[x", "the address is not a valid URL"), ("http://", "the address names no host")]
)
def test_what_is_no_address_is_told_in_a_sentence(run: Run, address: str, said: str) -> None:
    code, out, err = run("feeds", "check", address)
    assert (code, out, err) == (1, "", f"{address}: {said}\n")


# --- import, export --------------------------------------------------------------------------


OPML = """<opml version="2.0"><body>
<outline text="A Trusted Cyber Future"><outline text="Sécurité &amp; risque" xmlUrl="https://s.example/rss"/></outline>
<outline text="News" description="Daily"><outline text="Sécurité &amp; risque" xmlUrl="https://n.example/rss"/>
<outline text="old" xmlUrl="https://news.example/rss"/><outline text="broken"/>
<outline text="bad" xmlUrl="https://[x/"/></outline>
</body></opml>"""


def test_opml_is_taken_over_and_what_is_wrong_is_named(
    run: Run, home: Path, watched: Callable[[], dict[str, dict[str, object]]]
) -> None:
    (home / "list.opml").write_text(OPML, encoding="utf-8")
    code, out, err = run("feeds", "import", str(home / "list.opml"), "--dry-run")
    assert (code, out) == (3, "securite-risque\nsecurite-risque-2\n")
    assert (home / "feeds.yaml").read_text(encoding="utf-8") == FILE
    code, out, err = run("feeds", "import", str(home / "list.opml"), "--goal", "decision")
    assert (code, out) == (3, "securite-risque\nsecurite-risque-2\n")
    assert "list.opml, line 4: https://news.example/rss is watched already, as 'news'" in err
    assert "list.opml, line 4: the outline 'broken' has no xmlUrl" in err
    assert "list.opml, line 5" in err
    assert "2 feeds added, 1 watched already, 2 that cannot be used" in err
    assert watched()["securite-risque"]["goals"] == ["cyber", "decision"]
    assert watched()["securite-risque-2"] == {
        "kind": "feed",
        "url": "https://n.example/rss",
        "why": "Sécurité & risque (folder News)",
        "goals": ["decision"],
    }
    code, out, _ = run("feeds", "import", str(home / "list.opml"))
    assert out == "", "a second time brings nothing"


def test_yaml_is_taken_over_and_what_is_wrong_is_named(run: Run, home: Path) -> None:
    file = home / "more.yaml"
    file.write_text("feeds:\n  a: {kind: feed, url: https://a.example/}\n  b: {kind: fed}\n  c: 3\n", encoding="utf-8")
    code, out, err = run("feeds", "import", str(file))
    assert (code, out) == (3, "a\n")
    assert "more.yaml, line 3: 'kind' in feed 'b': there is no source kind 'fed'; did you mean 'feed'?" in err
    assert "more.yaml, line 4: 'c' should be keys with values" in err


BOMB = b"a: &a [1, 1, 1, 1]\n" + b"".join(b"%c: &%c [*%c, *%c, *%c]\n" % (n, n, *[n - 1] * 3) for n in range(98, 108))


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"a: !!python/object/apply:os.system [ls]\n", 4, "the tag 'tag:yaml.org,2002:python/object/apply:os.system'"),
        (BOMB, 4, "repeat too much"),
        (b"- 1\n", 4, "has no feeds in it"),
        (b"\xff\xff", 4, "is not UTF-8"),
        (b"<opml><body>", 1, "not well-formed"),
        (b"<!DOCTYPE opml [<!ENTITY a 'x'>]><opml/>", 1, "document type declaration"),
        (b"<html></html>", 1, "is not OPML"),
        (b" " * (15 * 2**20 + 1), 1, "longer than 15 MiB"),
    ],
)
def test_hostile_lists_change_nothing(run: Run, home: Path, content: bytes, code: int, words: str) -> None:
    (home / "list").write_bytes(content)
    found, out, err = run("feeds", "import", str(home / "list"))
    assert (found, out) == (code, "")
    assert words in err
    assert (home / "feeds.yaml").read_text(encoding="utf-8") == FILE


def test_more_feeds_than_the_file_may_hold_change_nothing(run: Run, home: Path) -> None:
    more = f'description="{"x" * 1000}"'
    outlines = "".join(f'<outline text="X" {more} xmlUrl="https://example.org/{n}"/>' for n in range(1_000))
    (home / "list").write_text(f"<opml><body>{outlines}</body></opml>", encoding="utf-8")
    code, out, err = run("feeds", "import", str(home / "list"))
    assert (code, out) == (4, "")
    assert "beyond 1000 kB" in err
    assert (home / "feeds.yaml").read_text(encoding="utf-8") == FILE


def test_goals_that_are_empty_or_no_list_do_not_keep_the_others_from_being_imported(run: Run, home: Path) -> None:
    said = [
        "5: {kind: feed, url: 'https://five.example/x', goals: }",
        "six: {kind: feed, url: 'https://six.example/x', goals: cyber}",
    ]
    (home / "list.yaml").write_text("\n".join(said), encoding="utf-8")
    code, out, err = run("feeds", "import", str(home / "list.yaml"), "--goal", "decision", "--dry-run")
    assert (code, out) == (3, "5\n")
    assert "line 2: 'goals' in feed 'six' should be a list, such as [one, two], not 'cyber'" in err


def test_what_is_exported_can_be_imported(run: Run, home: Path, tmp_path: Path) -> None:
    code, out, err = run("feeds", "export")
    assert code == 0
    assert "1 feed; 1 of other kinds" in err
    assert run("feeds", "export", "--out", str(home / "out.opml"))[:2] == (0, "")
    assert (home / "out.opml").read_text(encoding="utf-8") == out
    (home / "feeds.yaml").write_text("feeds: {}\n", encoding="utf-8")
    assert run("feeds", "import", str(home / "out.opml"))[:2] == (0, "news\n")
    assert "enabled: false" in (home / "feeds.yaml").read_text(encoding="utf-8")


def test_passwords_of_addresses_are_exported_only_when_somebody_says_so(run: Run, home: Path) -> None:
    assert run("feeds", "add", "private", "--url", "https://reader:opensesame@lab.example/rss")[0] == 0
    code, out, err = run("feeds", "export")
    assert code == 0
    assert 'xmlUrl="https://lab.example/rss"' in out
    assert "opensesame" not in out + err
    assert "private: the name and password of its address were left out; --with-passwords writes them" in err
    _, out, err = run("feeds", "export", "--with-passwords")
    assert 'xmlUrl="https://reader:opensesame@lab.example/rss"' in out
    assert "left out;" not in err
