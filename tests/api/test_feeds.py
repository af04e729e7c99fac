"""Feeds of feeds.yaml as a sequence with verbs."""

from pathlib import Path

import pytest
from servers.sites import serving

from monitor import Monitor
from monitor.errors import ConfigError, FetchError, ParseError

OPML = """<opml version="2.0"><body><outline text="cyber">
<outline text="Lab news" type="rss" xmlUrl="https://lab.example/feed.xml"/>
<outline text="Bad" type="rss" xmlUrl="gopher://lab.example/"/></outline></body></opml>"""

RSS = b"""<rss version="2.0"><channel><title>Lab news</title>
<item><title>A sieve</title><link>https://lab.example/1</link></item></channel></rss>"""


def test_feeds_are_a_sequence(opened: Monitor) -> None:
    assert [feed.name for feed in opened.feeds] == ["papers"]
    assert (len(opened.feeds), opened.feeds[0].kind, opened.feeds[:1]) == (1, "jsonl", tuple(opened.feeds))
    assert "papers" in repr(opened.feeds)


def test_a_feed_is_added_asked_switched_off_and_taken_out(opened: Monitor, muon_home: Path) -> None:
    opened.fetch()
    more = muon_home / "more.jsonl"
    more.write_text('{"id": "9912.00009", "title": "More", "abstract": ""}\n', "utf-8")
    assert opened.feeds.add("more", kind="jsonl", url=str(more), every="12h", why="More of it", goals=["cyber"])
    assert not opened.feeds.add("again", kind="jsonl", url=str(more)), "that is watched already"
    assert [(feed.name, feed.goals) for feed in opened.feeds] == [("papers", ()), ("more", ("cyber",))]
    [fetch] = opened.fetch(["more"])
    assert fetch.new == 1
    assert opened.feeds.remove("more", disable=True).said == ()
    assert [len(opened.feeds), len(opened.feeds.all)] == [1, 2]
    removed = opened.feeds.remove("more")
    assert removed.names == ("more",)
    assert opened.query("SELECT count(*) AS kept FROM entries WHERE feed = 'more'") == [{"kept": 1}]
    (muon_home / "back.yaml").write_text(removed.said[0], "utf-8")
    assert list(opened.feeds.load(muon_home / "back.yaml").entries) == ["more"]
    assert not opened.feeds.all[1].enabled


def test_a_list_of_a_feed_reader_is_loaded_and_written(opened: Monitor, tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(OPML, "utf-8")
    tried = opened.feeds.load(tmp_path / "list.opml", dry_run=True)
    assert list(tried.entries) == ["lab-news"]
    assert len(tried.problems) == 1
    assert len(opened.feeds) == 1
    opened.feeds.load(tmp_path / "list.opml")
    assert opened.feeds[1].goals == ("cyber",)
    assert b"https://lab.example/feed.xml" in opened.feeds.export()


def test_what_an_address_would_bring_is_told_and_nothing_kept(opened: Monitor) -> None:
    with serving({"/rss": RSS}) as address:
        found = opened.feeds.check(f"{address}/rss", allow_private=True)
        with pytest.raises(FetchError, match="private or reserved"):
            opened.feeds.check(f"{address}/rss")
        opened.feeds.add("lab", **found.entry)
        assert opened.feeds.sample("lab") == found.sample
    assert found.sample is not None
    assert (found.title, found.sample.titles) == ("Lab news", ("A sieve",))
    assert opened.query("SELECT count(*) AS kept FROM entries") == [{"kept": 0}]


def test_mistakes_change_nothing(opened: Monitor, tmp_path: Path) -> None:
    before = (opened.home / "feeds.yaml").read_bytes()
    with pytest.raises(ConfigError, match="sightings"):
        opened.feeds.add("x", kind="sightings")
    with pytest.raises(ConfigError, match="'paper'"):
        opened.feeds.remove("paper")
    with pytest.raises(ConfigError, match="cannot be read"):
        opened.feeds.load(tmp_path / "nowhere.opml")
    (tmp_path / "bad.opml").write_text("<opml", "utf-8")
    with pytest.raises(ParseError):
        opened.feeds.load(tmp_path / "bad.opml")
    assert (opened.home / "feeds.yaml").read_bytes() == before
