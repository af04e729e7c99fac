"""Step digest: tell what was first seen in a week, once the week is over; and draft the week that runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor import digest as digests
from monitor import opinion
from monitor.errors import MonitorError
from monitor.messages import message_id
from monitor.pipeline.archive import archive
from monitor.pipeline.coverage import waits
from monitor.pipeline.lookback import look_back, queries
from monitor.pipeline.saved import Find, answers
from monitor.recipients import recipient_key
from monitor.selection import Asked
from monitor.store import Store
from monitor.store.outbox import Address
from monitor.types import Digest, Document, Goal, Partners, Subscriber, Window, Work
from monitor.weekly import Past, Ranking

ARCHIVE = Subscriber("all", most=50)
"""The digest that is filed whoever subscribes: every goal, every country, as much as one reads in a file."""

USUAL_FORMATS = {"email": ("txt", "html"), "maildir": ("txt", "html"), "webhook": ("txt", "md", "json")}
"""What is sent where feeds.yaml does not say; other outputs get every format."""

_ASKED = ("goals", "countries", "minimum", "most", "formats", "language", "searches")
"""What of a subscriber decides the content of its digests."""

MOST_WEEKS = 8
"""How many missed weeks are made up: a monitor that slept for a year does not mail fifty digests."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is told what."""

    subscribers: Sequence[Subscriber]
    goals: Sequence[Goal]
    partners: Partners
    watched: Mapping[str, timedelta]
    """Names of the feeds that are to be fetched, and how often."""
    folder: Path
    """Where digests are filed, a folder for each week."""
    sender: str = "monitor@localhost"
    after: timedelta = timedelta(hours=6)
    """How long after the end of a week its digest is made."""
    ranking: Ranking = field(default_factory=Ranking)
    base_url: str | None = None
    """Where readers reach the pages of `monitor serve`."""
    templates: Path | None = None
    """A folder whose templates stand in for ours."""
    opinions: opinion.Links | None = None
    """Makes the links by which readers say what was of use; None: there are none."""
    searches: Mapping[str, Asked] = field(default_factory=dict)
    """Saved searches by name."""
    find: Find | None = None
    """What answers them; None where nobody asks."""


def digest(store: Store, plan: Plan, now: datetime) -> tuple[Path, ...]:
    """Make the digests that are due and redraft that of the running week; the HTML files written.

    One that cannot be made keeps no other from its readers: the first MonitorError is raised when all else is done.
    """
    written: list[Path] = []
    troubles: list[MonitorError] = []
    for week, subscriber in pending(store, plan, now):
        try:
            written.append(_make(store, plan, subscriber, week, now))
        except MonitorError as error:
            kind = type(error)
            troubles.append(kind(f"the digest of {week} for {subscriber.name!r} could not be made: {error}"))
    running = digests.week_of(now)
    draft = compose_week(store, plan, ARCHIVE, running, digests.window_of(running), now)
    files = digests.write(render(draft, ARCHIVE, plan), plan.folder / running)
    archive(
        store,
        plan.folder,
        plan.goals,
        now,
        subscriber=ARCHIVE.name,
        base_url=plan.base_url,
        templates=plan.templates,
    )
    if troubles:
        raise troubles[0]
    return (*written, files["html"])


def pending(store: Store, plan: Plan, now: datetime) -> list[tuple[str, Subscriber]]:
    """The digests that are due and not made yet, oldest week first."""
    found = due(store, plan, now)
    return [(week, subscriber) for week, subscriber, _ in found if not store.digests.made(subscriber.name, week)]


def due(store: Store, plan: Plan, now: datetime) -> list[tuple[str, Subscriber, datetime]]:
    """Every digest that should have been made by now, with the moment since which, oldest week first.

    These are the finished weeks in which this store was watching; a subscriber's begin with the one before it was
    added, and nobody is told more than MOST_WEEKS at once.
    """
    first = store.ledger.first_fetch()
    if first is None:
        return []
    found = []
    for subscriber in (ARCHIVE, *plan.subscribers):
        added = store.subscribers.added(subscriber.name)
        since = max(first, added - timedelta(weeks=1)) if added else first
        start = max(digests.window_of(digests.week_of(since)).since, now - timedelta(weeks=MOST_WEEKS))
        window = digests.window_of(digests.week_of(start))
        while window.until <= now:
            moment = _due(window, subscriber, plan)
            if moment <= now:
                found.append((digests.week_of(window.since), subscriber, moment))
            window = Window(window.until, window.until + timedelta(weeks=1))
    return sorted(found, key=lambda one: one[0])


def _due(window: Window, subscriber: Subscriber, plan: Plan) -> datetime:
    if subscriber.weekday is None or subscriber.hour is None:
        return window.until + plan.after
    return digests.due(window, subscriber.weekday, subscriber.hour, subscriber.zone)


def compose_week(store: Store, plan: Plan, subscriber: Subscriber, week: str, window: Window, now: datetime) -> Digest:
    """The digest of any window from what the store holds now."""
    works = known_of(store, store.findings.selected(window))
    passed = Window(window.since, max(window.since, min(window.until, now)))
    past = _past(store, plan, subscriber, window, works)
    unjudged = store.findings.unjudged(window)
    made = digests.compose(
        subscriber=subscriber,
        week=week,
        window=window,
        made_at=now,
        works=works,
        seen=store.findings.seen(window),
        unjudged=unjudged,
        goals=plan.goals,
        coverage=store.ledger.fetches(window),
        watched=[name for name, every in plan.watched.items() if not waits(store, name, every, passed)],
        partners=plan.partners,
        running=now < window.until,
        gaps=store.windows.gaps(window),
        possibly_missed=store.misses.open(),
        past=past,
        former=known_of(store, store.items.ids_of({**past.versions, **dict.fromkeys(past.late)})),
        ranking=plan.ranking,
        queries=queries(plan.goals, subscriber, window, unjudged=unjudged > 0),
        base_url=plan.base_url,
    )
    return _with_links(made, subscriber, plan)


def _with_links(made: Digest, subscriber: Subscriber, plan: Plan) -> Digest:
    """The digest with a link beside each work by which its reader says what was of use. The archive is nobody's own."""
    if plan.opinions is None or subscriber is ARCHIVE:
        return made
    uids = {work.item.uid for section in made.sections for work in section.works}
    links = {uid: plan.opinions.link(opinion.Opinion(subscriber.name, made.week, uid)) for uid in sorted(uids)}
    return replace(made, context=replace(made.context, opinions=links))


def known_of(store: Store, item_ids: Sequence[int]) -> list[Work]:
    """The items with everything a reader is told about them, in that order; ids that are not there are left out."""
    return [
        Work(i, store.findings.tags(i.id), store.places.of(i.id), store.places.state(i.id))
        for i in store.items.get(item_ids)
    ]


def _past(store: Store, plan: Plan, subscriber: Subscriber, window: Window, works: Sequence[Work]) -> Past:
    past = look_back(store, subscriber, window, works)
    if plan.find is None:
        return past
    return replace(past, answers=answers(store, plan.searches, subscriber, window, plan.find))


def render(digest: Digest, subscriber: Subscriber, plan: Plan, *, with_pdf: bool = False) -> Document:
    """The document a subscriber gets: cut to what mail clients show where it is mailed, whole where it is filed."""
    largest = digests.LARGEST_HTML if subscriber.output in ("email", "maildir") else None
    with_pdf = with_pdf or "pdf" in subscriber.formats
    return digests.render(digest, largest, templates=plan.templates, with_pdf=with_pdf)


def _make(store: Store, plan: Plan, subscriber: Subscriber, week: str, now: datetime) -> Path:
    """File a finished digest, then keep it and queue its deliveries; a kill in between files it again."""
    made = compose_week(store, plan, subscriber, week, digests.window_of(week), now)
    document = render(made, subscriber, plan)
    folder = plan.folder / week if subscriber is ARCHIVE else plan.folder / week / subscriber.name
    files = digests.write(document, folder)
    asked = {name: getattr(subscriber, name) for name in _ASKED}
    addresses = _addresses(store, plan, subscriber, week, asked)
    store.digests.add(made, _wanted(document, subscriber), addresses, asked)
    return files["html"]


def _addresses(
    store: Store, plan: Plan, subscriber: Subscriber, week: str, asked: Mapping[str, object]
) -> Iterator[Address]:
    """Where the digest goes. Who had it while the subscriber was called otherwise does not get it again."""
    resting = {recipient_key(rest.recipient) for rest in store.subscribers.resting(subscriber.name)}
    had = store.outbox.reached(week, subscriber.output, asked, besides=[s.name for s in plan.subscribers])
    for to in subscriber.addresses:
        key = recipient_key(to)
        if key not in resting:
            needless = f"it was sent there as the digest of {had[key]!r}" if key in had else None
            name = message_id(f"{subscriber.name} {week}", to, plan.sender)
            yield Address(subscriber.output, to, name, needless)


def _wanted(document: Document, subscriber: Subscriber) -> Document:
    """The formats that are sent. Mail always has the plain text, which every client can show."""
    usual = USUAL_FORMATS.get(subscriber.output)
    wanted = subscriber.formats or usual
    if wanted is None:
        return document
    needed = {*wanted, "txt"} if usual else set(wanted)
    return replace(document, formats={name: body for name, body in document.formats.items() if name in needed})


def as_sent(store: Store, reader: Subscriber, week: str) -> Document:
    """The finished digest of a week as it was made when it was due; raises MonitorError when none was made."""
    document = store.digests.as_sent(reader.name, week)
    if document is None:
        raise MonitorError(f"no digest of {week} was made for {reader.name!r} when it was due")
    return document
