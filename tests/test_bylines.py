from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import bylines
from monitor.types import Author

PIECES = st.lists(
    st.sampled_from(
        [
            "Ada Example",
            "B. C.",
            "Jr.",
            ",",
            ";",
            " and ",
            " & ",
            "(",
            ")",
            "(1)",
            "((1) X, (2) Y)",
            " ",
            "1",
            ":",
            "名",
        ]
    ),
    max_size=20,
).map("".join)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Example, Ada", "Ada Example"),
        ("Ada Example", "Ada Example"),
        ("von der Sample, B. C.", "B. C. von der Sample"),
        ("Sample, Bo, Jr.", "Bo Sample Jr."),
        ("Sample, III, Bo", "Bo Sample III"),
        ("Plato", "Plato"),
        ("某人", "某人"),
        ("Institute of Examples, Oslo Branch 7", "Institute of Examples, Oslo Branch 7"),
        ("One, Two, Three", "One, Two, Three"),
        ("", ""),
    ],
)
def test_natural(written: str, shown: str) -> None:
    assert bylines.natural(written) == shown


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Ada Example, Bo Sample, Cy Invented", ("Ada Example", "Bo Sample", "Cy Invented")),
        ("A. Example, B. Sample and C. Invented", ("A. Example", "B. Sample", "C. Invented")),
        ("A. Example, B. Sample, and C. Invented", ("A. Example", "B. Sample", "C. Invented")),
        ("A. Example & B. Sample", ("A. Example", "B. Sample")),
        ("Example, Ada; Sample, Bo", ("Ada Example", "Bo Sample")),
        ("Example, Ada and Sample, Bo", ("Ada Example", "Bo Sample")),
        ("EXAMPLE, A., Sample, B.-C., O'Invented, D. E.", ("A. EXAMPLE", "B.-C. Sample", "D. E. O'Invented")),
        ("Example, Ada", ("Ada Example",)),
        ("Ada Example, Bo", ("Bo Ada Example",)),
        ("Ada Example, Bo, Cy Invented, Dee", ("Ada Example", "Bo", "Cy Invented", "Dee")),
        ("Ada Example, Bo Sample", ("Ada Example", "Bo Sample")),
        ("Martin Sample, Jr., Ada Example", ("Martin Sample Jr.", "Ada Example")),
        ("Ada Example et al.", ("Ada Example",)),
        ("Ada Example, et al.", ("Ada Example",)),
        ("Sandra Andrews", ("Sandra Andrews",)),
        ("Unknown", ()),
        ("", ()),
    ],
)
def test_split(written: str, names: tuple[str, ...]) -> None:
    assert bylines.split(written) == names


@pytest.mark.parametrize(
    ("written", "authors"),
    [
        ("A. Example and B. Sample", [("A. Example", []), ("B. Sample", [])]),
        ("A. Example (U Oslo, Norway), B. Sample", [("A. Example", ["U Oslo, Norway"]), ("B. Sample", [])]),
        (
            "A. Example (1), B. Sample (1,2) and C. Invented (2) ((1) U Oslo, (2) Labs, TX)",
            [("A. Example", ["U Oslo"]), ("B. Sample", ["U Oslo", "Labs, TX"]), ("C. Invented", ["Labs, TX"])],
        ),
        ("A. Example (Labs (North), Oslo)", [("A. Example", ["Labs (North), Oslo"])]),
        ("The X Collaboration: A. Example (1)", [("The X Collaboration: A. Example", [])]),
        ("A. Example (1), B. Sample (2) ((1) U Oslo, (2) )", [("A. Example", ["U Oslo"]), ("B. Sample", [])]),
        ("A. Example (U Oslo), :", [("A. Example", ["U Oslo"])]),
        ("A. Example (U Oslo", [("A. Example", [])]),
        ("A. Example), B. Sample (Labs)", [("A. Example", []), ("B. Sample", ["Labs"])]),
    ],
)  # fmt: skip
def test_byline(written: str, authors: list[tuple[str, list[str]]]) -> None:
    assert [(a.name, [p.text for p in a.affiliations]) for a in bylines.byline(written)] == authors


@given(PIECES | st.text(max_size=80))
def test_whatever_is_written_every_name_has_a_letter(written: str) -> None:
    for name in (*bylines.split(written), *(a.name for a in bylines.byline(written))):
        assert bylines.is_person(name)
        assert name == name.strip()


@given(st.lists(st.from_regex(r"[A-Z][a-z]{2,8} [A-Z][a-z]{2,8}", fullmatch=True), min_size=2, max_size=6))
def test_a_plain_list_comes_back_as_it_was(names: list[str]) -> None:
    expected = tuple(name for name in names if bylines.is_person(name))
    assert bylines.split(", ".join(names)) == expected
    assert bylines.byline(f"{', '.join(names[:-1])} and {names[-1]}") == tuple(Author(name) for name in expected)


@pytest.mark.parametrize(
    ("names", "authors", "found"),
    [
        (["Ana Lima", "Bo Ek"], ["Ana Lima", "Bo Ek"], [0, 1]),
        (["Bo Ek", "Ana Lima"], ["Ana Lima", "Bo Ek"], [1, 0]),
        (["A. Lima"], ["Ana Lima"], [0]),
        (["Ana Maria Lima"], ["Ana Lima"], [0]),
        (["Cem Öz Jr."], ["Cem Oz"], [0]),
        (["Lima Ana"], ["Ana Lima"], [0]),
        (["Theis Solling"], ["Theis I. Sølling"], [0]),
        (["Amao Abduljamiu"], ["Abduljamiu O. Amao"], [0]),
        (["Sanem Acikalin"], ["Sanem Açıkalın"], [0]),
        (["Wei Zhang", "W. Zhang"], ["W. Zhang", "Wei Zhang"], [1, 0]),
        (["W. Zhang", "W. Zhang"], ["Wei Zhang", "Wen Zhang"], [0, 1]),
        (["Wei Zhang"], ["Wen Zhang"], [None]),
        (["Ana Lima", "Ana Lima"], ["Ana Lima"], [0, None]),
        (["Lima"], ["Ana Lima"], [None]),
        ([""], ["Ana Lima"], [None]),
        ([], ["Ana Lima"], []),
    ],
)
def test_align(names: list[str], authors: list[str], found: list[int | None]) -> None:
    assert bylines.align(names, authors) == found


@given(st.lists(st.sampled_from(["Ana Lima", "A. Lima", "Bo Ek", "Cem Öz", ""]), max_size=6))
def test_align_gives_each_author_once_and_every_name_back_to_itself(names: list[str]) -> None:
    found = [n for n in bylines.align(names, ["Ana Lima", "Bo Ek"]) if n is not None]
    assert len(found) == len(set(found))
    whole = [n for n in names if n]
    assert bylines.align(whole, whole) == list(range(len(whole)))


@pytest.mark.timeout(5)
def test_the_byline_of_a_large_collaboration_is_aligned_in_time() -> None:
    names = [f"{'ABCDEFGHIJ'[n % 10]}. Family{n // 10}" for n in range(5_000)]
    assert bylines.align(list(reversed(names)), names) == list(reversed(range(5_000)))
