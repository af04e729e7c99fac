"""Who left a subscription has left it under every name that feeds.yaml gives it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database
from store.sample import fill

from monitor.store import Store, connection, migrations
from monitor.store.subscriptions import Former, forerunner
from monitor.types import Subscriber

NOW = datetime(2026, 7, 27, 6, tzinfo=UTC)
ANA = "ana@agency.example"


def subscriber(name: str, *goals: str, to: tuple[str, ...] = (ANA,)) -> Subscriber:
    return Subscriber(name, "email", to, goals=goals)


class Days:
    """A store whose feeds.yaml is edited once a day."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW

    def says(self, *subscribers: Subscriber) -> None:
        self.now += timedelta(days=1)
        self.store.subscribers.register(subscribers, self.now)

    def leave(self, name: str, address: str = ANA) -> bool:
        return self.store.subscribers.rest(name, address, "unsubscribed", "by the link", self.now)

    def resting(self) -> list[str]:
        return [f"{rest.recipient} of {rest.subscriber}" for rest in self.store.subscribers.resting()]

    def rests(self, name: str) -> bool:
        return f"{ANA} of {name}" in self.resting()


@pytest.fixture
def days() -> Iterator[Days]:
    with Store.memory() as store:
        yield Days(store)


def test_a_rename_does_not_undo_it_and_a_second_one_does_neither(days: Days) -> None:
    days.says(subscriber("cyber", "cyber", to=(ANA, "bo@agency.example")))
    left = days.now
    days.leave("cyber")
    days.says(subscriber("desk", "cyber", to=("Ana@Agency.example", "bo@agency.example")))
    days.says(subscriber("office", "cyber", "decision", to=("Ana@Agency.example", "bo@agency.example")))
    [rest] = days.store.subscribers.resting("office")
    assert (rest.recipient, rest.since, rest.note) == (ANA, left, "by the link, as 'cyber', as 'desk'")


def test_it_holds_where_the_new_name_comes_before_or_after_the_old_one_goes(days: Days) -> None:
    days.says(subscriber("old", "cyber"))
    days.leave("old")
    days.says(subscriber("old", "cyber"), subscriber("copy", "cyber"))
    days.says(subscriber("copy", "cyber"))
    days.says()
    days.says(subscriber("later", "cyber"))
    assert days.rests("copy")
    assert days.rests("later")


def test_the_link_in_a_mail_of_before_ends_what_the_subscription_is_called_now(days: Days) -> None:
    days.says(subscriber("cyber", "cyber"))
    days.says(subscriber("desk", "cyber"))
    days.says(subscriber("office", "cyber"))
    assert days.leave("cyber")
    assert days.rests("office")
    assert not days.leave("cyber"), "twice changes nothing"


def test_who_left_one_subscription_goes_on_reading_the_others(days: Days) -> None:
    days.says(subscriber("cyber", "cyber"), subscriber("staff"), subscriber("crews", "responder"))
    days.leave("cyber")
    days.says(subscriber("everyone"), subscriber("teams", "responder"), subscriber("other", "resilience"))
    assert days.resting() == [f"{ANA} of cyber"]
    days.says(subscriber("everyone"), subscriber("teams", "responder"), subscriber("desk", "cyber"))
    assert days.rests("desk")


def test_who_is_told_of_on_purpose_again_stays_so_through_all_renames(days: Days) -> None:
    days.says(subscriber("cyber", "cyber"))
    days.leave("cyber")
    days.says(subscriber("desk", "cyber"))
    assert days.store.subscribers.resume("desk", ANA, days.now)
    for name in ("office", "cyber", "desk"):
        days.says(subscriber(name, "cyber"))
        assert days.resting() == [], name


def test_a_subscriber_that_was_away_for_a_day_is_the_same(days: Days) -> None:
    both = subscriber("cyber", "cyber"), subscriber("staff")
    days.says(*both)
    days.leave("cyber")
    days.says(both[0])
    days.says(*both)
    assert not days.rests("staff")
    assert days.rests("cyber")


def test_what_feeds_yaml_says_as_before_is_not_written(days: Days) -> None:
    days.says(subscriber("cyber", "cyber"))
    before = days.store.connection.value("SELECT total_changes()")
    days.says(subscriber("cyber", "cyber", to=("ANA@agency.example",)))
    assert days.store.connection.value("SELECT total_changes()") == before


def test_whoever_left_before_this_was_kept_is_known_by_rests_and_digests(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with closing(sqlite3.connect(path)) as made:
        migrations.load().apply(Database(made, execute_plugins=False), stop_before="m026_subscriptions")
        made.execute(f"PRAGMA application_id = {connection.APPLICATION_ID}")
        with made:
            fill(made)
            made.execute("UPDATE rests SET reason = 'unsubscribed', recipient = 'Bo@agency.example'")
    with Store.open(path) as store:
        store.subscribers.register([subscriber("desk", "cyber", to=("bo@agency.example",))], NOW)
        assert [rest.subscriber for rest in store.subscribers.resting()] == ["all", "desk"]


_goals = st.frozensets(st.sampled_from(["cyber", "decision", "responder"]))


@given(_goals, st.lists(st.tuples(_goals, st.booleans()), max_size=6))
def test_a_subscription_like_one_that_was_left_goes_on_with_it(
    goals: frozenset[str], others: list[tuple[frozenset[str], bool]]
) -> None:
    """Whatever else the recipient had, and had lost before."""
    formers = [
        Former(f"s{n}", told, "2026-01-01", "2026-02-01", "2026-03-01" if rests else None)
        for n, (told, rests) in enumerate([*others, (goals, True)])
    ]
    found = forerunner(goals, formers)
    assert found is not None
    assert found.rests_since
    assert found.goals == goals
