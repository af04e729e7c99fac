"""What a digest is told of the weeks before it, and the queries behind its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from monitor.digest import week_of, window_of
from monitor.digest.novelty import Text, nearest
from monitor.store import Store
from monitor.store.figures import figures
from monitor.store.past import Told
from monitor.types import Goal, Subscriber, Window, Work
from monitor.weekly import WEEKS, Past

SPAN = timedelta(weeks=WEEKS)

YEAR = timedelta(weeks=52)
"""What has not been seen with a goal for so long is new to it again, and its versions are not told any more."""


def look_back(store: Store, subscriber: Subscriber, window: Window, works: Sequence[Work]) -> Past:
    """What the store holds of the time before `window`, as the digest of `works` needs it."""
    before = Window(window.since - SPAN, window.since)
    weeks = _weeks(store, before)
    past = store.past.works(before)
    counts = Counter((goal, work.iso_week) for work in past for goal in work.goals)
    countries, institutions = store.past.places(Window(window.since - YEAR, window.since))
    return Past(
        weeks=weeks,
        counts={goal: tuple(counts[goal, name] for name in weeks) for goal in sorted({goal for goal, _ in counts})},
        countries=countries,
        institutions=institutions,
        versions=store.revisions.seen(window, YEAR),
        late=store.past.late(subscriber.name, window, YEAR),
        told=store.past.told(subscriber.name, window),
        nearest=_nearest(store, past, works),
    )


def queries(goals: Sequence[Goal], subscriber: Subscriber, window: Window, *, unjudged: bool) -> dict[str, str]:
    """Name of a figure → the SQL that gives it."""
    wanted = subscriber.goals or [goal.slug for goal in goals]
    since = week_of(window.since - SPAN)
    return figures(
        window, wanted, places=subscriber.countries, minimum=subscriber.minimum, since=since, unjudged=unjudged
    )


def _weeks(store: Store, before: Window) -> tuple[str, ...]:
    """The ISO weeks of `before`, from the first on in which anything was seen."""
    first = store.past.first_week(before)
    if first is None:
        return ()
    start = window_of(first).since
    count = -(-(before.until - start) // timedelta(weeks=1))
    return tuple(week_of(start + timedelta(weeks=n)) for n in range(count))[-WEEKS:]


def _nearest(store: Store, past: Sequence[Told], works: Sequence[Work]) -> dict[str, tuple[float, str]]:
    vectors = store.past.vectors([*(told.item_id for told in past), *(work.item.id for work in works)])

    def text(item_id: int, uid: str, title: str) -> Text:
        encoder, vector = vectors.get(item_id, (None, b""))
        return Text(uid, title, encoder, vector)

    return nearest(
        [text(work.item.id, work.item.uid, work.item.title) for work in works],
        [text(told.item_id, told.uid, told.title) for told in past],
    )
