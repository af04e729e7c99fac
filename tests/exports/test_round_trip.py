"""What is exported comes back whole through the tools that people have."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import exports
from monitor.errors import ConfigError
from monitor.exports import About
from monitor.selection import Listed
from monitor.text import clean
from monitor.types import Author, Identifier, Item

ABOUT = About("Works", UUID(int=7), datetime(2026, 7, 22, 12, tzinfo=UTC))
NASTY = r'A {B} \C% & "D", $x_1^2$ #5 ~ <i>é</i> — 東京 🙂'


def work(number: int = 1, title: str = "Muon tomography", **changes: Any) -> Listed:
    fields: dict[str, Any] = {
        "abstract": "Containers are screened.",
        "authors": (Author("Ana de Lima"), Author("ATLAS Collaboration"), Author("Bo Ek")),
        "identifiers": (Identifier("arxiv", f"2606.{number:05}"), Identifier("doi", f"10.1000/x_{number}")),
        "url": f"https://x.example/{number}?a=1&b=%7B",
        "published": datetime(2026, 6, 3, 4, 5, 6, tzinfo=UTC),
        "first_seen": datetime(2026, 6, 4, tzinfo=UTC),
        "year": 2026,
        "venue": "J. of X & Y",
        "type": "article",
        "categories": ("cs.CR",),
        "feeds": ("one", "two"),
    } | changes
    item = Item(number, f"arxiv:2606.{number:05}", title, **fields)
    return Listed(item, goals={"cyber": 0.9, "decision": 0.5}, places={"DE": 0.5, "US": 0.5},
                  groups={"DE": "partner", "US": "home"})  # fmt: skip


BARE = Listed(Item(9, "src:9", "Bare"))
WORKS = [work(1), work(2, NASTY, abstract=f"{NASTY}\n\nEnd."), BARE]


def written(name: str, works: Iterable[Listed]) -> bytes:
    out = io.BytesIO()
    exports.load(name).write(works, out, ABOUT)
    return out.getvalue()


def test_every_format_has_what_is_asked_of_it() -> None:
    assert exports.formats() == ("atom", "bibtex", "csl-json", "csv", "jsonl", "parquet", "ris")
    for name in exports.formats():
        form = exports.load(name)
        assert form.SUFFIX
        assert "/" in form.MEDIA_TYPE
        assert not form.SUFFIX.startswith(".")
    with pytest.raises(ConfigError, match="csv"):
        exports.load("xls")


@pytest.mark.parametrize("name", [name for name in exports.formats() if name != "parquet"])
def test_works_go_out_as_they_come(name: str) -> None:
    out, before_the_last = io.BytesIO(), 0

    def works() -> Iterable[Listed]:
        nonlocal before_the_last
        for number in range(1, 1001):
            before_the_last = out.tell()
            yield work(number)

    exports.load(name).write(works(), out, ABOUT)
    assert before_the_last > 0.9 * len(out.getvalue())


@pytest.mark.parametrize("name", exports.formats())
def test_no_works_are_a_file_too(name: str) -> None:
    written(name, [])


class TestCsv:
    def test_pandas_reads_it(self) -> None:
        pandas = pytest.importorskip("pandas")
        table = pandas.read_csv(io.BytesIO(written("csv", WORKS)), keep_default_na=False)
        assert list(table.columns) == list(Listed.columns())
        assert list(table["title"]) == [w.item.title for w in WORKS]
        assert list(table["abstract"]) == [w.item.abstract for w in WORKS]
        assert table["goals"][0] == "cyber; decision"
        assert table["partner_group"][0] == "partner"

    def test_duckdb_reads_it(self, tmp_path: Path) -> None:
        duckdb = pytest.importorskip("duckdb")
        path = tmp_path / "works.csv"
        path.write_bytes(written("csv", WORKS))
        rows = duckdb.sql(f"SELECT title FROM read_csv('{path}', all_varchar = true)").fetchall()
        assert [title for (title,) in rows] == [w.item.title for w in WORKS]

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "＝"])
    def test_no_cell_is_a_formula(self, start: str) -> None:
        from monitor.exports.csv import cell

        assert cell(f"{start}1+1").startswith("'")
        assert cell([f"{start}1", "b"]).startswith("'")
        assert cell("a=1") == "a=1"
        assert cell(-1.5) == "-1.5"


def test_json_lines_are_whole() -> None:
    lines = [json.loads(line) for line in written("jsonl", WORKS).splitlines()]
    assert [line["title"] for line in lines] == [w.item.title for w in WORKS]
    assert lines[0]["countries"] == ["DE", "US"]
    assert lines[0]["identifiers"] == ["arxiv:2606.00001", "doi:10.1000/x_1"]


class TestParquet:
    def test_pandas_and_duckdb_read_it(self, tmp_path: Path) -> None:
        pandas, duckdb = pytest.importorskip("pandas"), pytest.importorskip("duckdb")
        path = tmp_path / "works.parquet"
        path.write_bytes(written("parquet", WORKS))
        table = pandas.read_parquet(path)
        assert list(table["title"]) == [w.item.title for w in WORKS]
        assert table["published"][0] == pandas.Timestamp("2026-06-03T04:05:06Z")
        assert list(table["authors"][0]) == ["Ana de Lima", "ATLAS Collaboration", "Bo Ek"]
        rows = duckdb.sql(f"SELECT goals[1], year FROM '{path}' WHERE list_contains(countries, 'DE')").fetchall()
        assert rows == [("cyber", 2026), ("cyber", 2026)]

    def test_without_pyarrow_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
        with pytest.raises(ConfigError, match=r"research-monitor\[parquet\]"):
            written("parquet", WORKS)


class TestBibtex:
    def read(self, works: Iterable[Listed]) -> Any:
        bibtexparser = pytest.importorskip("bibtexparser")
        from bibtexparser import middlewares

        library = bibtexparser.parse_string(
            written("bibtex", works).decode(), append_middleware=[middlewares.LatexDecodingMiddleware()]
        )
        assert not library.failed_blocks
        return library

    def test_bibtexparser_reads_it(self) -> None:
        entries = self.read(WORKS).entries
        assert [e.entry_type for e in entries] == ["article", "article", "misc"]
        first = {f.key: f.value for f in entries[0].fields}
        assert first["author"].replace("{", "").replace("}", "") == "de Lima, Ana and ATLAS Collaboration and Ek, Bo"
        assert first["doi"] == "10.1000/x_1"
        assert first["journal"] == "J. of X & Y"
        assert first["eprint"] == "2606.00001"

    def test_signs_of_tex_come_back(self) -> None:
        (entry,) = self.read([work(2, NASTY)]).entries
        title = {f.key: f.value for f in entry.fields}["title"]
        assert title.strip("{}").replace("ˆ", "^") == NASTY.strip("{}")  # the tool reads the sign as the accent

    def test_keys_are_unique_and_the_same_each_time(self) -> None:
        works = [work(n) for n in range(1, 5)]
        keys = [e.key for e in self.read(works).entries]
        assert keys == ["delima2026muon", "delima2026muon-2", "delima2026muon-3", "delima2026muon-4"]
        assert [e.key for e in self.read(works).entries] == keys

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=40) | st.text("{}\\a", max_size=9), st.text(max_size=20), st.text("{}% ", max_size=9))
    def test_braces_balance_whatever_is_in_the_record(self, title: str, name: str, url: str) -> None:
        text = written("bibtex", [work(1, title, authors=(Author(name),), url=url, venue=title), work(2)]).decode()
        depth = 0
        for sign in text:  # as BibTeX counts them: a backslash before a brace makes no difference
            depth += (sign == "{") - (sign == "}")
            assert depth >= 0
        assert depth == 0

    @pytest.mark.parametrize("title", ["A { alone", "}, note = {forged", "}{", "{a} and {b", "\\{"])
    def test_a_brace_alone_ends_no_field(self, title: str) -> None:
        text = written("bibtex", [work(1, title), work(2)]).decode()
        first, second = text.split("\n\n")[:2]
        assert first.count("{") == first.count("}")
        assert "note = {forged" not in text
        assert second.startswith("@")
        assert len(self.read([work(1, title), work(2)]).entries) == 2


class TestRis:
    def test_rispy_reads_it(self) -> None:
        rispy = pytest.importorskip("rispy")
        first, nasty, bare = rispy.loads(written("ris", WORKS).decode())
        assert first["type_of_reference"] == "JOUR"
        assert first["title"] == "Muon tomography"
        assert first["authors"] == ["de Lima, Ana", "ATLAS Collaboration", "Ek, Bo"]
        assert first["doi"] == "10.1000/x_1"
        assert first["year"] == "2026"
        assert first["keywords"] == ["cyber", "decision"]
        assert nasty["title"] == NASTY
        assert nasty["abstract"] == f"{NASTY} End."
        assert bare["id"] == "src:9"

    def test_a_line_of_a_text_is_no_tag(self) -> None:
        rispy = pytest.importorskip("rispy")
        (only,) = rispy.loads(written("ris", [work(1, "A\nER  - \nTY  - BOOK")]).decode())
        assert only["title"] == "A ER - TY - BOOK"


def test_csl_json_is_what_its_schema_says() -> None:
    first, nasty, bare = json.loads(written("csl-json", WORKS))
    assert first["type"] == "article-journal"
    assert first["author"] == [
        {"family": "de Lima", "given": "Ana"},
        {"literal": "ATLAS Collaboration"},
        {"family": "Ek", "given": "Bo"},
    ]
    assert first["issued"] == {"date-parts": [[2026, 6, 3]]}
    assert nasty["title"] == NASTY
    assert bare == {"id": "src:9", "type": "document", "title": "Bare"}
    assert json.loads(written("csl-json", [])) == []


def test_csl_json_has_types_of_csl() -> None:
    from monitor.exports.csl_json import KINDS, OTHER

    schema = resources.files("citeproc") / "data" / "schema" / "schemas" / "styles" / "csl-types.rnc"
    types = set(re.findall(r'"([a-z_-]+)"', schema.read_text("utf-8")))
    assert "article-journal" in types
    assert {*KINDS.values(), OTHER} <= types


def test_a_citation_processor_reads_csl_json_and_cites_it() -> None:
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
    from citeproc.source.json import CiteProcJSON

    items = json.loads(written("csl-json", WORKS))
    source = CiteProcJSON(items)  # warns, which is an error here, of a variable or part of a name that CSL has not
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    cited = CitationStylesBibliography(style, source, formatter.plain)
    for item in items:
        cited.register(Citation([CitationItem(item["id"])]))
    first, nasty, bare = map(str, cited.bibliography())
    assert first.startswith("de Lima, A., ATLAS Collaboration and Ek, B. (2026) “Muon tomography”, J. of X & Y")
    assert first.endswith("https://doi.org/10.1000/x_1.")
    assert NASTY in nasty
    assert "“Bare” (no date)" in bare


class TestAtom:
    def test_feedparser_reads_it(self) -> None:
        import feedparser

        feed = feedparser.parse(written("atom", WORKS), sanitize_html=False)
        assert not feed.bozo
        assert [e.title for e in feed.entries] == [clean(w.item.title) for w in WORKS]
        assert feed.entries[0].link == WORKS[0].item.url
        assert feed.entries[0].summary == "Containers are screened."
        assert [t.term for t in feed.entries[0].tags] == ["cyber", "decision"]

    def test_ids_stay_when_all_else_changes(self) -> None:
        import feedparser

        before = feedparser.parse(written("atom", [work(1)])).entries[0].id
        after = feedparser.parse(written("atom", [work(2), work(1, "Another", url=None)])).entries[1].id
        assert before == after
        assert before.startswith("urn:uuid:")

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=60), st.text(max_size=30))
    def test_any_text_makes_good_xml(self, title: str, name: str) -> None:
        from lxml import etree

        etree.fromstring(written("atom", [work(1, title, authors=(Author(name),), abstract=title, url=name)]))


def test_keys_of_bibtex_stay_unique_however_many_works_are_alike() -> None:
    out = io.BytesIO()
    alike = [work(n, "東京", authors=(), published=None, year=None) for n in range(3_000)]
    exports.load("bibtex").write(alike, out, ABOUT)
    keys = [line.partition("{")[2] for line in out.getvalue().decode().splitlines() if line.startswith("@")]
    assert len(set(keys)) == 3_000
    assert keys[:3] == ["work,", "work-2,", "work-3,"]
