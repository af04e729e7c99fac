"""Counts for those who look around, held against the views that analysts query."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from monitor.store import Store
from monitor.store.findings import Due
from monitor.types import Author, Entry, Identifier, Origin, Partner, Partners, Tag, Window
from monitor.web.survey import Choice, Survey

NOW = datetime(2026, 7, 22, tzinfo=UTC)
JULY = Window(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC))
ALL = Choice()
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
            opened.items.update(item, entry, names=[Identifier("doi", name)], content=name)
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


def survey(store: Store) -> Survey:
    carried = store.exploration.carried(JULY)
    return Survey(carried, store.exploration.parts({work.item_id for work in carried}))


def test_places_agree_with_the_view(store: Store) -> None:
    found = {(week, goal, code): works for (week, goal, code, _), works in survey(store).places(ALL).items()}
    rows = store.connection.rows("SELECT * FROM goal_country_week WHERE iso_week >= '2026-W27' AND items > 0")
    assert found == {(r["iso_week"], r["goal"], r["country"]): r["items"] for r in rows}
    assert found["2026-W29", "screening", "unknown"] == 1


def test_pairs_agree_with_the_view(store: Store) -> None:
    found = {frozenset((one, other)): works for one, other, works in survey(store).pairs(Choice(goal="cyber"), 10)}
    rows = store.connection.rows("SELECT * FROM collaboration_matrix WHERE goal = 'cyber' AND country_a != country_b")
    assert found == Counter({frozenset((r["country_a"], r["country_b"])): r["items"] for r in rows})


def test_institutions_agree_with_the_view(store: Store) -> None:
    found = {
        (i.ror, i.country): (i.works, round(i.authors, 6)) for i in survey(store).institutions(Choice(goal="cyber"), 9)
    }
    rows = store.connection.rows(
        "SELECT * FROM goal_country_institutions WHERE goal = 'cyber' AND institution != 'unknown'"
    )
    assert found == {(r["institution"], r["country"]): (r["items"], round(r["fractional_items"], 6)) for r in rows}


def test_a_work_counts_once_in_totals_and_groups(store: Store) -> None:
    ask = survey(store)
    assert ask.works(ALL) == 3
    assert ask.totals(ALL) == {"cyber": {"2026-W30": 2}, "screening": {"2026-W29": 1, "2026-W30": 1}}
    assert ask.groups(ALL) == {"partner": 2, "unknown": 1}


@pytest.mark.parametrize(
    ("choice", "works"),
    [
        (Choice(goal="screening"), 2),
        (Choice(country="DE"), 2),
        (Choice(country="unknown"), 1),
        (Choice(group="home"), 1),
        (Choice(goal="cyber", country="CN", group="other"), 1),
        (Choice(country="CN", group="home"), 0),
        (Choice("2026-W30", "2026-W30"), 2),
        (Choice("2026-W31"), 0),
        (Choice(last="2026-W29"), 1),
    ],
)
def test_choices_narrow_each_other(store: Store, choice: Choice, works: int) -> None:
    assert survey(store).works(choice) == works


def test_the_best_stand_first_with_their_places(store: Store) -> None:
    found = survey(store).best(ALL, 10)
    assert [(work.uid, work.goal, places) for work, places in found] == [
        ("doi:c", "screening", ()),
        ("doi:a", "cyber", ("DE", "US")),
        ("doi:b", "cyber", ("DE", "CN")),
    ]
    assert len(survey(store).best(ALL, 1)) == 1


def test_names_and_titles(store: Store) -> None:
    assert store.exploration.titles([1, 99]) == {1: ("Work a", "2026-07-20T08:00:00Z")}
    assert store.exploration.institutions(["https://ror.org/0de", "x"]) == {
        "https://ror.org/0de": "University of Somewhere"
    }


def test_an_empty_store_has_no_counts() -> None:
    with Store.memory() as empty:
        nothing = survey(empty)
        assert nothing.works(ALL) == 0
        assert nothing.places(ALL) == nothing.groups(ALL) == {}
        assert nothing.institutions(ALL, 5) == nothing.pairs(ALL, 5) == nothing.best(ALL, 5) == []
