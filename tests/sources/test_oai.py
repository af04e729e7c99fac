from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor.errors import ParseError
from monitor.sources import oai
from monitor.types import Entry, Feed, Page, Request, Response, Window

ASKED = f"{oai.URL}?verb=ListRecords&metadataPrefix=arXiv"


def source(**options: Any) -> Feed:
    return Feed("archive", "oai", oai.URL, oai.EVERY, oai.PACE, options=options)


def answer(content: str) -> bytes:
    return f'<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{content}</OAI-PMH>'.encode()


def parse(content: str | bytes, asked: str = ASKED, **options: Any) -> Page:
    body = answer(content) if isinstance(content, str) else content
    return oai.parse(source(**options), Request(asked), Response(asked, body, "text/xml"))


def record(metadata: str, key: str = "oai:example.org:1") -> str:
    return (
        f"<record><header><identifier>{key}</identifier><datestamp>2026-06-01</datestamp></header>"
        f"<metadata>{metadata}</metadata></record>"
    )


def dublin_core(**fields: str | list[str]) -> Entry:
    """The entry of a Dublin Core record with the given fields."""
    values = [(name, v) for name, value in fields.items() for v in ([value] if isinstance(value, str) else value)]
    metadata = "".join(f"<dc:{name}>{value}</dc:{name}>" for name, value in values)
    spaces = 'xmlns:o="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    (entry,) = parse(f"<ListRecords>{record(f'<o:dc {spaces}>{metadata}</o:dc>')}</ListRecords>").entries
    return entry


def span(window: Window, granularity: str) -> tuple[str, str]:
    query = parse_qs(urlsplit(oai.first(source(granularity=granularity), window).url).query)
    return query["from"][0], query["until"][0]


@pytest.mark.parametrize(
    ("until", "day", "second"),
    [
        (datetime(2026, 6, 8, tzinfo=UTC), "2026-06-07", "2026-06-07T23:59:59Z"),
        (datetime(2026, 6, 8, 0, 0, 1, tzinfo=UTC), "2026-06-08", "2026-06-08T00:00:00Z"),
        (datetime(2026, 6, 8, 9, 30, 5, 500, tzinfo=UTC), "2026-06-08", "2026-06-08T09:30:05Z"),
        (datetime(2026, 6, 1, tzinfo=UTC), "2026-06-01", "2026-06-01T00:00:00Z"),
    ],
)
def test_until_is_the_last_day_or_second_within(until: datetime, day: str, second: str) -> None:
    window = Window(datetime(2026, 6, 1, tzinfo=UTC), until)
    assert span(window, "day") == ("2026-06-01", day)
    assert span(window, "second") == ("2026-06-01T00:00:00Z", second)


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(st.tuples(MOMENTS, MOMENTS, MOMENTS).map(sorted))
def test_every_moment_of_a_window_is_asked_for(moments: list[datetime]) -> None:
    since, inside, until = moments
    window = Window(since, until)
    if inside in window:
        first, last = span(window, "day")
        assert first <= inside.strftime("%Y-%m-%d") <= last
        first, last = span(window, "second")
        assert first <= inside.strftime("%Y-%m-%dT%H:%M:%SZ") <= last


def test_without_a_window_everything_is_asked_for() -> None:
    assert oai.first(source(set="math:math:GT", prefix="oai_dc"), None).url == (
        f"{oai.URL}?verb=ListRecords&metadataPrefix=oai_dc&set=math%3Amath%3AGT"
    )


@pytest.mark.parametrize(
    "options", [{"prefix": "oai dc"}, {"set": "cs CR"}, {"set": "cs:"}, {"granularity": "hour"}, {"sets": "cs"}]
)
def test_options_that_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        oai.Options(**options)


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("cs.CR", "cs:cs:CR"),
        ("math.GT", "math:math:GT"),
        ("q-bio.PE", "q-bio:q-bio:PE"),
        ("physics.geo-ph", "physics:physics:geo-ph"),
        ("astro-ph.CO", "physics:astro-ph:CO"),
        ("cond-mat.mtrl-sci", "physics:cond-mat:mtrl-sci"),
        ("hep-ex", "physics:hep-ex"),
        ("cs", "cs"),
        ("cs:cs:CR", "cs:cs:CR"),
    ],
)
def test_a_category_of_arxiv_is_turned_into_its_set(name: str, spec: str) -> None:
    asked = parse_qs(urlsplit(oai.first(source(set=name), None).url).query)
    assert asked["set"] == [spec]
    elsewhere = parse_qs(urlsplit(oai.first(source(set=name, prefix="oai_dc"), None).url).query)
    assert elsewhere["set"] == [name]


@pytest.mark.parametrize(
    ("said", "since", "until"),
    [
        ("YYYY-MM-DDThh:mm:ssZ", "2026-06-01T09:30:00Z", "2026-06-02T11:59:59Z"),
        ("YYYY-MM-DD", "2026-06-01", "2026-06-02"),
        ("whatever", "2026-06-01", "2026-06-02"),
    ],
)
def test_a_repository_can_be_asked_how_finely_it_tells_time(said: str, since: str, until: str) -> None:
    window = Window(datetime(2026, 6, 1, 9, 30, tzinfo=UTC), datetime(2026, 6, 2, 12, tzinfo=UTC))
    asked = oai.first(source(granularity="ask", prefix="oai_dc"), window)
    assert asked.url.partition("#")[0] == f"{oai.URL}?verb=Identify"
    body = f"<Identify><granularity>{said}</granularity></Identify>"
    page = parse(body, asked.url, granularity="ask", prefix="oai_dc")
    assert (page.entries, page.announced) == ((), None)
    assert page.following is not None
    query = parse_qs(urlsplit(page.following.url).query)
    assert (query["verb"], query["from"], query["until"]) == (["ListRecords"], [since], [until])


def test_the_errors_that_invenio_sends_with_a_status_of_their_own_are_read() -> None:
    assert 422 in oai.first(source(), None).also
    page = parse("<ListRecords><resumptionToken>t</resumptionToken></ListRecords>")
    assert page.following is not None
    assert 422 in page.following.also


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=50))
def test_any_token_comes_back_as_it_was(token: str) -> None:
    escaped = token.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    page = parse(f"<ListRecords><resumptionToken> {escaped}\n</resumptionToken></ListRecords>")
    assert page.following is not None
    query = parse_qs(urlsplit(page.following.url).query)
    assert query == {"verb": ["ListRecords"], "resumptionToken": [token]}


def test_a_token_that_was_just_asked_for_is_a_loop() -> None:
    asked = f"{oai.URL}?verb=ListRecords&resumptionToken=a%2Bb%7C1"
    with pytest.raises(ParseError, match="goes round in circles"):
        parse("<ListRecords><resumptionToken>a+b|1</resumptionToken></ListRecords>", asked)


@pytest.mark.parametrize(
    ("token", "announced"),
    [
        ("", None),
        ("<resumptionToken/>", None),
        ('<resumptionToken completeListSize="120" cursor="100"/>', 120),
        ('<resumptionToken completeListSize="many"/>', None),
        ('<resumptionToken completeListSize="-1"/>', None),
        ('<resumptionToken completeListSize="²"/>', None),
    ],
)
def test_the_end_of_a_list(token: str, announced: int | None) -> None:
    assert parse(f"<ListRecords>{token}</ListRecords>") == Page(announced=announced)


def test_a_page_without_records_may_go_on() -> None:
    page = parse('<ListRecords><resumptionToken completeListSize="7">more</resumptionToken></ListRecords>')
    assert (page.entries, page.announced) == ((), 7)
    assert page.following is not None


def test_errors_that_are_none() -> None:
    assert parse('<error code="noRecordsMatch"/>') == Page(announced=0)
    assert parse('<error code="badResumptionToken">expired</error>') == Page(restart=True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('<error code="badArgument">from is\n later</error>', "refused the request with badArgument: from is later"),
        ('<error code="cannotDisseminateFormat"/>', "cannotDisseminateFormat; every repository has `prefix: oai_dc`"),
        ("<error/>", "refused the request with an error"),
        ("<Identify/>", "did not answer with a list of OAI-PMH records"),
        (b"<html><body>Down for maintenance</body></html>", "did not answer with a list"),
        (b"broken xml", "is not well-formed XML"),
        (b"", "is empty"),
    ],
)
def test_what_is_refused(content: str | bytes, said: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse(content)
    assert said in str(refused.value)
    assert oai.URL in str(refused.value)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("<record/>", "has no identifier"),
        ("<record><header/></record>", "has no identifier"),
        (record(""), "has no metadata"),
        (record("<marc/>"), "a format that is not read here: marc"),
    ],
)
def test_a_bad_record_is_named_and_the_others_are_kept(bad: str, said: str) -> None:
    good = record("<arXiv xmlns='http://arxiv.org/OAI/arXiv/'><id>2606.00001</id></arXiv>")
    page = parse(f"<ListRecords>{bad}{good}</ListRecords>")
    assert [e.key for e in page.entries] == ["oai:example.org:1"]
    assert len(page.problems) == 1
    assert "record 1 of" in page.problems[0]
    assert said in page.problems[0]


def test_a_single_record_and_a_lone_one() -> None:
    content = record("<arXiv xmlns='http://arxiv.org/OAI/arXiv/'><id>2606.00001</id><title>T</title></arXiv>")
    assert [e.title for e in parse(f"<GetRecord>{content}</GetRecord>").entries] == ["T"]
    assert [e.title for e in parse(content.encode()).entries] == ["T"]


@pytest.mark.parametrize(
    ("dates", "published", "updated", "year"),
    [
        (["2026-05-30"], "2026-05-30", "2026-06-01", 2026),
        (["2026-05-30", "2025-01-02"], "2025-01-02", "2026-05-30", 2025),
        (["2026-05"], None, "2026-06-01", 2026),
        (["1987"], None, "2026-06-01", 1987),
        (["info:eu-repo/date/embargoEnd/2031-01-01", "2026-05-30"], "2026-05-30", "2026-06-01", 2026),
        (["n.d."], None, "2026-06-01", None),
        ([], None, "2026-06-01", None),
    ],
)
def test_dates_of_dublin_core(dates: list[str], published: str | None, updated: str, year: int | None) -> None:
    entry = dublin_core(date=dates)
    assert (entry.published.date().isoformat() if entry.published else None) == published
    assert entry.updated is not None
    assert (entry.updated.date().isoformat(), entry.year) == (updated, year)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("info:eu-repo/semantics/article", "article"),
        ("info:eu-repo/semantics/doctoralThesis", "dissertation"),
        ("Conference Paper", "proceedings-article"),
        ("Working Paper", "report"),
        ("text", None),
    ],
)
def test_types_of_dublin_core(said: str, kind: str | None) -> None:
    assert dublin_core(type=["doc-type:unknown", said]).type == kind


@pytest.mark.parametrize(
    ("sources", "venue"),
    [
        (["Journal of Examples, 5(1), 7-10, (2026-05-30)"], "Journal of Examples"),
        (["Journal of Examples; Vol. 5 No. 1 (2026)"], "Journal of Examples"),
        (["2345-6789", "https://example.org", "ISSN 2345-6789", "Examples"], "Examples"),
        ([], None),
    ],
)
def test_venues_of_dublin_core(sources: list[str], venue: str | None) -> None:
    assert dublin_core(source=sources).venue == venue


def test_only_relations_that_name_the_same_work_are_identifiers() -> None:
    entry = dublin_core(
        identifier=["https://hdl.example.org/1/2", "10.5555/A"],
        relation=["https://doi.org/10.5555/cited", "info:eu-repo/semantics/altIdentifier/doi/10.5555/same"],
    )
    assert [str(i) for i in entry.identifiers] == ["doi:10.5555/a", "doi:10.5555/same"]
    assert entry.url == "https://hdl.example.org/1/2"


def test_arxiv_in_dublin_core() -> None:
    entry = dublin_core(
        identifier=["http://arxiv.org/abs/2606.00001", "doi:10.5555/a"],
        description=["  We show $a&lt;b$.", "Comment: 9 pages, and a long remark on how it came about"],
        creator=["Example, A. B.", ":"],
    )
    assert [str(i) for i in entry.identifiers] == ["arxiv:2606.00001", "doi:10.5555/a"]
    assert (entry.abstract, entry.comment) == ("We show $a<b$.", "9 pages, and a long remark on how it came about")
    assert [a.name for a in entry.authors] == ["A. B. Example"]


def test_of_several_languages_english_is_read() -> None:
    spaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:t="http://purl.org/dc/terms/"'
    fields = (
        '<dc:title xml:lang="es">Un título</dc:title><dc:title xml:lang="en-US">A title</dc:title>'
        '<dc:description xml:lang="es">Un resumen que es mucho más largo</dc:description>'
        '<t:abstract xml:lang="en">A summary</t:abstract><dc:language>es</dc:language>'
        "<t:issued>2026-05-30</t:issued><t:bibliographicCitation>Revista de Ejemplos, 3(1)</t:bibliographicCitation>"
    )
    (entry,) = parse(f"<ListRecords>{record(f'<qdc {spaces}>{fields}</qdc>')}</ListRecords>").entries
    assert (entry.title, entry.abstract, entry.language) == ("A title", "A summary", "es")
    assert (entry.year, entry.venue) == (2026, "Revista de Ejemplos")


def test_several_identifiers_dates_and_languages() -> None:
    entry = dublin_core(
        identifier=["hal-0123", "https://hal.example.org/hal-0123/file/a.pdf", "https://hal.example.org/hal-0123"],
        date=["2026-05-30", "2026-06-01T10:00:00Z", "2024"],
        language=["unknown to us", "fra", "eng"],
        rights=["Copyright", "https://creativecommons.org/licenses/by/4.0/"],
    )
    assert entry.url == "https://hal.example.org/hal-0123"
    assert (entry.year, entry.language) == (2024, "fr")
    assert entry.licence == "https://creativecommons.org/licenses/by/4.0/"


def test_options_speak_for_the_whole_repository() -> None:
    content = record("<arXiv xmlns='http://arxiv.org/OAI/arXiv/'><id>2606.00001</id></arXiv>")
    (entry,) = parse(f"<ListRecords>{content}</ListRecords>", venue="V", type="report").entries
    assert (entry.venue, entry.type) == ("V", "report")


def test_provider_terms() -> None:
    assert oai.PACE >= 3.0
    assert timedelta(days=1) <= oai.LOOKBACK
