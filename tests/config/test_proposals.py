"""What may be added to feeds.yaml: names for it, and what is watched already."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.config.forms import name
from monitor.config.proposals import Names, watches
from monitor.types import Feed

FEED = Feed("a", "feed", "https://lab.example/rss?x=1", timedelta(days=1), 1.0)


@pytest.mark.parametrize(
    ("title", "url", "made"),
    [
        ("Sécurité & risque", "", "securite-risque"),
        ("NHESS – Latest Articles", "", "nhess-latest-articles"),
        ("災害研究", "https://www.Lab.example/rss", "www-lab-example"),
        ("", "https://[bad/", "feed"),
        ("x" * 100, "", "x" * 48),
        ("one " * 30, "", "one-one-one-one-one-one-one-one-one-one-one-one"),
    ],
)
def test_names_are_made_of_titles(title: str, url: str, made: str) -> None:
    assert Names(()).free(title, url) == made
    assert name(made) == made, "it may stand in feeds.yaml"


def test_names_that_are_taken_get_a_number() -> None:
    names = Names(["news", "news-3"])
    given = [names.free("News", "") for _ in range(3)]
    assert given == ["news-2", "news-4", "news-5"]


@pytest.mark.parametrize("url", ["http://lab.example/rss?x=1", "https://LAB.example/rss/?x=1"])
def test_one_address_is_watched_once(url: str) -> None:
    assert watches(replace(FEED, name="b", url=url, options={"venue": "V"})) == watches(FEED)


@pytest.mark.parametrize(
    "other",
    [
        replace(FEED, url="https://lab.example/rss?x=2"),
        replace(FEED, url="https://lab.example/RSS?x=1"),
        replace(FEED, kind="oai"),
    ],
)
def test_other_addresses_and_kinds_are_other_feeds(other: Feed) -> None:
    assert watches(other) != watches(FEED)


def test_kinds_of_one_address_are_told_apart_by_what_they_ask_for() -> None:
    one, other = (replace(FEED, kind="openreview", options={"venue": venue}) for venue in ("TMLR", "ICLR"))
    assert watches(one) != watches(other)


def test_an_address_that_is_none_is_only_itself() -> None:
    bad = replace(FEED, url="https://[bad/")
    assert watches(bad) == watches(bad) != watches(FEED)
