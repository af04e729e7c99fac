"""Kind `pubmed`: citations of PubMed, by the day they entered it.

API: NCBI's E-utilities, https://www.ncbi.nlm.nih.gov/books/NBK25499/; elements: https://dtd.nlm.nih.gov/ncbi/pubmed/.
A search (ESearch) leaves its result on NCBI's history server, from which the citations are fetched in parts (EFetch);
when that has forgotten it, the search is made anew. Anybody may ask three times a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from monitor import frontmatter, relations, sources, text, xml
from monitor.errors import ParseError
from monitor.types import Author, Entry, Feed, Identifier, Page, Relation, Request, Response, Window

URL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
PACE = 0.4
EVERY = timedelta(hours=24)
LOOKBACK = timedelta(days=2)

MOST = 9_999
"""Citations of one search that PubMed hands out."""

TOOL = "research-monitor"
"""How NCBI wants a program to name itself."""

_ACCEPT = "text/xml, application/xml"
_DOCTYPES = ("eSearchResult", "PubmedArticleSet", "eFetchResult")
_FORGOTTEN = re.compile(r"webenv|query_?key|history|unable to obtain query", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_TYPES = {
    "Retraction of Publication": "retraction",
    "Published Erratum": "correction",
    "Preprint": "preprint",
    "Editorial": "editorial",
    "Letter": "letter",
    "News": "news",
    "Dataset": "dataset",
    "Journal Article": "article",
}
"""PubMed's publication types, the more special ones first; the rest says how, not where, something was published."""

_NOTICES = {
    "RetractionIn": "retracted in",
    "RetractionOf": "retraction of",
    "ExpressionOfConcernIn": "expression of concern in",
    "ErratumIn": "erratum in",
    "ErratumFor": "erratum for",
}


class Options(BaseModel):
    """What to search for, in PubMed's own syntax, such as `disaster medicine[mh] AND english[la]`."""

    model_config = ConfigDict(extra="forbid")

    term: str = Field(min_length=1)
    page: int = Field(default=200, ge=1, le=1_000)


def first(feed: Feed, window: Window | None) -> Request:
    """The search for what entered PubMed on the days of `window`; it brings no citations, only their number."""
    query = {"db": "pubmed", "term": Options(**feed.options).term, "usehistory": "y", "retmax": "0", "tool": TOOL}
    if window:
        since, until = sources.days(window)
        query |= {"datetype": "edat", "mindate": f"{since:%Y/%m/%d}", "maxdate": f"{until:%Y/%m/%d}"}
    return Request(f"{feed.url.rstrip('/')}/esearch.fcgi?{urlencode(query)}", accept=_ACCEPT)


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """The outcome of a search, or one part of its citations."""
    where = urlsplit(response.url).netloc
    root = xml.parse(response.body, f"the answer of {where}", doctypes=_DOCTYPES)
    name = xml.name(root)
    if name == "eSearchResult":
        return _searched(feed, request, root, where)
    if name == "PubmedArticle":
        return _citations(request, [root], where)
    if name == "PubmedArticleSet":
        return _citations(request, list(xml.children(root, "*")), where)
    said = text.clean(xml.words(root), 300)
    if _FORGOTTEN.search(said) and sources.position(request, "WebEnv"):
        return Page(restart=True)
    raise ParseError(f"{where} did not answer with citations of PubMed" + (f": {said}" if said else ""))


def _searched(feed: Feed, request: Request, root: xml.Element, where: str) -> Page:
    """Where to fetch what was found.

    Raises ParseError for a search that finds more than is handed out: its rest would be missed without a word.
    """
    errors = [text.clean(xml.words(e), 200) for e in (*xml.children(root, "ERROR"), *xml.path(root, "ErrorList", "*"))]
    number, env, key = (_line(root, tag) for tag in ("Count", "WebEnv", "QueryKey"))
    if not re.fullmatch(r"[0-9]{1,9}", number, re.ASCII):
        raise ParseError(f"{where} refused the search: {'; '.join(errors) or 'no number of citations'}")
    total = int(number)
    if total > MOST:
        found = f"PubMed has {total} citations for the window and hands out {MOST}"
        raise ParseError(f"{found}: narrow the term, or ask for a shorter window")
    if not total:
        return Page(announced=0, problems=tuple(f"{where} knows no {error!r}" for error in errors))
    query = {"db": "pubmed", "query_key": key, "WebEnv": env, "retmode": "xml", "tool": TOOL}
    query |= {"retmax": str(Options(**feed.options).page), "retstart": "0"}
    base = request.url.partition("/esearch.fcgi")[0]
    following = Request(f"{base}/efetch.fcgi?{urlencode(query)}", accept=_ACCEPT)
    return Page(following=sources.noting(following, 0, total), announced=total)


def _citations(request: Request, listed: list[xml.Element], where: str) -> Page:
    found, problems, refused = list[Entry](), list[str](), 0
    for number, element in enumerate(listed, 1):
        entries = list(_read(element))
        found += entries
        refused += not entries
        if not entries:
            problems.append(f"record {number} of {where} is {xml.name(element)} without a PMID")
        bare = (entry.key for entry in entries if not entry.title and not entry.deleted)
        problems += [f"record {number} of {where} ({key}): it has no title" for key in bare]
    start = int(sources.position(request, "retstart") or 0) + len(listed)
    following = sources.onward(request, "retstart", str(start)) if sources.position(request, "WebEnv") else None
    keys = [entry.key for entry in found]
    following = sources.turned(request, following, keys=keys, listed=len(listed), total=None)
    return Page(tuple(found), following, problems=tuple(problems), refused=refused)


# --- citations -------------------------------------------------------------------------------


def _read(element: xml.Element) -> Iterator[Entry]:
    """The citation that an element of a set is; those that were taken back are listed together."""
    kind = xml.name(element)
    if kind == "DeleteCitation":
        for pmid in map(_number, xml.children(element, "PMID")):
            if pmid:
                yield Entry(key=pmid, identifiers=(Identifier("pmid", pmid),), deleted=True)
        return
    citation = xml.child(element, "BookDocument" if kind == "PubmedBookArticle" else "MedlineCitation")
    pmid = _number(xml.child(citation, "PMID"))
    if pmid:
        article = citation if kind == "PubmedBookArticle" else xml.child(citation, "Article")
        data = xml.child(element, "PubmedBookData" if kind == "PubmedBookArticle" else "PubmedData")
        yield _entry(pmid, citation, article, data)


def _entry(pmid: str, citation: xml.Element, article: xml.Element, data: xml.Element) -> Entry:
    journal = xml.child(article, "Journal")
    dates = xml.child(xml.child(journal, "JournalIssue"), "PubDate")
    published = _published(article, dates, data)
    notices = list(xml.path(citation, "CommentsCorrectionsList", "CommentsCorrections"))
    keywords = (text.clean(xml.words(keyword), 200) for keyword in xml.path(citation, "KeywordList", "Keyword"))
    languages = (text.language(xml.words(language)) for language in xml.children(article, "Language"))
    return Entry(
        key=pmid,
        title=_line(article, "ArticleTitle") or _line(article, "VernacularTitle"),
        abstract=_abstract(xml.child(article, "Abstract")),
        authors=tuple(_authors(article)),
        identifiers=tuple(dict.fromkeys(_identifiers(pmid, article, data))),
        url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
        published=published,
        updated=_moment(xml.child(citation, "DateRevised")),
        year=_year(dates) or (published.year if published else None),
        venue=_line(journal, "Title") or _line(xml.child(article, "Book"), "BookTitle") or None,
        type=_type(article),
        categories=tuple(dict.fromkeys(filter(None, keywords))),
        comment="; ".join(_notices(notices))[: text.TITLE_LIMIT] or None,
        language=next((code for code in languages if code not in (None, "und")), None),
        relations=tuple(dict.fromkeys(_relations(notices))),
    )


def _identifiers(pmid: str, article: xml.Element, data: xml.Element) -> Iterator[Identifier]:
    """PMID, DOI and PMCID of the citation itself: those of its references are further down."""
    yield Identifier("pmid", pmid)
    for name in xml.path(data, "ArticleIdList", "ArticleId"):
        kind, value = name.get("IdType"), text.clean(xml.words(name), text.URL_LIMIT)
        if kind == "doi" and (doi := text.doi(value)):
            yield Identifier("doi", doi)
        if kind == "pmc" and (pmcid := re.match(r"(?:PMC)?([0-9]{1,10})", value, re.ASCII)):
            yield Identifier("pmcid", f"PMC{pmcid[1]}")
    for name in xml.children(article, "ELocationID"):
        if name.get("EIdType") == "doi" and name.get("ValidYN") != "N" and (doi := text.doi(xml.words(name))):
            yield Identifier("doi", doi)


def _authors(article: xml.Element) -> Iterator[Author]:
    for group in xml.children(article, "AuthorList"):
        if group.get("Type") == "editors":
            continue
        for person in xml.children(group, "Author"):
            parts = [_line(person, tag) for tag in ("ForeName", "LastName", "Suffix")]
            parts[0] = parts[0] or _line(person, "Initials")
            name = " ".join(filter(None, parts)) if parts[1] else _line(person, "CollectiveName")
            if author := frontmatter.author(name, _places(person), _orcid(person)):
                yield author


def _places(person: xml.Element) -> Iterator[tuple[str, str | None]]:
    """Affiliations, one element each; older records have them side by side in the author."""
    for info in [*xml.children(person, "AffiliationInfo"), person]:
        names = (i for i in xml.children(info, "Identifier") if i.get("Source") == "ROR")
        ror = next(filter(None, (text.ror(xml.words(name)) for name in names)), None)
        for place in xml.children(info, "Affiliation"):
            yield xml.words(place), ror


def _orcid(person: xml.Element) -> str:
    return next((xml.words(i) for i in xml.children(person, "Identifier") if i.get("Source") == "ORCID"), "")


def _abstract(abstract: xml.Element) -> str:
    """The parts of a structured abstract, each behind its label."""
    parts = []
    for part in xml.children(abstract, "AbstractText"):
        label, words = text.clean(part.get("Label", ""), 100), text.clean(xml.words(part), text.ABSTRACT_LIMIT)
        parts.append(f"{label}: {words}" if label and words and label != "UNLABELLED" else words)
    return text.without_heading(text.clean(" ".join(parts), text.ABSTRACT_LIMIT))


def _type(article: xml.Element) -> str | None:
    said = {text.clean(xml.words(kind), 100) for kind in xml.path(article, "PublicationTypeList", "PublicationType")}
    return next((type_ for words, type_ in _TYPES.items() if words in said), "article" if said else None)


def _relations(notices: list[xml.Element]) -> Iterator[Relation]:
    for notice in notices:
        pmid = _number(xml.child(notice, "PMID"))
        related = relations.relation(notice.get("RefType", ""), Identifier("pmid", pmid)) if pmid else None
        if related:
            yield related


def _notices(notices: list[xml.Element]) -> Iterator[str]:
    """Retractions and corrections in words, to be seen by readers."""
    for notice in notices:
        words = _NOTICES.get(notice.get("RefType", ""))
        if words:
            yield f"{words} {_line(notice, 'RefSource')}".strip()


# --- dates -----------------------------------------------------------------------------------


def _published(article: xml.Element, issue: xml.Element, data: xml.Element) -> datetime | None:
    """The earlier of the day online and the day of the issue; failing both, the day PubMed got it, if it is near.

    Issues are often dated by a month, a season or a span (`MedlineDate`), and PubMed adds old volumes today.
    """
    stated = [day for element in [*xml.children(article, "ArticleDate"), issue] if (day := _moment(element))]
    if stated:
        return min(stated)
    history = xml.path(data, "History", "PubMedPubDate")
    entered = (date for date in history if date.get("PubStatus") in ("entrez", "pubmed"))
    day, year = min(filter(None, map(_moment, entered)), default=None), _year(issue)
    return day if day and (year is None or abs(day.year - year) <= 1) else None


def _moment(element: xml.Element | None) -> datetime | None:
    """A date of at least a day, in UTC; months are numbers or English words."""
    year, month, day = (_line(element, tag) for tag in ("Year", "Month", "Day"))
    word = month[:3].lower()
    try:
        return datetime(int(year), _MONTHS.index(word) + 1 if word in _MONTHS else int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None


def _year(dates: xml.Element | None) -> int | None:
    return text.year(_line(dates, "Year")) or text.year(_line(dates, "MedlineDate"))


def _number(element: xml.Element | None) -> str:
    digits = text.clean(xml.words(element), 20)
    return digits if digits.isascii() and digits.isdigit() else ""


def _line(element: Any, tag: str) -> str:
    return text.clean(xml.words(xml.child(element, tag)), text.TITLE_LIMIT)
