from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.origin import VERSION, Resolver, answer, origins
from monitor.types import Affiliation, Author

RESOLVER = Resolver()
ROR = "https://ror.org/00example0"


def author(*texts: str, domain: str | None = None, ror: str | None = None) -> Author:
    return Author("Ann Example", tuple(Affiliation(text, ror) for text in texts), domain=domain)


def test_each_author_counts_the_same_and_shares_over_countries() -> None:
    byline = [
        author("Univ. of Oslo, Norway"),
        author("Univ. of Oslo, Norway", "MIT, Cambridge, MA 02139"),
        author("Trinity College"),
        author(),
    ]
    rows = origins(byline, RESOLVER)
    assert [(row.author, row.country, row.fraction) for row in rows] == [
        (0, "NO", 0.25),
        (1, "NO", 0.125),
        (1, "US", 0.125),
    ]
    assert [(row.method, row.evidence) for row in rows[1:]] == [("country-name", "Norway"), ("us-state", "MA 02139")]
    assert all(row.institution is None for row in rows)


def test_nobody_and_nothing() -> None:
    assert origins([], RESOLVER) == ()
    assert origins([author("Independent Researcher", domain="gmail.com")], RESOLVER) == ()


def test_a_country_told_twice_is_one_row_with_the_better_reason() -> None:
    (row,) = origins([author("Politecnico di Milano Italy", "INFN, Roma, Italy")], RESOLVER)
    assert (row.country, row.method, row.fraction) == ("IT", "country-name", 1.0)


def test_the_domain_of_the_author_is_used_when_no_affiliation_tells_a_country() -> None:
    (row,) = origins([author("Department of Computer Science", domain="cs.ox.ac.uk")], RESOLVER)
    assert (row.country, row.method, row.evidence) == ("GB", "domain", "cs.ox.ac.uk")
    (row,) = origins([author("Univ. of Oslo, Norway", domain="cs.ox.ac.uk")], RESOLVER)
    assert row.country == "NO"


def test_an_institution_of_the_record_is_kept_where_it_has_one_country() -> None:
    (row,) = origins([author("Univ. of Oslo, Norway", ror=ROR)], RESOLVER)
    assert row.institution == ROR
    rows = origins([author("Oslo, Norway; Lyon, France", ror=ROR)], RESOLVER)
    assert [row.institution for row in rows] == [None, None]


TEXTS = st.sampled_from(["Oslo, Norway", "Lyon, France; Roma, Italy", "Boston, MA", "Trinity College", "", "U.K."])


@given(st.lists(st.builds(lambda texts: author(*texts), st.lists(TEXTS, max_size=3)), max_size=6))
def test_fractions_add_up_to_the_share_of_known_authors(byline: list[Author]) -> None:
    rows = origins(byline, RESOLVER)
    known = {row.author for row in rows}
    assert sum(row.fraction for row in rows) == pytest.approx(len(known) / max(len(byline), 1))
    assert len({(row.author, row.country) for row in rows}) == len(rows)


def test_answer() -> None:
    told = answer(RESOLVER, {"id": "7", "affiliation": "Univ. of Oslo, Norway"})
    assert told == {
        "id": "7",
        "countries": ["NO"],
        "institution": None,
        "method": "country-name",
        "confidence": 0.996,
        "evidence": "Norway",
    }
    assert json.loads(json.dumps(told)) == told


def test_answer_unknown() -> None:
    told = answer(RESOLVER, {"affiliation": "Trinity College"})
    assert told == {
        "id": None,
        "countries": [],
        "institution": None,
        "method": "none",
        "confidence": 0.0,
        "evidence": "",
    }


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"id": 1}, '"affiliation" is missing'),
        ({"affiliation": None}, '"affiliation" must be a string, not null'),
        ({"affiliation": 3}, '"affiliation" must be a string, not a number'),
        ({"affiliation": ["x"]}, '"affiliation" must be a string, not a list'),
        ({"affiliation": {}}, '"affiliation" must be a string, not an object'),
    ],
)
def test_answer_names_what_is_wrong(record: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        answer(RESOLVER, record)


def test_the_version_is_named() -> None:
    assert VERSION == RESOLVER.version == "origin.2"
    assert RESOLVER.registry is None
