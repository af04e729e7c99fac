"""Step digest: tell what was first seen in a week, once the week is over; and draft the week that runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor import digest as digests
from monitor.outputs.email import message_id
from monitor.store import Store
from monitor.store.digests import Address
from monitor.types import Digest, Document, Goal, Partners, Subscriber, Window, Work

ARCHIVE = Subscriber("all", most=50)
"""The digest that is filed whoever subscribes: every goal, every country, as much as one reads in a file."""

MOST_WEEKS = 8
"""How many missed weeks are made up: a monitor that slept for a year does not mail fifty digests."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is told what."""

    subscribers: Sequence[Subscriber]
    goals: Sequence[Goal]
    partners: Partners
    watched: Sequence[str]
    """Names of the feeds that are to be fetched."""
    folder: Path
    """Where digests are filed, a folder for each week."""
    sender: str = "monitor@localhost"
    after: timedelta = timedelta(hours=6)
    """How long after the end of a week its digest is made."""


def digest(store: Store, plan: Plan, now: datetime) -> tuple[Path, ...]:
    """Make the digests that are due and redraft that of the running week; the HTML files written."""
    written = []
    for week in _weeks_due(store, plan, now):
        for subscriber in (ARCHIVE, *plan.subscribers):
            if not store.digests.made(subscriber.name, week):
                written.append(_make(store, plan, subscriber, week, now))
    running = digests.week_of(now)
    draft = compose_week(store, plan, ARCHIVE, running, digests.window_of(running), now)
    files = digests.write(render(draft, ARCHIVE), plan.folder / running)
    return (*written, files["html"])


def compose_week(store: Store, plan: Plan, subscriber: Subscriber, week: str, window: Window, now: datetime) -> Digest:
    """The digest of any window from what the store holds now."""
    ids = store.findings.selected(window)
    works = [
        Work(i, store.findings.tags(i.id), store.places.of(i.id), store.places.state(i.id))
        for i in store.items.get(ids)
    ]
    return digests.compose(
        subscriber=subscriber,
        week=week,
        window=window,
        made_at=now,
        works=works,
        seen=store.findings.seen(window),
        goals=plan.goals,
        coverage=store.ledger.fetches(window),
        watched=plan.watched,
        partners=plan.partners,
        running=now < window.until,
        gaps=store.windows.gaps(window),
        possibly_missed=store.misses.open(),
    )


def render(digest: Digest, subscriber: Subscriber) -> Document:
    """The document a subscriber gets: cut to what mail clients show where it is mailed, whole where it is filed."""
    return digests.render(digest) if subscriber.output == "email" else digests.render(digest, largest=None)


def _make(store: Store, plan: Plan, subscriber: Subscriber, week: str, now: datetime) -> Path:
    """File a finished digest, then keep it and queue its deliveries; a kill in between files it again."""
    made = compose_week(store, plan, subscriber, week, digests.window_of(week), now)
    document = render(made, subscriber)
    folder = plan.folder / week if subscriber is ARCHIVE else plan.folder / week / subscriber.name
    files = digests.write(document, folder)
    store.digests.add(
        made,
        document,
        [
            Address(subscriber.output, to, message_id(f"{subscriber.name} {week}", to, plan.sender))
            for to in subscriber.addresses
        ],
    )
    return files["html"]


def _weeks_due(store: Store, plan: Plan, now: datetime) -> Iterator[str]:
    """Finished weeks in which this store was watching, oldest first."""
    first = store.ledger.first_fetch()
    if first is None:
        return
    start = max(digests.window_of(digests.week_of(first)).since, now - timedelta(weeks=MOST_WEEKS + 1))
    window = digests.window_of(digests.week_of(start))
    while window.until + plan.after <= now:
        yield digests.week_of(window.since)
        window = Window(window.until, window.until + timedelta(weeks=1))
