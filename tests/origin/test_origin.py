from __future__ import annotations

import json

import pytest

from monitor.origin import VERSION, Resolver, answer

RESOLVER = Resolver()


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
    assert VERSION == RESOLVER.version == "origin.4"
    assert RESOLVER.registry is None
