"""What an address or a document is taken for."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import discovery
from monitor.errors import ParseError
from monitor.types import Response

URL = "https://lab.example/news/"
FEEDS = Path(__file__).parents[2] / "shared" / "data" / "feeds"


def guess(body: bytes, content_type: str = "") -> discovery.Guess:
    return discovery.document(Response(URL, body, content_type))


@pytest.mark.parametrize(
    ("body", "what", "kind", "title"),
    [
        (b"<rss version='2.0'><channel><title>News</title></channel></rss>", "an RSS feed", "feed", "News"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><!-- x -->\n<feed><title>T</title></feed>", "an Atom feed", "feed", "T"),
        (b"<rdf:RDF xmlns:rdf='r'><channel><title><![CDATA[A & B]]></title>", "an RSS 1.0 feed", "feed", "A & B"),
        ("<rss><channel><title>É</title>".encode("utf-16"), "an RSS feed", "feed", "É"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "title": "J"}', "a JSON Feed", "feed", "J"),
        (b"<OAI-PMH><error code='badVerb'/></OAI-PMH>", "an OAI-PMH repository", "oai", ""),
        (b"<opml/>", "a list of feeds (OPML), which `monitor feeds import` reads", None, ""),
        (b"<sitemapindex/>", "a list of sitemaps", None, ""),
        (b"<svg/>", "XML with the outermost element 'svg'", None, ""),
        (b"%PDF-1.7", "a PDF", None, ""),
        (b" \n", "an empty answer", None, ""),
        (b"{oops", "what begins like JSON and is none", None, ""),
        (b"[1]", "JSON that is a list, which no source kind reads", None, ""),
        (b'{"status": 1, "message": 2}', "JSON with the keys status, message, which no source kind is known", None, ""),
        (b"Not today", "text that begins 'Not today'", None, ""),
        (b"<!DOCTYPE html><html><title>Log in</title>", "a page titled 'Log in'", None, "Log in"),
    ],
)
def test_documents_are_told_apart(body: bytes, what: str, kind: str | None, title: str) -> None:
    found = guess(body)
    assert found.what.startswith(what)
    assert (found.kind, found.title) == (kind, title)
    assert found.url == (URL if kind else None)


def test_a_page_with_a_declaration_that_nobody_knows_is_a_page() -> None:
    page = b"<html><title>News</title><link rel='alternate' type='application/rss+xml' href='/rss'><![x[ y"
    assert [(c.url, c.stated) for c in guess(page).candidates] == [("https://lab.example/rss", True)]


def test_a_page_names_its_feeds_before_links_that_look_like_one() -> None:
    page = b"""<!DOCTYPE html><html><head><base href="/en/">
      <link rel="alternate" hreflang="de" href="/de/">
      <link rel="Alternate stylesheet" type="application/rss+xml; charset=utf-8" href="feed.xml" title="All news">
      <link rel="alternate" type="application/atom+xml" href="javascript:alert(1)">
      <link rel="alternate" type="application/atom+xml" href="https://[bad/">
      </head><body><a href="/papers/rss?kind=new">RSS</a> <a href="feed.xml">again</a> <a href="/feedback">No</a>"""
    assert [(c.url, c.title, c.stated) for c in guess(page).candidates] == [
        ("https://lab.example/en/feed.xml", "All news", True),
        ("https://lab.example/papers/rss?kind=new", "", False),
    ]


@pytest.mark.parametrize(
    ("generator", "address", "candidates"),
    [
        (
            "Open Journal Systems 3.3.0.8",
            "https://ojs.example/index.php/risk/issue/current",
            [
                "https://ojs.example/index.php/risk/gateway/plugin/WebFeedGatewayPlugin/atom",
                "https://ojs.example/index.php/risk/oai",
            ],
        ),
        (
            "DSpace 7.6",
            "https://d.example/a",
            ["https://d.example/server/oai/request", "https://d.example/oai/request"],
        ),
        ("EPrints 3.4", "https://e.example/", ["https://e.example/cgi/oai2"]),
        ("WordPress 6", "https://w.example/", []),
    ],
)
def test_the_software_of_a_page_tells_where_its_feeds_usually_are(
    generator: str, address: str, candidates: list[str]
) -> None:
    page = f'<html><head><meta name="Generator" content="{generator}"></head></html>'.encode()
    found = discovery.document(Response(address, page))
    assert [c.url for c in found.candidates] == candidates
    assert not any(c.stated for c in found.candidates)


@pytest.mark.parametrize(
    ("url", "kind", "options"),
    [
        ("https://arxiv.org/list/cs.CR/recent", "arxiv", {"categories": ["cs.CR"]}),
        ("https://rss.arxiv.org/atom/cs.CR+eess.IV", "arxiv-list", {"categories": ["cs.CR", "eess.IV"]}),
        (
            "http://export.arxiv.org/api/query?start=0&search_query=abs:a+AND+cat:x",
            "arxiv",
            {"query": "abs:a AND cat:x"},
        ),
        ("https://api.crossref.org/journals/2212-4209/works", "crossref", {"issn": "2212-4209"}),
        ("https://dblp.org/db/conf/sp/index.html", "dblp", {"stream": "conf/sp"}),
        ("https://openreview.net/group?id=ICLR.cc/2026/Conference", "openreview", {"venue": "ICLR.cc/2026/Conference"}),
        ("https://proceedings.mlr.press/v235/", "pmlr", {"volume": 235}),
        ("https://api.openalex.org/works?filter=topics.id:T1%7CT2", "openalex", {"filter": "topics.id:T1|T2"}),
    ],
)
def test_addresses_of_providers_tell_what_is_asked_for(url: str, kind: str, options: dict[str, object]) -> None:
    found = next(discovery.provider(url))
    assert (found.kind, found.options) == (kind, options)


def test_other_addresses_tell_nothing() -> None:
    assert list(discovery.provider("https://lab.example/arxiv.org/list/cs.CR")) == []


@pytest.mark.parametrize(
    ("url", "may_be"),
    [
        ("https://zenodo.org/oai2d", True),
        ("https://api.archives-ouvertes.fr/oai/hal", True),
        ("https://pub.example/cgi/oai2?verb=Identify", True),
        ("https://oaipmh.arxiv.org/oai", True),
        ("https://lab.example/koaila/news", False),
    ],
)
def test_addresses_of_repositories_look_like_it(url: str, may_be: bool) -> None:
    assert discovery.may_be_repository(url) is may_be


def test_an_address_of_a_repository_is_taken_apart() -> None:
    url = "https://zenodo.org/oai2d?verb=ListRecords&set=user-eu&metadataPrefix=oai_dc#x"
    assert discovery.repository_address(url) == ("https://zenodo.org/oai2d", {"set": "user-eu", "prefix": "oai_dc"})


def test_a_repository_says_what_it_is() -> None:
    def answer(body: str) -> Response:
        return Response(URL, f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{body}</OAI-PMH>'.encode())

    said = answer(
        "<Identify><repositoryName>DSpace at Quillhaven</repositoryName>"
        "<earliestDatestamp>2001-01-01</earliestDatestamp><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
    )
    assert discovery.repository(said) == discovery.Repository("DSpace at Quillhaven", "second", "2001-01-01")
    assert discovery.repository(answer("<Identify/>")).granularity == "day"
    with pytest.raises(ParseError, match="does not say what it is"):
        discovery.repository(answer("<error code='badVerb'/>"))
    formats = "<metadataFormat><metadataPrefix>oai_dc</metadataPrefix></metadataFormat>"
    assert discovery.prefixes(answer(f"<ListMetadataFormats>{formats}</ListMetadataFormats>")) == ("oai_dc",)
    one = "<set><setSpec>com_1</setSpec><setName>Reports</setName></set>"
    assert discovery.sets(answer(f"<ListSets>{one}</ListSets>")) == (("com_1", "Reports"),)
    assert discovery.sets(answer("<error code='noSetHierarchy'/>")) == ()


@pytest.mark.parametrize(
    ("folder", "pattern", "kind"),
    [
        ("arxiv_rss", "*.xml", "feed"),
        ("arxiv_atom_api", "*.xml", "feed"),
        ("general_feeds", "*.atom", "feed"),
        ("science_feeds", "*", "feed"),
        ("oai_pmh_zenodo", "*", "oai"),
        ("openalex_json", "*", None),
        ("datacite_json", "*", None),
    ],
)
def test_real_documents_are_told_apart(folder: str, pattern: str, kind: str | None) -> None:
    if not (FEEDS / folder).is_dir():
        pytest.skip("the recorded documents are not beside this checkout")
    files = [path for path in sorted((FEEDS / folder).glob(pattern)) if path.is_file()]
    assert [path.name for path in files if guess(path.read_bytes()).kind != kind] == []


@pytest.mark.parametrize("piece", ["<!-- x -->", "<?x ?>", "<!DOCTYPE [", "<", "<!--", " "])
def test_no_document_takes_long_to_tell(piece: str) -> None:
    body = (piece * (400_000 // len(piece)) + "\0").encode()
    assert guess(body).kind is None
    assert guess(b"<html>" + body).what == "a page without a title"
