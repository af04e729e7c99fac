"""The list by hand: every row is well formed, and no row says what another denies."""

from __future__ import annotations

from importlib import resources

import pytest

from monitor.origin import Resolver, known
from monitor.origin.evidence import LONGEST, WORD
from monitor.origin.names import Names
from monitor.origin.text import fold
from monitor.origin.tokens import WORDS, key, tokens

ENTRIES = list(known.entries())


def test_every_row_is_well_formed() -> None:
    codes = Names.load().codes
    assert len(ENTRIES) > 500
    for name, (kind, votes) in ENTRIES:
        assert name
        assert len(name.split()) <= LONGEST
        assert kind in {"city", "acronym", "institution", "word"}
        assert {country for country, _ in votes} <= codes


def test_no_name_is_listed_for_two_countries() -> None:
    told: dict[str, str] = {}
    for name, (_, votes) in ENTRIES:
        assert told.setdefault(name, votes[0][0]) == votes[0][0], name


def test_no_telling_word_is_a_noun_of_many_languages() -> None:
    assert {name for name, (kind, _) in ENTRIES if kind == WORD} & set(WORDS.values()) == set()


def test_the_list_has_no_empty_line_and_ends_with_one_line_end() -> None:
    text = resources.files("monitor.origin").joinpath("known.tsv").read_text(encoding="utf-8")
    assert text.endswith("\n")
    assert "" not in text.removesuffix("\n").split("\n")


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Univ. of Padova", "university padova"),
        ("Università degli Studi di Padova", "university padova"),
        ("Inst. für Physik", "institute physik"),
        ("Dept. of the", "department"),
        ("", ""),
    ],
)
def test_names_of_many_languages_read_alike(name: str, read: str) -> None:
    assert key(fold(name)) == read == " ".join(tokens(fold(name)))


@pytest.mark.parametrize(
    ("text", "country", "method"),
    [
        ("MIT", "US", "acronym"),
        ("Ospedale X, Torino", "IT", "city"),
        ("Monash University", "AU", "institution"),
        ("Google Research, Zürich", "CH", "city"),
        ("mit", None, "none"),
        ("Zentrum X GmbH", None, "none"),
    ],
)
def test_what_it_tells_without_a_registry(text: str, country: str | None, method: str) -> None:
    resolution = Resolver().resolve(text)
    assert (resolution.countries, resolution.method) == ((country,) if country else (), method)
