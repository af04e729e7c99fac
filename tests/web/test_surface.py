"""The pages as the command line serves them, and the commands themselves."""

import json
import re
import socket
import threading
import time
from collections.abc import MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from web.stage import NOW, SECRET, Reader, fill

from monitor import cli, surface
from monitor.app import App
from monitor.web import server
from monitor.web.headers import Receive, Scope, Send

FEEDS = """feeds:
  journal: {kind: feed, url: "https://journal.example/rss"}
serve:
  reviewers: [ana]
"""


@pytest.fixture
def app(tmp_path: Path) -> App:
    (tmp_path / "feeds.yaml").write_text(FEEDS, "utf-8")
    return App(tmp_path, clock=lambda: NOW, env={"MONITOR_SECRET": SECRET})


def test_the_pages_are_wired_to_the_store_the_model_and_the_queue(app: App) -> None:
    fill(app.database)
    running = server.server(surface.pages(surface.site(app)), "127.0.0.1", 0)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    reader = Reader(running.servers[0].sockets[0].getsockname()[1], surface.gate(app).session("ana", NOW))
    try:
        assert "Resilient Communities" in reader.get("/").text
        text = reader.get("/review").text
        assert "country unknown, and it carries cyber" in text
        assert text.count("Why it is here") == 1, "the works were tagged by another model"
        assert reader.get("/search?q=muon&mode=text").status == 200
    finally:
        running.should_exit = True
        thread.join(10)


def test_a_token_of_the_command_line_lets_in(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["reviewers", "list"], app) == 0
    assert capsys.readouterr().out == "ana\n"
    assert cli.run(["reviewers", "list", "--json"], app) == 0
    assert json.loads(capsys.readouterr().out) == ["ana"]
    assert cli.run(["reviewers", "token", "ana", "--days", "2"], app) == 0
    token = capsys.readouterr().out
    assert surface.gate(app).bearer(token, NOW) == "ana"
    assert surface.gate(app).bearer(token, NOW + timedelta(days=2)) is None


def test_tokens_need_a_reviewer_and_a_secret(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["reviewers", "token", "eve"], app) == 4
    assert "does not name 'eve'" in capsys.readouterr().err
    assert cli.run(["reviewers", "token", "ana"], App(app.home, env={})) == 4
    assert "MONITOR_SECRET" in capsys.readouterr().err


def test_pages_are_asked_for_before_anybody_does(app: App) -> None:
    fill(app.database)
    pages = surface.pages(surface.site(app))
    answered: list[tuple[str, int]] = []

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answered.append((scope["path"], message["status"]))
            await send(message)

        await pages(scope, receive, sent)

    server.warm(noting)
    assert answered == [(path.partition("?")[0], 200) for path in server.FIRST]


def test_the_address_is_said_when_the_pages_are_ready(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(app.database)
    told: list[str] = []
    monkeypatch.setattr(server, "warm", lambda pages: told.append("warm"))
    monkeypatch.setattr(server, "serve", lambda pages, host, port: told.append("serves"))
    monkeypatch.setattr("monitor.cli.serve.say", told.append)
    assert cli.run(["serve", "--port", "8733"], app) == 0
    assert told == ["warm", "http://127.0.0.1:8733/", "serves"]


def test_serving_needs_a_store_and_a_free_port(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["serve"], app) == 1
    assert "there is no store yet" in capsys.readouterr().err
    fill(app.database)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert cli.run(["serve", "--port", str(taken.getsockname()[1])], app) == 1
    assert re.search(r"127\.0\.0\.1, port \d+: cannot listen there", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ("{header: X-User}", "'header' and 'proxies' go together"),
        ("{header: X-User, proxies: [proxy.example]}", "'proxy.example' is not an IP address"),
        ("{header: 'X User', proxies: [10.0.0.1]}", "'X User' is not the name of a header"),
        ("{read: nobody}", "read"),
        ("{reviewrs: [ana]}", "reviewers"),
    ],
)
def test_mistakes_in_the_section_are_told(
    app: App, capsys: pytest.CaptureFixture[str], section: str, complaint: str
) -> None:
    (app.home / "feeds.yaml").write_text(f"feeds: {{}}\nserve: {section}\n", "utf-8")
    assert cli.run(["reviewers", "list"], app) == 4
    assert complaint in capsys.readouterr().err


def test_pages_are_served_without_an_encoder(app: App) -> None:
    fill(app.database)
    without = App(app.home, clock=lambda: NOW, env={"MONITOR_ENCODER": str(app.home / "nowhere")})
    surface.site(without).warm().result(30)
