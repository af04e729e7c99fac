"""The port: every kind offers what `monitor.routes.Route` asks for, keeps to the work, and survives any bytes."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest
import small_pdf
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import routes
from monitor.errors import ConfigError, ParseError
from monitor.evidence import Statement
from monitor.routes import Question
from monitor.sandbox import Sandbox
from monitor.types import Identifier, Key, Response

PREPRINT = Question("On the Colour of Bread", ("Ana Lima", "Bo Ek"), (Identifier("arxiv", "2606.00002"),))
PUBLISHED = Question("On the Colour of Bread", ("Ana Lima", "Bo Ek"), (Identifier("doi", "10.5555/a<b>#c"),))


@pytest.mark.parametrize("kind", routes.kinds())
def test_a_kind_holds_what_the_port_asks_for(kind: str) -> None:
    module = routes.load(kind)
    assert module.URL.startswith("https://")
    assert module.PACE > 0
    assert module.BUDGET > 0
    assert list(module.DAYS) == sorted(set(module.DAYS))
    assert module.KEY is None or module.KEY.endswith("_KEY")
    assert module.BATCH >= 1
    assert module.PUBLICATIONS or module.BATCH == 1
    assert module.__doc__
    assert "https://" in module.__doc__, "the module names where the interface is described"


def test_a_kind_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"there is no route 'gopher'; the routes are arxiv-html"):
        routes.load("gopher")


def test_naming_the_kinds_and_asking_loads_no_parser() -> None:
    code = (
        "import sys; from monitor import routes; [routes.load(kind) for kind in routes.kinds()];"
        "sys.exit(' '.join(sorted({'pypdf', 'lxml', 'numpy', 'requests'} & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")


def read(kind: str, question: Question, body: bytes) -> tuple[Statement, ...]:
    """The statements of an answer about one work; raises ParseError when it is refused."""
    [answer] = routes.parse(kind, [question], Response("https://x.example", body))
    if answer is not None and answer.refused:
        raise ParseError(answer.refused)
    return answer.statements if answer else ()


def test_works_that_a_source_cannot_know_are_not_asked_about() -> None:
    known = {kind for kind in routes.kinds() if routes.load(kind).name(PREPRINT)}
    assert known == {"arxiv-html", "arxiv-pdf", "openalex", "semantic-scholar"}
    known = {kind for kind in routes.kinds() if routes.load(kind).name(PUBLISHED)}
    assert known == {"crossref", "openalex", "semantic-scholar"}
    assert not any(routes.load(kind).name(Question("T", (), ())) for kind in routes.kinds())


def test_crossref_is_asked_by_the_doi_of_the_publisher_and_never_by_that_of_arxiv() -> None:
    preprint, article = Identifier("doi", "10.48550/arxiv.2606.00002"), Identifier("doi", "10.5555/bread")
    crossref = routes.load("crossref")
    assert crossref.name(Question("T", (), (preprint, article))) == "10.5555/bread"
    assert crossref.name(Question("T", (), (preprint,))) is None


@pytest.mark.parametrize("kind", ["crossref", "openalex"])
def test_a_doi_that_may_hold_anything_breaks_neither_address_nor_filter(kind: str) -> None:
    route = routes.load(kind)
    assert route.name(replace(PUBLISHED, identifiers=(Identifier("doi", "10.5555/a,b|c"),))) is None
    for asked in ([PUBLISHED], [PUBLISHED, PUBLISHED]):
        url = route.ask(asked, "https://x.example/", None).url
        assert "<" not in url
        assert "#" not in url


def test_the_key_goes_into_the_query_or_a_header_and_nowhere_else() -> None:
    request = routes.load("openalex").ask([PREPRINT], "https://x.example/works", "s3cret")
    address, _, query = request.url.partition("?")
    assert "api_key=s3cret" in query
    assert "s3cret" not in address
    request = routes.load("semantic-scholar").ask([PREPRINT], "https://x.example/batch", "s3cret")
    assert request.key == Key("SEMANTIC_SCHOLAR_API_KEY", header="x-api-key")
    assert "s3cret" not in f"{request.url} {request.body} {request!r}"


KEYS = (
    *("message", "author", "affiliation", "name", "id", "place", "given", "family", "authorships", "countries"),
    *("raw_author_name", "raw_affiliation_strings", "institutions", "ror", "country_code", "id-type"),
    *("DOI", "doi", "title", "issued", "date-parts", "relation", "is-preprint-of", "locations", "source", "type"),
    *("authors", "externalIds", "publicationVenue", "publicationTypes", "year", "citationCount", "cited_by_count"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=15,
)


@pytest.mark.parametrize("kind", ["crossref", "openalex", "semantic-scholar"])
@given(JSON)
def test_any_json_is_read_or_refused(kind: str, document: object) -> None:
    body = json.dumps(document).encode()
    try:
        found = read(kind, PREPRINT, body)
    except ParseError:
        return
    assert all(s.author in (0, 1) for s in found)


@pytest.mark.parametrize("kind", ["crossref", "openalex", "semantic-scholar"])
@given(st.fixed_dictionaries({}, optional={"message": st.fixed_dictionaries({"items": JSON}), "results": JSON}) | JSON)
def test_any_json_about_several_works_is_read_or_refused(kind: str, document: object) -> None:
    try:
        found = routes.parse(kind, [PREPRINT, PUBLISHED], Response("https://x.example", json.dumps(document).encode()))
    except ParseError:
        return
    assert len(found) == 2


@pytest.mark.parametrize("kind", routes.kinds())
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(kind: str, body: bytes) -> None:
    for start in (b"", b"%PDF-1.4\n", b"<html><div class='ltx_authors'>"):
        try:
            assert read(kind, PREPRINT, start + body) == ()
        except ParseError:
            continue


@given(st.data())
@settings(max_examples=40)
def test_a_damaged_pdf_is_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(small_pdf.make(["Ana Lima", "University of Porto, Portugal", "Bo Ek", "Abstract"]))
    for place in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=8)):
        body[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read("arxiv-pdf", PREPRINT, bytes(body))
    except ParseError:
        return


def test_documents_are_read_in_another_process() -> None:
    page = small_pdf.make(["Ana Lima, Bo Ek", "University of Porto, Portugal", "Abstract"])
    with Sandbox() as sandbox:
        found = sandbox.run(routes.parse, "arxiv-pdf", [PREPRINT], Response("https://x.example", page))
    assert [(s.author, s.raw) for s in found[0].statements] == [(n, "University of Porto, Portugal") for n in (0, 1)]


def test_a_pdf_without_text_is_refused() -> None:
    with pytest.raises(ParseError, match="has no text"):
        read("arxiv-pdf", PREPRINT, small_pdf.make([]))


@pytest.mark.timeout(20)
def test_the_page_of_a_large_collaboration_is_read_in_time() -> None:
    names = tuple(f"Given{chr(97 + n % 26)} Family{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}" for n in range(3_000))
    question = Question("On the Colour of Bread", names, (Identifier("arxiv", "2606.00002"),))
    told = [
        {"raw_author_name": name, "raw_affiliation_strings": [f"Institute {n}, Sweden"]} for n, name in enumerate(names)
    ]
    body = json.dumps({"authorships": told}).encode()
    assert len(read("openalex", question, body)) == 3_000


def swollen_pdf() -> bytes:
    """A page whose content is 400 MiB of blanks, in 400 KiB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 2**20) for _ in range(400)) + packer.flush()
    plain = small_pdf.make(["Ana Lima"])
    start = plain.index(b"4 0 obj")
    content = b"4 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream\nendobj\n" % (len(packed), packed)
    return plain[:start] + content + b"trailer\n<< /Size 5 /Root 1 0 R >>\n%%EOF\n"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("arxiv-pdf", swollen_pdf),
        ("arxiv-html", lambda: b"<div class='ltx_authors'>" + b"<span class='ltx_personname'>" * 20_000),
        ("arxiv-html", lambda: b"<div class='ltx_authors'>" + b"<br>" * 200_000),
        ("openalex", lambda: b'{"authorships":' + b"[" * 1_000_000),
    ],
    ids=["swollen-pdf", "deep-html", "long-html", "deep-json"],
)
def test_hostile_documents_are_refused_in_time(kind: str, body: Callable[[], bytes]) -> None:
    with Sandbox() as sandbox, pytest.raises(ParseError):
        sandbox.run(routes.parse, kind, [PREPRINT], Response("https://x.example", body()))
