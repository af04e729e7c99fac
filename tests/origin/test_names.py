from __future__ import annotations

import subprocess
import sys
from importlib import resources

import pytest

from monitor.origin import build
from monitor.origin.names import Names
from monitor.origin.text import fold


def test_the_builder_reproduces_the_table() -> None:
    stored = resources.files("monitor.origin").joinpath("names.tsv").read_text(encoding="utf-8")
    assert build.table() == stored, "names.tsv is out of date: run python -m monitor.origin.build"


def test_no_alias_contradicts_another() -> None:
    ranked: dict[str, tuple[str, str]] = {}
    for name, code, rank in build.alias_rows():
        assert ranked.setdefault(fold(name), (code, rank)) == (code, rank), name


def test_no_alias_repeats_cldr() -> None:
    known = build.cldr_names()
    assert [name for name, code, rank in build.alias_rows() if rank == "any" and known.get(fold(name)) == code] == []


def test_every_name_is_folded_and_has_a_country() -> None:
    names = Names.load()
    assert len(names.codes) == 250
    assert all(len(code) == 2 and code.isupper() for code in names.codes)
    assert {"US", "GB", "XK", "TW", "HK"} <= names.codes
    assert names.codes.isdisjoint({"EU", "UN", "ZZ", "--", "-"})


def test_babel_is_not_needed_at_run_time() -> None:
    code = "import sys, monitor.origin as o; o.Resolver().resolve('Oslo, Norway'); sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("university of mexico", ("MX", 1)),
        ("university of new mexico", None),
        ("republic of china", None),
        ("peoples republic of china", ("CN", 4)),
        ("", None),
    ],
)
def test_the_longest_name_at_the_end_decides(text: str, ending: tuple[str, int] | None) -> None:
    found = Names.load().ending(text.split())
    assert (found and (found[0].code, found[1])) == ending


def test_the_longest_name_inside_decides() -> None:
    words = ["east", "china", "sea", "and", "south", "korea"]
    assert [(name.code, first, end) for name, first, end in Names.load().inside(words)] == [("KR", 4, 6)]


def test_a_name_at_the_start_of_unspaced_text() -> None:
    names = Names.load()
    assert names.beginning("中国科学院") == ("CN", 2)
    assert names.beginning("中華人民共和国大使館") == ("CN", 7)
    assert names.beginning("中国エネルギー") is None
    assert names.beginning("北京大学") is None
    assert names.beginning("China") is None
