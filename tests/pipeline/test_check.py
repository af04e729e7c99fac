"""Addresses of providers, looked at through a client that knows one page."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import discovery, sources
from monitor.errors import FetchError, ParseError
from monitor.pipeline.check import Inspector
from monitor.types import Feed, Request, Response

EXAMPLES = Path(__file__).parents[1] / "examples"
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
PAGE = (EXAMPLES / "arxiv" / "basic" / "page.xml").read_bytes()
NOTHING = b"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
  <opensearch:totalResults>0</opensearch:totalResults></feed>"""


class Pages:
    """Answers with its pages in turn, and remembers what was asked, how fast, and of whom."""

    def __init__(self, *pages: bytes | FetchError) -> None:
        self.pages = list(pages)
        self.asked: list[tuple[str, float, bool]] = []

    def get(self, request: Request, *, pace: float, allow_private: bool = False, validators: object = None) -> Response:
        self.asked.append((request.url, pace, allow_private))
        page = self.pages.pop(0)
        if isinstance(page, FetchError):
            raise page
        return Response(request.url, page)


class Here:
    """Calls in this process: what the sandbox adds is tested with it."""

    def run(self, function, *arguments):
        return function(*arguments)


def inspector(*pages: bytes | FetchError) -> tuple[Inspector, Pages]:
    client = Pages(*pages)
    return Inspector(client, Here(), lambda: NOW), client  # type: ignore[arg-type]


def test_a_listing_of_arxiv_becomes_a_question_to_its_api() -> None:
    look, client = inspector(PAGE)
    finding = look.check("https://arxiv.org/list/cs.CR/recent")
    assert finding.entry == {"kind": "arxiv", "categories": ["cs.CR"]}
    assert finding.sample
    assert (finding.sample.announced, finding.sample.affiliated) == (5, 1)
    assert finding.sample.per_week == 5
    [(url, pace, _)] = client.asked
    assert url.startswith("https://export.arxiv.org/api/query?search_query=%28cat%3Acs.CR%29+AND+submittedDate")
    assert pace == 3.0


def test_a_quiet_source_is_asked_about_more_than_a_week() -> None:
    look, client = inspector(NOTHING, PAGE)
    sample = look.check("https://arxiv.org/list/cs.CR/recent").sample
    assert sample
    assert sample.per_week == pytest.approx(5 * 7 / 60)
    assert "202605011200" in client.asked[1][0]


def test_an_address_of_a_kind_that_is_not_there_or_takes_other_keys_is_read_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = b"<html><title>Conference</title></html>"
    guesses = iter([discovery.Guess("x", "gopher"), discovery.Guess("x", "arxiv", options={"nonsense": 1})])
    monkeypatch.setattr(discovery, "provider", lambda url: guesses)
    look, client = inspector(page)
    assert look.check("https://lab.example/").what == "a page titled 'Conference'"
    assert len(client.asked) == 1


SHELF = """
from datetime import timedelta
from pydantic import BaseModel, ConfigDict
from monitor.types import Page, Request
URL, PACE, EVERY, LOOKBACK = "https://shelf.example/", 1.0, timedelta(days=1), None
class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")
    shelf: list[str]
def first(feed, window):
    return Request(feed.url + feed.options["shelf"][0])
def parse(feed, request, response):
    return Page()
"""


def test_one_value_is_a_list_where_the_kind_takes_several(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "shelf.py").write_text(SHELF, "utf-8")
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path)])
    guess = discovery.Guess("x", "shelf", options={"shelf": "a"})
    monkeypatch.setattr(discovery, "provider", lambda url: iter([guess]))
    look, client = inspector(b"{}")
    assert look.check("https://shelf.example/a").entry == {"kind": "shelf", "shelf": ["a"]}
    assert client.asked == [("https://shelf.example/a", 1.0, False)]
    del sys.modules["monitor.sources.shelf"]


@pytest.mark.parametrize("refusal", [FetchError("arxiv.org answered 503", state="throttled"), b"<html></html>"])
def test_no_answer_is_told_and_not_taken_for_an_empty_source(refusal: bytes | FetchError) -> None:
    look, _ = inspector(refusal)
    with pytest.raises((FetchError, ParseError)):
        look.check("https://arxiv.org/list/cs.CR/recent")


def test_a_feed_of_feeds_yaml_is_asked_as_it_would_be_fetched() -> None:
    feed = Feed("x", "feed", "https://lab.example/rss", timedelta(days=1), 7.0, allow_private=True)
    look, client = inspector(
        b"<rss><channel><item><title>T</title><link>https://lab.example/1</link></item></channel></rss>"
    )
    assert look.read(feed).titles == ("T",)
    assert client.asked == [("https://lab.example/rss", 7.0, True)]
