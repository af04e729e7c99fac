"""Documents as public services served them, read by our kinds and, for comparison, by other means.

The other means are ElementTree and regular expressions over the documents themselves; no value below was taken from
our own output. Documents stay beside the project and are skipped where they are missing.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from monitor import sources
from monitor.errors import ParseError
from monitor.types import Entry, Feed, Page, Request, Response

FEEDS = Path(__file__).parents[3] / "shared/data/feeds"
BASE = "https://provider.example.org/feed"
ATOM = "{http://www.w3.org/2005/Atom}"
OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
DATACITE = "{http://datacite.org/schema/kernel-4}"

pytestmark = pytest.mark.skipif(not FEEDS.exists(), reason="the recorded documents are not beside the project")


OPTIONS = {"arxiv": {"query": "all:testing"}, "arxiv-list": {"categories": ["cs.AI"]}, "dblp": {"stream": "conf/er"}}
"""What kinds must be told before they read anything."""


def files(folder: str, pattern: str = "*") -> list[Any]:
    found = sorted(path for path in (FEEDS / folder).glob(pattern) if path.is_file())
    return [pytest.param(path, id=path.name) for path in found]


def read(kind: str, path: Path, asked: str = BASE, **options: Any) -> Page:
    module = sources.load(kind)
    options = module.Options(**(options or OPTIONS.get(kind, {}))).model_dump()
    feed = Feed("real", kind, BASE, module.EVERY, 0.0, options=options)
    return module.parse(feed, Request(asked), Response(BASE, path.read_bytes(), "application/xml"))


def line(text: str | None) -> str:
    """`text` on one line; some recordings were decoded wrongly once and hold control characters, which we drop."""
    return " ".join(re.sub(r"[\x7f-\x84\x86-\x9f\xad]", "", text or "").split())


def names(entry: Entry) -> list[str]:
    return [author.name for author in entry.authors]


# --- arXiv's Atom API ------------------------------------------------------------------------


@pytest.mark.parametrize("path", files("arxiv_atom_api", "*.xml"))
def test_arxiv_api(path: Path) -> None:
    start = int(re.search(r"_s(\d+)_", path.name)[1])  # type: ignore[index]
    page = read("arxiv", path, f"{BASE}?start={start}&max_results=10")
    tree = ElementTree.parse(path)
    entries = tree.findall(f"{ATOM}entry")
    total = int(tree.findtext("{http://a9.com/-/spec/opensearch/1.1/}totalResults", ""))
    ids = [entry.findtext(f"{ATOM}id", "").partition("/abs/")[2] for entry in entries]
    assert [f"{e.key}v{e.version}" for e in page.entries] == ids
    assert [e.title for e in page.entries] == [line(entry.findtext(f"{ATOM}title")) for entry in entries]
    assert [e.abstract for e in page.entries] == [line(entry.findtext(f"{ATOM}summary")) for entry in entries]
    assert [names(e) for e in page.entries] == [
        [line(author.findtext(f"{ATOM}name")) for author in entry.findall(f"{ATOM}author")] for entry in entries
    ]
    affiliations = path.read_text("utf-8").count("<arxiv:affiliation>")
    assert sum(len(a.affiliations) for e in page.entries for a in e.authors) == affiliations
    assert all(e.published and e.updated and e.published <= e.updated for e in page.entries)
    assert (page.announced, page.problems) == (total, ())
    assert (page.following is not None) == (start + len(entries) < total)
    if page.following:
        assert f"start={start + len(entries)}&" in page.following.url


@pytest.mark.parametrize("path", files("arxiv_atom_api/recordings", "*.json"))
def test_arxiv_api_as_recorded(path: Path, tmp_path: Path) -> None:
    recorded = json.loads(path.read_bytes())
    copy = tmp_path / path.name
    copy.write_text(recorded["body"], encoding="utf-8")
    if recorded["status_code"] != 200:
        with pytest.raises(ParseError, match="arXiv refused the query: incorrect id format for abc"):
            read("arxiv", copy)
    else:
        test_arxiv_api(copy)


# --- OAI-PMH ---------------------------------------------------------------------------------


def oai_records(path: Path) -> list[ElementTree.Element]:
    root = ElementTree.parse(path).getroot()
    return [root] if root.tag == "record" else root.findall(f"./*/{OAI}record")


def local(element: ElementTree.Element, *tags: str) -> Iterator[str]:
    """The texts of all elements of these local names, whatever their namespace."""
    return (line("".join(e.itertext())) for e in element.iter() if e.tag.rpartition("}")[2] in tags)


@pytest.mark.parametrize("path", files("arxiv_oai"))
def test_arxiv_oai(path: Path) -> None:
    page = read("oai", path)
    records = oai_records(path)
    assert [e.key for e in page.entries] == [next(local(r, "identifier")) for r in records]
    assert [e.title for e in page.entries] == [next(local(r, "title")) for r in records]
    assert [e.identifiers[0].value for e in page.entries] == [e.key.rpartition(":")[2] for e in page.entries]
    for entry, record in zip(page.entries, records, strict=True):
        assert entry.abstract == next(local(record, "abstract", "description"))
        assert len(entry.authors) == sum(name != ":" for name in local(record, "keyname", "creator"))
        real = [a for a in record.iter() if a.tag.endswith("}author") and next(local(a, "keyname")) != ":"]
        assert [len(a.affiliations) for a in entry.authors if real] == [
            len(list(local(a, "affiliation"))) for a in real
        ]
        stated = {d.lower() for field in local(record, "doi") for d in re.findall(r"10\.\d{4,}/[^\s;,]+", field)}
        assert {i.value for i in entry.identifiers if i.scheme == "doi"} == stated
        assert entry.published is not None
        assert f"{entry.published:%Y-%m-%d}" == next(local(record, "created", "date"))
    assert page.problems == ()


@pytest.mark.parametrize("path", [*files("oai_pmh_zenodo", "*record*"), *files("oai_pmh_other", "*Record*")])
def test_other_repositories(path: Path) -> None:
    text = path.read_text("utf-8")
    code = re.search(r'<error code="(\w+)"', text)
    if "<OAI-PMH" not in text or (code and code[1] not in ("noRecordsMatch", "badResumptionToken")):
        with pytest.raises(ParseError, match=code[1] if code else "not well-formed"):
            read("oai", path)
        return
    page = read("oai", path)
    if code:
        assert page.entries == ()
        assert (page.announced, page.restart) == ((0, False) if code[1] == "noRecordsMatch" else (None, True))
        return
    records = oai_records(path)
    readable = [
        r for r in records if r.find(f"{OAI}header/{OAI}identifier") is not None
        and (any(True for _ in local(r, "title")) or r.find(f"{OAI}header").get("status") == "deleted")  # type: ignore[union-attr]
    ]  # fmt: skip
    assert [e.key for e in page.entries] == [r.findtext(f"{OAI}header/{OAI}identifier") for r in readable]
    assert len(page.problems) == len(records) - len(readable)
    for entry, record in zip(page.entries, readable, strict=True):
        header = record.find(f"{OAI}header")
        assert header is not None
        assert entry.deleted == (header.get("status") == "deleted")
        if entry.deleted:
            assert (entry.title, entry.authors, entry.identifiers) == ("", (), ())
            continue
        assert entry.title == next(local(record, "title"))
        assert len(entry.authors) == len(list(local(record, "creator")))
        if record.find(f".//{DATACITE}resource") is not None:
            compare_with_datacite(entry, record)
            continue
        own = [line(i.text) for i in record.findall(f".//{DC}identifier")]
        dois = {i.partition("doi.org/")[2].lower() for i in own if "doi.org/" in i}
        assert {i.value for i in entry.identifiers} == dois
        described = [line(html.unescape(d.text or "")) for d in record.findall(f".//{DC}description")]
        assert bool(entry.abstract) == any(re.sub(r"<[^>]*>|&nbsp;", "", d).strip() for d in described)
        assert "<p>" not in entry.abstract
        assert "&lt;" not in entry.abstract
    token = re.search(r"<resumptionToken([^>]*)>([^<]*)<", text)
    size = re.search(r'completeListSize="(\d+)"', token[1]) if token else None
    assert page.announced == (int(size[1]) if size else None)
    assert (page.following is not None) == bool(token and token[2].strip())


def compare_with_datacite(entry: Entry, record: ElementTree.Element) -> None:
    def find(path: str) -> list[ElementTree.Element]:
        return record.findall(f".//{DATACITE}{path}")

    own = [line(e.text).lower() for e in find("identifier") if e.get("identifierType") == "DOI"]
    same = [e for e in find("relatedIdentifier") if e.get("relationType") == "IsVersionOf"]
    shared = [line(e.text).lower() for e in same if e.get("relatedIdentifierType") == "DOI"]
    assert [i.value for i in entry.identifiers if i.scheme == "doi"] == own
    assert [r.identifier.value for r in entry.relations if r.word == "IsVersionOf"] == shared
    issued = next(line(e.text) for e in find("date") if e.get("dateType") == "Issued")
    assert f"{entry.published:%Y-%m-%d}" == issued if entry.published else len(issued) < 10
    assert entry.year == int(line(find("publicationYear")[0].text))
    assert sum(len(a.affiliations) for a in entry.authors) == len(find(f"creator/{DATACITE}affiliation"))
    ids = find(f"creator/{DATACITE}nameIdentifier")
    orcids = [line(e.text) for e in ids if e.get("nameIdentifierScheme") == "ORCID"]
    assert [a.orcid for a in entry.authors if a.orcid] == orcids
    assert list(entry.categories) == list(dict.fromkeys(line(e.text) for e in find("subject")))
    assert bool(entry.abstract) == any(e.get("descriptionType") == "Abstract" and e.text for e in find("description"))


@pytest.mark.parametrize(
    "path",
    [
        *files("oai_pmh_zenodo", "*list_[ims]*"),
        *files("oai_pmh_other", "*List[IM]*"),
        *files("oai_pmh_other", "*[a-z]Identify*"),
    ],
)
def test_answers_to_other_questions_are_refused(path: Path) -> None:
    if "badResumptionToken" in path.read_text("utf-8"):
        assert read("oai", path).restart
    else:
        with pytest.raises(ParseError, match="did not answer with a list of OAI-PMH records"):
            read("oai", path)


# --- the ACL Anthology -----------------------------------------------------------------------


def marked(element: ElementTree.Element | None) -> str:
    """The words of a title or an abstract, formulas between dollars."""
    for formula in [] if element is None else element.iter("tex-math"):
        formula.text = f"${formula.text}$"
    return "" if element is None else line("".join(element.itertext()))


@pytest.mark.parametrize("path", files("acl_anthology", "*.xml"))
def test_acl_anthology(path: Path) -> None:
    collection = path.stem.rpartition("_")[2]
    page = read("acl-anthology", path, volume=collection)
    papers = [(v, p) for v in ElementTree.parse(path).getroot().findall("volume") for p in v.findall("paper")]
    assert page.problems == ()
    for entry, (volume, paper) in zip(page.entries, papers, strict=True):
        address = paper.findtext("url", "")
        if not address.startswith("http"):
            assert entry.key == address
        assert entry.title == marked(paper.find("title"))
        assert entry.abstract == marked(paper.find("abstract"))
        assert names(entry) == [
            line(f"{a.findtext('first', '')} {a.findtext('last', '')}") for a in paper.findall("author")
        ]
        doi = paper.findtext("doi")
        assert [i.value for i in entry.identifiers if i.scheme == "doi"] == ([doi.lower()] if doi else [])
        assert entry.year == int(volume.findtext("meta/year", ""))
        assert (entry.published and f"{entry.published:%Y-%m-%d}") == volume.get("ingest-date")
        revised = [r.get("date") for r in paper.findall("revision") if r.get("date")]
        assert (entry.updated and f"{entry.updated:%Y-%m-%d}") == (max(map(str, revised)) if revised else None)
    assert len({e.key for e in page.entries}) == len(papers)


# --- dblp ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", files("dblp", "*.xml"))
def test_dblp(path: Path) -> None:
    """Extracts of dblp's dump refer to a DTD for their accents; here they are unescaped by `html` before parsing."""
    source = re.sub("<!DOCTYPE[^>]*>", "", path.read_bytes().decode("latin-1"))
    kept = re.sub(r"&(?!amp;|lt;|gt;)\w+;", lambda m: html.unescape(m[0]), source)
    root = ElementTree.fromstring(kept.encode("latin-1") if "encoding" in kept else kept)
    records = [root] if root.tag == "article" else [r for r in root if r.tag != "www"]
    page = read("dblp", path)
    assert page.problems == ()
    assert [e.key for e in page.entries] == [r.get("key") for r in records]
    for entry, record in zip(page.entries, records, strict=True):
        assert f"{entry.title}." == line(record.findtext("title")).rstrip(".") + "."
        people = record.findall("author") or record.findall("editor")
        assert names(entry) == [re.sub(r" \d{4}$", "", line(p.text)) for p in people]
        assert [a.orcid for a in entry.authors] == [p.get("orcid") for p in people]
        assert entry.year == int(record.findtext("year", ""))
        assert entry.updated == datetime.fromisoformat(f"{record.get('mdate')}T00:00:00+00:00")
        assert entry.venue == (record.findtext("booktitle") or record.findtext("journal"))
        dois = [d.lower() for e in record.findall("ee") for d in re.findall(r"/(10\.\d{4,}/\S+)$", line(e.text))]
        assert [i.value for i in entry.identifiers if i.scheme == "doi"] == dois


# --- feeds -----------------------------------------------------------------------------------

NO_FEEDS = {"miniflux_iso88591_utf8_mismatch.xml"}
WRONG_CHARSET = {"miniflux_utf8-incorrect-prolog.xml"}


@pytest.mark.parametrize(
    "path",
    [*files("general_feeds", "*.xml"), *files("general_feeds", "*.rss"), *files("science_feeds"), *files("arxiv_rss")],
)
def test_xml_feeds(path: Path) -> None:
    if path.name in NO_FEEDS:
        with pytest.raises(ParseError, match="is not a feed"):
            read("feed", path)
        return
    page = read("feed", path)
    items = list(markup_items(path))
    assert len(page.entries) == len(items)
    assert [e.title for e in page.entries] == [words(item, "title") for item in items]
    for entry, item in zip(page.entries, items, strict=True):
        guid = words(item, "guid") or words(item, "id") or words(item, "link")
        assert not guid or re.sub(r"v\d+$", "", guid) == entry.key or entry.key.startswith(f"{guid}#")
    assert page.problems == ()


def markup_items(path: Path) -> Iterator[str]:
    """The source text of every entry."""
    body = path.read_bytes()
    declared = re.search(rb"encoding=[\"']([\w-]+)", body[:100])
    charset = "utf-8" if path.name in WRONG_CHARSET or not declared else declared[1].decode()
    text = body.decode(charset)
    return (found[0] for found in re.finditer(r"<(item|entry)\b.*?</\1>", text, re.DOTALL))


def words(item: str, tag: str) -> str:
    """The text of the first element of that name, CDATA unwrapped, entities resolved."""
    found = re.search(rf"<{tag}\b[^>]*>(.*?)</{tag}>", item, re.DOTALL)
    return line(html.unescape(re.sub(r"<!\[CDATA\[(.*?)\]\]>", r"\1", found[1], flags=re.DOTALL))) if found else ""


def test_arxiv_rss_in_detail() -> None:
    (path,) = (FEEDS / "arxiv_rss").iterdir()
    page = read("feed", path)
    tree = ElementTree.parse(path)
    for entry, element in zip(page.entries, tree.findall(f"{ATOM}entry"), strict=True):
        assert entry.abstract == line(element.findtext(f"{ATOM}summary", "").partition("Abstract: ")[2])
        assert names(entry) == [line(name) for name in element.findtext(f"{DC}creator", "").split(",")]
        link = element.find(f"{ATOM}link")
        assert link is not None
        assert entry.url == link.get("href")
        assert [i.value for i in entry.identifiers] == [str(entry.url).rpartition("/")[2]]
        assert list(entry.categories) == [c.get("term") for c in element.findall(f"{ATOM}category")]
        assert entry.type == "preprint"


def test_arxiv_list() -> None:
    """The same document by the kind that knows what arXiv means."""
    (path,) = (FEEDS / "arxiv_rss").iterdir()
    elements = ElementTree.parse(path).findall(f"{ATOM}entry")
    page = read("arxiv-list", path)
    assert page.problems == ()
    for entry, element in zip(page.entries, elements, strict=True):
        named = re.fullmatch(r"oai:arXiv\.org:(.+)v(\d+)", element.findtext(f"{ATOM}id", ""))
        assert named
        assert (entry.key, entry.version) == (named[1], int(named[2]))
        assert entry.title == line(element.findtext(f"{ATOM}title"))
        assert entry.abstract == line(element.findtext(f"{ATOM}summary", "").partition("Abstract: ")[2])
        assert names(entry) == [line(name) for name in element.findtext(f"{DC}creator", "").split(",")]
        assert entry.announced == element.findtext("{http://arxiv.org/schemas/atom}announce_type")
        assert entry.licence == element.findtext(f"{DC}rights")
        day = entry.updated if "replace" in str(entry.announced) else entry.published
        assert day == datetime.fromisoformat(element.findtext(f"{ATOM}published", ""))
        assert list(entry.categories) == [c.get("term") for c in element.findall(f"{ATOM}category")]


def test_a_preprint_server_in_rdf() -> None:
    (path,) = (FEEDS / "science_feeds").iterdir()
    (entry,) = read("feed", path).entries
    text = path.read_text("utf-8")
    stated = re.search(r"<dc:identifier>doi:([^<]+)<", text)
    byline = re.search(r"<dc:creator>\s*<!\[CDATA\[(.*?)\]\]>", text, re.DOTALL)
    assert stated
    assert byline
    assert [str(i) for i in entry.identifiers] == [f"doi:{stated[1]}"]
    pieces = [piece.strip() for piece in byline[1].split(",")]
    assert names(entry) == [f"{given} {family}" for family, given in zip(pieces[::2], pieces[1::2], strict=True)]
    assert entry.published is not None
    assert f"<dc:date>{entry.published:%Y-%m-%d}<" in text


@pytest.mark.parametrize("path", files("general_feeds", "*.json"))
def test_json_feeds(path: Path) -> None:
    items = json.loads(path.read_text("utf-8"))["items"]
    objects = [item for item in items if isinstance(item, dict)]
    page = read("feed", path)
    assert len(page.entries) == len(objects)
    assert any("no objects" in problem for problem in page.problems) == (len(objects) < len(items))
    for entry, item in zip(page.entries, objects, strict=True):
        if isinstance(item.get("id"), str):
            assert entry.key == item["id"]
        if isinstance(item.get("title", ""), str):
            assert entry.title == item.get("title", "")


@pytest.mark.parametrize("path", files("general_feeds", "*.atom"))
def test_small_atom_feeds(path: Path) -> None:
    (entry,) = read("feed", path).entries
    assert entry.key == ElementTree.parse(path).findtext(f"{ATOM}entry/{ATOM}id")
    relative = re.search(r'<entry>\s*<link href="([^"]+)"', path.read_text("utf-8"))
    assert entry.url == (f"https://provider.example.org/{relative[1]}" if relative else None)
