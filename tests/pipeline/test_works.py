"""Which records become one work, whatever order they come in, and what people may say about it; on a real store."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import identity
from monitor.errors import MonitorError
from monitor.evidence import Statement
from monitor.origin import Resolver
from monitor.pipeline.link import link, merge, split
from monitor.pipeline.locate import Provenance, locate, weigh
from monitor.store import Store
from monitor.store.decisions import Reviewer
from monitor.store.evidence import Lookup
from monitor.types import Affiliation, Author, Entry, Feed, Identifier, Relation, Tag

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
FEEDS = ("alpha", "beta", "gamma")
TITLE = "Muon tomography of shipping containers at a sea port"
ABSTRACT = (
    "Cosmic muons image dense cargo without opening it. We place drift tubes above and below a lane of trucks, "
    "reconstruct scattering angles, and tell shielded uranium from scrap steel within two minutes at a working harbour."
)
PEOPLE = (Author("Ana Lima"), Author("Bo Chen"), Author("Cem Oz"))


def doi(value: str) -> tuple[Identifier, ...]:
    return (Identifier("doi", value),)


PREPRINT = Entry("p", TITLE, ABSTRACT, PEOPLE, (Identifier("arxiv", "9912.00001"),), year=2025, type="preprint")
PAPER = Entry("c", TITLE.title(), "", (Author("Lima, A."), Author("Chen, B.")), doi("10.5555/conf.7"), year=2025)
ARTICLE = Entry("a", TITLE, ABSTRACT, PEOPLE, doi("10.5555/muon"), year=2026, venue="Journal of Cargo", type="article")
ERRATUM = replace(ARTICLE, key="e", title=f"Erratum: {TITLE}", abstract="", identifiers=doi("10.5555/muon.err"))
SEQUEL = replace(ARTICLE, key="s", title=f"{TITLE}. Part II", identifiers=doi("10.5555/muon2"))


@pytest.fixture
def store() -> Iterator[Store]:
    with opened() as one:
        yield one


def opened() -> Store:
    store = Store.memory()
    store.ledger.register([Feed(n, "feed", "https://x.example", timedelta(hours=6), 1.0) for n in FEEDS], NOW)
    return store


def keep(store: Store, feed: str, *entries: Entry, when: datetime = NOW) -> None:
    store.entries.keep(feed, entries, when)
    link(store, lambda: when)


def works(store: Store) -> set[frozenset[str]]:
    """The works, each as its records."""
    rows = store.connection.rows("SELECT item_id, feed || ':' || key AS name FROM entries ORDER BY item_id")
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row["item_id"], set()).add(row["name"])
    assert store.connection.value("SELECT count(*) FROM items") == len(found), "no item without entries"
    return {frozenset(members) for members in found.values()}


def described(store: Store) -> list[tuple[object, ...]]:
    """What is said of the works, but for their names."""
    sql = """SELECT title, abstract, venue, type, year, first_seen, iso_week,
                    (SELECT group_concat(scheme || ':' || value) FROM
                        (SELECT * FROM identifiers d WHERE d.item_id = i.id ORDER BY scheme, value)) AS names
               FROM items i ORDER BY title, names"""
    return [tuple(row) for row in store.connection.rows(sql)]


def uids(store: Store) -> list[str]:
    return [row["uid"] for row in store.connection.rows("SELECT uid FROM items ORDER BY uid")]


def test_preprint_paper_and_article_are_one_work_and_an_erratum_and_a_sequel_are_not(store: Store) -> None:
    keep(store, "alpha", PREPRINT, ERRATUM)
    keep(store, "beta", ARTICLE, PAPER, SEQUEL)
    assert works(store) == {
        frozenset({"alpha:p", "beta:a", "beta:c"}),
        frozenset({"alpha:e"}),
        frozenset({"beta:s"}),
    }


def test_a_relation_joins_records_that_look_nothing_alike(store: Store) -> None:
    german = Entry("g", "Myonentomographie von Containern", relations=(Relation("version", *doi("10.5555/muon")),))
    about = Entry("r", "Was Myonen sehen", relations=(Relation("about", *doi("10.5555/muon"), "is-review-of"),))
    keep(store, "alpha", german, about)
    keep(store, "beta", ARTICLE)
    assert works(store) == {frozenset({"alpha:g", "beta:a"}), frozenset({"alpha:r"})}
    [kind] = [row["kind"] for row in store.connection.rows("SELECT kind FROM item_links")]
    assert kind == "relation"


def test_the_doi_of_a_volume_does_not_glue_its_papers(store: Store) -> None:
    volume = doi("10.5555/proceedings")
    papers = [
        Entry(f"k{n}", title, authors=(Author(f"{name} Doe"),), identifiers=volume, year=2025)
        for n, (title, name) in enumerate(
            [("Sparrows of the northern harbour", "Ada"), ("Zero trust for small agencies", "Ben"), (TITLE, "Cleo")]
        )
    ]
    keep(store, "alpha", *papers)
    assert len(works(store)) == 3
    assert len(set(uids(store))) == 3
    assert all(store.items.ids_of([uid]) for uid in uids(store))


def test_a_crowded_key_tells_nothing_whoever_came_first(store: Store) -> None:
    crowd = [
        Entry(
            f"k{n:03}",
            "",
            authors=(Author(f"Ada {chr(97 + n % 26)}{chr(97 + n // 26)}mer"),),
            identifiers=doi("10.5555/j"),
        )
        for n in range(identity.CROWD + 1)
    ]
    keep(store, "alpha", *crowd[: identity.CROWD])
    assert len(works(store)) == 1
    keep(store, "alpha", crowd[-1])
    assert len(works(store)) == identity.CROWD + 1
    keep(store, "alpha", replace(crowd[0], identifiers=doi("10.5555/own")))
    assert len(works(store)) == 2, "one has left the crowd"


def test_a_late_one_of_a_great_crowd_may_leave_it(store: Store) -> None:
    crowd = [replace(ARTICLE, key=f"k{n:03}", title="Editorial", identifiers=doi(f"10.5555/{n}")) for n in range(80)]
    keep(store, "alpha", *crowd)
    keep(store, "alpha", replace(crowd[-1], title=TITLE))
    assert len(works(store)) == len(crowd)
    keep(store, "beta", PREPRINT)
    assert frozenset({f"alpha:{crowd[-1].key}", "beta:p"}) in works(store)


def test_links_are_kept_with_their_evidence(store: Store) -> None:
    keep(store, "alpha", PREPRINT)
    keep(store, "beta", ARTICLE)
    row = store.connection.row("SELECT * FROM item_links")
    assert row
    assert (row["kind"], row["rules"], row["linked_at"]) == ("likeness", identity.RULES, "2026-07-22T12:00:00Z")
    assert "title same, authors all" in row["evidence"]
    assert {row["feed"], row["other_feed"]} == {"alpha", "beta"}


def test_a_link_that_a_correction_takes_away_takes_the_works_apart(store: Store) -> None:
    keep(store, "alpha", PREPRINT)
    keep(store, "beta", replace(ARTICLE, identifiers=PREPRINT.identifiers, title="Its journal's title", abstract=""))
    assert len(works(store)) == 1
    keep(store, "beta", replace(ARTICLE, title="Sparrows of the northern harbour", abstract=""))
    assert len(works(store)) == 2
    assert store.connection.rows("SELECT * FROM item_links") == []


def test_an_old_work_is_no_news_when_another_record_of_it_comes(store: Store) -> None:
    keep(store, "alpha", PREPRINT, when=NOW - timedelta(days=30))
    keep(store, "beta", replace(ARTICLE, title="Until the record is corrected"))
    keep(store, "beta", ARTICLE, when=NOW + timedelta(days=1))
    [row] = store.connection.rows("SELECT uid, first_seen FROM items")
    assert (row["uid"], row["first_seen"]) == ("arxiv:9912.00001", "2026-06-22T12:00:00Z")
    assert store.items.ids_of(["doi:10.5555/muon"]) == store.items.ids_of(["arxiv:9912.00001"])
    merged = store.connection.row("SELECT * FROM item_merges")
    assert merged
    assert (merged["uid"], merged["into_uid"], merged["kind"]) == ("doi:10.5555/muon", row["uid"], "likeness")


def test_an_old_work_that_changes_again_is_filed_anew_and_still_no_news(store: Store) -> None:
    again = replace(PREPRINT, announced="replace")
    keep(store, "alpha", again)
    keep(store, "alpha", replace(again, title=f"{TITLE}, revised", updated=NOW))
    assert not uids(store)
    keep(store, "beta", replace(PAPER, title=f"{TITLE}, revised"))
    assert works(store) == {frozenset({"alpha:p", "beta:c"})}


def test_what_people_split_the_machine_never_joins(store: Store) -> None:
    keep(store, "alpha", PREPRINT)
    keep(store, "beta", ARTICLE, PAPER)
    names = split(store, "arxiv:9912.00001", ["beta:a"], "another measurement", NOW)
    assert sorted(names) == ["arxiv:9912.00001", "doi:10.5555/muon"]
    apart = {frozenset({"alpha:p", "beta:c"}), frozenset({"beta:a"})}
    assert works(store) == apart
    keep(store, "beta", replace(ARTICLE, comment="reprinted"), replace(PAPER, comment="reprinted"))
    keep(store, "alpha", replace(PREPRINT, version=2))
    assert works(store) == apart
    keep(store, "gamma", replace(ARTICLE, key="again"))
    assert frozenset({"beta:a", "gamma:again"}) in works(store)
    assert merge(store, ("doi:10.5555/muon", "arxiv:9912.00001"), "no, the same", NOW) == "arxiv:9912.00001"
    assert len(works(store)) == 1


def test_what_people_merge_stays_merged_and_can_be_taken_back(store: Store) -> None:
    other = replace(
        PREPRINT, key="q", title="Second campaign", abstract="", identifiers=(Identifier("arxiv", "9912.00002"),)
    )
    keep(store, "alpha", PREPRINT, other)
    kept = merge(store, ("arxiv:9912.00002", "arxiv:9912.00001"), "resubmitted", NOW)
    assert kept == "arxiv:9912.00001"
    assert store.items.ids_of(["arxiv:9912.00002"]) == store.items.ids_of([kept])
    keep(store, "alpha", replace(other, abstract="Changed."))
    keep(store, "beta", replace(other, key="mirror"))
    assert works(store) == {frozenset({"alpha:p", "alpha:q", "beta:mirror"})}
    names = split(store, kept, ["alpha:q", "beta:mirror"], "not at all", NOW)
    assert sorted(names) == ["arxiv:9912.00001", "arxiv:9912.00002"]
    assert works(store) == {frozenset({"alpha:p"}), frozenset({"alpha:q", "beta:mirror"})}
    undone = store.connection.row("SELECT undone_at FROM item_merges")
    assert undone
    assert undone["undone_at"]


def test_labels_and_look_ups_follow_a_work_through_merge_and_split(store: Store) -> None:
    other = replace(
        PREPRINT, key="q", title="Second campaign", abstract="", identifiers=(Identifier("arxiv", "9912.00002"),)
    )
    keep(store, "alpha", PREPRINT, other)
    one, two = store.items.ids_of(["arxiv:9912.00001", "arxiv:9912.00002"])
    for item in (one, two):
        store.decisions.judge(item, {"screening": item == one}, Reviewer("r", NOW, "item"))
        store.decisions.place(item, ["US" if item == one else "AU"], Reviewer("r", NOW, "item"))
        store.evidence.save_lookup(item, Lookup("openalex", str(item), NOW, "none"))
    merge(store, ("arxiv:9912.00001", "arxiv:9912.00002"), "", NOW)
    assert [lookup.source for lookup in store.evidence.lookups(one)] == [str(one), str(two)]
    split(store, "arxiv:9912.00001", [], "", NOW)
    assert {j.uid: dict(j.goals) for j in store.labels.judgements()} == {
        "arxiv:9912.00001": {"screening": True},
        "arxiv:9912.00002": {"screening": False},
    }
    other_item = store.items.ids_of(["arxiv:9912.00002"])[0]
    assert (store.decisions.countries(one), store.decisions.countries(other_item)) == (("US",), ("AU",))
    [again] = store.items.ids_of(["arxiv:9912.00002"])
    assert [lookup.source for lookup in store.evidence.lookups(again)] == [str(two)]


def test_evidence_that_was_looked_up_comes_back_after_a_split(store: Store) -> None:
    others = (Author("Ana Lima"), Author("Dee Fox"))
    other = replace(PREPRINT, key="q", title="Second campaign", authors=others, identifiers=doi("10.5555/q"))
    keep(store, "alpha", PREPRINT, other)
    one, two = names = ("arxiv:9912.00001", "doi:10.5555/q")
    places = {one: {0: "Univ. of Oslo, Norway", 2: "Roma, Italy"}, two: {0: "KTH, Sweden", 1: "Lyon, France"}}
    for uid, told in places.items():
        [item] = store.items.ids_of([uid])
        authors = store.items.authors(item)
        where = Provenance("openalex", f"https://x.example/{uid}", NOW)
        for n, place in told.items():
            read = weigh(Statement("affiliation", place, n), where, authors, Resolver(), store.evidence.country_of)
            store.evidence.add(item, read)

    def countries() -> dict[str, list[str]]:
        locate(store, Resolver(), lambda: NOW)
        found = {uid: store.findings.origins(item) for uid in names for item in store.items.ids_of([uid])}
        return {uid: [o.country for o in sorted(origins, key=str)] for uid, origins in found.items()}

    before = countries()
    merge(store, names, "", NOW)
    countries()
    split(store, one, ["alpha:q"], "", NOW)
    assert before == countries() == {one: ["IT", "NO"], two: ["FR", "SE"]}
    for uid in names:
        [item] = store.items.ids_of([uid])
        assert {e.source for e in store.evidence.current(item)} == {f"https://x.example/{uid}"}


def test_countries_that_people_told_go_with_their_work_at_once(store: Store) -> None:
    norway = (Author("Ana Lima", (Affiliation("Univ. of Oslo, Norway"),)),)
    other = replace(PREPRINT, key="q", title="Second campaign", identifiers=doi("10.5555/q"))
    keep(store, "alpha", replace(PREPRINT, authors=norway), other)
    locate(store, Resolver(), lambda: NOW)
    one, two = "arxiv:9912.00001", "doi:10.5555/q"
    store.decisions.place(store.items.ids_of([two])[0], ["AU"], Reviewer("r", NOW, "item"))

    def countries() -> list[tuple[object, ...]]:
        return [tuple(row) for row in store.connection.rows("SELECT uid, country FROM item_countries ORDER BY uid")]

    assert countries() == [(one, "NO"), (two, "AU")]
    merge(store, (one, two), "", NOW)
    assert countries() == [(one, "AU")]
    split(store, one, ["alpha:q"], "", NOW)
    assert countries() == [(one, "NO"), (two, "AU")]


def test_what_people_said_of_a_work_is_seen_after_it_became_one_that_the_model_refuses(store: Store) -> None:
    refused = replace(PREPRINT, title="Tomografía de muones en un puerto", abstract="Largo. " * 100)
    keep(store, "alpha", refused)
    keep(store, "beta", ARTICLE, when=NOW + timedelta(days=1))
    kept, lost = store.items.ids_of(["arxiv:9912.00001", "doi:10.5555/muon"])
    tags: dict[int, list[Tag]] = {kept: [], lost: [Tag("goal", "screening", 0.1, False, "m.1")]}
    for due in store.findings.untagged("m.1", 2):
        store.findings.tag(due, "m.1", tags[due.item_id], None if tags[due.item_id] else "not in English", NOW)
    store.decisions.judge(lost, {"screening": True}, Reviewer("r", NOW, "item"))
    merge(store, ("arxiv:9912.00001", "doi:10.5555/muon"), "", NOW)
    assert not store.findings.untagged("m.1", 2), "its text stays, and so do its tags"
    assert [(tag.label, tag.selected) for tag in store.findings.tags(kept)] == [("screening", True)]


@pytest.mark.parametrize(
    ("uid", "entries", "said"),
    [
        ("arxiv:9912.99999", [], "there is no work 'arxiv:9912.99999'"),
        ("doi:10.5555/muon2", [], "doi:10.5555/muon2 has one record only"),
        ("arxiv:9912.00001", ["beta:none"], "has no record 'beta:none'; it has alpha:p, beta:a"),
        ("arxiv:9912.00001", ["alpha:p", "beta:a"], "these are all the records of arxiv:9912.00001"),
    ],
)
def test_mistakes_are_named_and_change_nothing(store: Store, uid: str, entries: Sequence[str], said: str) -> None:
    keep(store, "alpha", PREPRINT)
    keep(store, "beta", ARTICLE, SEQUEL)
    before = works(store)
    with pytest.raises(MonitorError, match=said):
        split(store, uid, entries, "", NOW)
    assert works(store) == before
    with pytest.raises(MonitorError, match="are one work already"):
        merge(store, ("arxiv:9912.00001", "arxiv:9912.00001"), "", NOW)


def test_a_store_older_than_the_keys_is_linked_anew_and_stays_as_it_was(store: Store) -> None:
    keep(store, "alpha", PREPRINT, PAPER)
    keep(store, "beta", ARTICLE)
    before, names = works(store), [row["uid"] for row in store.connection.rows("SELECT uid FROM item_names")]
    with store.transaction():
        for sql in ("DELETE FROM blocks", "DELETE FROM links", "UPDATE entries SET blocks = NULL, linked = 0"):
            store.connection.run(sql)
    assert link(store, lambda: NOW) == 3
    assert works(store) == before
    assert [row["uid"] for row in store.connection.rows("SELECT uid FROM item_names")] == names
    assert store.connection.value("SELECT count(*) FROM links") == 3


def test_an_entry_that_waits_goes_on_waiting_when_its_work_is_grouped_anew(store: Store) -> None:
    keep(store, "alpha", PREPRINT)
    keep(store, "beta", ARTICLE)
    store.entries.keep("beta", [replace(ARTICLE, title="Sparrows of the northern harbour", abstract="")], NOW)
    split(store, "arxiv:9912.00001", [], "", NOW)
    assert [record.name for record in store.entries.unlinked(9)] == ["beta:a"]


# --- order -----------------------------------------------------------------------------------

VARIANTS = (
    PREPRINT,
    PAPER,
    ARTICLE,
    ERRATUM,
    SEQUEL,
    replace(PREPRINT, key="p2", identifiers=(Identifier("arxiv", "9912.00002"),)),
    replace(ARTICLE, key="a2", identifiers=(*PREPRINT.identifiers, *doi("10.5555/muon"))),
    replace(ARTICLE, key="a3", identifiers=(), venue="Another journal", year=2027),
    replace(SEQUEL, key="s2", identifiers=(Identifier("arxiv", "9912.00003"),), year=2025, type="preprint"),
    Entry("v", "Sparrows of the harbour", relations=(Relation("version", *doi("10.5555/muon")),)),
    Entry("w", "Zero trust", identifiers=doi("10.5555/muon"), authors=(Author("Eve Doe"),)),
    Entry("n", TITLE),
)
RECORDS = st.lists(
    st.tuples(st.sampled_from(FEEDS), st.sampled_from(VARIANTS)),
    min_size=2,
    max_size=9,
    unique_by=lambda r: (r[0], r[1].key),
)


def arrive(records: Sequence[tuple[str, Entry]], cuts: Sequence[int]) -> Store:
    """A store that `records` came into in this order, linked after each of `cuts`; seen at one time, for comparison."""
    store = opened()
    for number, (feed, entry) in enumerate(records):
        store.entries.keep(feed, [entry], NOW)
        if number in cuts:
            link(store, lambda: NOW)
    link(store, lambda: NOW)
    return store


@settings(max_examples=30)
@given(RECORDS, st.randoms(use_true_random=False), st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_the_order_of_arrival_changes_nothing(
    records: list[tuple[str, Entry]], random: object, cuts: set[int], others: set[int]
) -> None:
    shuffled = records[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    with arrive(records, sorted(cuts)) as one, arrive(shuffled, sorted(others)) as other:
        assert works(one) == works(other)
        assert described(one) == described(other)


@settings(max_examples=15)
@given(RECORDS, st.data())
def test_a_second_pass_and_a_detour_change_nothing(records: list[tuple[str, Entry]], data: st.DataObject) -> None:
    with arrive(records, range(9)) as store:
        before, told, names = works(store), described(store), uids(store)
        with store.transaction():
            store.connection.run("UPDATE entries SET linked = 0")
        link(store, lambda: NOW)
        assert (works(store), described(store), uids(store)) == (before, told, names)
        feed, entry = data.draw(st.sampled_from(records))
        keep(
            store,
            feed,
            replace(
                entry,
                **data.draw(
                    st.sampled_from(
                        [
                            {"title": "Sparrows of the northern harbour"},
                            {"identifiers": doi("10.5555/muon2")},
                            {"authors": ()},
                        ]
                    )
                ),
            ),
        )
        keep(store, feed, entry)
        assert (works(store), described(store)) == (before, told)
