"""Answers of JSON services and of PubMed, as they were served, read by our kinds and, for comparison, by other means.

The other means are `json` and ElementTree on the documents themselves; no value below was taken from our own output.
Documents stay beside the project and are skipped where they are missing.
"""

from __future__ import annotations

import gzip
import html
import itertools
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from monitor import sources
from monitor.errors import ParseError
from monitor.types import Entry, Feed, Page, Request, Response

FEEDS = Path(__file__).parents[3] / "shared/data/feeds"
BASE = "https://provider.example.org/works"
OPTIONS = {
    "crossref": {"query": "x"},
    "openalex": {"query": "x"},
    "datacite": {"query": "x"},
    "pubmed": {"term": "x"},
}

pytestmark = pytest.mark.skipif(not FEEDS.exists(), reason="the recorded documents are not beside the project")


def files(folder: str, pattern: str = "*") -> list[Any]:
    found = sorted(path for path in (FEEDS / folder).glob(pattern) if path.is_file())
    return [pytest.param(path, id=path.name) for path in found]


def body(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def read(kind: str, content: bytes, asked: str = f"{BASE}?cursor=%2A") -> Page:
    module = sources.load(kind)
    feed = Feed("real", kind, BASE, module.EVERY, 0.0, options=module.Options(**OPTIONS[kind]).model_dump())
    return module.parse(feed, Request(asked), Response(BASE, content))


def plain(markup: str | None) -> str:
    """The letters and digits of a text, raised ones as plain, tags and entities gone: for comparison."""
    text = markup or ""
    for _ in range(3):  # some escape their HTML more than once
        text = html.unescape(re.sub(r"</?[A-Za-z][^<>]*>", "", text))
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())


def day(when: datetime | None) -> str | None:
    return f"{when:%Y-%m-%d}" if when else None


# --- Crossref --------------------------------------------------------------------------------


def crossref_works(path: Path) -> list[dict[str, Any]] | None:
    """The works of an answer about works; None for every other document."""
    try:
        answer = json.loads(body(path))
    except ValueError:
        return None
    kind = answer.get("message-type")
    return answer["message"]["items"] if kind == "work-list" else [answer["message"]] if kind == "work" else None


@pytest.mark.parametrize("path", files("crossref_json"))
def test_crossref(path: Path) -> None:
    works = crossref_works(path)
    if works is None:
        with pytest.raises(ParseError, match=r"is not JSON|did not answer with works of Crossref"):
            read("crossref", body(path))
        return
    page = read("crossref", body(path))
    message = json.loads(body(path))["message"]
    assert [e.key for e in page.entries] == [w["DOI"].lower() for w in works]
    assert page.announced == message.get("total-results")
    assert (page.following is not None) == ("next-cursor" in message)
    if page.following:
        assert sources.position(page.following, "cursor") == message["next-cursor"]
    assert len(page.problems) == sum(not w.get("title") for w in works), page.problems
    for entry, work in zip(page.entries, works, strict=True):
        check_crossref(entry, work)


def check_crossref(entry: Entry, work: dict[str, Any]) -> None:
    assert plain(entry.title) == plain((work.get("title") or [""])[0])
    assert plain(entry.abstract) == bare(plain(work.get("abstract")))
    people = [a for a in work.get("author", []) if any(a.get(part) for part in ("given", "family", "name"))]
    names = [plain("".join(a.get(part, "") for part in ("given", "family", "suffix", "name"))) for a in people]
    assert [plain(a.name) for a in entry.authors] == names
    assert [len(a.affiliations) for a in entry.authors] == [
        len({json.dumps(x, sort_keys=True) for x in a.get("affiliation", [])}) for a in people
    ]
    assert [a.orcid for a in entry.authors] == [a["ORCID"].rpartition("/")[2] if "ORCID" in a else None for a in people]
    check_crossref_dates(entry, work)
    assert plain(entry.venue).startswith(plain((work.get("container-title") or [""])[0]))
    assert entry.language == work.get("language")
    assert f"doi:{work['DOI'].lower()}" in map(str, entry.identifiers)
    told = {(word, r["id"].lower()) for word, related in work.get("relation", {}).items() for r in related}
    told |= {(u["type"], u["DOI"].lower()) for u in [*work.get("update-to", []), *work.get("updated-by", [])]}
    assert {(r.word, r.identifier.value) for r in entry.relations} <= told
    kept = {r.identifier.value for r in entry.relations if r.kind == "version"}
    assert {name for word, name in told if word in ("has-preprint", "is-preprint-of", "is-version-of")} <= kept


def bare(abstract: str) -> str:
    return abstract[8:] if abstract.lower().startswith("abstract") else abstract


def check_crossref_dates(entry: Entry, work: dict[str, Any]) -> None:
    fields = [name for name in work if name.startswith(("published", "posted", "issued"))]
    dates = [work[name]["date-parts"][0] for name in fields if isinstance(work[name], dict)]
    year = work.get("issued", {}).get("date-parts", [[None]])[0][0]
    full = [f"{date(*parts)}" for parts in dates if len(parts) == 3]
    if full:
        assert day(entry.published) == min(full)
    elif entry.published:
        assert entry.published == datetime.fromisoformat(work["created"]["date-time"])
        assert year is None or abs(entry.published.year - year) <= 1
    deposited = work.get("deposited", {}).get("date-time")
    assert entry.updated == (datetime.fromisoformat(deposited) if deposited else None)
    assert entry.year == (year or (entry.published.year if entry.published else None))


def test_pages_of_crossref_that_have_one_cursor_are_no_circle() -> None:
    """The recorded harvest: the same cursor three times, twenty other works each time."""
    paths = sorted((FEEDS / "crossref_json").glob("habanero_test_cursor_max_[012].json"))
    cursors = {json.loads(path.read_bytes())["message"]["next-cursor"] for path in paths}
    assert (len(paths), len(cursors)) == (3, 1)
    asked, seen = f"{BASE}?cursor=%2A", list[str]()
    for path in paths:
        page = read("crossref", body(path), asked)
        assert page.following
        asked, seen = page.following.url, seen + [entry.key for entry in page.entries]
    assert len(set(seen)) == 60
    with pytest.raises(ParseError, match="goes round in circles"):
        read("crossref", body(paths[-1]), asked)


def test_retractions_of_crossref_are_seen() -> None:
    """What these three say of versions is what `update-to` says."""
    updates = [
        (entry, work)
        for path in sorted((FEEDS / "crossref_json").iterdir())
        if (works := crossref_works(path))
        for entry, work in zip(read("crossref", body(path)).entries, works, strict=True)
        if work.get("update-to") or work.get("updated-by")
    ]
    assert updates
    for entry, work in updates:
        for notice in [*work.get("update-to", []), *work.get("updated-by", [])]:
            assert f"doi:{notice['DOI'].lower()}" in (entry.comment or "")


# --- OpenAlex --------------------------------------------------------------------------------


def check_openalex(entry: Entry, work: dict[str, Any]) -> None:
    assert entry.key == work["id"].rpartition("/")[2]
    assert plain(entry.title) == plain(work["title"] or work["display_name"])
    index = work["abstract_inverted_index"] or {}
    placed = sorted((place, word) for word, places in index.items() for place in places)
    wanted = plain(" ".join(word for _, word in placed))
    assert bare(plain(entry.abstract)) == bare(wanted)
    assert day(entry.published) == work["publication_date"]
    assert f"{entry.updated:%Y-%m-%dT%H:%M:%S}" == work["updated_date"][:19]
    assert entry.year == work["publication_year"]
    source = (work["primary_location"] or {}).get("source") or {}
    assert not source or plain(entry.venue) == plain(source["display_name"])
    assert (entry.language or None) == work["language"]
    stated = {str(i) for i in entry.identifiers}
    assert f"openalex:{entry.key}" in stated
    for scheme in ("pmid", "pmcid"):
        assert (work["ids"].get(scheme) is None) == all(not i.startswith(f"{scheme}:") for i in stated)
    doi = (work["doi"] or "").removeprefix("https://doi.org/").lower()
    assert not doi or f"doi:{doi}" in stated or f"arxiv:{doi.removeprefix('10.48550/arxiv.')}" in stated
    shown = [(a.get("raw_author_name") or a["author"]["display_name"] or "", a) for a in work["authorships"]]
    people = [a for name, a in shown if any(c.isalpha() for c in name)]
    assert len(entry.authors) == len(people)
    for author, told in zip(entry.authors, people, strict=True):
        name = told.get("raw_author_name") or told["author"]["display_name"]
        assert sorted(plain(author.name)) == sorted(plain(name))
        orcid = told["author"].get("orcid")
        assert author.orcid == (orcid.rpartition("/")[2] if orcid else None)
        raw = {" ".join(html.unescape(s).split()) for s in told.get("raw_affiliation_strings") or [] if s.strip()}
        assert len(author.affiliations) <= len(raw)
        assert bool(author.affiliations or author.domain) == bool(raw)
        assert not any(a.ror for a in author.affiliations)


@pytest.mark.parametrize("path", files("openalex_json"))
def test_openalex(path: Path) -> None:
    answer = json.loads(path.read_bytes())
    page = read("openalex", path.read_bytes())
    works = answer.get("results", [answer])
    assert page.announced == answer.get("meta", {}).get("count")
    assert page.following is None
    assert len(page.problems) == sum(not (w["title"] or w["display_name"]) for w in works)
    for entry, work in zip(page.entries, works, strict=True):
        check_openalex(entry, work)


def openalex_corpus() -> Iterator[list[dict[str, Any]]]:
    path = FEEDS.parent / "openalex/works.jsonl.gz"
    with gzip.open(path) as lines:
        works = map(json.loads, lines)
        while part := list(itertools.islice(works, 200)):
            yield part


def test_2680_works_of_openalex() -> None:
    """As pages of 200 each, the way the service would have listed them."""
    count = 0
    for works in openalex_corpus():
        answer = {"meta": {"count": 2_680, "next_cursor": f"c{count}"}, "results": works}
        page = read("openalex", json.dumps(answer).encode())
        for entry, work in zip(page.entries, works, strict=True):
            check_openalex(entry, work)
        count += len(works)
    assert count == 2_680


# --- DataCite --------------------------------------------------------------------------------


def check_datacite(entry: Entry, record: dict[str, Any]) -> None:
    attributes = record["attributes"]
    doi = attributes["doi"].lower()
    assert entry.key == doi
    arxiv = re.fullmatch(r"10\.48550/arxiv\.(.+)", doi)
    assert (f"arxiv:{arxiv[1]}" if arxiv else f"doi:{doi}") in map(str, entry.identifiers)
    titles = sorted(attributes["titles"], key=lambda title: bool(title.get("titleType")))
    assert plain(entry.title) == plain(titles[0]["title"] if titles else "")
    creators = [c for c in attributes["creators"] if re.search(r"[^\W\d_]", c.get("name") or "")]
    anonymous = ("anonymous", "unknown", "et al", "et al.", "others")
    known = [c for c in creators if c["name"].strip().lower() not in anonymous]
    assert len(entry.authors) == len(known)
    for author, creator in zip(entry.authors, known, strict=True):
        spelt = sorted(plain(author.name)) == sorted(plain(creator["name"]))
        assert spelt or plain(creator.get("familyName")) in plain(author.name)
    described = [d for d in attributes["descriptions"] if d.get("descriptionType") == "Abstract"]
    abstract = plain(described[0].get("description")) if described else ""
    shown = bare(plain(entry.abstract))
    assert shown == bare(abstract) or (len(entry.abstract) > 19_900 and bare(abstract).startswith(shown))
    assert entry.updated == datetime.fromisoformat(attributes["updated"]).replace(microsecond=0)
    if attributes["publicationYear"]:
        assert entry.year == attributes["publicationYear"]
    stated = [d["date"] for d in attributes["dates"] or [] if d["dateType"] in ("Issued", "Available", "Submitted")]
    full = [d[:10] for d in stated if re.fullmatch(r"\d{4}-\d\d-\d\d(T.*|/.*)?", d or "")]
    if full:
        assert entry.published is not None
        assert abs((entry.published - datetime.fromisoformat(min(full)).replace(tzinfo=UTC)).days) <= 1
    check_datacite_relations(entry, attributes["relatedIdentifiers"])


def check_datacite_relations(entry: Entry, related: list[dict[str, Any]]) -> None:
    """Whatever is kept was said, word and name; every DOI of another version is kept, but for the work's own."""
    told = {(r.get("relationType"), r["relatedIdentifier"].lower()) for r in related}
    for relation in entry.relations:
        assert any(word == relation.word and relation.identifier.value in name for word, name in told)
    own = {i.value for i in entry.identifiers}
    versions = {name for word, name in told if word == "IsVersionOf" and re.match(r"10\.\d+/", name)} - own
    assert {r.identifier.value for r in entry.relations if r.word == "IsVersionOf"} >= versions


@pytest.mark.parametrize("path", files("datacite_json", "*.json"))
def test_datacite(path: Path) -> None:
    try:
        answer = json.loads(path.read_bytes())
    except ValueError:
        answer = {}
    if "data" not in answer:
        with pytest.raises(ParseError, match=r"is not JSON|did not answer with records of DataCite"):
            read("datacite", path.read_bytes())
        return
    page = read("datacite", path.read_bytes())
    listed = answer["data"] if isinstance(answer["data"], list) else [answer["data"]]
    assert page.announced == answer.get("meta", {}).get("total")
    assert (page.following, page.problems) == (None, ())
    for entry, record in zip(page.entries, listed, strict=True):
        check_datacite(entry, record)


def test_1000_records_of_datacite() -> None:
    """As one page, the way the service would have listed them."""
    path = FEEDS / "datacite_json/fatcat_datacite_1k_records.jsonl.gz"
    listed = [json.loads(line) for line in body(path).splitlines()]
    page = read("datacite", json.dumps({"data": listed, "meta": {"total": 1_000}}).encode())
    assert (len(listed), page.announced) == (1_000, 1_000)
    for entry, record in zip(page.entries, listed, strict=True):
        check_datacite(entry, record)
    untitled = sum(not any(t.get("title") for t in r["attributes"]["titles"]) for r in listed)
    assert len([p for p in page.problems if "no title" in p]) == untitled


# --- PubMed ----------------------------------------------------------------------------------


def inner(element: ElementTree.Element | None) -> str:
    return "" if element is None else "".join(element.itertext())


def check_pubmed(entry: Entry, citation: ElementTree.Element) -> None:
    article = citation.find("MedlineCitation/Article")
    assert article is not None
    assert entry.key == citation.findtext("MedlineCitation/PMID")
    assert plain(entry.title) == plain(inner(article.find("ArticleTitle"))) or not inner(article.find("ArticleTitle"))
    parts = [plain(inner(part)) for part in article.findall("Abstract/AbstractText")]
    assert all(part.removeprefix("Abstract") in plain(entry.abstract) for part in parts)
    assert bool(entry.abstract) == any(parts)
    people = article.findall("AuthorList/Author")
    assert [plain(a.name) for a in entry.authors] == [
        plain("".join(p.findtext(tag, "") for tag in ("ForeName", "LastName", "Suffix", "CollectiveName")))
        for p in people
    ]
    places = [{inner(x) for x in p.findall("AffiliationInfo/Affiliation")} for p in people]
    assert [len(a.affiliations) for a in entry.authors] == [
        len([place for place in told if not re.fullmatch(r"\S+@\S+", place)]) for told in places
    ]
    assert [bool(a.domain) for a in entry.authors] == [any("@" in place for place in told) for told in places]
    ids = {(i.get("IdType"), i.text) for i in citation.findall("PubmedData/ArticleIdList/ArticleId")}
    ids |= {("doi", i.text) for i in article.findall("ELocationID[@EIdType='doi']")}
    assert {i.value for i in entry.identifiers if i.scheme == "doi"} == {str(v).lower() for k, v in ids if k == "doi"}
    assert {i.value for i in entry.identifiers if i.scheme == "pmcid"} == {
        str(v).partition(".")[0] for k, v in ids if k == "pmc"
    }
    issue = article.find("Journal/JournalIssue/PubDate")
    assert issue is not None
    year = re.match(r"\d{4}", issue.findtext("Year") or issue.findtext("MedlineDate", ""))
    assert year
    assert entry.year == int(year[0])
    electronic = article.find("ArticleDate")
    if electronic is not None:
        assert entry.published is not None
        assert day(entry.published) <= "-".join(electronic.findtext(tag, "") for tag in ("Year", "Month", "Day"))  # type: ignore[operator]
    revised = citation.find("MedlineCitation/DateRevised")
    assert revised is not None
    assert day(entry.updated) == "-".join(revised.findtext(tag, "") for tag in ("Year", "Month", "Day"))
    assert entry.venue == " ".join(article.findtext("Journal/Title", "").split())
    notices = citation.findall("MedlineCitation/CommentsCorrectionsList/CommentsCorrections")
    stated = {n.findtext("PMID") for n in notices if n.find("PMID") is not None}
    assert {r.identifier.value for r in entry.relations} == stated
    retracted = any(n.get("RefType") == "RetractionIn" for n in notices)
    assert ("retracted in" in (entry.comment or "")) == retracted


@pytest.mark.parametrize("path", files("pubmed"))
def test_pubmed(path: Path) -> None:
    root = ElementTree.fromstring(body(path))
    citations = [root] if root.tag == "PubmedArticle" else root.findall("PubmedArticle")
    taken_back = [pmid.text for pmid in root.findall("DeleteCitation/PMID")]
    page = read("pubmed", body(path))
    assert (page.announced, page.following, page.problems) == (None, None, ())
    kept = [entry for entry in page.entries if not entry.deleted]
    assert [entry.key for entry in page.entries if entry.deleted] == taken_back
    for entry, citation in zip(kept, citations, strict=True):
        check_pubmed(entry, citation)


# --- the rest --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", OPTIONS)
@pytest.mark.parametrize("path", [*files("invenio_json"), *files("rogue_scholar_json"), *files("doaj")])
def test_answers_of_other_services_are_refused(kind: str, path: Path) -> None:
    with pytest.raises(
        ParseError, match=r"is not JSON|is JSON, but|did not answer with|is not well-formed XML|HTML page"
    ):
        read(kind, path.read_bytes())
