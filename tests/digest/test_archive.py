"""The archive's front page and its Atom feeds."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import lxml.etree
import lxml.html
from digest.sample import GOALS
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digest.archive import Told, feeds, index
from monitor.digest.atom import AtomEntry, AtomFeed, atom

ARCHIVE = UUID("00000000-0000-4000-8000-000000000001")
NOW = datetime(2026, 7, 27, 6, tzinfo=UTC)
DIGESTS = [("2026-W30", "Research abroad, week 2026-W30: 2 new works", NOW)]
WORKS = [
    Told("arxiv:1", "Muons", "https://arxiv.org/abs/1", NOW, ("screening",), ("GB", "US")),
    Told("arxiv:2", "<script>alert(1)</script>", "javascript:alert(1)", NOW, ("cyber", "screening"), ()),
]
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def test_there_is_a_feed_of_digests_of_each_goal_and_of_each_country() -> None:
    found = {feed.path: [entry.key for entry in feed.entries] for feed in feeds(DIGESTS, WORKS, GOALS)}
    assert found["digests.atom"] == ["digest 2026-W30"]
    assert found["goals/screening.atom"] == ["work arxiv:2", "work arxiv:1"]
    assert found["goals/resilience.atom"] == []
    assert found["countries/GB.atom"] == ["work arxiv:1"]


def test_feeds_have_what_rfc_4287_asks_for() -> None:
    for feed in feeds(DIGESTS, WORKS, GOALS):
        root = lxml.etree.fromstring(atom(feed, ARCHIVE, f"https://monitor.example/digests/{feed.path}"))
        for element in (root, *root.findall("a:entry", ATOM)):
            for name in ("id", "title", "updated"):
                assert len(element.findall(f"a:{name}", ATOM)) == 1
            assert element.findtext("a:id", namespaces=ATOM).startswith("urn:uuid:")
        assert root.find("a:author/a:name", ATOM) is not None
        assert root.find("a:link[@rel='self']", ATOM) is not None
        ids = [e.text for e in root.iter("{http://www.w3.org/2005/Atom}id")]
        assert len(ids) == len(set(ids))


def test_ids_stay_when_titles_and_addresses_change() -> None:
    one = AtomFeed("digests.atom", "a", (AtomEntry("work arxiv:1", "x", NOW, "https://a.example", ""),))
    other = AtomFeed("digests.atom", "b", (AtomEntry("work arxiv:1", "y", NOW, None, "z"),))

    def ids(feed: AtomFeed, archive: UUID = ARCHIVE) -> list[str]:
        return lxml.etree.fromstring(atom(feed, archive)).xpath("//a:id/text()", namespaces=ATOM)  # type: ignore[return-value]

    assert ids(one) == ids(other)
    assert ids(one) != ids(one, UUID(int=7))


@settings(max_examples=50)
@given(st.text(max_size=80))
def test_any_title_makes_a_feed_that_parses(title: str) -> None:
    [feed, *_] = feeds([("2026-W30", title, NOW)], [], ())
    lxml.etree.fromstring(atom(feed, ARCHIVE))


def test_the_front_page_lists_digests_and_feeds_and_nothing_active() -> None:
    found = feeds(DIGESTS, WORKS, GOALS)
    page = lxml.html.document_fromstring(index(DIGESTS, found))
    links = page.xpath("//a/@href")
    assert links == ["2026-W30/digest.html", *(feed.path for feed in found)]
    assert not page.xpath("//script|//img")
