"""Identifiers without versions, series of DOIs, and bylines that name the same people."""

import pytest

from monitor.identity.names import is_preprint, series, work_name
from monitor.identity.people import agreement
from monitor.types import Identifier


@pytest.mark.parametrize(
    ("doi", "work"),
    [
        ("10.1101/2024.01.02.123456v3", "doi:10.1101/2024.01.02.123456"),
        ("10.21203/rs.3.rs-12345/v2", "doi:10.21203/rs.3.rs-12345"),
        ("10.20944/preprints202401.0001.v1", "doi:10.20944/preprints202401.0001"),
        ("10.26434/chemrxiv-2024-abcde-v2", "doi:10.26434/chemrxiv-2024-abcde"),
        ("10.31234/osf.io/abcde_v1", "doi:10.31234/osf.io/abcde"),
        ("10.12688/f1000research.12345.2", "doi:10.12688/f1000research.12345"),
        ("10.6084/m9.figshare.1234567.v2", "doi:10.6084/m9.figshare.1234567"),
        ("10.48550/arxiv.2606.00002", "arxiv:2606.00002"),
        ("10.1371/journal.pone.0123456", "doi:10.1371/journal.pone.0123456"),
        ("10.5555/nov2", "doi:10.5555/nov2"),
    ],
)
def test_versions_are_taken_off(doi: str, work: str) -> None:
    assert str(work_name(Identifier("doi", doi))) == work


@pytest.mark.parametrize("scheme", ["isbn", "issn", "url"])
def test_names_of_volumes_name_no_work(scheme: str) -> None:
    assert work_name(Identifier(scheme, "978-3-16-148410-0")) is None


def test_a_series_of_dois_is_known_by_its_beginning() -> None:
    assert series("10.1016/j.ijdrr.2020.101234") == series("10.1016/j.ijdrr.2021.999")
    assert series("10.1007/978-3-031-00000-0_12") == series("10.1007/978-3-031-00000-0_3")
    assert series("10.1145/3319535.3354201") == series("10.1145/3319535.3363229")
    assert series("10.1109/tdsc.2020.1") != series("10.1109/sp.2020.1")


def test_preprint_servers_are_known() -> None:
    assert is_preprint("10.2139/ssrn.123456")
    assert not is_preprint("10.1016/j.ijdrr.2020.101234")


PEOPLE = ["Ana Lima", "Bo Chen", "José Al-Shuhail", "Ø. Strøm"]


@pytest.mark.parametrize(
    ("other", "how"),
    [
        (["A. Lima", "B. Chen", "J. AlShuhail", "Oystein Strom"], "all"),
        (["Lima, Ana", "Chen, Bo", "Al-Shuhail, Jose", "Strom, O."], "all"),
        (["Ana Lima", "et al."], "most"),
        (["Ana Lima", "Bo Chen", "et al."], "all"),
        (["Bo Chen", "Ana Lima", "José Al-Shuhail", "Ø. Strøm"], "most"),
        (["Eve Doe", "Bo Chen", "Max Roe"], "some"),
        (["Eve Doe"], "none"),
        (["The Harbour Consortium", *PEOPLE], "all"),
        (["The Harbour Consortium"], "none"),
        ([], "unknown"),
    ],
)
def test_bylines_agree_whatever_their_form(other: list[str], how: str) -> None:
    assert agreement(PEOPLE, other) == agreement(other, PEOPLE) == how
