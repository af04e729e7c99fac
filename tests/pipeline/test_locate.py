"""Step locate, on a real store with the real resolver."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from monitor.origin import Resolver
from monitor.pipeline.locate import locate
from monitor.store import Store
from monitor.types import Affiliation, Author, Entry, Identifier

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        yield opened


def add(store: Store, *authors: Author) -> int:
    item = store.items.add("doi:10.5555/a", "2026-07-20T08:00:00Z", "2026-W30")
    names = [Identifier("doi", "10.5555/a")]
    store.items.update(item, Entry("a", "A title", authors=authors), names=names, title_key="t", content="c")
    return item


def test_each_author_has_an_equal_share(store: Store) -> None:
    item = add(
        store,
        Author("Ana", (Affiliation("Universidade do Porto, Portugal"),)),
        Author("Bo", (Affiliation("KTH, Stockholm, Sweden"), Affiliation("Universidade do Porto, Portugal"))),
        Author("Cem"),
        Author("Dee"),
    )
    assert locate(store, Resolver(), lambda: NOW) == 1
    assert locate(store, Resolver(), lambda: NOW) == 0
    rows = store.connection.rows("SELECT country, fraction, evidence FROM item_countries ORDER BY country")
    assert [(r["country"], r["fraction"], r["evidence"]) for r in rows] == [
        ("PT", pytest.approx(0.375), "Portugal"),
        ("SE", pytest.approx(0.125), "Sweden"),
    ]
    assert [o.author for o in store.findings.origins(item)] == [0, 1, 1]


def test_no_affiliation_is_unknown_not_an_error(store: Store) -> None:
    item = add(store, Author("Ana"))
    assert locate(store, Resolver(), lambda: NOW) == 1
    assert store.findings.origins(item) == ()
