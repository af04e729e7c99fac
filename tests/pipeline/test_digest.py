"""Step digest, on a real store, with the real document."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import opinion
from monitor.digest import window_of
from monitor.digest.trend import trends
from monitor.digest.view import view
from monitor.errors import ModelError
from monitor.evidence import decide
from monitor.pipeline.digest import MOST_WEEKS, Plan, compose_week, digest, pending
from monitor.search import Found
from monitor.selection import Asked
from monitor.store import Store
from monitor.store.decisions import Reviewer
from monitor.store.findings import Due
from monitor.types import (
    DeliveryState,
    Entry,
    Feed,
    Fetch,
    FetchState,
    Goal,
    Identifier,
    Origin,
    Partners,
    Subscriber,
    Tag,
    Window,
)

MONDAY = datetime(2026, 7, 20, tzinfo=UTC)
"""Begin of 2026-W30."""
FEED = Feed("journal", "feed", "https://journal.example/rss", timedelta(hours=6), 1.0)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as opened:
        opened.ledger.register([FEED], MONDAY)
        row = opened.ledger.begin(FEED, None, MONDAY)
        done = Fetch("journal", "feed", "ok", MONDAY, MONDAY, seen=1, new=1)
        opened.ledger.finish(row, done, next_due=MONDAY)
        yield opened


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    staff = Subscriber("staff", "email", ("ana@agency.example",), goals=("cyber",))
    goals = (Goal("cyber", "A Trusted Cyber Future"), Goal("screening", "Screening at Speed"))
    return Plan(
        [staff],
        goals,
        Partners(),
        dict.fromkeys(("journal", "silent"), timedelta(hours=6)),
        tmp_path,
        "monitor@agency.example",
    )


def add(store: Store, uid: str, first_seen: str, goal: str = "cyber", tagged: datetime = MONDAY) -> None:
    item = store.items.add(uid, first_seen, "2026-W30")
    entry = Entry(uid, f"Title of {uid}", "An abstract.", published=MONDAY)
    names = [Identifier("doi", uid.removeprefix("doi:"))]
    store.items.update(item, entry, names=names, content="c")
    tag = Tag("goal", goal, 0.9, True, "m.1", ("abstract",))
    store.findings.tag(Due(item, "", "", "c"), "m.1", [tag], None, tagged)
    store.findings.locate(item, [Origin("PT", "country-name", 0.99, "Portugal")], "r")


def uids(path: Path) -> list[str]:
    data = json.loads(path.with_name("digest.json").read_text(encoding="utf-8"))
    return [work["uid"] for section in data["sections"] for work in section["works"]]


def test_the_running_week_is_drafted_and_not_sent(store: Store, plan: Plan) -> None:
    add(store, "doi:10.5555/a", "2026-07-20T08:00:00Z")
    [path] = digest(store, plan, MONDAY + timedelta(days=2))
    assert path == plan.folder / "2026-W30" / "digest.html"
    assert uids(path) == ["doi:10.5555/a"]
    assert store.digests.count() == 0


def test_a_finished_week_is_told_once(store: Store, plan: Plan) -> None:
    add(store, "doi:10.5555/first", "2026-07-20T00:00:00Z")
    add(store, "doi:10.5555/last", "2026-07-26T23:59:59Z")
    add(store, "doi:10.5555/next", "2026-07-27T00:00:00Z")
    add(store, "doi:10.5555/screening", "2026-07-21T00:00:00Z", "screening")
    now = MONDAY + timedelta(days=7, hours=6)
    archive, staff, draft = digest(store, plan, now)
    assert sorted(uids(archive)) == ["doi:10.5555/first", "doi:10.5555/last", "doi:10.5555/screening"]
    assert staff == plan.folder / "2026-W30" / "staff" / "digest.html"
    assert sorted(uids(staff)) == ["doi:10.5555/first", "doi:10.5555/last"]
    assert uids(draft) == ["doi:10.5555/next"]
    assert store.digests.count() == 2
    assert [(r["recipient"], r["state"]) for r in store.digests.log()] == [("ana@agency.example", "queued")]
    assert digest(store, plan, now) == (draft,)


def test_a_work_judged_after_its_digest_is_told_once_by_the_next(store: Store, plan: Plan) -> None:
    add(store, "doi:10.5555/told", "2026-07-20T08:00:00Z")
    digest(store, plan, made := MONDAY + timedelta(days=7, hours=6))
    add(store, "doi:10.5555/late", "2026-07-26T08:00:00Z", tagged=made + timedelta(hours=1))
    add(store, "doi:10.5555/other", "2026-07-26T08:00:00Z", "screening", tagged=made + timedelta(hours=1))
    [told] = store.items.ids_of(["doi:10.5555/told"])
    again = Tag("goal", "cyber", 0.95, True, "m.2", ("abstract",))
    store.findings.tag(Due(told, "", "", "c"), "m.2", [again], None, made + timedelta(hours=1))
    _, staff, _ = digest(store, plan, made + timedelta(days=7))
    data = json.loads(staff.with_name("digest.json").read_text(encoding="utf-8"))
    assert [late["uid"] for late in data["late"]] == ["doi:10.5555/late"]
    assert "judged too late" in staff.read_text(encoding="utf-8")
    _, staff, _ = digest(store, plan, made + timedelta(days=14))
    assert json.loads(staff.with_name("digest.json").read_text(encoding="utf-8"))["late"] == []


def test_a_work_whose_abstract_came_after_its_digest_is_told_by_the_next(store: Store, plan: Plan) -> None:
    for uid in ("doi:10.5555/bare", "doi:10.5555/told"):
        add(store, uid, "2026-07-20T08:00:00Z")
    bare, told = store.items.ids_of(["doi:10.5555/bare", "doi:10.5555/told"])
    store.connection.run(
        "UPDATE tags SET selected = 0 WHERE tagging_id = (SELECT id FROM taggings WHERE item_id = ?)", (bare,)
    )
    digest(store, plan, made := MONDAY + timedelta(days=7, hours=6))
    tag = Tag("goal", "cyber", 0.9, True, "m.1", ())
    for item, uid in ((bare, "bare"), (told, "told")):
        names = [Identifier("doi", f"10.5555/{uid}")]
        store.items.update(item, Entry(uid, uid, "Whole."), names=names, content="whole")
        store.findings.tag(Due(item, "", "", "whole"), "m.1", [tag], None, made + timedelta(hours=1))
    _, staff, _ = digest(store, plan, made + timedelta(days=7))
    data = json.loads(staff.with_name("digest.json").read_text(encoding="utf-8"))
    assert [late["uid"] for late in data["late"]] == ["doi:10.5555/bare"]


def test_a_version_of_the_weekend_that_is_listed_on_monday_is_told_by_that_week_and_no_other(
    store: Store, plan: Plan
) -> None:
    add(store, "doi:10.5555/a", "2026-07-20T08:00:00Z")
    [item] = store.items.ids_of(["doi:10.5555/a"])
    friday, week = MONDAY + timedelta(days=11, hours=17), timedelta(weeks=1)
    store.revisions.note(item, friday, MONDAY + 2 * week + timedelta(hours=5))
    told = {}
    for number in range(1, 5):
        _, staff, _ = digest(store, plan, MONDAY + number * week + timedelta(hours=6))
        data = json.loads(staff.with_name("digest.json").read_text(encoding="utf-8"))
        told[data["week"]] = [(version["uid"], version["changed"]) for version in data["versions"]]
        assert ("Title of doi:10.5555/a" in staff.read_text(encoding="utf-8")) == (
            data["week"] in ("2026-W30", "2026-W32")
        )
    one = [("doi:10.5555/a", "2026-07-31T17:00:00Z")]
    assert told == {"2026-W30": [], "2026-W31": [], "2026-W32": one, "2026-W33": []}


def test_two_versions_of_one_week_are_told_in_one_line(store: Store, plan: Plan) -> None:
    add(store, "doi:10.5555/a", "2026-07-20T08:00:00Z")
    [item] = store.items.ids_of(["doi:10.5555/a"])
    for day in (8, 9):
        store.revisions.note(item, MONDAY + timedelta(days=day), MONDAY + timedelta(days=day, hours=3))
    window = Window(MONDAY + timedelta(days=7), MONDAY + timedelta(days=14))
    made = compose_week(store, plan, plan.subscribers[0], "2026-W31", window, window.until)
    assert [(v.uid, v.changed) for v in made.context.versions] == [("doi:10.5555/a", MONDAY + timedelta(days=9))]


@pytest.mark.parametrize(
    ("countries", "minimum", "told"), [(("PT",), 0.9, True), (("NO",), 0.0, False), ((), 0.91, False)]
)
def test_late_works_and_new_versions_are_for_those_who_asked_for_such(
    store: Store, plan: Plan, countries: tuple[str, ...], minimum: float, told: bool
) -> None:
    reader = replace(plan.subscribers[0], countries=countries, minimum=minimum)
    plan = replace(plan, subscribers=[reader])
    add(store, "doi:10.5555/revised", "2026-07-20T08:00:00Z")
    digest(store, plan, made := MONDAY + timedelta(days=7, hours=6))
    add(store, "doi:10.5555/late", "2026-07-26T08:00:00Z", tagged=made + timedelta(hours=1))
    [item] = store.items.ids_of(["doi:10.5555/revised"])
    store.revisions.note(item, made, made + timedelta(hours=1))
    archive, staff, _ = digest(store, plan, made + timedelta(days=7))
    for path, expected in ((archive, True), (staff, told)):
        data = json.loads(path.with_name("digest.json").read_text(encoding="utf-8"))
        assert [one["uid"] for one in data["versions"]] == ["doi:10.5555/revised"] * expected
        assert [one["uid"] for one in data["late"]] == ["doi:10.5555/late"] * expected


def test_days_of_a_new_year_are_told_without_what_the_years_before_judged(store: Store, plan: Plan) -> None:
    digest(store, plan, MONDAY + timedelta(weeks=26, hours=6))
    add(store, "doi:10.5555/first", "2027-02-01T08:00:00Z", tagged=MONDAY + timedelta(weeks=28))
    digest(store, plan, MONDAY + timedelta(weeks=29, hours=6))
    window = Window(datetime(2027, 3, 3, tzinfo=UTC), datetime(2027, 3, 10, tzinfo=UTC))
    made = compose_week(store, plan, plan.subscribers[0], "2027-03-03-to-2027-03-10", window, window.until)
    assert made.context.late == ()


def test_a_work_that_was_told_is_not_told_under_its_next_names_and_one_that_was_parted_again_is(
    store: Store, plan: Plan
) -> None:
    for name in ("told", "second", "third", "apart"):
        add(store, f"doi:10.5555/{name}", "2026-07-21T08:00:00Z")
    digest(store, plan, MONDAY + timedelta(days=7, hours=6))
    told, second, third, apart = store.items.ids_of([f"doi:10.5555/{n}" for n in ("told", "second", "third", "apart")])
    add(store, "doi:10.5555/new", "2026-07-28T08:00:00Z")
    add(store, "doi:10.5555/other", "2026-07-28T08:00:00Z")
    new, other = store.items.ids_of(["doi:10.5555/new", "doi:10.5555/other"])
    store.items.absorb(second, told, "the same", MONDAY)
    store.items.absorb(new, second, "the same", MONDAY)
    store.items.absorb(other, apart, "the same", MONDAY)
    store.items.give_back(third, [other], ["doi:10.5555/apart"], MONDAY)
    later = Window(MONDAY + timedelta(days=7), MONDAY + timedelta(days=14))
    known = store.past.told("staff", later)
    assert ("doi:10.5555/new" in known, "doi:10.5555/other" in known) == (True, False)


def test_a_persons_word_is_told_first_whatever_the_model_has(store: Store, plan: Plan) -> None:
    add(store, "doi:10.5555/sure", "2026-07-20T08:00:00Z")
    add(store, "doi:10.5555/said", "2026-07-20T08:00:00Z", "screening")
    [item] = store.items.ids_of(["doi:10.5555/said"])
    store.connection.run("UPDATE tags SET label = 'cyber', probability = 0.1, selected = 0 WHERE label = 'screening'")
    plan = replace(plan, subscribers=[replace(plan.subscribers[0], minimum=0.8)])
    store.decisions.judge(item, {"cyber": True}, Reviewer("ana", MONDAY, "queue"))
    _, staff, _ = digest(store, plan, MONDAY + timedelta(days=7, hours=6))
    assert uids(staff) == ["doi:10.5555/said", "doi:10.5555/sure"]
    assert "Said by a reviewer, the model has 0.10" in staff.read_text(encoding="utf-8")
    queries = json.loads(staff.with_name("digest.json").read_text(encoding="utf-8"))["queries"]
    assert store.connection.value(queries["selected"]) == 2
    assert [row["uid"] for row in store.connection.rows(queries["works"])] == ["doi:10.5555/sure", "doi:10.5555/said"]


def sent_as(
    store: Store, plan: Plan, now: datetime, *subscribers: Subscriber, state: DeliveryState = "sent"
) -> list[Any]:
    """Make the digests of these subscribers and send them; state and error of all deliveries to Ana, newest first."""
    store.subscribers.register(subscribers, now)
    digest(store, replace(plan, subscribers=subscribers), now)
    while delivery := store.outbox.claim(now):
        store.outbox.settle(delivery, state, now)
    log = [row for row in store.digests.log() if str(row["recipient"]).lower() == "ana@agency.example"]
    return [(row["digest"], row["state"], row["error"]) for row in sorted(log, key=lambda row: row["queued_at"])]


def test_a_subscriber_that_is_renamed_is_told_nothing_twice_and_everything_once(store: Store, plan: Plan) -> None:
    add(store, "doi:10.5555/a", "2026-07-20T08:00:00Z")
    staff = replace(plan.subscribers[0], goals=("cyber", "screening"))
    first = MONDAY + timedelta(days=7, hours=6)
    sent_as(store, plan, first, staff)
    desk = replace(staff, name="desk", addresses=("Ana@Agency.example", "new@agency.example"))
    assert sent_as(store, plan, first + timedelta(days=2), desk) == [
        ("staff 2026-W30", "sent", None),
        ("desk 2026-W30", "withdrawn", "it was sent there as the digest of 'staff'"),
    ]
    assert store.outbox.states() == {"sent": 2, "withdrawn": 1}, "who is new gets it"
    assert sent_as(store, plan, first + timedelta(days=7), desk)[-1] == ("desk 2026-W31", "sent", None)


@pytest.mark.parametrize(
    ("kept", "state", "changes"),
    [
        (False, "sent", {"minimum": 0.5}),
        (False, "sent", {"searches": ("cargo",)}),
        (False, "sent", {"output": "maildir"}),
        (False, "bounced", {}),
        (True, "sent", {}),
    ],
    ids=["asks for less", "asks for more", "another way", "did not arrive", "is no other name"],
)
def test_who_did_not_have_this_very_digest_gets_it(
    store: Store, plan: Plan, kept: bool, state: DeliveryState, changes: dict[str, Any]
) -> None:
    first = MONDAY + timedelta(days=7, hours=6)
    [staff] = plan.subscribers
    sent_as(store, plan, first, staff, state=state)
    desk = replace(staff, name="desk", **changes)
    told = sent_as(store, plan, first + timedelta(days=2), *([staff] if kept else []), desk)
    assert told == [("staff 2026-W30", state, None), ("desk 2026-W30", "sent", None)]


def test_a_digest_that_cannot_be_made_keeps_no_other_from_its_readers(store: Store, plan: Plan) -> None:
    def find(_: Store, __: Asked) -> Found:
        raise ModelError("the weights are missing")

    add(store, "doi:10.5555/a", "2026-07-21T00:00:00Z")
    odd = Subscriber("odd", "email", ("bo@agency.example",), searches=("meaning",))
    plan = replace(plan, subscribers=[odd, *plan.subscribers], searches={"meaning": Asked("x")}, find=find)
    now = MONDAY + timedelta(days=7, hours=6)
    with pytest.raises(ModelError, match="of 2026-W30 for 'odd' could not be made: the weights are missing"):
        digest(store, plan, now)
    assert [row["recipient"] for row in store.digests.log()] == ["ana@agency.example"]
    assert (plan.folder / "2026-W31" / "digest.html").exists()
    assert "2026-W30/digest.html" in (plan.folder / "index.html").read_text(encoding="utf-8")
    digest(store, replace(plan, find=lambda *_: Found((), "meaning")), now)
    assert store.digests.made("odd", "2026-W30")


def test_a_week_is_not_told_before_its_hour(store: Store, plan: Plan) -> None:
    assert len(digest(store, plan, MONDAY + timedelta(days=7, hours=5))) == 1
    late = replace(plan, after=timedelta(days=1, hours=6))
    assert len(digest(store, late, MONDAY + timedelta(days=7, hours=6))) == 1


def test_a_subscriber_that_is_back_begins_anew_and_is_told_nothing_of_the_weeks_between(
    store: Store, plan: Plan
) -> None:
    store.subscribers.register(plan.subscribers, MONDAY)
    store.subscribers.register([], MONDAY + timedelta(weeks=1))
    back = MONDAY + timedelta(weeks=7, hours=6)
    store.subscribers.register(plan.subscribers, back)
    assert [week for week, one in pending(store, plan, back) if one.name == "staff"] == ["2026-W36"]
    elsewhere = replace(plan.subscribers[0], addresses=("bo@agency.example",))
    store.subscribers.register([elsewhere], back + timedelta(weeks=1))
    assert store.subscribers.added("staff") == back, "who has another address was never away"


def test_missed_weeks_are_made_up_but_not_a_year_of_them(store: Store, plan: Plan) -> None:
    written = digest(store, plan, MONDAY + timedelta(weeks=3, hours=6))
    assert len(written) == 2 * 3 + 1
    digest(store, plan, MONDAY + timedelta(weeks=60, hours=6))
    assert store.digests.count() == 2 * (3 + MOST_WEEKS)


def test_an_empty_week_still_says_what_was_looked_at(store: Store, plan: Plan) -> None:
    archive, *_ = digest(store, plan, MONDAY + timedelta(days=7, hours=6))
    text = archive.with_name("digest.txt").read_text(encoding="utf-8")
    assert "journal" in text
    assert "silent" in text


def add_unjudged(store: Store, uid: str) -> Due:
    item = store.items.add(uid, "2026-07-21T00:00:00Z", "2026-W30")
    entry = Entry(uid, "An untagged title", "An abstract.", published=MONDAY)
    store.items.update(item, entry, names=[Identifier("doi", uid.removeprefix("doi:"))], content="c")
    return Due(item, "", "", "c")


def test_works_that_no_model_has_judged_are_not_said_to_carry_nothing(store: Store, plan: Plan) -> None:
    due = add_unjudged(store, "doi:10.5555/waits")
    now = MONDAY + timedelta(days=7, hours=6)
    archive, *_ = digest(store, plan, now)
    text = archive.with_name("digest.txt").read_text(encoding="utf-8")
    assert "1 work was first seen in this week.\n" in text
    assert "It is not judged yet: a later digest tells what carries a goal." in text
    assert "none carries a goal" not in text
    assert json.loads(archive.with_name("digest.json").read_bytes())["totals"]["unjudged"] == 1
    store.findings.tag(due, "m.1", [Tag("goal", "cyber", 0.9, True, "m.1", ())], None, now + timedelta(hours=1))
    following, *_ = digest(store, plan, now + timedelta(weeks=1))
    assert "An untagged title" in following.with_name("digest.txt").read_text(encoding="utf-8")


def test_goals_are_not_said_to_have_fewer_works_while_some_are_not_judged(store: Store, plan: Plan) -> None:
    add(store, "doi:10.5555/judged", "2026-07-21T00:00:00Z")
    add_unjudged(store, "doi:10.5555/waits")
    window = window_of("2026-W30")
    made = compose_week(store, plan, plan.subscribers[0], "2026-W30", window, window.until)
    made = replace(made, context=replace(made.context, weeks=("w",) * 12, counts={"cyber": (40,) * 12}))
    assert [trend.moved for trend in trends(made)] == [None]
    assert [trend.moved for trend in trends(replace(made, unjudged=0))] == ["down"]
    shown = view(made)
    assert shown.subject.endswith("; 1 not judged yet")
    assert "1 of them is not judged yet: a later digest tells what carries a goal." in shown.headline
    assert "What moved is not told, because not every work of this time is judged yet." in shown.moves
    asked = made.context.queries["unjudged"]
    assert store.connection.value(asked) == 1


@pytest.mark.parametrize(("state", "every", "missing"), [("ok", 30, False), ("ok", 8, True), ("failed", 30, True)])
def test_a_feed_that_was_not_due_is_not_missed(
    store: Store, plan: Plan, state: FetchState, every: int, missing: bool
) -> None:
    yearly = replace(FEED, name="yearly", every=timedelta(days=every))
    before = MONDAY - timedelta(days=7)
    store.ledger.register([FEED, yearly], before)
    row = store.ledger.begin(yearly, None, before)
    store.ledger.finish(row, Fetch("yearly", "feed", state, before, before, seen=1, new=1), next_due=MONDAY)
    week = digest(store, replace(plan, watched={"yearly": yearly.every}), MONDAY + timedelta(days=2))[-1]
    told = json.loads(week.with_name("digest.json").read_text(encoding="utf-8"))
    assert told["silent"] == (["yearly"] if missing else [])


def test_a_store_that_never_watched_has_nothing_to_tell(plan: Plan) -> None:
    with Store.memory() as empty:
        assert len(digest(empty, plan, MONDAY)) == 1


def test_a_digest_knows_institutions_by_name_and_why_a_country_is_unknown(store: Store, plan: Plan) -> None:
    for uid in ("doi:10.5555/a", "doi:10.5555/b"):
        add(store, uid, "2026-07-20T08:00:00Z")
    known, unknown = store.items.ids_of(["doi:10.5555/a", "doi:10.5555/b"])
    porto = "https://ror.org/043pwc612"
    store.findings.locate(known, [Origin("PT", "country-name", 0.99, "Portugal", porto, author=0)], "r")
    store.places.name({porto: "Universidade do Porto"})
    store.findings.locate(unknown, [], "r")
    store.evidence.conclude(unknown, decide((), 1))
    [path] = digest(store, plan, MONDAY + timedelta(days=2))
    text = path.with_name("digest.txt").read_text(encoding="utf-8")
    assert "Portugal: named, at Universidade do Porto" in text
    assert "Country unknown: no affiliation was obtained" in text


def test_a_reader_of_a_digest_is_asked_what_was_of_use_and_the_archive_is_not(store: Store, plan: Plan) -> None:
    add(store, "doi:10.5555/a", "2026-07-20T08:00:00Z")
    asking = replace(plan, opinions=opinion.Links("https://m.example", "secret"))
    digest(store, asking, MONDAY + timedelta(days=8))
    document = store.digests.as_sent("staff", "2026-W30")
    assert document is not None
    link = asking.opinions.link(opinion.Opinion("staff", "2026-W30", "doi:10.5555/a"))
    assert link in document.formats["txt"].decode()
    assert link in document.formats["html"].decode()
    archive = store.digests.as_sent("all", "2026-W30")
    assert archive is not None
    assert all(b"/opinion?" not in body for body in archive.formats.values())
