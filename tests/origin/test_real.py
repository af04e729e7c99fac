"""Precision and recall on labelled affiliations that were held back while the rules were made."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.origin import FILE, Gazetteer, Resolver
from monitor.origin.evaluation import Labelled, Scores, evaluate, read_labelled
from monitor.pipeline import gazetteer

DATA = Path(__file__).parents[3] / "shared" / "data"
AFFILIATIONS = DATA / "affiliations" / "affiliations.tsv"
REGISTRY = [DATA / "ror" / "ror_records.jsonl.gz", DATA / "ror" / "ror_2021_names_country.tsv.gz"]

needs_affiliations = pytest.mark.skipif(
    not AFFILIATIONS.exists(), reason=f"the labelled affiliations are not at {AFFILIATIONS}"
)


@pytest.fixture(scope="module")
def held_back() -> list[Labelled]:
    """Half of the texts, by their hash: the other half served the rules."""
    rows = read_labelled(AFFILIATIONS)
    half = [row for row in rows if hashlib.sha256(row.affiliation.encode()).digest()[0] % 2 == 1]
    assert len(half) > 9_000
    return half


def at_least(scores: Scores, precision: float, recall: float) -> bool:
    return scores.precision.value >= precision and scores.recall.value >= recall


@needs_affiliations
def test_names_alone(held_back: list[Labelled]) -> None:
    groups = evaluate(Resolver(), held_back).groups
    assert at_least(groups["all"], 0.99, 0.78)
    assert at_least(groups["country named"], 0.995, 0.995)


@pytest.mark.slow
@needs_affiliations
@pytest.mark.skipif(not all(path.exists() for path in REGISTRY), reason=f"the registry is not at {REGISTRY[0].parent}")
def test_with_a_registry(held_back: list[Labelled], tmp_path: Path) -> None:
    gazetteer.build(REGISTRY, tmp_path, release="shared", now=datetime(2026, 1, 1, tzinfo=UTC))
    resolver = Resolver(Gazetteer.load(tmp_path / FILE))
    groups = evaluate(resolver, held_back).groups
    assert at_least(groups["all"], 0.992, 0.965)
    assert at_least(groups["country not named"], 0.983, 0.91)
    for text, country in REPAIRED:
        assert resolver.resolve(text).countries == (country,), text


REPAIRED = (
    ("King Fahd U. of Petroleum and Minerals", "SA"),
    ("Rajshahi University", "BD"),
    ("Saudi Arabian Oil Company", "SA"),
)
"""Bodies that were once missed or misplaced."""
