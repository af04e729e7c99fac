"""Step link: find the work that each entry is about, and describe the work by all its entries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from monitor import identity
from monitor.digest.weeks import week_of
from monitor.pipeline.describe import describe
from monitor.store import Store
from monitor.store.entries import Record
from monitor.types import moment

BATCH = 200
"""Entries linked in one transaction, which stays well under a second."""


def link(store: Store, clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False) -> int:
    """Link every entry that came or changed since it was last linked; how many that were."""
    done = 0
    while not stop():
        with store.transaction():
            records = store.entries.unlinked(BATCH)
            for record in records:
                _link(store, record, clock())
        if not records:
            break
        done += len(records)
    return done


def _link(store: Store, record: Record, now: datetime) -> None:
    item_id = record.item_id
    if not record.deleted:
        item_id = _find(store, record, now)
    store.entries.link(record.id, item_id)
    if item_id is not None:
        _describe(store, item_id)


def _find(store: Store, record: Record, now: datetime) -> int | None:
    """The item of an entry, made if there is none; items that turn out to be one work become one.

    None for a new version of a work that was never seen: the work is an old one, and what was announced is no news.
    """
    matches = store.items.with_identifiers(identity.identifiers(record.entry))
    if record.item_id is not None and record.item_id not in matches:
        matches.append(record.item_id)
    if not matches:
        matches = _same_title(store, record)
    if not matches and record.entry.announced in ("replace", "replace-cross"):
        return None
    if not matches:
        name = _free_uid(store, record)
        return store.items.add(name, record.first_seen, week_of(moment(record.first_seen)))
    keep, *others = sorted(matches)
    for other in others:
        store.items.absorb(keep, other, f"entry {record.entry.key} of {record.feed} names both", now)
    return keep


def _same_title(store: Store, record: Record) -> list[int]:
    sig = identity.signature(record.entry)
    if not sig.title:
        return []
    for item_id in store.items.with_title_key(sig.title):
        known = [identity.signature(r.entry) for r in store.entries.of_item(item_id)]
        if any(identity.same_work(sig, k) for k in known) and not any(identity.contradict(sig, k) for k in known):
            return [item_id]
    return []


def _free_uid(store: Store, record: Record) -> str:
    uid = identity.uid(record.entry, record.feed)
    if store.items.uid_taken(uid):
        # Only a hash of the title can be taken already: the other work has the same title and is not this one.
        return f"{uid}-{record.id}"
    return uid


def _describe(store: Store, item_id: int) -> None:
    entries = [r.entry for r in store.entries.of_item(item_id)]
    if not entries:
        store.items.withdraw(item_id)
        return
    merged = identity.merge(entries)
    described = describe(merged)
    names = {*merged.identifiers, *(n for e in entries for n in identity.identifiers(e))}
    store.items.update(
        item_id,
        described,
        names=sorted(n for n in names if n.scheme in identity.SCHEMES),
        title_key=identity.title_key(merged.title),
        content=identity.content(described.title, described.abstract),
    )
