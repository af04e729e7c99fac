"""Step link: find the work that each entry is about, and describe the work by all its entries.

What is one work depends on what the entries say and on what people said, not on who came first: entries meet under keys
of their own (`monitor.identity.blocks`), links between them are kept with their reasons, and whenever a link comes or
goes all entries that hang together are grouped anew. Only the name of a work is that of its first entry, and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import combinations, product

from monitor import identity
from monitor.digest.weeks import week_of
from monitor.errors import MonitorError
from monitor.identity import Pair, Signature, pair
from monitor.pipeline.describe import describe
from monitor.store import Store
from monitor.store.entries import Record
from monitor.store.items import Description
from monitor.store.links import Reason
from monitor.types import moment

BATCH = 200
"""Entries linked in one transaction, which stays well under a second."""

REMEMBERED = 20_000
"""Signatures of entries that are kept in memory during a run."""


def link(store: Store, clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False) -> int:
    """Link every entry that came or changed since it was last linked; how many that were."""
    done = 0
    known: dict[int, Signature] = {}
    while not stop():
        with store.transaction():
            records = store.entries.unlinked(BATCH)
            for record in records:
                _link(store, record, clock(), known)
        if not records:
            break
        done += len(records)
    return done


def merge(store: Store, uids: tuple[str, str], reason: str, now: datetime) -> str:
    """Make one work of two because a person says so; the name that stays.

    Raises MonitorError when a name is unknown, or both are names of one work.
    """
    with store.transaction():
        one, other = (_members(store, uid) for uid in uids)
        if set(one) & set(other):
            raise MonitorError(f"{uids[0]} and {uids[1]} are one work already")
        store.links.rule((pair(*two) for two in product(one, other)), None, reason, now)
        store.links.rule([pair(_first(one.values()).id, _first(other.values()).id)], True, reason, now)
        _regroup(store, {*one, *other}, now, {}, reason)
        return _name(store, next(iter(one)))


def split(store: Store, uid: str, entries: Sequence[str], reason: str, now: datetime) -> list[str]:
    """Take `entries`, each called FEED:KEY, out of a work because a person says so, or all apart when none is named.

    Returns the names of the works that it was; the machine never joins them again.

    Raises MonitorError when a name is unknown or there is nothing to part.
    """
    with store.transaction():
        members = _members(store, uid)
        sides = _sides(uid, members, entries)
        apart = [pair(*two) for one, other in combinations(sides, 2) for two in product(one, other)]
        store.links.rule(apart, False, reason, now)
        _regroup(store, members, now, {}, reason)
        for side in sides:
            _hold_together(store, side, now, reason)
        ids = dict.fromkeys(record.item_id for record in store.entries.get(members))
        return [name for name, _ in store.items.uids(i for i in ids if i is not None).values()]


def _members(store: Store, uid: str) -> dict[int, Record]:
    ids = store.items.ids_of([uid])
    if not ids:
        raise MonitorError(f"there is no work {uid!r} in the store; digests and `item_overview` name works by uid")
    members = store.entries.get(store.entries.ids_of(ids[0]))
    if not members:
        raise MonitorError(f"{uid} has no record of any feed; there is nothing to merge or to split")
    return {record.id: record for record in members}


def _sides(uid: str, members: Mapping[int, Record], entries: Sequence[str]) -> list[list[int]]:
    if len(members) < 2:
        raise MonitorError(f"{uid} has one record only; there is nothing to split")
    if not entries:
        return [[number] for number in members]
    by_name = {record.name: number for number, record in members.items()}
    for name in entries:
        if name not in by_name:
            raise MonitorError(f"{uid} has no record {name!r}; it has {', '.join(sorted(by_name))}")
    out = [by_name[name] for name in dict.fromkeys(entries)]
    rest = [number for number in members if number not in out]
    if not rest:
        raise MonitorError(f"these are all the records of {uid}; leave one out, or name none to part them all")
    return [out, rest]


def _hold_together(store: Store, side: Sequence[int], now: datetime, reason: str) -> None:
    """Entries that a person left together stay so, although what linked them has gone to the other side."""
    firsts: dict[int | None, int] = {}
    for record in store.entries.get(side):
        firsts.setdefault(record.item_id, record.id)
    if len(firsts) > 1:
        first, *others = firsts.values()
        store.links.rule((pair(first, other) for other in others), True, reason, now)
        _regroup(store, side, now, {}, reason)


def _link(store: Store, record: Record, now: datetime, known: dict[int, Signature]) -> None:
    if record.deleted and record.item_id is None:
        store.entries.link(record.id, None)
        return
    if record.item_id is not None:
        _file_mates(store, record.item_id, known)
    sig = known[record.id] = identity.signature(record.entry, record.feed)
    met = store.links.file(record.id, identity.blocks(sig), identity.CROWD)
    others = _signatures(store, met, known)
    found = {n: (why.kind, why.score, why.evidence) for n in met if (why := identity.compare(sig, others[n]))}
    if record.item_id is None and not found:
        # A new version of a work that was never seen: the work is an old one, and what was announced is no news.
        old = record.entry.announced in ("replace", "replace-cross")
        store.entries.link(record.id, None if old else _new(store, [record]))
        return
    store.links.replace(record.id, found, identity.RULES, now)
    store.entries.settle(record.id)
    _regroup(store, [record.id], now, known)


def _file_mates(store: Store, item_id: int, known: dict[int, Signature]) -> None:
    """File the entries of an item that never were, in stores older than the keys, lest the first look part them."""
    for number, sig in _signatures(store, store.links.unfiled(item_id), known).items():
        store.links.file(number, identity.blocks(sig), identity.CROWD)


def _signatures(store: Store, ids: Collection[int], known: dict[int, Signature]) -> dict[int, Signature]:
    if len(known) > REMEMBERED:
        known.clear()
    for record in store.entries.get(number for number in ids if number not in known):
        known[record.id] = identity.signature(record.entry, record.feed)
    return {number: known[number] for number in ids}


def _regroup(
    store: Store, entries: Iterable[int], now: datetime, known: dict[int, Signature], reason: str | None = None
) -> None:
    """Group all entries that hang together with `entries` anew, and let the items follow."""
    changed = set(entries)
    numbers = store.links.around(changed)
    records = {record.id: record for record in store.entries.get(numbers) if record.item_id or not record.deleted}
    links, rulings = store.links.between(records), store.links.rulings(records)
    sigs = _signatures(store, records, known) if len(records) > 1 else {}
    works = identity.group(
        {number: (record.feed, record.entry.key) for number, record in records.items()},
        {two: score for two, (_, score, _) in links.items()},
        same={two for two, same in rulings.items() if same},
        apart={two for two, same in rulings.items() if not same},
        contradict=lambda one, other: identity.contradiction(sigs[one], sigs[other]) is not None,
    )
    names = store.links.names(records)
    items = store.items.uids({r.item_id for r in records.values() if r.item_id is not None})
    homes = _homes(items, names, records)
    chosen: list[tuple[int, list[Record], list[str]]] = []
    absorbed: dict[int, int] = {}
    for work in works:
        members = [records[number] for number in work]
        own = sorted((i for i in items if homes[i] in work), key=lambda i: (items[i][1], i))
        called = [uid for uid, entry in names.items() if entry in work]
        item_id = own[0] if own else _new(store, members, called)
        absorbed.update(dict.fromkeys(own[1:], item_id))
        chosen.append((item_id, members, called))
    for lost, keep in absorbed.items():
        _absorb(store, keep, lost, next(members for item, members, _ in chosen if item == keep), links, now, reason)
    before: dict[int | None, set[int]] = {}
    for record in records.values():
        before.setdefault(record.item_id, set()).add(record.id)
    for item_id, members, called in chosen:
        numbers = {record.id for record in members}
        if numbers != before.get(item_id) or numbers & changed:
            _settle(store, item_id, members, called, absorbed, now)


def _settle(
    store: Store,
    item_id: int,
    members: Sequence[Record],
    called: Sequence[str],
    absorbed: Mapping[int, int],
    now: datetime,
) -> None:
    """Make an item that of these entries, wherever they come from, and describe it by them."""
    left = {absorbed.get(record.item_id, record.item_id) for record in members if record.item_id is not None}
    store.entries.move([record.id for record in members], item_id)
    if left - {item_id}:
        store.items.give_back(item_id, left - {item_id}, called, now)
    first = _first(members).first_seen
    store.items.see(item_id, first, week_of(moment(first)))
    _describe(store, item_id, members, now)
    if item_id in absorbed.values() or left - {item_id}:
        store.findings.make_room(item_id)  # for what people said of works that have become one with this
        for one in {item_id, *left}:
            store.decisions.follow(one)


def _homes(
    items: Mapping[int, tuple[str, str]], names: Mapping[str, int], records: Mapping[int, Record]
) -> dict[int, int]:
    """The entry with which each item goes: the one that gave it its name."""
    return {
        item_id: names[uid] if uid in names else _first(r for r in records.values() if r.item_id == item_id).id
        for item_id, (uid, _) in items.items()
    }


def _absorb(
    store: Store,
    keep: int,
    lost: int,
    members: Sequence[Record],
    links: Mapping[Pair, Reason],
    now: datetime,
    reason: str | None,
) -> None:
    """Record what the merge of two items rests on, and make it."""
    theirs = {record.id for record in members if record.item_id == lost}
    ours = {record.id for record in members} - theirs
    between = [why for (a, b), why in links.items() if (a in ours and b in theirs) or (a in theirs and b in ours)]
    kind, score, evidence = max(between, key=lambda why: why[1], default=("person", None, reason or "through others"))
    if reason is not None:
        kind, score, evidence = "person", None, reason
    store.items.absorb(keep, lost, evidence, now, (kind, score, identity.RULES))


def _new(store: Store, members: Sequence[Record], names: Sequence[str] = ()) -> int:
    """A new item for entries: under a name that a work of theirs had before, or under their best that is free."""
    first = _first(members)
    uid = next(iter(names), "")
    if not uid:
        uid = _free_uid(store, first)
        store.links.name(uid, first.id)
    seen = first.first_seen
    text = _description(members)
    if text is None:
        return store.items.add(uid, seen, week_of(moment(seen)))
    return store.items.begin(uid, seen, week_of(moment(seen)), text)


def _free_uid(store: Store, record: Record) -> str:
    uid = ""
    for uid in identity.uids(record.entry, record.feed):
        if not store.items.uid_taken(uid):
            return uid
    # Another work has the same title and is not this one.
    return f"{uid}-{record.id}"


def _first(members: Iterable[Record]) -> Record:
    return min(members, key=lambda record: (record.first_seen, record.feed, record.entry.key))


def _name(store: Store, entry_id: int) -> str:
    [record] = store.entries.get([entry_id])
    assert record.item_id is not None, "a member of a work"  # noqa: S101 — it was just grouped
    return store.items.uids([record.item_id])[record.item_id][0]


def _describe(store: Store, item_id: int, members: Sequence[Record], now: datetime) -> None:
    text = _description(members)
    if text is None:
        store.items.withdraw(item_id)
    else:
        store.revisions.note(item_id, text.entry.updated, now)
        store.items.update(item_id, text.entry, names=text.names, content=text.content)


def _description(members: Sequence[Record]) -> Description | None:
    """What records say together; None when all that feeds brought are withdrawn, whatever look-ups found besides."""
    entries = [record.entry for record in members if not record.deleted]
    brought = [record for record in members if not record.looked_up] or members
    if all(record.deleted for record in brought):
        return None
    merged = identity.merge(entries)
    described = describe(merged)
    names = {*merged.identifiers, *(n for e in entries for n in identity.identifiers(e))}
    return Description(
        described,
        names=sorted(n for n in names if n.scheme in identity.SCHEMES),
        content=identity.content(described.title, described.abstract),
    )
