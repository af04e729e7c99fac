"""OPML: feeds in their folders, and whatever else such files hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import opml
from monitor.errors import ParseError
from monitor.types import Feed, Goal

GOALS = (Goal("cyber", "A Trusted Cyber Future"), Goal("decision", "Enabling the Decision Maker"))

FILE = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head><title>Reading list</title></head>
  <body>
    <outline text="Security">
      <outline text="a trusted cyber future">
        <outline type="rss" text="One &amp;amp; only" xmlUrl="https://one.example/rss" description="First"/>
      </outline>
      <outline text="No address" type="rss"/>
      <outline text="Odd" xmlUrl="javascript:alert(1)"/>
    </outline>
    <outline title="Two" XMLURL="feed://two.example/atom" category="/decision,/Papers/Weekly" isComment="true"/>
    <outline text="Off" isComment="true">
      <outline text="Three" xmlUrl="feed:https://three.example/"/>
    </outline>
  </body>
</opml>
"""


def document(body: str) -> bytes:
    return f'<opml version="2.0"><body>{body}</body></opml>'.encode()


def test_feeds_come_with_their_folders_and_the_rest_is_named() -> None:
    feeds, problems = opml.read(FILE, "list.opml")
    assert [(f.title, f.url, f.folders, f.enabled) for f in feeds] == [
        ("One & only", "https://one.example/rss", ("Security", "a trusted cyber future"), True),
        ("Two", "https://two.example/atom", ("decision", "Papers", "Weekly"), False),
        ("Three", "https://three.example/", ("Off",), False),
    ]
    assert (feeds[0].description, feeds[0].line) == ("First", 7)
    assert problems == [
        "list.opml, line 9: the outline 'No address' has no xmlUrl, so it is no feed",
        "list.opml, line 10: the outline 'Odd' has an xmlUrl that is no address on the web: 'javascript:alert(1)'",
    ]


def test_folders_that_name_a_goal_are_goals() -> None:
    [one, two, _], _ = opml.read(FILE, "list.opml")
    assert opml.goals_of(one, GOALS) == (["cyber"], ["Security"])
    assert opml.goals_of(two, GOALS) == (["decision"], ["Papers", "Weekly"])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "list.opml is empty"),
        (b"<opml><body><outline text='a & b'/></body></opml>", "not well-formed XML"),
        (b"<rss version='2.0'/>", "is not OPML: its outermost element is 'rss'"),
        (b"<!DOCTYPE opml [<!ENTITY a 'aaaa'>]><opml><body/></opml>", "document type declaration"),
        (document("<outline text='d'>" * 300 + "</outline>" * 300), "depth"),
    ],
)
def test_what_is_no_list_of_feeds_is_told(body: bytes, words: str) -> None:
    with pytest.raises(ParseError, match=words):
        opml.read(body, "list.opml")


def test_a_list_without_end_is_cut_and_says_so() -> None:
    many = document("".join(f'<outline text="{n}" xmlUrl="https://example.org/{n}"/>' for n in range(opml.MOST + 5)))
    feeds, problems = opml.read(many, "list.opml")
    assert len(feeds) == opml.MOST
    assert problems == ["list.opml, line 1: more than 10,000 outlines; the rest is left out"]


words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), max_size=30).map(str.strip)


@given(
    st.lists(
        st.builds(
            Feed,
            name=st.from_regex(r"[a-z]{1,9}", fullmatch=True),
            kind=st.just("feed"),
            url=st.from_regex(r"https://[a-z]{1,9}\.example/[a-z?&=]{0,9}", fullmatch=True),
            every=st.just(timedelta(days=1)),
            pace=st.just(1.0),
            enabled=st.booleans(),
            why=words,
            goals=st.sampled_from([(), ("cyber",), ("decision", "cyber")]),
        ),
        max_size=5,
    )
)
def test_what_is_written_is_read_as_it_was(feeds: list[Feed]) -> None:
    read, problems = opml.read(opml.write(feeds, GOALS, datetime(2026, 7, 1, tzinfo=UTC)), "x")
    assert problems == []
    assert {(f.url, f.enabled, f.title) for f in read} == {(f.url, f.enabled, f.name) for f in feeds}
    assert [sorted(opml.goals_of(o, GOALS)[0]) for o in sorted(read, key=lambda o: o.url)] == [
        sorted(f.goals) for f in sorted(feeds, key=lambda f: f.url)
    ] or len({f.url for f in feeds}) < len(feeds)


def test_control_characters_in_a_reason_do_not_break_the_file() -> None:
    feed = Feed("a", "feed", "https://a.example/", timedelta(days=1), 1.0, why="one\x07\x7ftwo")
    [outline], _ = opml.read(opml.write([feed], (), datetime(2026, 7, 1, tzinfo=UTC)), "x")
    assert outline.description.replace(" ", "") == "onetwo"
