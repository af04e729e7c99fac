"""What is new to the saved searches of a reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from monitor.search import Found
from monitor.selection import Asked, Listed
from monitor.store import Store
from monitor.types import Subscriber, Window
from monitor.weekly import Answer, Answered

MOST = 200
"""Works of one search that are counted: a search that finds more in a week is no help."""

Find = Callable[[Store, Asked], Found]


def answers(
    store: Store, searches: Mapping[str, Asked], subscriber: Subscriber, window: Window, find: Find
) -> tuple[Answer, ...]:
    """For each saved search of the subscriber the works first seen in `window` that it finds, the best first."""
    return tuple(_answer(store, name, searches[name], subscriber.most, window, find) for name in subscriber.searches)


def _answer(store: Store, name: str, asked: Asked, most: int, window: Window, find: Find) -> Answer:
    found = find(store, replace(asked, selection=replace(asked.selection, seen=window), most=MOST)).hits
    return Answer(name, asked.query, len(found), tuple(_answered(hit.work) for hit in found[:most]))


def _answered(work: Listed) -> Answered:
    item = work.item
    return Answered(item.uid, item.title, item.url, item.venue, tuple(work.places), tuple(work.goals))
