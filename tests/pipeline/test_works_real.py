"""Real records of OpenAlex, which hold many preprints beside their articles: the works do not depend on the order."""

import gzip
import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.pipeline.link import link
from monitor.store import Store
from monitor.types import Author, Entry, Feed, Identifier

WORKS = Path(__file__).parents[3] / "shared" / "data" / "openalex" / "works.jsonl.gz"
NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not WORKS.exists(), reason="the works of OpenAlex are not beside this checkout"),
]


def entries() -> list[Entry]:
    with gzip.open(WORKS, "rt", encoding="utf-8") as lines:
        return [entry(json.loads(line)) for line in lines]


def entry(work: dict[str, object]) -> Entry:
    people = [a.get("raw_author_name") for a in work.get("authorships") or []]  # type: ignore[attr-defined]
    doi = str(work.get("doi") or "").lower().removeprefix("https://doi.org/")
    source = ((work.get("primary_location") or {}).get("source") or {}).get("display_name")  # type: ignore[attr-defined]
    return Entry(
        key=str(work["id"]),
        title=str(work.get("title") or ""),
        authors=tuple(Author(name) for name in people if name),
        identifiers=(Identifier("doi", doi),) if doi else (),
        year=work.get("publication_year"),  # type: ignore[arg-type]
        venue=source,
        type=work.get("type"),  # type: ignore[arg-type]
    )


def works(records: Iterable[Entry], every: int) -> set[frozenset[str]]:
    """The works of records that come in this order and are linked after `every` so many; each as its records."""
    with Store.memory() as store:
        store.ledger.register([Feed("openalex", "feed", "https://x.example", timedelta(hours=6), 1.0)], NOW)
        for number, record in enumerate(records, 1):
            store.entries.keep("openalex", [record], NOW)
            if number % every == 0:
                link(store, lambda: NOW)
        link(store, lambda: NOW)
        found: dict[int, set[str]] = {}
        for row in store.connection.rows("SELECT item_id, key FROM entries"):
            found.setdefault(row["item_id"], set()).add(row["key"])
        with store.transaction():
            store.connection.run("UPDATE entries SET linked = 0")
        link(store, lambda: NOW)
        again = store.connection.rows("SELECT item_id, key FROM entries")
        assert {r["key"]: r["item_id"] for r in again} == {k: i for i, keys in found.items() for k in keys}
        return {frozenset(keys) for keys in found.values()}


def test_the_order_of_real_records_changes_nothing() -> None:
    records = entries()
    once = works(records, 5_000)
    random.Random(1).shuffle(records)
    assert works(records, 97) == once
    joined = [work for work in once if len(work) > 1]
    assert len(joined) > 50
    assert max(map(len, joined)) < 10
