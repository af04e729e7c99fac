"""Counts for those who look around, held against the views that analysts query."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from monitor.store import Store
from monitor.store.exploration import Choice
from monitor.store.findings import Due
from monitor.types import Author, Entry, Identifier, Origin, Partner, Partners, Tag, Window

NOW = datetime(2026, 7, 22, tzinfo=UTC)
JULY = Window(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC))
ALL = Choice(JULY)
WORKS = (
    ("a", "2026-07-20T08:00:00Z", {"cyber": 0.9}, ("DE", "US")),
    ("b", "2026-07-21T08:00:00Z", {"cyber": 0.8, "screening": 0.7}, ("DE", "DE", "CN")),
    ("c", "2026-07-13T08:00:00Z", {"screening": 0.95}, ()),
    ("d", "2026-06-13T08:00:00Z", {"screening": 0.95}, ("DE",)),
    ("e", "2026-07-13T08:00:00Z", {"screening": 0.2}, ("FR",)),
)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        opened.findings.set_partners(Partners("US", (Partner("DE", date(2016, 1, 1)),)))
        opened.places.name({"https://ror.org/0de": "University of Somewhere"})
        for name, seen, goals, countries in WORKS:
            year, week, _ = datetime.fromisoformat(seen).isocalendar()
            item = opened.items.add(f"doi:{name}", seen, f"{year}-W{week:02}")
            authors = tuple(Author(f"{n}") for n in range(len(countries)))
            entry = Entry(name, f"Work {name}", authors=authors)
            opened.items.update(item, entry, names=[Identifier("doi", name)], title_key=name, content=name)
            tags = [Tag("goal", goal, chance, chance > 0.5, "m", ()) for goal, chance in goals.items()]
            opened.findings.tag(Due(item, "", "", name), "m", tags, None, NOW)
            share = 1 / max(1, len(countries))
            opened.findings.locate(
                item,
                [
                    Origin(code, "city", 0.9, code, f"https://ror.org/0{code.lower()}", share, n)
                    for n, code in enumerate(countries)
                ],
                "r",
            )
        yield opened


def test_places_agree_with_the_view(store: Store) -> None:
    found = {(p.week, p.goal, p.country): p.works for p in store.exploration.places(ALL)}
    rows = store.connection.rows("SELECT * FROM goal_country_week WHERE iso_week >= '2026-W27' AND items > 0")
    assert found == {(r["iso_week"], r["goal"], r["country"]): r["items"] for r in rows}
    assert found["2026-W29", "screening", "unknown"] == 1


def test_pairs_agree_with_the_view(store: Store) -> None:
    found = {frozenset((p.one, p.other)): p.works for p in store.exploration.pairs(Choice(JULY, goal="cyber"), 10)}
    rows = store.connection.rows("SELECT * FROM collaboration_matrix WHERE goal = 'cyber' AND country_a != country_b")
    assert found == Counter({frozenset((r["country_a"], r["country_b"])): r["items"] for r in rows})


def test_a_work_counts_once_in_totals_and_groups(store: Store) -> None:
    ask = store.exploration
    assert ask.works(ALL) == 3
    assert ask.totals(ALL) == {"cyber": {"2026-W30": 2}, "screening": {"2026-W29": 1, "2026-W30": 1}}
    assert ask.groups(ALL) == {"partner": 2, "unknown": 1}


@pytest.mark.parametrize(
    ("choice", "works"),
    [
        (Choice(JULY, goal="screening"), 2),
        (Choice(JULY, country="DE"), 2),
        (Choice(JULY, country="unknown"), 1),
        (Choice(JULY, group="home"), 1),
        (Choice(JULY, goal="cyber", country="CN", group="other"), 1),
        (Choice(JULY, country="CN", group="home"), 0),
        (Choice(Window(JULY.since, JULY.since)), 0),
    ],
)
def test_choices_narrow_each_other(store: Store, choice: Choice, works: int) -> None:
    assert store.exploration.works(choice) == works


def test_institutions_count_works_and_shares_of_authors(store: Store) -> None:
    [first, *_] = store.exploration.institutions(ALL, 10)
    assert (first.name, first.country, first.works) == ("University of Somewhere", "DE", 2)
    assert first.authors == pytest.approx(0.5 + 2 / 3)
    assert len(store.exploration.institutions(ALL, 1)) == 1


def test_the_best_stand_first_with_their_places(store: Store) -> None:
    found = store.exploration.best(ALL, 10)
    assert [(f.uid, f.goal, f.places) for f in found] == [
        ("doi:c", "screening", ()),
        ("doi:a", "cyber", ("DE", "US")),
        ("doi:b", "cyber", ("DE", "CN")),
    ]
    assert [f.uid for f in store.exploration.best(ALL, 1, start=1)] == ["doi:a"]


def test_an_empty_store_has_no_counts() -> None:
    with Store.memory() as empty:
        assert empty.exploration.places(ALL) == []
        assert empty.exploration.groups(ALL) == {}
