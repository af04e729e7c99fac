"""Front pages as lines: the three layouts, marks, addresses, and pages that are none."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import bylines
from monitor.errors import ParseError
from monitor.evidence import Statement
from monitor.frontmatter import author, notes, read, without_addresses
from monitor.types import Affiliation, Author

AUTHORS = ("Ana Lima", "Bo Ek", "Cem Öz")


def places(page: str, authors: tuple[str, ...] = AUTHORS) -> list[tuple[int | None, str]]:
    return [(s.author, s.raw) for s in read(page.splitlines(), authors) if s.kind == "affiliation"]


def hosts(page: str) -> list[tuple[int | None, str]]:
    return [(s.author, s.raw) for s in read(page.splitlines(), AUTHORS) if s.kind == "domain"]


MARKED = """\
On the Colour of Bread
Ana Lima1,2*, Bo Ek2 and Cem Oz3
1University of Porto, Porto, Portugal 2KTH, 100 44 Stockholm, Sweden
3 Department of Physics, Bogazici University,
Istanbul, Turkey
* Corresponding author: ana.lima@up.pt
Abstract. Bread has a colour. University of Nowhere, Spain.
"""


def test_marks_tell_whose_affiliation_is_whose() -> None:
    assert places(MARKED) == [
        (0, "University of Porto, Porto, Portugal"),
        (0, "KTH, 100 44 Stockholm, Sweden"),
        (1, "KTH, 100 44 Stockholm, Sweden"),
        (2, "Department of Physics, Bogazici University, Istanbul, Turkey"),
    ]


def test_who_is_corresponding_is_told_by_the_mark_that_says_so() -> None:
    assert {s.author for s in read(MARKED.splitlines(), AUTHORS) if s.corresponding} == {0}


@pytest.mark.parametrize("sign", ["a", "†", "(a)", "[1]"])
def test_marks_of_all_kinds(sign: str) -> None:
    mark = sign.strip("()[]")
    page = f"Ana Lima {sign}, Bo Ek {sign}, Cem Öz\n{mark} KTH, Stockholm, Sweden\nAbstract"
    assert places(page) == [(0, "KTH, Stockholm, Sweden"), (1, "KTH, Stockholm, Sweden")]


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("Wei Zhang1, Ana Lima2 and Wei Zhang2", ("Wei Zhang", "Ana Lima", "Wei Zhang")),
        ("Y. Liu1, A. Lima2, Y. Liu2", ("Yang Liu", "Ana Lima", "Ying Liu")),
    ],
)
def test_authors_whose_names_look_alike_have_their_own_marks(line: str, authors: tuple[str, ...]) -> None:
    page = f"{line}\n1 Univ. of Oslo, Norway\n2 KTH, Stockholm, Sweden\nAbstract"
    assert sorted(places(page, authors)) == [
        (0, "Univ. of Oslo, Norway"),
        (1, "KTH, Stockholm, Sweden"),
        (2, "KTH, Stockholm, Sweden"),
    ]


def test_a_place_goes_on_until_something_else_is_said() -> None:
    page = "Ana Lima1, Bo Ek1, Cem Öz2\n1 Bread Lab,\nKTH,\nSE\nSupported by Norway\nPeru\n2 METU\nAbstract"
    assert places(page) == [(0, "Bread Lab, KTH, SE"), (1, "Bread Lab, KTH, SE"), (2, "METU")]


def test_a_postcode_inside_a_place_does_not_begin_the_next_one() -> None:
    page = "Ana Lima1, Bo Ek2, Cem Öz2\n1Univ. of Cambridge, CB2 1TN, UK 2 KTH, Sweden\nAbstract"
    assert places(page) == [(0, "Univ. of Cambridge, CB2 1TN, UK"), (1, "KTH, Sweden"), (2, "KTH, Sweden")]


def test_blocks_belong_to_the_names_above_them() -> None:
    page = "Ana Lima\nUniversity of Porto\nPorto, Portugal\nBo Ek, Cem Öz\nKTH, Stockholm, Sweden\n1 Introduction\n"
    assert places(page) == [
        (0, "University of Porto, Porto, Portugal"),
        (1, "KTH, Stockholm, Sweden"),
        (2, "KTH, Stockholm, Sweden"),
    ]


def test_several_places_below_several_names_are_the_works() -> None:
    page = "Ana Lima, Bo Ek, Cem Öz\nUniversity of Porto, Portugal\nKTH, Stockholm, Sweden\nAbstract"
    assert places(page) == [(None, "University of Porto, Portugal"), (None, "KTH, Stockholm, Sweden")]


def test_a_mark_that_only_says_corresponding_leaves_the_blocks_alone() -> None:
    page = "Ana Lima*\nUniversity of Porto, Portugal\nBo Ek\nKTH, Sweden\nCem Öz\n* Corresponding author\nAbstract"
    assert places(page) == [(0, "University of Porto, Portugal"), (1, "KTH, Sweden")]
    assert {s.author for s in read(page.splitlines(), AUTHORS) if s.corresponding} == {0}


def test_hosts_go_to_the_author_who_signs_the_address() -> None:
    page = "Ana Lima\nBo Ek\nCem Öz\n{ana, b.ek}@kth.se, coz@metu.edu.tr, office@example.org\nAbstract"
    assert hosts(page) == [(0, "kth.se"), (1, "kth.se"), (2, "metu.edu.tr"), (None, "example.org")]
    block = "Ana Lima\nUniv. of Porto\nx1@up.pt\nBo Ek\nCem Öz\nAbstract"
    assert hosts(block) == [(0, "up.pt")], "the address stands in her block"


def test_a_place_on_the_line_of_a_name_is_that_authors() -> None:
    page = "Ana Lima∗ Univ. of Porto ana@up.pt\nBo Ek, KTH, Sweden\nCem Öz, Member, IEEE\nMETU\nTurkey\nAbstract"
    assert places(page) == [(0, "Univ. of Porto"), (1, "KTH, Sweden"), (2, "METU, Turkey")]


def test_columns_are_the_works() -> None:
    page = "Ana Lima∗ Bo Ek∗ Cem Öz\nUniv. of Porto KTH METU\nana@up.pt bo@kth.se cem@metu.edu.tr\nAbstract"
    assert places(page) == [(None, "Univ. of Porto KTH METU")]
    assert hosts(page) == [(0, "up.pt"), (1, "kth.se"), (2, "metu.edu.tr")]


def test_symbols_part_the_places_on_one_line() -> None:
    page = "Ana Lima†, Bo Ek‡ and Cem Öz*\n†Univ. of Porto, Portugal. ‡KTH, Sweden. ∗METU, Turkey.\nAbstract"
    assert places(page) == [(0, "Univ. of Porto, Portugal."), (1, "KTH, Sweden."), (2, "METU, Turkey.")]


def test_sentences_about_all_authors_and_about_who_is_corresponding() -> None:
    page = [
        "Received 1 May. (Corresponding author: B. Ek.) The authors are with the KTH,",
        "Sweden (e-mail: x@kth.se).",
    ]
    assert [(s.author, s.raw, s.corresponding) for s in notes(page, AUTHORS)] == [
        (0, "KTH, Sweden", False),
        (1, "KTH, Sweden", True),
        (2, "KTH, Sweden", False),
    ]
    assert [s.raw for s in notes(["Ana Lima is with KTH, 10044, Sweden E-mail A. Lima: a@kth.se"], AUTHORS)] == [
        "KTH, 10044, Sweden"
    ]


def test_sentences_of_footnotes() -> None:
    page = [
        "A. Lima and B. Ek are with the Department of Bread, KTH, Stockholm,",
        "Sweden (e-mail: lima@kth.se). C. Oz is with METU, Ankara, Turkey.",
    ]
    assert [(s.author, s.raw) for s in notes(page, AUTHORS)] == [
        (0, "Department of Bread, KTH, Stockholm, Sweden"),
        (1, "Department of Bread, KTH, Stockholm, Sweden"),
        (2, "METU, Ankara, Turkey"),
    ]


def test_a_page_that_does_not_name_the_authors_is_refused() -> None:
    with pytest.raises(ParseError, match="names 1 of 3 authors"):
        read(["Ana Lima", "University of Porto, Portugal"], AUTHORS)
    assert read(["nothing"], ()) == ()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Ana Lima", (0,)),
        ("A. Lima and B. EK", (0, 1)),
        ("Ana M. da Lima", (0,)),
        ("Cem Oz", (2,)),
        ("Susana Lima", ()),
        ("Ana Limares", ()),
        ("Bo", ()),
        ("", ()),
    ],
)
def test_people(line: str, found: tuple[int, ...]) -> None:
    assert bylines.Names(AUTHORS).people(line) == found


@pytest.mark.parametrize(
    ("words", "rest", "found"),
    [
        ("KTH, Sweden. E-mail: bo.ek@kth.se", "KTH, Sweden.", ("kth.se",)),
        ("{a,b}@CS.kth.se", "", ("cs.kth.se",)),
        ("x@y", "", ()),
        ("Lab @ Home, Norway", "Lab Home, Norway", ()),
        ("KTH, Sweden", "KTH, Sweden", ()),
    ],
)
def test_without_addresses(words: str, rest: str, found: tuple[str, ...]) -> None:
    assert without_addresses(words) == (rest, found)


def test_an_author_of_a_record_keeps_hosts_and_no_addresses() -> None:
    places = [("KTH, Sweden. Electronic address: bo@kth.se.", None), ("", "https://ror.org/026vcq606"), (" ", None)]
    found = author("Bo Ek", places, "https://orcid.org/0000-0002-1825-0097")
    kept = (Affiliation("KTH, Sweden."), Affiliation("", "https://ror.org/026vcq606"))
    assert found == Author("Bo Ek", kept, "0000-0002-1825-0097", "kth.se")
    assert author("et al.", places) is None


LINES = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            ["Ana Lima1, Bo Ek2", "1 KTH, Sweden", "ana@up.pt", "{ana,bo}@kth.se", "Cem Öz", "Abstract", "is with KTH."]
        ),
    ),
    max_size=12,
)


@given(LINES)
def test_any_page_is_read_or_refused_and_no_address_stays(lines: list[str]) -> None:
    found: list[Statement] = list(notes(lines, AUTHORS))
    with contextlib.suppress(ParseError):
        found += read(lines, AUTHORS)
    for s in found:
        assert s.author is None or 0 <= s.author < 3
        assert not re.search(r"[a-z]@[a-z]+\.[a-z]", s.raw)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("line", ["a" * 200_000, "@" * 200_000, "{" * 50_000, "1 " * 100_000, "is with the " * 20_000])
def test_hostile_lines_are_read_in_time(line: str) -> None:
    notes([line[:40_000]], AUTHORS)
    with pytest.raises(ParseError):
        read([line], AUTHORS)
