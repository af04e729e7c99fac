"""Each table group through its object, on a real store in memory."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.errors import StoreError
from monitor.publication import Publication
from monitor.store import Store
from monitor.store.decisions import Reviewer
from monitor.store.entries import MOST_CHANGES, Kept
from monitor.store.findings import Due
from monitor.store.hosts import HostPace
from monitor.store.labels import Candidate, Judgement
from monitor.store.outbox import LEASE, Address
from monitor.types import (
    Affiliation,
    Author,
    Digest,
    Document,
    Entry,
    Feed,
    Fetch,
    Identifier,
    Origin,
    Partner,
    Partners,
    Tag,
    Validators,
    Window,
    stamp,
)

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
FEED = Feed("journal", "feed", "https://journal.example/rss", timedelta(hours=6), 1.0)
ENTRY = Entry("k1", "A title", "An abstract", (Author("Ana Lima", (Affiliation("Porto, Portugal"),)),))


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        opened.ledger.register([FEED], NOW)
        yield opened


def add_item(store: Store, uid: str = "doi:10.5555/a", **changes: object) -> int:
    item_id = store.items.add(uid, "2026-07-20T08:00:00Z", "2026-W30")
    entry = replace(ENTRY, published=datetime(2026, 7, 1, tzinfo=UTC), **changes)  # type: ignore[arg-type]
    scheme, _, value = uid.partition(":")
    store.items.update(item_id, entry, names=[Identifier(scheme, value)], content="c1")
    return item_id


class TestEntries:
    def test_the_same_twice_is_new_once(self, store: Store) -> None:
        assert store.entries.keep("journal", [ENTRY], NOW) == Kept(new=1)
        assert store.entries.keep("journal", [ENTRY], NOW) == Kept()
        assert [r.entry for r in store.entries.unlinked(9)] == [ENTRY]

    def test_a_changed_entry_waits_for_linking_again(self, store: Store) -> None:
        store.entries.keep("journal", [ENTRY], NOW)
        [record] = store.entries.unlinked(9)
        store.entries.link(record.id, None)
        assert store.entries.unlinked(9) == []
        assert store.entries.keep("journal", [replace(ENTRY, title="Another")], NOW) == Kept(changed=1)
        assert [r.entry.title for r in store.entries.unlinked(9)] == ["Another"]

    def test_a_page_that_prints_the_time_stops_counting_as_changed(self, store: Store) -> None:
        changed = [store.entries.keep("journal", [replace(ENTRY, abstract=f"at {n}")], NOW).changed for n in range(40)]
        assert sum(changed) == MOST_CHANGES
        stated = replace(ENTRY, abstract="new version", updated=NOW)
        assert store.entries.keep("journal", [stated], NOW) == Kept(changed=1)

    def test_a_withdrawn_record_is_kept_and_marked(self, store: Store) -> None:
        store.entries.keep("journal", [ENTRY], NOW)
        gone = Entry("k1", deleted=True)
        assert store.entries.keep("journal", [gone], NOW) == Kept(deleted=1)
        assert store.entries.keep("journal", [gone], NOW) == Kept(), "a second withdrawal is no news"
        [record] = store.entries.unlinked(9)
        assert record.deleted
        assert record.entry.title == "A title"
        assert store.entries.keep("journal", [ENTRY], NOW) == Kept(changed=1), "it came back"

    def test_a_record_that_was_first_seen_withdrawn_is_new_when_it_is_there(self, store: Store) -> None:
        later = NOW + timedelta(days=30)
        store.entries.keep("journal", [Entry("k9", deleted=True)], NOW)
        assert store.entries.unknown("journal", ["k9"]) == {"k9"}
        assert store.entries.keep("journal", [Entry("k9", "Nine")], later, {"k9"}) == Kept(new=1)
        [record] = store.entries.unlinked(9)
        assert (record.first_seen, record.deleted) == (stamp(later), False), "it belongs to the digest of this week"
        assert store.connection.value("SELECT backlog FROM entries WHERE key = 'k9'") == 1

    def test_a_record_that_changes_for_ever_still_comes_back_when_it_was_withdrawn(self, store: Store) -> None:
        for n in range(MOST_CHANGES + 2):
            store.entries.keep("journal", [Entry("k", f"Title {n}")], NOW)
        store.entries.keep("journal", [Entry("k", deleted=True)], NOW)
        assert store.entries.keep("journal", [Entry("k", "Title")], NOW) == Kept(changed=1)
        [record] = store.entries.unlinked(9)
        assert not record.deleted

    def test_a_withdrawal_of_something_never_seen_is_remembered(self, store: Store) -> None:
        assert store.entries.keep("journal", [Entry("k9", deleted=True)], NOW) == Kept()
        assert store.entries.unlinked(9) == []

    def test_linking_order_does_not_depend_on_arrival(self, store: Store) -> None:
        store.entries.keep("journal", [replace(ENTRY, key=k) for k in ("b", "c", "a")], NOW)
        assert [r.entry.key for r in store.entries.unlinked(9)] == ["a", "b", "c"]


class TestItems:
    def test_an_item_comes_back_as_it_was_described(self, store: Store) -> None:
        item_id = add_item(store)
        [item] = store.items.get([item_id])
        assert (item.uid, item.title, item.authors) == ("doi:10.5555/a", "A title", ENTRY.authors)
        assert item.identifiers == (Identifier("doi", "10.5555/a"),)
        assert store.items.ids_of(["doi:10.5555/a", "doi:none"]) == [item_id]

    def test_a_changed_text_is_tagged_anew_and_a_changed_byline_located_anew(self, store: Store) -> None:
        item_id = add_item(store)
        store.findings.tag(Due(item_id, "", "", "c1"), "m", [], None, NOW)
        store.findings.locate(item_id, [], "r")
        names = [Identifier("doi", "10.5555/a")]
        store.items.update(item_id, ENTRY, names=names, content="c1")
        assert store.findings.untagged("m", 9) == []
        assert store.findings.unlocated("r", 9) == []
        store.items.update(item_id, replace(ENTRY, authors=()), names=names, content="c2")
        assert [d.item_id for d in store.findings.untagged("m", 9)] == [item_id]
        assert store.findings.unlocated("r", 9) == [item_id]

    def test_absorbing_moves_entries_and_is_recorded(self, store: Store) -> None:
        keep, lose = add_item(store), add_item(store, "arxiv:9912.00001")
        store.entries.keep("journal", [ENTRY], NOW)
        [record] = store.entries.unlinked(1)
        store.entries.link(record.id, lose)
        store.items.absorb(keep, lose, "the same DOI", NOW)
        assert [r.id for r in store.entries.of_item(keep)] == [record.id]
        assert store.items.count() == 1
        merge = store.connection.row("SELECT uid, into_uid, reason FROM merges")
        assert tuple(merge or ()) == ("arxiv:9912.00001", "doi:10.5555/a", "the same DOI")

    def test_what_routes_said_goes_back_to_the_work_it_was_said_of(self, store: Store) -> None:
        keep, lose = add_item(store), add_item(store, "arxiv:9912.00001")
        mine, theirs = Publication(venue="Annals"), Publication(venue="Letters")
        store.publications.add(keep, "crossref", NOW, mine)
        store.publications.add(lose, "crossref", NOW, theirs)
        store.items.absorb(keep, lose, "the same DOI", NOW)
        assert [said for _, _, said in store.publications.of(keep)] == [mine, theirs]
        again = add_item(store, "arxiv:9912.00001")
        store.items.give_back(again, [keep], ["arxiv:9912.00001"], NOW)
        assert [said for _, _, said in store.publications.of(keep)] == [mine]
        assert [said for _, _, said in store.publications.of(again)] == [theirs]

    def test_a_withdrawn_item_is_not_counted(self, store: Store) -> None:
        store.items.withdraw(add_item(store))
        assert store.items.count() == 0

    def test_full_text_search_follows_the_items(self, store: Store) -> None:
        item_id = add_item(store)
        find = "SELECT rowid FROM items_fts WHERE items_fts MATCH ?"
        assert store.connection.value(find, ("abstracts",)) == item_id, "stemmed"
        store.items.update(item_id, replace(ENTRY, abstract="muons"), names=[], content="c2")
        assert store.connection.value(find, ("abstracts",)) is None
        assert store.connection.value(find, ("muon",)) == item_id


class TestFindings:
    def test_tags_are_added_never_overwritten(self, store: Store) -> None:
        item_id = add_item(store)
        for model, probability in (("m.1", 0.9), ("m.2", 0.2)):
            tag = Tag("goal", "cyber", probability, probability > 0.5, model, ("an abstract",))
            store.findings.tag(Due(item_id, "", "", "c1"), model, [tag], None, NOW)
        assert store.findings.tags(item_id) == (Tag("goal", "cyber", 0.2, False, "m.2", ("an abstract",)),)
        assert store.connection.value("SELECT count(*) FROM tags") == 2

    def test_tagging_the_same_twice_changes_nothing(self, store: Store) -> None:
        item_id = add_item(store)
        due = Due(item_id, "", "", "c1")
        for _ in range(2):
            store.findings.tag(due, "m", [Tag("goal", "cyber", 0.9, True, "m")], None, NOW)
        assert store.connection.value("SELECT count(*) FROM taggings") == 1

    def test_a_tag_for_an_older_text_is_dropped(self, store: Store) -> None:
        item_id = add_item(store)
        store.findings.tag(Due(item_id, "", "", "older"), "m", [], None, NOW)
        assert [d.item_id for d in store.findings.untagged("m", 9)] == [item_id]

    def test_a_label_given_by_a_person_wins(self, store: Store) -> None:
        item_id = add_item(store)
        store.findings.tag(Due(item_id, "", "", "c1"), "m", [Tag("goal", "cyber", 0.9, True, "m")], None, NOW)
        week = Window(NOW - timedelta(days=7), NOW)
        assert store.findings.selected(week) == [item_id]
        with store.transaction():
            store.connection.run(
                """INSERT INTO labels(item_id, facet, label, holds, reviewer, labelled_at)
                   VALUES (?, 'goal', 'cyber', 0, 'ana', '2026-07-22T00:00:00Z')""",
                (item_id,),
            )
        assert store.findings.selected(week) == []

    def test_vectors_are_for_one_encoder_and_one_text(self, store: Store) -> None:
        item_id = add_item(store)
        store.findings.save_vector(item_id, "enc", "c1", b"1234")
        assert store.findings.vector(item_id, "enc", "c1") == b"1234"
        assert store.findings.vector(item_id, "enc", "c2") is None
        assert store.findings.vector(item_id, "other", "c1") is None

    def test_windows_are_half_open(self, store: Store) -> None:
        add_item(store)
        first = datetime(2026, 7, 20, 8, tzinfo=UTC)
        assert store.findings.seen(Window(first, first + timedelta(seconds=1))) == 1
        assert store.findings.seen(Window(first - timedelta(days=1), first)) == 0


class TestLabels:
    def tag(self, store: Store, item_id: int, model: str = "m", **chances: float) -> None:
        tags = [Tag("goal", goal, chance, chance > 0.5, model) for goal, chance in chances.items()]
        store.findings.tag(Due(item_id, "", "", "c1"), model, tags, None, NOW)

    def say(self, store: Store, item_id: int, reviewer: str = "ana", **goals: bool) -> int | None:
        return store.decisions.judge(item_id, goals, Reviewer(reviewer, NOW, "queue"), confidence=2, guide="g/1")

    def chosen(self, store: Store, item_id: int) -> list[str]:
        return [tag.label for tag in store.findings.tags(item_id) if tag.selected]

    def test_a_candidate_has_its_chances_and_the_text_they_are_of(self, store: Store) -> None:
        one, two = add_item(store), add_item(store, "doi:10.5555/b")
        self.tag(store, two, cyber=0.25, decision=0.5)
        self.tag(store, one, cyber=0.125)
        assert store.labels.candidates("m", "ana") == [
            Candidate(one, {"cyber": 0.125}, "c1"),
            Candidate(two, {"cyber": 0.25, "decision": 0.5}, "c1"),
        ]
        assert [c.item_id for c in store.labels.candidates("m", "ana", newest=1)] == [two]

    def test_who_is_no_candidate(self, store: Store) -> None:
        add_item(store, "doi:10.5555/untagged")
        unread, withdrawn, older, judged = (add_item(store, f"doi:10.5555/{n}") for n in "uwoj")
        self.tag(store, unread)
        for item_id in (withdrawn, judged):
            self.tag(store, item_id, cyber=0.5)
        self.tag(store, older, model="m.0", cyber=0.5)
        store.items.withdraw(withdrawn)
        self.say(store, judged, cyber=True)
        assert store.labels.candidates("m", "ana") == []
        assert [c.item_id for c in store.labels.candidates("m", "ben")] == [judged]

    def test_the_newest_label_of_a_goal_wins_at_once(self, store: Store) -> None:
        item_id = add_item(store)
        self.tag(store, item_id, cyber=0.9, decision=0.1)
        assert self.chosen(store, item_id) == ["cyber"]
        self.say(store, item_id, cyber=False, decision=True)
        assert self.chosen(store, item_id) == ["decision"]
        self.say(store, item_id, "ben", cyber=True)
        assert self.chosen(store, item_id) == ["cyber", "decision"]
        assert store.connection.value("SELECT count(*) FROM labels") == 3, "nothing is overwritten"
        assert {r["model"] for r in store.connection.rows("SELECT model FROM labels")} == {"m"}

    def test_what_is_taken_back_leaves_what_was_said_before(self, store: Store) -> None:
        item_id = add_item(store)
        self.tag(store, item_id, cyber=0.9)
        self.say(store, item_id, cyber=False)
        decision = self.say(store, item_id, "ben", cyber=True)
        assert decision is not None
        assert store.decisions.undo(decision, Reviewer("ben", NOW, "queue"))
        assert self.chosen(store, item_id) == []
        [judgement] = store.labels.judgements()
        assert judgement.reviewer == "ana"

    def test_what_counts_is_told_by_work(self, store: Store) -> None:
        two, one = add_item(store, "doi:10.5555/b"), add_item(store)
        self.say(store, two, cyber=True, decision=True)
        self.say(store, two, "ben", decision=False)
        with store.transaction():
            store.connection.run(
                """INSERT INTO labels(item_id, facet, label, holds, reviewer, labelled_at)
                   VALUES (?, 'goal', 'cyber', 0, 'eve', '2026-07-22T12:00:00Z')""",
                (one,),
            )
        assert store.labels.judgements() == [
            Judgement("doi:10.5555/a", {"cyber": False}, "eve", None, None, NOW),
            Judgement("doi:10.5555/b", {"cyber": True, "decision": False}, "ben", 2, "g/1", NOW),
        ]

    def test_a_work_that_became_another_takes_its_labels_along(self, store: Store) -> None:
        keep, lose = add_item(store), add_item(store, "arxiv:9912.00001")
        self.say(store, lose, cyber=True)
        store.items.absorb(keep, lose, "the same DOI", NOW)
        assert [j.uid for j in store.labels.judgements()] == ["doi:10.5555/a"]
        assert self.say(store, lose, cyber=False) is None

    def test_a_confidence_is_one_to_three(self, store: Store) -> None:
        item_id = add_item(store)
        with pytest.raises(StoreError, match="refused a row"):
            store.decisions.judge(item_id, {"cyber": True}, Reviewer("ana", NOW, "queue"), confidence=4)


class TestViews:
    def test_countries_groups_and_shares(self, store: Store) -> None:
        nations = (Partner("KR", date(2021, 1, 1)), Partner("SE", date(2016, 1, 1)))
        store.findings.set_partners(Partners("US", nations))
        old = add_item(store, "doi:10.5555/old")
        with store.transaction():
            store.connection.run("UPDATE items SET published = '2020-12-31T00:00:00Z' WHERE id = ?", (old,))
        new = add_item(store, "doi:10.5555/new")
        for item_id in (old, new):
            origins = [
                Origin("KR", "country-name", 0.99, "Korea", fraction=0.5, author=0),
                Origin("US", "domain", 0.97, ".edu", fraction=0.25, author=1),
                Origin("US", "country-name", 0.99, "USA", fraction=0.25, author=2),
            ]
            store.findings.locate(item_id, origins, "r")
        rows = store.connection.rows("SELECT * FROM item_countries ORDER BY uid, country")
        assert [(r["uid"][12:], r["country"], r["partner_group"], r["fraction"], r["evidence"]) for r in rows] == [
            ("new", "KR", "partner", 0.5, "Korea"),
            ("new", "US", "home", 0.5, "USA"),
            ("old", "KR", "other", 0.5, "Korea"),
            ("old", "US", "home", 0.5, "USA"),
        ]
        overview = store.connection.rows("SELECT * FROM item_overview ORDER BY uid")
        assert [(r["partner_group"], r["collaboration"]) for r in overview] == [
            ("partner", "home-partner"),
            ("home", "home-other"),
        ]
        assert overview[0]["countries"] == '["KR","US"]'

    def test_no_table_is_read_from_end_to_end_for_each_item(self, store: Store) -> None:
        plan = [r["detail"] for r in store.connection.rows("EXPLAIN QUERY PLAN SELECT * FROM item_overview")]
        scans = [step for step in plan if step.startswith("SCAN") and not step.startswith(("SCAN (", "SCAN place"))]
        assert scans == ["SCAN i"]
        assert not [step for step in plan if "(scheme=?)" in step], "all works have an identifier of one scheme"

    def test_unknown_is_counted_by_week(self, store: Store) -> None:
        known, unknown = add_item(store), add_item(store, "doi:10.5555/b")
        for item_id in (known, unknown):
            tag = Tag("goal", "cyber", 0.9, True, "m")
            store.findings.tag(Due(item_id, "", "", "c1"), "m", [tag], None, NOW)
        store.findings.locate(known, [Origin("SE", "country-name", 0.99, "Sweden", fraction=0.5)], "r")
        rows = store.connection.rows("SELECT * FROM goal_country_week ORDER BY country")
        assert [tuple(r) for r in rows] == [
            ("2026-W30", "cyber", "SE", 1, 0.5),
            ("2026-W30", "cyber", "unknown", 1, 1.5),
        ], "a share that is not known counts as such, a work only when nothing is known of it"

    @pytest.mark.parametrize(
        ("view", "columns"),
        [
            (
                "item_overview",
                "uid title published first_seen venue type doi arxiv_id url goals top_goal top_probability countries"
                " partner_group collaboration feeds",
            ),
            ("item_goals", "uid goal probability selected model evidence"),
            (
                "item_places",
                "item_id uid author country partner_group institution fraction method confidence evidence",
            ),
            ("item_countries", "uid country fraction partner_group method confidence evidence"),
            ("goal_country_week", "iso_week goal country items fractional_items"),
            ("goal_group_week", "iso_week goal partner_group items fractional_items works share"),
            ("goal_country_institutions", "goal country institution items fractional_items unknown_share name"),
            (
                "collaboration_matrix",
                "iso_week goal country_a group_a country_b group_b kind items unknown_share",
            ),
            (
                "feed_health",
                "feed kind status last_ok last_new silence_days next_due last_error"
                " open_windows given_up possibly_missed refused stopped moved_to",
            ),
            (
                "fetch_ledger",
                "feed kind window_since window_until expected seen new changed deleted requests bytes status error"
                " started_at finished_at refused backlog http_status",
            ),
            (
                "coverage_windows",
                "feed kind since until state cause reason tries expected seen opened_at next_at settled_at",
            ),
            ("coverage_misses", "feed seen_by key uid title state noticed_at tries settled_at reason"),
            (
                "coverage_day",
                "day feed kind fetches good expected seen new changed refused backlog requests",
            ),
        ],
    )
    def test_columns_are_a_contract(self, store: Store, view: str, columns: str) -> None:
        found = [r["name"] for r in store.connection.rows(f"SELECT name FROM pragma_table_info('{view}')")]
        assert found == columns.split()


class TestLedger:
    def finish(self, store: Store, state: str, **changes: object) -> None:
        row = store.ledger.begin(FEED, None, NOW)
        fetch = Fetch("journal", "feed", state, NOW, NOW, **changes)  # type: ignore[arg-type]
        store.ledger.finish(row, fetch, next_due=NOW + FEED.every)

    def test_an_unfinished_fetch_reads_as_interrupted(self, store: Store) -> None:
        store.ledger.begin(FEED, None, NOW)
        [fetch] = store.ledger.fetches(Window(NOW, NOW + timedelta(hours=1)))
        assert (fetch.state, fetch.error) == ("failed", "the run was interrupted")

    def test_failures_are_counted_until_a_good_fetch(self, store: Store) -> None:
        self.finish(store, "failed", error="refused")
        self.finish(store, "short")
        assert store.ledger.position("journal").failures == 2
        self.finish(store, "unchanged")
        assert store.ledger.position("journal").failures == 0

    def test_health_shows_every_feed(self, store: Store) -> None:
        [row] = store.ledger.health()
        assert (row["feed"], row["last_ok"]) == ("journal", None)
        self.finish(store, "failed", error="refused")
        [row] = store.ledger.health()
        assert (row["status"], row["last_error"]) == ("failed", "refused")

    def test_a_feed_long_without_a_good_fetch_is_stale(self, store: Store) -> None:
        self.finish(store, "ok", new=1)
        with store.transaction():
            store.connection.run("UPDATE feeds SET last_ok = '2020-01-01T00:00:00Z'")
        assert store.ledger.health()[0]["status"] == "stale"

    def test_a_feed_that_left_the_configuration_keeps_its_history(self, store: Store) -> None:
        self.finish(store, "ok")
        store.ledger.register([], NOW)
        assert store.ledger.health()[0]["status"] == "skipped"

    def test_validators_belong_to_a_feed_and_an_address(self, store: Store) -> None:
        store.ledger.save_validators("journal", "u", Validators("e", "l", "s"))
        assert store.ledger.validators("journal", "u") == Validators("e", "l", "s")
        assert store.ledger.validators("journal", "v") is None

    def test_the_pace_of_a_host_outlives_the_process(self, store: Store) -> None:
        now = [1000.0]
        pace = HostPace(store.connection, lambda: now[0])
        assert pace.reserve("arxiv.org", 3.0) == 0
        pace.settle("arxiv.org", 3.0)
        now[0] += 1
        again = HostPace(store.connection, lambda: now[0])
        assert again.reserve("arxiv.org", 3.0) == 2.0
        assert again.reserve("arxiv.org", 3.0) == 5.0, "the slot was booked"
        assert again.reserve("other.example", 3.0) == 0

    def test_an_exchange_that_ends_leaves_the_slot_of_another_process_where_it_is(self, store: Store) -> None:
        now = [1_000.0]
        one, other = (HostPace(store.connection, lambda: now[0]) for _ in range(2))
        assert one.reserve("arxiv.org", 3.0) == 0.0
        assert other.reserve("arxiv.org", 3.0) == 3.0
        now[0] += 0.5
        one.settle("arxiv.org", 3.0)
        assert one.reserve("arxiv.org", 3.0) == 5.5, "the other one asks at 1,003"

    def test_the_rest_that_a_host_asked_for_outlives_the_process(self, store: Store) -> None:
        now = [1000.0]
        HostPace(store.connection, lambda: now[0]).rest("arxiv.org", 50_000)
        again = HostPace(store.connection, lambda: now[0])
        assert again.resting("arxiv.org") == 50_000
        assert again.reserve("arxiv.org", 3.0) == 0, "booking a slot does not make it forget"
        again.settle("arxiv.org", 3.0)
        now[0] += 49_000
        assert again.resting("arxiv.org") == 1_000
        now[0] -= 10 * 86_400
        assert again.resting("arxiv.org") == 0, "the clock was set back by days, and the rest may long be over"
        assert again.resting("other.example") == 0

    def test_a_clock_set_back_does_not_park_a_host(self, store: Store) -> None:
        now = [1_000_000.0]
        pace = HostPace(store.connection, lambda: now[0])
        pace.settle("arxiv.org", 3.0)
        now[0] -= 86_400
        assert pace.reserve("arxiv.org", 3.0) <= 60


class TestOutbox:
    def add(self, store: Store, week: str = "2026-W30") -> None:
        window = Window(NOW, NOW + timedelta(days=7))
        digest = Digest("staff", week, window, NOW, (), {}, 0, 0, 0, (), ())
        document = Document("Subject", {"txt": "Text – ü".encode()})
        store.digests.add(digest, document, [Address("email", "a@agency.example", f"<{week}@agency.example>")])

    def test_a_digest_of_a_week_is_kept_once(self, store: Store) -> None:
        self.add(store)
        assert store.digests.made("staff", "2026-W30")
        with pytest.raises(StoreError, match="refused a row"):
            self.add(store)
        assert store.digests.count() == 1

    def test_a_delivery_is_claimed_by_one(self, store: Store) -> None:
        self.add(store)
        delivery = store.outbox.claim(NOW)
        assert delivery is not None
        assert delivery.recipient == "a@agency.example"
        assert store.outbox.claim(NOW) is None
        assert store.digests.document(delivery.digest_id).formats["txt"].decode() == "Text – ü"

    def test_a_claim_that_died_is_taken_up_again(self, store: Store) -> None:
        self.add(store)
        first = store.outbox.claim(NOW)
        again = store.outbox.claim(NOW + LEASE)
        assert first is not None
        assert again is not None
        assert again.message_id == first.message_id
        assert again.attempts == 2

    def test_a_deferred_delivery_waits_for_its_time(self, store: Store) -> None:
        self.add(store)
        delivery = store.outbox.claim(NOW)
        assert delivery is not None
        store.outbox.settle(delivery, "deferred", NOW, error="greylisted", next_at=NOW + timedelta(minutes=5))
        assert store.outbox.claim(NOW + timedelta(minutes=4)) is None
        assert store.outbox.waiting() == 1
        delivery = store.outbox.claim(NOW + timedelta(minutes=5))
        assert delivery is not None
        store.outbox.settle(delivery, "sent", NOW)
        assert store.outbox.waiting() == 0
        assert store.digests.log()[0]["state"] == "sent"
