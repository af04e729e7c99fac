from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.errors import ParseError
from monitor.sources import feed
from monitor.types import Author, Entry, Feed, Identifier, Page, Request, Response

URL = "https://lab.example.org/feed.xml"


def parse(body: bytes | str, content_type: str = "application/xml", url: str = URL, **options: Any) -> Page:
    source = Feed("lab", "feed", URL, timedelta(hours=6), 1.0, options=options)
    document = body.encode() if isinstance(body, str) else body
    return feed.parse(source, feed.first(source, None), Response(url, document, content_type))


def rss(*items: str) -> str:
    """An RSS 2.0 feed of the given items."""
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>t</title>'
        + "".join(f"<item>{item}</item>" for item in items)
        + "</channel></rss>"
    )


def entry(item: str, **options: Any) -> Entry:
    (only,) = parse(rss(item), **options).entries
    return only


def test_the_first_request_is_the_feed() -> None:
    request = feed.first(Feed("lab", "feed", URL, timedelta(hours=6), 1.0), None)
    assert request == Request(URL, accept=feed.ACCEPT)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "it is empty"),
        (b"\xef\xbb\xbf \n", "it is empty"),
        (b"<!DOCTYPE html><html><head><title>Log in</title></head><body></body></html>", "a page titled 'Log in'"),
        (b"<html><body><item><title>x</title></item></body></html>", "a page titled 'x'"),
        (b"<!-- x --><!DOCTYPE html>\n<HTML lang='en'><p>Are you a robot?", "it begins with"),
        (b"Rate limit exceeded", "it begins with 'Rate limit exceeded'"),
        (b'{"error": {"code": 429}}', "JSON that names no version of JSON Feed: it begins with '{\"error"),
        (b'[{"version": "https://jsonfeed.org/version/1"}]', "JSON that names no version"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', "it begins like JSON and is none"),
        (b'{"a":' * 100_000, "it begins like JSON and is none"),
        (b"<?xml version='1.0'?><note><to>x</to></note>", "it begins with"),
        (b"/etc/passwd", "it begins with '/etc/passwd'"),
        (b"http://127.0.0.1:1/feed.xml", "it begins with 'http://127.0.0.1:1"),
    ],
)
def test_what_is_not_a_feed(body: bytes, said: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse(body)
    assert str(refused.value).startswith(f"{URL} is not a feed: ")
    assert said in str(refused.value)


def test_an_empty_feed_is_a_feed() -> None:
    assert parse(rss()) == Page()
    assert parse('{"version": "https://jsonfeed.org/version/1.1"}').problems == ("the feed has no list of items",)


def test_a_malformed_feed_is_read_and_named() -> None:
    page = parse(rss("<guid>1</guid><title>A & B &nbsp; <b>C</title>"))
    assert [e.key for e in page.entries] == ["1"]
    assert "malformed" in page.problems[0]


def test_the_last_entry_of_a_feed_that_was_cut_short_is_left_out() -> None:
    whole = rss("<guid>one</guid>", "<guid>two</guid><title>Two</title>", "<guid>three</guid>")
    page = parse(whole[: whole.index("</title></item>")])
    assert [e.key for e in page.entries] == ["one"]
    assert "cut short" in page.problems[1]
    assert page.refused == 1, "so that it is asked for whole the next time"


def test_a_feed_that_is_cut_before_its_first_entry_is_no_quiet_day() -> None:
    whole = rss("<guid>one</guid>")
    with pytest.raises(ParseError, match="is cut short before its first entry"):
        parse(whole[: whole.index("<item>")])


def test_items_of_a_json_feed_that_are_none_are_counted() -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "one", "title": "One"}, "two", None]}
    page = parse(json.dumps(feed), "application/feed+json")
    assert ([e.key for e in page.entries], page.refused) == (["one"], 2)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (rss("<title>Größe “x”</title>").encode(), "text/xml"),
        (rss("<title>Größe “x”</title>").encode("windows-1252"), "text/xml; charset=windows-1252"),
        (
            rss("<title>Größe “x”</title>").replace("?>", " encoding='windows-1252'?>").encode("windows-1252"),
            "text/xml",
        ),
        (rss("<title>Größe “x”</title>").encode("utf-16"), "application/xml"),
        (b"\xef\xbb\xbf" + rss("<title>Größe “x”</title>").encode(), "application/rss+xml"),
        (rss("<title>Größe “x”</title>").encode(), "text/html; charset=utf-8"),
    ],
)
def test_charsets(body: bytes, content_type: str) -> None:
    page = parse(body, content_type)
    assert [e.title for e in page.entries] == ["Größe “x”"]
    assert page.problems == ()


def test_a_charset_that_no_text_is_in_is_refused() -> None:
    with pytest.raises(ParseError, match=r"could not be read as a feed: UnicodeError"):
        parse(rss("<guid>1</guid>"), "application/xml; charset=undefined")


def test_an_address_that_cannot_be_resolved_is_left_out() -> None:
    assert entry("<guid>1</guid><link>http://[broken</link>").url is None


def test_a_guid_that_different_articles_share_is_told_apart() -> None:
    items = [f"<guid isPermaLink='false'>same</guid><link>https://example.org/{n}</link>" for n in (1, 2)]
    one, two = parse(rss(*items)).entries
    assert one.key != two.key
    assert one.key.startswith("same#")
    assert [e.key for e in parse(rss(*reversed(items))).entries] == [two.key, one.key]


def test_an_entry_that_stands_there_twice_is_one() -> None:
    item = "<guid isPermaLink='false'>same</guid><link>https://example.org/1</link>"
    assert [e.key for e in parse(rss(item, item)).entries] == ["same"]


def test_the_key_without_a_guid() -> None:
    assert entry("<link>https://example.org/1</link>").key == "https://example.org/1"
    by_title = [e.key for e in parse(rss("<title>A</title>", "<title>B</title>")).entries]
    assert len(set(by_title)) == 2
    assert by_title == [
        e.key for e in parse(rss("<title>A</title>", "<title>B</title>"), url="https://new.example/").entries
    ]


def test_a_relative_guid_does_not_change_when_the_feed_moves() -> None:
    item = "<guid>17</guid><link>/17</link>"
    old, new = (parse(rss(item), url=url).entries[0] for url in (URL, "https://new.example.org/rss"))
    assert old.key == new.key == "17"
    assert (old.url, new.url) == ("https://lab.example.org/17", "https://new.example.org/17")


@pytest.mark.parametrize(
    ("item", "names"),
    [
        ("<guid>doi:10.5555/A</guid>", ("doi:10.5555/a",)),
        ("<link>https://pub.example.org/doi/abs/10.5555/a?af=R</link>", ("doi:10.5555/a",)),
        ("<dc:identifier>10.5555/a</dc:identifier><link>https://doi.org/10.5555/b</link>", ("doi:10.5555/a",)),
        ("<dc:identifier>doi:10.5555/a</dc:identifier><link>http://arxiv.org/abs/2606.00001v3</link>",
         ("doi:10.5555/a", "arxiv:2606.00001")),
        ("<guid>oai:arXiv.org:2606.00001v3</guid>", ("arxiv:2606.00001",)),
        ("<link>https://example.org/2606.00001</link>", ()),
    ],
)  # fmt: skip
def test_identifiers(item: str, names: tuple[str, ...]) -> None:
    assert tuple(map(str, entry(item).identifiers)) == names


def test_the_doi_is_the_address_when_there_is_no_other() -> None:
    found = entry("<guid isPermaLink='false'>doi:10.5555/a</guid>")
    assert (found.url, found.identifiers) == ("https://doi.org/10.5555/a", (Identifier("doi", "10.5555/a"),))


def test_options_speak_for_the_whole_journal() -> None:
    found = entry("<guid>1</guid>", venue="Journal of Examples", type="article")
    assert (found.venue, found.type) == ("Journal of Examples", "article")


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("Mon, 01 Jun 2026 23:30:00 -0200", datetime(2026, 6, 2, 1, 30, tzinfo=UTC)),
        ("Mon, 01 Jun 26 10:00:00 GMT", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("2026-06-01", datetime(2026, 6, 1, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("2099-01-01T00:00:00Z", None),
        ("soon", None),
    ],
)
def test_dates(date: str, published: datetime | None) -> None:
    page = parse(rss(f"<guid>1</guid><pubDate>{date}</pubDate>"))
    assert page.entries[0].published == published
    assert page.entries[0].year == (published.year if published else None)
    assert len(page.problems) == (date != "soon" and published is None)


def test_the_address_of_an_author_is_never_kept() -> None:
    page = parse(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>'
        "<author><name>Ada</name><email>ada@cs.example.edu</email></author>"
        "<author><email>bo@example.org</email></author>"
        "<author><name>Cy (cy@example.org)</name></author></entry></feed>"
    )
    assert page.entries[0].authors[0] == Author("Ada", domain="cs.example.edu")
    assert "@" not in str(page.entries[0].authors)


def test_plain_text_of_atom_keeps_its_brackets() -> None:
    page = parse(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>k&lt;n and &lt;b&gt;</title>'
        "<summary>for $a&lt;b$ &amp;amp; c</summary></entry></feed>"
    )
    assert (page.entries[0].title, page.entries[0].abstract) == ("k<n and <b>", "for $a<b$ &amp; c")


def test_caps() -> None:
    names = "".join(f"<dc:creator>Ada Example{n}</dc:creator>" for n in range(6_000))
    found = entry(f"<guid>1</guid><title>{'x' * 1_000_000}</title><description>{'y ' * 50_000}</description>{names}")
    assert (len(found.title), len(found.authors)) == (1_000, 6_000)
    assert len(found.abstract) <= 20_000
    assert found.title[-1] == found.abstract[-1] == "…"


@pytest.mark.parametrize(
    "prolog",
    [
        b'<!DOCTYPE rss [<!ENTITY a "' + b"x" * 50_000 + b'">]>',
        b"<!DOCTYPE rss [" + b'<!ENTITY a "b">\n' * 5_000 + b"]>",
    ],
)
def test_entities_that_would_grow_are_refused(prolog: bytes) -> None:
    body = prolog + rss("<title>" + "&a;" * 50_000 + "</title>").partition("?>")[2].encode()
    with pytest.raises(ParseError, match="declares entities"):
        parse(body)


def test_a_few_entities_are_welcome() -> None:
    body = '<!DOCTYPE rss [\n<!ENTITY uni "University">\n]>' + rss("<title>&uni; of X</title>").partition("?>")[2]
    assert [e.title for e in parse(body).entries] == ["University of X"]


@pytest.mark.parametrize("filler", [b" \r\n" * 300_000, b"<!-- -->" * 100_000])
def test_a_long_prolog_is_read_to_its_end(filler: bytes) -> None:
    """Where each step looked back over the ones before, this would outlast the patience that all tests have."""
    head, _, rest = rss("<guid>1</guid>").partition("?>")
    page = parse(head.encode() + b"?>" + filler + rest.encode())
    assert [e.key for e in page.entries] == ["1"]


def test_the_same_bytes_give_the_same_page() -> None:
    body = rss("<title>A</title>", "<guid>x</guid><pubDate>Mon, 01 Jun 2026 10:00:00 GMT</pubDate>")
    assert parse(body) == parse(body)
