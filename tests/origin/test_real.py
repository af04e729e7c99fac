"""Precision and recall on labelled affiliations that were held back while the rules were made."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest

from monitor.origin import Resolver

FILE = Path(__file__).parents[3] / "shared" / "data" / "affiliations" / "affiliations.tsv"


def held_back(affiliation: str) -> bool:
    """Half of the strings, by their hash: the other half served the rules."""
    return hashlib.sha256(affiliation.encode()).digest()[0] % 2 == 1


@pytest.mark.skipif(not FILE.exists(), reason=f"the labelled affiliations are not at {FILE}")
def test_precision_and_recall_on_held_back_affiliations() -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if held_back(row["affiliation"])]
    resolver = Resolver()
    right = told = labelled = 0
    for row in rows:
        gold, answer = set(row["countries"].split(",")), set(resolver.resolve(row["affiliation"]).countries)
        right, told, labelled = right + len(gold & answer), told + len(answer), labelled + len(gold)
    assert len(rows) > 9_000
    assert right / told >= 0.985
    assert right / labelled >= 0.62
