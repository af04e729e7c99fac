"""Bodies of the European Union among affiliations: who they are, and what becomes of the host country."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.lens import Lens, fold
from monitor.types import EU, Affiliation, Author, Body, Origin

COMMISSION = Body("European Commission", also=("Commission européenne",), rors=("00k4n6c32",))
CENTRE = Body("Joint Research Centre", ("JRC",), ("04j5wtv36", "02qezmz13"), ("Ispra", "European Commission"))
LENS = Lens((COMMISSION, CENTRE))

ISPRA = Affiliation("Joint Research Centre, Ispra, Italy")
MILAN = Affiliation("Invented Polytechnic, Milan, Italy")
GENT = Affiliation("Invented University, Gent, Belgium")


def origin(
    country: str, evidence: str, author: int | None = 0, fraction: float = 1.0, ror: str | None = None
) -> Origin:
    return Origin(country, "country-name", 0.99, evidence, ror, fraction, author)


def seen(authors: list[Author], *found: Origin) -> list[tuple[int | None, str, float]] | None:
    places = LENS.origins(authors, found)
    return None if places is None else [(p.author, p.country, p.fraction) for p in places]


@pytest.mark.parametrize(
    ("affiliation", "method", "evidence", "ror"),
    [
        (Affiliation("x", "https://ror.org/02qezmz13"), "body-ror", "02qezmz13", "02qezmz13"),
        (Affiliation("Unit D, COMMISSION EUROPEENNE"), "body-name", "Commission européenne", "00k4n6c32"),
        (Affiliation("JRC (Ispra)"), "body-name", "JRC", "04j5wtv36"),
        (Affiliation("European Commission, JRC"), "body-name", "JRC", "04j5wtv36"),
    ],
)
def test_a_body_is_told_by_ror_id_else_by_name(affiliation: Affiliation, method: str, evidence: str, ror: str) -> None:
    sighting = LENS.body(affiliation)
    assert sighting is not None
    assert (sighting.method, sighting.evidence, sighting.ror) == (method, evidence, ror)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "JRC, Tokyo, Japan",
        "Institute of the Joint Research Centre Ispra",
        "European Commissioners, Brussels",
        "formerly at the European Commission",
        "x" * 20_000 + ", European Commission",
    ],
)
def test_what_only_looks_like_a_body(text: str) -> None:
    assert LENS.body(Affiliation(text, "https://ror.org/019w4f821")) is None


def test_a_body_counts_for_the_union_and_not_for_its_host() -> None:
    assert seen([Author("a", (ISPRA,))], origin("IT", "Italy")) == [(0, EU, 1.0)]


def test_another_affiliation_in_the_same_country_keeps_its_share() -> None:
    assert seen([Author("a", (ISPRA, MILAN))], origin("IT", "Italy")) == [(0, "IT", 0.5), (0, EU, 0.5)]


def test_another_affiliation_elsewhere_takes_the_place_of_the_host() -> None:
    found = (origin("IT", "Italy", fraction=0.25), origin("BE", "Belgium", fraction=0.25))
    assert seen([Author("a", (ISPRA, GENT)), Author("b")], *found) == [(0, "BE", 0.25), (0, EU, 0.25)]


def test_authors_elsewhere_are_left_alone() -> None:
    authors = [Author("a", (GENT,)), Author("b", (ISPRA,))]
    found = (origin("BE", "Belgium", 0, 0.5), origin("IT", "Italy", 1, 0.5))
    assert seen(authors, *found) == [(0, "BE", 0.5), (1, EU, 0.5)]


def test_a_body_without_a_country_counts_as_one_author() -> None:
    assert seen([Author("a", (Affiliation("European Commission"),)), Author("b")]) == [(0, EU, 0.5)]


def test_an_institution_that_the_step_locate_recognised_counts_too() -> None:
    authors = [Author("a", (Affiliation("CCR, VA"),))]
    assert seen(authors, origin("IT", "VA", ror="02qezmz13")) == [(0, EU, 1.0)]
    assert seen(authors, origin("IT", "VA", author=None, ror="02qezmz13")) == [(None, EU, 1.0)]


def test_a_work_that_is_told_as_a_whole_leaves_no_room_for_more() -> None:
    assert seen([Author("a", (ISPRA,))], origin("IT", "Italy", author=None)) is None


def test_nothing_is_seen_where_no_body_has_a_part() -> None:
    assert seen([Author("a", (GENT,))], origin("BE", "Belgium")) is None
    assert Lens(()).origins([Author("a", (ISPRA,))], [origin("IT", "Italy")]) is None


def test_the_version_follows_the_list() -> None:
    assert len({Lens(bodies).version for bodies in ((), (COMMISSION,), (COMMISSION, CENTRE))}) == 3
    assert Lens((COMMISSION,)).version == Lens((COMMISSION,)).version


@given(st.lists(st.lists(st.sampled_from([ISPRA, MILAN, GENT, Affiliation("no place")]), max_size=3), max_size=4))
def test_shares_stay_what_they_were(places: list[list[Affiliation]]) -> None:
    authors = [Author("x", tuple(affiliations)) for affiliations in places]
    found = []
    for position, author in enumerate(authors):
        told = [c for c in ("Italy", "Belgium") if any(c in a.text for a in author.affiliations)]
        found += [origin(c[:2].upper(), c, position, 1 / len(authors) / len(told)) for c in told]
    through = LENS.origins(authors, found)
    assert (through is not None) == any(ISPRA in author.affiliations for author in authors)
    if through is not None:
        assert sum(p.fraction for p in through) == pytest.approx(sum(o.fraction for o in found))
        for position, author in enumerate(authors):
            countries = {p.country for p in through if p.author == position}
            assert (EU in countries) == (ISPRA in author.affiliations)
            assert ("IT" in countries) == (MILAN in author.affiliations)


@given(st.text())
def test_folding_is_stable_and_never_raises(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    LENS.body(Affiliation(text))
