"""Views that count by the lens: partners on their days, bodies of the Union, collaborations, and the unknown share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digest import window_of
from monitor.pipeline import Plan, compose_week
from monitor.selection import Selection
from monitor.store import Store
from monitor.store.findings import Due
from monitor.types import (
    COLLABORATIONS,
    EU,
    Affiliation,
    Author,
    Entry,
    Goal,
    Identifier,
    Origin,
    Partner,
    Partners,
    Subscriber,
    Tag,
)
from monitor.types import collaboration as kind_of

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
PARTNERS = Partners(
    "US",
    (
        Partner("GB", date(2016, 1, 1), date(2020, 1, 1)),
        Partner("GB", date(2024, 1, 1)),
        Partner("DE", date(2016, 1, 1)),
        Partner("KR", date(2021, 1, 1)),
    ),
    Partner(EU, date(2016, 1, 1), date(2027, 1, 1)),
)
_numbers = count()


@pytest.fixture
def store() -> Iterator[Store]:
    with opened() as memory:
        yield memory


def opened() -> Store:
    memory = Store.memory()
    with memory.transaction():
        memory.findings.set_partners(PARTNERS)
        memory.places.set_commission(PARTNERS.commission)
    return memory


def add(
    store: Store,
    countries: str,
    *,
    goals: str = "cyber",
    published: date = date(2026, 7, 1),
    authors: int | None = None,
    ror: Mapping[str, str] | None = None,
) -> str:
    """A work with one author in each of `countries`, and more whose country is not known up to `authors`."""
    uid = f"doi:10.5555/{next(_numbers)}"
    item = store.items.add(uid, "2026-07-20T08:00:00Z", "2026-W30")
    codes = countries.split()
    entry = Entry("k", "A title", published=datetime(published.year, published.month, published.day, tzinfo=UTC))
    names = [Identifier("doi", uid[4:])]
    store.items.update(item, entry, names=names, content="c")
    total = authors or max(1, len(codes))
    origins = [
        Origin(code, "country-name", 0.99, code, (ror or {}).get(code), 1 / total, position)
        for position, code in enumerate(codes)
    ]
    if EU in codes:
        store.places.see(item, origins, "lens")
    else:
        store.findings.locate(item, origins, "r")
    tags = [Tag("goal", goal, 0.9, True, "m", ("words",)) for goal in goals.split()]
    store.findings.tag(Due(item, "", "", "c"), "m", tags, None, NOW)
    return uid


def table(store: Store, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in store.connection.rows(query)]


@pytest.mark.parametrize(
    ("day", "group"),
    [
        (date(2015, 12, 31), "other"),
        (date(2016, 1, 1), "partner"),
        (date(2019, 12, 31), "partner"),
        (date(2020, 1, 1), "other"),
        (date(2023, 12, 31), "other"),
        (date(2024, 1, 1), "partner"),
    ],
)
def test_a_partner_counts_on_the_days_of_its_agreement(store: Store, day: date, group: str) -> None:
    add(store, "GB", published=day)
    assert table(store, "SELECT country, partner_group FROM item_countries") == [("GB", group)]
    assert table(store, "SELECT partner_group FROM item_overview") == [(group,)]
    assert PARTNERS.group("GB", day) == group


@pytest.mark.parametrize(
    ("year", "group"), [(2015, "other"), (2016, "partner"), (2020, "other"), (2026, "partner"), (None, "partner")]
)
def test_where_the_year_alone_is_known_it_counts_and_not_the_day_on_which_the_work_came(
    store: Store, year: int | None, group: str
) -> None:
    add(store, "GB")
    store.connection.run("UPDATE items SET published = NULL, year = ?", (year,))
    for view in ("item_countries", "item_places", "item_overview"):
        assert table(store, f"SELECT partner_group FROM {view}") == [(group,)]
    assert bool(store.search.ids(Selection(groups=("partner",)))) == (group == "partner")


@pytest.mark.parametrize(("day", "group"), [(date(2026, 12, 31), "ec"), (date(2027, 1, 1), "other")])
def test_the_commission_counts_on_the_days_of_its_own(store: Store, day: date, group: str) -> None:
    add(store, "EU", published=day)
    assert table(store, "SELECT country, partner_group FROM item_countries") == [(EU, group)]


KINDS = {
    "US DE CN EU": "home-partner",
    "US EU CN": "home-ec",
    "US CN": "home-other",
    "DE GB EU CN": "partner-partner",
    "DE EU CN": "partner-ec",
    "DE CN": "partner-other",
    "EU CN": "ec-other",
    "CN IN": "other-other",
    "US": "domestic",
    "DE": "single-country",
    "EU": "single-country",
    "": "unknown",
}


@pytest.mark.parametrize(("countries", "kind"), KINDS.items())
def test_the_first_kind_of_collaboration_counts(store: Store, countries: str, kind: str) -> None:
    add(store, countries)
    assert table(store, "SELECT collaboration FROM item_overview") == [(kind,)]


def test_every_kind_has_an_example() -> None:
    assert set(KINDS.values()) == set(COLLABORATIONS)


@settings(max_examples=60)
@given(
    st.sets(st.sampled_from(["US", "GB", "DE", "KR", "CN", "IN", EU])),
    st.sampled_from([date(2015, 1, 1), date(2020, 6, 1), date(2022, 1, 1), date(2028, 1, 1)]),
)
def test_the_view_and_the_digest_tell_the_same_kind(countries: set[str], day: date) -> None:
    with opened() as store:
        add(store, " ".join(sorted(countries)), published=day)
        groups = {country: PARTNERS.group(country, day) for country in countries}
        assert table(store, "SELECT collaboration FROM item_overview") == [(kind_of(groups),)]


def test_a_country_that_is_not_known_has_no_row(store: Store) -> None:
    whole, part, _ = add(store, "US DE"), add(store, "DE", authors=4), add(store, "")
    rows = table(store, "SELECT uid, country, fraction, partner_group, method FROM item_countries")
    assert sorted(rows) == sorted(
        [
            (whole, "US", 0.5, "home", "country-name"),
            (whole, "DE", 0.5, "partner", "country-name"),
            (part, "DE", 0.25, "partner", "country-name"),
        ]
    )


def test_a_week_is_counted_by_country_and_by_group(store: Store) -> None:
    add(store, "US DE")
    add(store, "DE", authors=4, goals="cyber decision")
    add(store, "")
    add(store, "EU DE")
    assert table(
        store, "SELECT country, items, fractional_items FROM goal_country_week WHERE goal = 'cyber' ORDER BY 1"
    ) == [
        ("DE", 3, 1.25),
        (EU, 1, 0.5),
        ("US", 1, 0.5),
        ("unknown", 1, 1.75),
    ]
    columns = "partner_group, items, fractional_items, works, share"
    by_group = f"SELECT {columns} FROM goal_group_week WHERE goal = '{{}}' ORDER BY 1"
    assert table(store, by_group.format("cyber")) == [
        ("ec", 1, 0.5, 4, 0.125),
        ("home", 1, 0.5, 4, 0.125),
        ("partner", 3, 1.25, 4, 0.3125),
        ("unknown", 1, 1.75, 4, 0.4375),
    ]
    assert table(store, by_group.format("decision")) == [
        ("partner", 1, 0.25, 1, 0.25),
        ("unknown", 0, 0.75, 1, 0.75),
    ]


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sets(st.sampled_from(["US", "DE", "CN", EU]), max_size=4),
            st.integers(min_value=0, max_value=3),
            st.sampled_from(["cyber", "cyber decision"]),
        ),
        max_size=6,
    )
)
def test_fractional_counts_add_up_to_the_works(works: list[tuple[set[str], int, str]]) -> None:
    with opened() as store:
        for countries, more, goals in works:
            add(store, " ".join(sorted(countries)), goals=goals, authors=max(1, len(countries) + more))
        for goal in ("cyber", "decision"):
            carry = sum(goal in goals for _, _, goals in works)
            for view in ("goal_country_week", "goal_group_week", "goal_country_institutions"):
                total = store.connection.value(f"SELECT total(fractional_items) FROM {view} WHERE goal = ?", (goal,))
                assert total == pytest.approx(carry), view
            pairs = sum(
                len(places) * (len(places) - 1) // 2 if len(places) > 1 else 1 for places, _, g in works if goal in g
            )
            query = "SELECT total(items) FROM collaboration_matrix WHERE goal = ?"
            assert store.connection.value(query, (goal,)) == pairs


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from(["US", "DE", "KR", "CN", EU])), st.integers(min_value=0, max_value=2)),
        min_size=1,
        max_size=5,
    )
)
def test_the_digest_counts_as_the_views_do(works: list[tuple[set[str], int]]) -> None:
    with opened() as store, tempfile.TemporaryDirectory() as folder:
        for countries, more in works:
            add(store, " ".join(sorted(countries)), authors=max(1, len(countries) + more))
        plan = Plan((), (Goal("cyber", "Cyber"),), PARTNERS, {}, Path(folder))
        digest = compose_week(store, plan, Subscriber("all"), "2026-W30", window_of("2026-W30"), NOW)
        rows = table(store, "SELECT partner_group, items, share FROM goal_group_week")
        shares = digest.shares["cyber"]
        counted = {group: number for group, number in shares.by_group.items() if number}
        assert counted == {group: items for group, items, _ in rows if items}
        assert {group: share for group, _, share in rows} == pytest.approx(
            {group: shares.authors[group] for group, _, _ in rows}, abs=1e-4
        )
        pairs = "SELECT country_a, country_b, items FROM collaboration_matrix WHERE country_a != country_b"
        assert {(p.one, p.other, p.works) for p in digest.pairs} == set(table(store, pairs))
        kinds = table(store, "SELECT collaboration, count(*) FROM item_overview GROUP BY collaboration")
        assert digest.collaborations == dict(kinds)


def test_institutions_by_goal_and_country(store: Store) -> None:
    add(store, "DE FR", ror={"DE": "00k4n6c32"})
    add(store, "DE", ror={"DE": "00k4n6c32"})
    add(store, "DE", authors=2)
    add(store, "")
    store.places.name({"00k4n6c32": "Institute of Locks"})
    rows = table(store, "SELECT * FROM goal_country_institutions ORDER BY country, fractional_items DESC")
    assert rows == [
        ("cyber", "DE", "00k4n6c32", 2, 1.5, 0.25, "Institute of Locks"),
        ("cyber", "DE", "unknown", 1, 0.5, 0.25, None),
        ("cyber", "FR", "unknown", 1, 0.5, 1.0, None),
        ("cyber", "unknown", "unknown", 1, 1.5, 1.0, None),
    ]


def test_collaborations_stand_in_a_matrix(store: Store) -> None:
    for countries in ("US DE", "DE US", "US DE EU CN", "US", "CN", "", ""):
        add(store, countries)
    rows = table(
        store,
        """SELECT country_a, group_a, country_b, group_b, kind, items, round(unknown_share, 3)
             FROM collaboration_matrix ORDER BY items DESC, kind, country_a, country_b""",
    )
    assert rows == [
        ("US", "home", "DE", "partner", "home-partner", 3, 0.286),
        ("unknown", "unknown", "unknown", "unknown", "unknown", 2, 0.286),
        ("US", "home", "US", "home", "domestic", 1, 0.286),
        (EU, "ec", "CN", "other", "ec-other", 1, 0.286),
        ("US", "home", EU, "ec", "home-ec", 1, 0.286),
        ("US", "home", "CN", "other", "home-other", 1, 0.286),
        ("DE", "partner", EU, "ec", "partner-ec", 1, 0.286),
        ("DE", "partner", "CN", "other", "partner-other", 1, 0.286),
        ("CN", "other", "CN", "other", "single-country", 1, 0.286),
    ]


def test_withdrawn_works_are_not_counted(store: Store) -> None:
    add(store, "US DE")
    with store.transaction():
        store.connection.run("UPDATE items SET withdrawn = 1")
    for view in ("goal_country_week", "goal_group_week", "goal_country_institutions", "collaboration_matrix"):
        assert table(store, f"SELECT * FROM {view}") == []


class TestPlaces:
    def seen(self, store: Store) -> int:
        item = store.items.add("doi:10.5555/p", "2026-07-20T08:00:00Z", "2026-W30")
        entry = Entry("k", "A title", authors=(Author("a", (Affiliation("JRC, Ispra, Italy"),)),))
        store.items.update(item, entry, names=[], content="c")
        store.findings.locate(item, [Origin("IT", "country-name", 0.99, "Italy", author=0)], "r")
        store.places.see(item, [Origin(EU, "body-name", 0.98, "JRC", author=0)], "v1")
        return item

    def test_what_was_seen_replaces_what_was_found(self, store: Store) -> None:
        item = self.seen(store)
        assert [o.country for o in store.places.of(item)] == [EU]
        assert [o.country for o in store.findings.origins(item)] == ["IT"]

    def test_a_new_lens_looks_again(self, store: Store) -> None:
        item = self.seen(store)
        assert store.places.unseen("v1", 9) == []
        assert store.places.unseen("v2", 9) == [item]
        store.places.see(item, None, "v2")
        assert [o.country for o in store.places.of(item)] == ["IT"]

    @pytest.mark.parametrize(
        "change",
        [
            "INSERT INTO affiliations(item_id, author, position, text) VALUES (1, 0, 1, 'x')",
            "UPDATE affiliations SET text = 'x'",
            "DELETE FROM affiliations",
            "DELETE FROM origins",
            "UPDATE origins SET country = 'FR'",
        ],
    )
    def test_what_was_seen_is_forgotten_when_what_it_rests_on_changes(self, store: Store, change: str) -> None:
        item = self.seen(store)
        with store.transaction():
            store.connection.run(change)
        assert store.places.unseen("v1", 9) == [item]
        assert EU not in [o.country for o in store.places.of(item)]

    def test_the_commission_comes_and_goes_with_feeds_yaml(self, store: Store) -> None:
        item = self.seen(store)
        group = "SELECT partner_group FROM item_places"
        assert table(store, group) == [("ec",)]
        store.places.set_commission(None)
        assert table(store, group) == [("other",)]
        assert [o.country for o in store.places.of(item)] == [EU]


def test_an_older_store_gets_tables_and_views(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with Store.open(path) as store, store.transaction():
        for kind, name in table(store, "SELECT type, name FROM sqlite_master WHERE name GLOB 'lens_*' AND sql NOTNULL"):
            store.connection.run(f"DROP {kind} IF EXISTS {name}")
        store.connection.run("DROP VIEW collaboration_matrix")
        store.connection.run("DROP VIEW item_countries")
        store.connection.run("CREATE VIEW item_countries AS SELECT 'as it was' AS uid")
        store.connection.run("DELETE FROM _sqlite_migrations WHERE name = 'm008_lens'")
    with Store.open(path) as store:
        uid = add(store, "US DE")
        assert table(store, "SELECT DISTINCT uid FROM item_countries") == [(uid,)]
        assert table(store, "SELECT kind, items FROM collaboration_matrix") == [("other-other", 1)]
        store.places.see(1, None, "v1")
        assert store.places.unseen("v1", 9) == []
