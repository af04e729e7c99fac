"""Step locate, on a real store with the real resolver."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.evidence import Statement
from monitor.origin import Finding, Resolution, Resolver
from monitor.pipeline.link import link
from monitor.pipeline.locate import Provenance, locate, weigh
from monitor.store import Store
from monitor.store.evidence import Lookup
from monitor.types import Affiliation, Author, Entry, Feed, Identifier

RESOLVER = Resolver()
NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        yield opened


def add(store: Store, *authors: Author) -> int:
    item = store.items.add("doi:10.5555/a", "2026-07-20T08:00:00Z", "2026-W30")
    names = [Identifier("doi", "10.5555/a")]
    store.items.update(item, Entry("a", "A title", authors=authors), names=names, content="c")
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


def origins(store: Store, item: int) -> list[tuple[int | None, str, str, str | None]]:
    return [(o.author, o.country, o.method, o.institution) for o in store.findings.origins(item)]


def evidence(store: Store) -> list[tuple[str, str | None, bool]]:
    """Every row ever written: the text, its country, whether it still holds."""
    rows = store.connection.rows("SELECT raw, country, superseded_at IS NULL AS holds FROM evidence ORDER BY id")
    return [(r["raw"], r["country"], bool(r["holds"])) for r in rows]


def located(store: Store, *authors: Author) -> int:
    item = add(store, *authors)
    locate(store, Resolver(), lambda: NOW)
    return item


ROR = "https://ror.org/00example0"


def test_the_domain_of_the_author_counts_where_no_affiliation_tells_a_country(store: Store) -> None:
    item = located(
        store,
        Author("Ana", (Affiliation("Department of Computer Science"),), domain="cs.ox.ac.uk"),
        Author("Bo", (Affiliation("Univ. of Oslo, Norway"),), domain="cs.ox.ac.uk"),
        Author("Cem", (Affiliation("Independent Researcher"),), domain="gmail.com"),
    )
    assert origins(store, item) == [(0, "GB", "domain", None), (1, "NO", "country-name", None)]


def test_an_institution_of_the_record_is_kept_where_it_has_one_country(store: Store) -> None:
    item = located(
        store,
        Author("Ana", (Affiliation("Univ. of Oslo, Norway", ROR),)),
        Author("Bo", (Affiliation("Oslo, Norway; Lyon, France", ROR),)),
    )
    assert [(a, i) for a, _, _, i in origins(store, item)] == [(0, ROR), (1, None), (1, None)]


def test_an_address_in_an_affiliation_leaves_only_its_host(store: Store) -> None:
    located(store, Author("Ana", (Affiliation("Bread Lab, ana.lima@up.pt"), Affiliation("ana@gmail.com"))))
    assert evidence(store) == [("Bread Lab", None, True), ("up.pt", "PT", True), ("gmail.com", None, True)]


@pytest.mark.parametrize(
    ("authors", "state"),
    [
        ([], "no-affiliation"),
        ([Author("Ana")], "no-affiliation"),
        ([Author("Ana", (Affiliation("Trinity College"),))], "no-country"),
        ([Author("Ana", (Affiliation("", ROR),))], "no-country"),
        ([Author("Ana", (Affiliation("Oslo, Norway"),)), Author("Bo")], "partial"),
        ([Author("Ana", (Affiliation("Oslo, Norway"),))], "known"),
    ],
)
def test_states(store: Store, authors: list[Author], state: str) -> None:
    located(store, *authors)
    assert store.evidence.states() == {state: 1}


def test_when_the_byline_changes_old_evidence_is_superseded_and_looked_up_evidence_follows_its_author(
    store: Store,
) -> None:
    item = located(store, Author("Ana Lima", (Affiliation("Univ. of Oslo, Norway"),)), Author("Bo Ek"))
    for name, place in (("Bo Ek", "KTH, Sweden"), ("Ana Lima", "Lyon, France")):
        where = Provenance("arxiv-html", "https://x.example", NOW)
        authors = store.items.authors(item)
        statement = Statement("affiliation", place, [a.name for a in authors].index(name))
        store.evidence.add(item, weigh(statement, where, authors, Resolver(), store.evidence.country_of))
    names = [Identifier("doi", "10.5555/a")]
    entry = Entry("a", "A title", authors=(Author("B. Ek"), Author("Cem Oz", (Affiliation("Roma, Italy"),))))
    store.items.update(item, entry, names=names, content="c")
    assert locate(store, Resolver(), lambda: NOW) == 1
    assert [(a, c) for a, c, _, _ in origins(store, item)] == [(0, "SE"), (1, "IT")]
    assert sorted(evidence(store)) == [
        ("KTH, Sweden", "SE", False),
        ("KTH, Sweden", "SE", True),
        ("Lyon, France", "FR", False),
        ("Roma, Italy", "IT", True),
        ("Univ. of Oslo, Norway", "NO", False),
    ]
    moved = [e for e in store.evidence.current(item) if e.route == "arxiv-html"]
    assert [(e.name, e.statement.author) for e in moved] == [("B. Ek", 0)]


def test_locating_again_with_the_same_rules_writes_nothing(store: Store) -> None:
    item = located(store, Author("Ana Lima", (Affiliation("Univ. of Oslo, Norway", ROR),), domain="uio.no"))
    before = [tuple(r) for r in store.connection.rows("SELECT * FROM evidence")]
    store.connection.run("UPDATE items SET located = NULL")
    assert locate(store, Resolver(), lambda: NOW) == 1
    assert [tuple(r) for r in store.connection.rows("SELECT * FROM evidence")] == before
    assert origins(store, item) == [(0, "NO", "country-name", ROR)]


def test_better_rules_supersede_what_the_older_ones_read(store: Store) -> None:
    item = located(store, Author("Ana", (Affiliation("Bread Lab, Oslo"),)))
    assert evidence(store) == [("Bread Lab, Oslo", None, True)]

    class Better:
        """A resolver by what it answers: the real one may be compiled, and has no subclasses then."""

        version = "better"

        def resolve(self, affiliation: str, *, domain: str | None = None) -> Resolution:
            return Resolution((Finding("NO", "country-inside", "Oslo", 11, 15),))

    store.connection.run("UPDATE items SET located = 'older'")
    locate(store, cast(Resolver, Better()), lambda: NOW)
    assert evidence(store) == [("Bread Lab, Oslo", None, False), ("Bread Lab, Oslo", "NO", True)]
    [row] = store.evidence.current(item)
    assert (row.rank, row.span) == (3, (11, 15))


def test_when_two_works_become_one_nothing_that_was_said_is_lost(store: Store) -> None:
    keep = located(store, Author("Ana Lima"))
    lose = store.items.add("doi:10.5555/b", "2026-07-19T08:00:00Z", "2026-W29")
    entry = Entry("b", "A title", authors=(Author("Ana Lima"),))
    store.items.update(lose, entry, names=[Identifier("doi", "10.5555/b")], content="c")
    authors = store.items.authors(lose)
    where = Provenance("arxiv-html", "https://x.example", NOW)
    told = weigh(Statement("affiliation", "KTH, Sweden", 0), where, authors, Resolver(), store.evidence.country_of)
    store.evidence.add(lose, told)
    store.evidence.save_lookup(lose, Lookup("arxiv-html", "https://x.example", NOW, "answered", 1))
    store.items.absorb(keep, lose, "same", NOW)
    locate(store, Resolver(), lambda: NOW)
    assert origins(store, keep) == [(0, "SE", "country-name", None)]
    assert [lookup.state for lookup in store.evidence.lookups(keep)] == ["answered"]


def look_up(store: Store, item: int, route: str, *told: tuple[int, str], when: datetime = NOW) -> None:
    """What a route says of some authors, written down as the look-up does it."""
    authors = store.items.authors(item)
    where = Provenance(route, f"https://{route}.example", when)
    for author, place in told:
        statement = Statement("affiliation", place, author)
        store.evidence.add(item, weigh(statement, where, authors, Resolver(), store.evidence.country_of))


def test_authors_of_one_name_keep_each_what_was_said_of_them(store: Store) -> None:
    item = located(store, Author("Wei Zhang"), Author("Ana Lima"), Author("Wei Zhang"))
    look_up(store, item, "arxiv-html", (0, "Univ. of Oslo, Norway"), (2, "KTH, Sweden"))
    look_up(store, item, "crossref", (2, "Lund, Sweden"))
    store.connection.run("UPDATE items SET located = 'older'")
    locate(store, Resolver(), lambda: NOW)
    assert [(a, c) for a, c, _, _ in origins(store, item)] == [(0, "NO"), (2, "SE")]
    assert [e.statement.author for e in store.evidence.current(item) if e.route == "crossref"] == [2]


@pytest.mark.parametrize("route", ["crossref", "arxiv-html"], ids=["another-document", "one-answer-about-both"])
def test_what_was_said_under_another_spelling_counts_when_two_works_become_one(store: Store, route: str) -> None:
    keep = located(store, Author("Ana Lima"), Author("Bo Ek"))
    look_up(store, keep, "arxiv-html", (0, "Bread Lab"), (1, "KTH, Sweden"))
    lose = store.items.add("doi:10.5555/b", "2026-07-22T08:00:00Z", "2026-W30")
    entry = Entry("b", "A title", authors=(Author("A. Lima"), Author("B. Ek")))
    store.items.update(lose, entry, names=[Identifier("doi", "10.5555/b")], content="c")
    look_up(store, lose, route, (0, "Univ. of Oslo, Norway"))
    store.items.absorb(keep, lose, "same", NOW)
    locate(store, Resolver(), lambda: NOW)
    assert [(a, c) for a, c, _, _ in origins(store, keep)] == [(0, "NO"), (1, "SE")]


def test_what_a_feed_said_first_still_counts_when_another_feed_brings_the_work_again(store: Store) -> None:
    store.ledger.register([Feed(n, "feed", "https://x.example", DAY, 1.0) for n in ("one", "two")], NOW)
    authors = (Author("Ana Lima", (Affiliation("Univ. of Oslo, Norway"),)),)
    record = Entry("a", "A title", authors=authors, identifiers=(Identifier("doi", "10.5555/a"),))
    for feed, when in (("one", NOW), ("two", NOW + 5 * DAY)):
        store.entries.keep(feed, [record], when)
        link(store, lambda: NOW)
        store.connection.run("UPDATE items SET located = NULL")
        locate(store, Resolver(), lambda: NOW)
        [item] = store.items.ids_of(["doi:10.5555/a"])
        look_up(store, item, "openalex", (0, "KTH, Sweden"), when=NOW + 3 * DAY)
    assert store.evidence.fed(item)[0] == "one,two"
    assert [c for _, c, _, _ in origins(store, item)] == ["NO"]


TEXTS = st.sampled_from(
    [
        "Oslo, Norway",
        "Lyon, France; Roma, Italy",
        "Boston, MA 02139",
        "Trinity College",
        "UCL, London WC1E 6BT, U.K.",
        "x",
    ]
)


@given(st.lists(TEXTS, min_size=1, max_size=3), st.text(max_size=20))
def test_the_words_that_decided_stand_where_the_span_says(texts: list[str], noise: str) -> None:
    raw = "; ".join([*texts, noise])
    where = Provenance("feed", "x", NOW)
    for e in weigh(Statement("affiliation", raw, 0), where, [Author("Ana")], RESOLVER, lambda ror: None):
        if e.country:
            assert e.span is not None
            assert raw[slice(*e.span)] == e.words


def test_the_named_checks_hold(store: Store) -> None:
    folder = Path(__file__).parents[2] / "store" / "checks"
    checks = [folder / "evidence-holds-no-mail-addresses.sql", folder / "origins-rest-on-evidence.sql"]
    located(store, Author("Ana", (Affiliation("Univ. of Oslo, Norway x@uio.no"),)), Author("Bo"))
    for path in checks:
        assert store.connection.rows(path.read_text("utf-8")) == [], path.name
    store.connection.run("UPDATE evidence SET superseded_at = '2026-07-22T12:00:00Z', raw = 'x@uio.no'")
    for path in checks:
        assert store.connection.rows(path.read_text("utf-8")) != [], path.name
