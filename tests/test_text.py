from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import text
from monitor.types import Identifier

ANYTHING = st.text(st.characters(codec=None, categories=None), max_size=200)
TAGGED = st.lists(
    st.sampled_from(
        ["<", ">", "a<b", "<p>", "</p>", "<script>", "</script>", "<!--", "-->", "&lt;", "&amp;", "x", " ", "<b", "$"]
    ),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  A title\n  over two\tlines ", "A title over two lines"),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("gnp.\u202eexe", "gnp.exe"),
        ("zero\u200bwidth\ufeff\u00ad", "zerowidth"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("e\u0301tude", "étude"),
        ("non\u00a0breaking", "non breaking"),
        ("a<b & $x$ &amp; c>d", "a<b & $x$ &amp; c>d"),
        ("\\'etude \\alpha", "\\'etude \\alpha"),
        ("", ""),
    ],
)
def test_clean(raw: str, cleaned: str) -> None:
    assert text.clean(raw) == cleaned


@given(ANYTHING, st.none() | st.integers(0, 50))
def test_clean_text_can_be_stored_and_cleaning_it_again_changes_nothing(raw: str, limit: int | None) -> None:
    cleaned = text.clean(raw, limit)
    assert text.clean(cleaned, limit) == cleaned
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == " ".join(cleaned.split())
    assert limit is None or len(cleaned) <= limit


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<p>One.</p><p>Two<br/>three.</p>", "One. Two three."),
        ("H<sub>2</sub>O and <i>x</i>-rays", "H2O and x-rays"),
        ("10<sup>&minus;3</sup> cm<sup>2</sup>, Ca<sup>2+</sup>, Lima<sup>1,2</sup>", "10⁻³ cm², Ca²⁺, Lima1,2"),
        ("<li>a</li><li>b</li>", "a b"),
        ("AT&amp;T &ndash; &lt;b&gt; &#8212; &#x41;", "AT&T – <b> — A"),
        ("$a<b$ and k<n; x < y", "$a<b$ and k<n; x < y"),
        ("<p>for $a<b$ we</p>", "for $a<b$ we"),
        ("p<0.05 <b>and</b> q<1", "p<0.05 and q<1"),
        ("before<script>alert('<p>')</script>after", "before after"),
        ("<style>p { x: y }</style>text", "text"),
        ("a<!-- <b>hidden</b> -->b --> c", "ab --> c"),
        ("<![CDATA[kept]]>", "kept"),
        ("<mml:math><mml:mi>E</mml:mi><mml:annotation>E=mc</mml:annotation></mml:math>", "E"),
        ("never closed <script>var x", "never closed"),
        ('<a href="javascript:x" onclick=y>link</a><img src=t><svg><text>no</text></svg>', "link"),
        ("&#8238;evil", "evil"),
        ("<?php echo ?>x<!DOCTYPE html>y", "xy"),
    ],
)
def test_from_html(markup: str, words: str) -> None:
    assert text.from_html(markup) == words


@given(TAGGED)
def test_no_tag_survives(markup: str) -> None:
    without_entities = markup.replace("&", "")
    assert "<p>" not in text.from_html(without_entities)
    assert "<script>" not in text.from_html(without_entities)


@given(ANYTHING | TAGGED)
def test_nothing_raises(raw: str) -> None:
    for read in (text.from_html, text.from_unknown, text.doi, text.dois, text.doi_in_url, text.arxiv_id):
        read(raw)
    for look in (text.identifier, text.web_url, text.instant, text.year, text.language, text.without_heading):
        look(raw)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("if a<b and c>d then", "if a<b and c>d then"),
        ("R&amp;D stays as it is", "R&amp;D stays as it is"),
        ("<p>Two</p><p>parts</p>", "Two parts"),
        ("<jats:p>Two &amp; parts</jats:p>", "Two & parts"),
        ("&lt;p&gt;twice&nbsp;escaped&lt;/p&gt;", "twice escaped"),
        ("line<br>line", "line line"),
    ],
)
def test_from_unknown(raw: str, words: str) -> None:
    assert text.from_unknown(raw) == words


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("10.5555/ABC", "10.5555/abc"),
        ("https://doi.org/10.5555/a%20b%2Fc", None),
        ("https://doi.org/10.5555/a%2Fc", "10.5555/a/c"),
        ("http://dx.doi.org/10.5555/abc.", "10.5555/abc"),
        ("doi:10.5555/abc,", "10.5555/abc"),
        ("DOI: 10.5555/abc", "10.5555/abc"),
        ("info:doi/10.5555/abc", "10.5555/abc"),
        ("urn:doi:10.5555/abc", "10.5555/abc"),
        ("10.5555/(SICI)1097(199808)17:15<16::AID>3.0.CO;2-2", "10.5555/(sici)1097(199808)17:15<16::aid>3.0.co;2-2"),
        ("10.5555/abc(1)", "10.5555/abc(1)"),
        ("10.5555/abc)", "10.5555/abc"),
        ("10.5555/", None),
        ("10.55/abc", None),
        ("see 10.5555/abc", None),
        ("https://example.org/10.5555/abc", None),
        ("", None),
    ],
)
def test_doi(raw: str, name: str | None) -> None:
    assert text.doi(raw) == name


@given(st.from_regex(r"10\.[0-9]{4,9}/[A-Za-z0-9]{1,20}", fullmatch=True))
def test_every_way_to_write_a_doi_is_the_same_doi(name: str) -> None:
    spellings = (
        name,
        name.upper(),
        f"doi:{name}",
        f"https://doi.org/{name}",
        f"http://dx.doi.org/{name}.",
        f" {name} ",
    )
    assert {text.doi(spelling) for spelling in spellings} == {name.lower()}


def test_several_dois_in_one_field() -> None:
    assert text.dois("10.5555/a;10.5555/B 10.5555/c, 10.5555/a") == ("10.5555/a", "10.5555/b", "10.5555/c")
    assert text.dois("10.5555/a;b") == ("10.5555/a;b",)
    assert text.dois("none") == ()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://pub.example.org/doi/abs/10.5555/X.1?af=R", "10.5555/x.1"),
        ("https://pub.example.org/doi/full/10.5555/x.1/full", "10.5555/x.1"),
        ("https://pub.example.org/content/pdf/10.5555/x.pdf", "10.5555/x"),
        ("https://journals.example.org/article?id=10.5555/journal.x.1&type=y", "10.5555/journal.x.1"),
        ("https://pub.example.org/article/10.5555%2Fx-1", "10.5555/x-1"),
        ("https://www.biorxiv.org/content/10.1101/2026.06.01.555555v2.full", "10.1101/2026.06.01.555555"),
        ("https://example.org/", None),
        ("http://[broken", None),
    ],
)
def test_doi_in_url(url: str, name: str | None) -> None:
    assert text.doi_in_url(url) == name


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ("2606.00002", ("2606.00002", None)),
        ("2606.00002v3", ("2606.00002", 3)),
        ("0704.0001", ("0704.0001", None)),
        ("arXiv:2606.00002v1 [cs.CR]", ("2606.00002", 1)),
        ("oai:arXiv.org:2606.00002", ("2606.00002", None)),
        ("http://arxiv.org/abs/2606.00002v2", ("2606.00002", 2)),
        ("https://www.arxiv.org/pdf/2606.00002v2.pdf", ("2606.00002", 2)),
        ("https://export.arxiv.org/abs/2606.00002?context=cs", ("2606.00002", None)),
        ("https://doi.org/10.48550/arXiv.2606.00002", ("2606.00002", None)),
        ("math.GT/0309136v1", ("math/0309136", 1)),
        ("oai:arXiv.org:hep-th/9901001", ("hep-th/9901001", None)),
        ("https://arxiv.org/abs/supr-con/9411001", ("supr-con/9411001", None)),
        ("2613.00002", None),
        ("abc/9901001", None),
        ("2606.00002abc", None),
        ("https://example.org/abs/2606.00002", None),
        ("2606.1", None),
        ("", None),
    ],
)
def test_arxiv_id(raw: str, named: tuple[str, int | None] | None) -> None:
    assert text.arxiv_id(raw) == named


@pytest.mark.parametrize(
    ("raw", "identifier"),
    [
        ("https://arxiv.org/abs/2606.00002v2", Identifier("arxiv", "2606.00002")),
        ("arXiv:2606.00002", Identifier("arxiv", "2606.00002")),
        ("https://arxiv.org/abs/nonsense", None),
        ("https://doi.org/10.5555/X", Identifier("doi", "10.5555/x")),
        ("10.48550/arXiv.2606.00002", Identifier("arxiv", "2606.00002")),
        ("https://pub.example.org/doi/10.5555/X", Identifier("doi", "10.5555/x")),
        ("2606.00002", None),
        ("report-17", None),
    ],
)
def test_identifier(raw: str, identifier: Identifier | None) -> None:
    assert text.identifier(raw) == identifier


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        (" https://example.org/a?b=c&d=e#f ", "https://example.org/a?b=c&d=e#f"),
        ("HTTP://Example.org", "HTTP://Example.org"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://example.org/größe", "https://example.org/größe"),
        ("javascript:alert(1)", None),
        ("java\u200bscript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://example.org/x", None),
        ("//example.org/x", None),
        ("https://раура1.example/", None),
        ("https://user:secret@example.org/", None),
        ("https://example.org@evil.example/", None),
        ("https://example.org\\@evil.example/", None),
        ('https://example.org/"onclick="x', None),
        ("https://example.org:port/", None),
        ("https://[broken", None),
        ("https://", None),
        ("https://example.org/" + "a" * 2_000, None),
    ],
)
def test_web_url(raw: str, url: str | None) -> None:
    assert text.web_url(raw) == url


@pytest.mark.parametrize(
    ("raw", "when"),
    [
        ("2026-06-01T10:20:30Z", datetime(2026, 6, 1, 10, 20, 30, tzinfo=UTC)),
        ("2026-06-01T10:20:30.987654+02:00", datetime(2026, 6, 1, 8, 20, 30, tzinfo=UTC)),
        ("2026-06-01T10:20:30+0200", datetime(2026, 6, 1, 8, 20, 30, tzinfo=UTC)),
        ("2026-06-01 10:20:30", datetime(2026, 6, 1, 10, 20, 30, tzinfo=UTC)),
        ("2026-06-01", datetime(2026, 6, 1, tzinfo=UTC)),
        ("Mon, 2 Apr 2007 19:18:42 GMT", datetime(2007, 4, 2, 19, 18, 42, tzinfo=UTC)),
        ("Mon, 02 Apr 2007 19:18:42 -0700", datetime(2007, 4, 3, 2, 18, 42, tzinfo=UTC)),
        ("2 Apr 07 19:18 EST", datetime(2007, 4, 3, 0, 18, tzinfo=UTC)),
        ("2026", None),
        ("2026-06", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-13-01", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_instant(raw: str, when: datetime | None) -> None:
    assert text.instant(raw) == when


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1500, 1, 1)))
def test_instant_reads_what_python_writes(when: datetime) -> None:
    assert text.instant(when.isoformat()) == when.replace(microsecond=0)


@pytest.mark.parametrize(
    ("raw", "year"),
    [("1987-05", 1987), (" 2026 ", 2026), ("2011.0", 2011), ("20260601", None), ("c. 1999", None), ("", None)],
)
def test_year(raw: str, year: int | None) -> None:
    assert text.year(raw) == year


@pytest.mark.parametrize(
    ("raw", "code"),
    [("en", "en"), ("en_US", "en-us"), ("eng", "en"), ("deu", "de"), ("zxx", "zxx"), ("English", None), ("", None)],
)
def test_language(raw: str, code: str | None) -> None:
    assert text.language(raw) == code


@pytest.mark.parametrize(
    ("raw", "abstract"),
    [
        ("Abstract: We show.", "We show."),
        ("ABSTRACT — We show.", "We show."),
        ("arXiv:2606.00002v1 Announce Type: cross Abstract: We show.", "We show."),
        ("Abstract nonsense helps.", "Abstract nonsense helps."),
        ("We show. Abstract: no.", "We show. Abstract: no."),
    ],
)
def test_without_heading(raw: str, abstract: str) -> None:
    assert text.without_heading(raw) == abstract


@pytest.mark.parametrize(
    ("raw", "bare"),
    [
        ("https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
        ("0000-0002-1694-233x", "0000-0002-1694-233X"),
        ("0000000218250097", None),
        ("", None),
    ],
)
def test_orcid(raw: str, bare: str | None) -> None:
    assert text.orcid(raw) == bare


@pytest.mark.parametrize(
    ("raw", "ror"),
    [
        ("https://ror.org/05dxps055", "https://ror.org/05dxps055"),
        ("ror.org/05DXPS055/", "https://ror.org/05dxps055"),
        ("05dxps055", "https://ror.org/05dxps055"),
        ("https://www.grid.ac/institutes/grid.20861.3d", None),
        ("https://ror.org/05dxps055x", None),
        ("", None),
    ],
)
def test_ror(raw: str, ror: str | None) -> None:
    assert text.ror(raw) == ror


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://reader:open%40sesame@feeds.example:8443/a?b=c@d#e", "https://feeds.example:8443/a?b=c@d#e"),
        ("https://feeds.example/@name", "https://feeds.example/@name"),
        ("papers@home.jsonl", "papers@home.jsonl"),
        ("http://[x", "http://[x"),
    ],
)
def test_credentials_are_taken_out_of_an_address(url: str, bare: str) -> None:
    assert text.without_credentials(url) == bare
