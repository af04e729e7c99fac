"""`monitor coverage`, and what status says of the same."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from faults.stage import oai, rss, serve
from servers.scripted import Server, always, answer

from monitor import cli
from monitor.app import App

NOW = datetime(2026, 7, 20, 6, tzinfo=UTC)
DAY = timedelta(days=1)


class Home:
    """A home with an archive that is whole and one that comes back short, and a feed that nobody has asked yet."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str], whole: Server, short: Server) -> None:
        self.folder, self.capfd, self.whole, self.short = folder, capfd, whole, short
        self.now = NOW
        more = "prefix: oai_dc\n    every: 1d\n    pace: 0\n    allow_private: true\n"
        (folder / "feeds.yaml").write_text(
            f"feeds:\n  archive:\n    kind: oai\n    url: {whole.url}\n    {more}"
            f"  broken:\n    kind: oai\n    url: {short.url}\n    {more}"
            f"  later:\n    kind: feed\n    url: {whole.url}/rss\n    allow_private: true\n",
            encoding="utf-8",
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        code = cli.run(list(arguments), App(self.folder, clock=lambda: self.now, env={}))
        return code, self.capfd.readouterr().out

    def told(self, *arguments: str) -> tuple[int, Any]:
        code, out = self.run("coverage", "--json", *arguments)
        return code, json.loads(out)


@pytest.fixture
def home(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Home]:
    with Server(serve(oai(1, 2))) as whole, Server(serve(oai(1, total=3))) as short:
        made = Home(tmp_path, capfd, whole, short)
        made.run("fetch", "--feed", "archive", "--feed", "broken")
        yield made


def test_the_table_tells_what_was_looked_at_and_what_may_have_been_missed(home: Home) -> None:
    home.now += timedelta(hours=1)
    code, out = home.run("coverage")
    assert code == 3
    assert out.splitlines()[0] == "What was looked at from 2026-07-13 07:00 to 2026-07-20 07:00 UTC"
    rows = {line.split()[0]: line.split() for line in out.splitlines()[3:8] if line}
    assert rows["archive"][1:8] == ["1", "1", "-", "2", "2", "0", "0"]
    assert rows["archive"][8:10] == ["2026-07-20", "06:00"]
    assert rows["broken"][1:5] == ["1", "0", "3", "1"]
    assert rows["broken"][8:10] == ["2026-07-13", "06:00"], "complete up to the window that is owed"
    missed = out.partition("What may have been missed\n")[2]
    assert "broken                     2026-07-13 06:00 to 2026-07-20 06:00  open, asked 1 time, again from" in missed
    assert "3 records were announced and 1 came" in missed
    assert "later                      was never asked in this time" in missed


def test_json_says_the_same(home: Home) -> None:
    home.now += timedelta(hours=1)
    code, told = home.told()
    assert (code, told["complete"], told["never_asked"]) == (3, False, ["later"])
    assert [(f["feed"], f["state"], f["good"], f["seen"]) for f in told["feeds"]] == [
        ("archive", "ok", 1, 2),
        ("broken", "short", 0, 1),
        ("later", None, 0, 0),
    ]
    [gap] = told["gaps"]
    assert (gap["feed"], gap["state"], gap["tries"]) == ("broken", "open", 1)


def test_when_all_came_nothing_is_missing_and_the_code_is_0(home: Home) -> None:
    home.short.script = serve(oai(1, 2, 3, total=3))
    feed, archive = serve(rss(4)), serve(oai(1, 2))
    home.whole.script = lambda exchange: feed(exchange) if "rss" in exchange.path else archive(exchange)
    home.now += timedelta(hours=1)
    assert home.run("fetch")[0] == 0
    home.now += timedelta(hours=1)
    code, out = home.run("coverage")
    assert (code, out.splitlines()[-1].strip()) == (0, "nothing that is known of")
    code, told = home.told("--feed", "broken", "--since", "2026-07-20", "--until", "2026-07-21")
    assert (code, told["complete"], len(told["feeds"])) == (0, True, 1)


def test_status_counts_what_is_owed(home: Home) -> None:
    code, out = home.run("status")
    assert code == 3
    assert "1 window not answered in full yet" in out


def test_a_feed_that_was_stopped_says_why(home: Home) -> None:
    home.short.script = always(answer(410))
    home.now += DAY
    home.run("fetch")
    home.now += timedelta(hours=1)
    _, told = home.told("--feed", "broken")
    assert told["feeds"][0]["note"].endswith("answered 410 Gone: it is gone for good")
    assert "it is gone for good" in home.run("status")[1]


def test_a_list_that_does_not_come_back_is_among_what_may_have_been_missed(home: Home) -> None:
    home.whole.script = always(answer(500))
    home.run("fetch", "--feed", "later")
    home.now += timedelta(hours=1)
    assert "later                      has not come back well so far" in home.run("coverage", "--feed", "later")[1]


def test_a_span_that_ends_before_it_begins_is_exit_2(home: Home) -> None:
    assert home.run("coverage", "--since", "2026-07-20", "--until", "2026-07-01")[0] == 2


def test_an_unknown_feed_is_exit_4(home: Home) -> None:
    assert home.run("coverage", "--feed", "nobody")[0] == 4
