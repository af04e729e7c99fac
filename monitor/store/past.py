"""What the store holds of the time before a digest: counts and places of works that carry a goal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from monitor.store.connection import Connection
from monitor.types import Window, moment, stamp


def carried(narrowed: str = "") -> str:
    """Works first seen in a window, once for each goal they carry, as a table `carried` to select from. `narrowed` is
    a condition on `i`, the items. Whatever was selected once is a candidate: few are, and asking the view about every
    work of a year takes seconds."""
    return f"""
    WITH candidates(item_id) AS (
        SELECT g.item_id FROM tags t JOIN taggings g ON g.id = t.tagging_id WHERE t.selected = 1
         UNION
        SELECT item_id FROM labels WHERE holds = 1),
    carried AS MATERIALIZED (
        SELECT i.id AS item_id, i.uid AS uid, i.iso_week AS iso_week, g.goal AS goal, g.probability AS probability
          FROM candidates c
          JOIN items i ON i.id = c.item_id
          JOIN item_goals g ON g.uid = i.uid AND g.selected = 1
         WHERE i.withdrawn = 0 AND i.first_seen >= ? AND i.first_seen < ?
           AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.item_id = i.id AND e.backlog = 1
                              AND e.first_seen = i.first_seen) {narrowed})"""  # noqa: S608 — from this module


CARRIED = carried()

_LATE = """
           AND (SELECT min(first.tagged_at) FROM taggings first
                 WHERE first.item_id = i.id AND first.content = i.content) > ?
           AND NOT EXISTS (SELECT 1 FROM taggings b JOIN tags t ON t.tagging_id = b.id AND t.selected = 1
                            WHERE b.item_id = i.id AND b.tagged_at <= ?)"""
"""First judged after a digest was made, by the text that the work has now."""


@dataclass(frozen=True, slots=True)
class Told:
    """A work of the past, as far as others are compared with it."""

    item_id: int
    uid: str
    title: str
    iso_week: str
    goals: tuple[str, ...]


class PastWeeks:
    """Questions about works of former weeks."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def first_week(self, window: Window) -> str | None:
        """The first ISO week of `window` in which anything was seen; None when nothing was."""
        found: str | None = self._db.value(
            "SELECT iso_week FROM items WHERE first_seen >= ? AND first_seen < ? ORDER BY first_seen LIMIT 1",
            span(window),
        )
        return found

    def works(self, window: Window) -> list[Told]:
        """The works first seen in `window` that carry a goal, in the order of their rows."""
        rows = self._db.rows(
            f"""{CARRIED} SELECT c.item_id, c.uid, i.title, c.iso_week, json_group_array(c.goal) AS goals
                  FROM carried c JOIN items i ON i.id = c.item_id
                 GROUP BY c.item_id ORDER BY c.item_id""",  # noqa: S608 — put together from its own parts
            span(window),
        )
        return [
            Told(r["item_id"], r["uid"], r["title"], r["iso_week"], tuple(sorted(json.loads(r["goals"])))) for r in rows
        ]

    def places(self, window: Window) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
        """goal → places, and goal → ROR ids of institutions, of the works first seen in `window`."""
        places: dict[str, set[str]] = {}
        institutions: dict[str, set[str]] = {}
        for r in self._db.rows(
            f"""{CARRIED} SELECT DISTINCT c.goal, p.country, p.institution
                  FROM carried c JOIN item_places p ON p.item_id = c.item_id""",  # noqa: S608
            span(window),
        ):
            places.setdefault(r["goal"], set()).add(r["country"])
            if r["institution"]:
                institutions.setdefault(r["goal"], set()).add(r["institution"])
        return _frozen(places), _frozen(institutions)

    def recent(self, window: Window, most: int = 5000) -> list[dict[str, Any]]:
        """The latest works of `window` that carry a goal: `uid`, `title`, `url`, `first_seen`, `goals`, `countries`."""
        rows = self._db.rows(
            f"""{CARRIED} SELECT i.uid, i.title, i.url, i.first_seen, json_group_array(c.goal) AS goals,
                       (SELECT json_group_array(DISTINCT p.country) FROM item_places p WHERE p.item_id = i.id) AS places
                  FROM carried c JOIN items i ON i.id = c.item_id
                 GROUP BY i.id ORDER BY i.first_seen DESC, i.id DESC LIMIT ?""",  # noqa: S608
            (*span(window), most),
        )
        return [
            {
                "uid": r["uid"],
                "title": r["title"],
                "url": r["url"],
                "first_seen": moment(r["first_seen"]),
                "goals": tuple(sorted(json.loads(r["goals"]))),
                "countries": tuple(sorted(json.loads(r["places"]))),
            }
            for r in rows
        ]

    def archive_id(self) -> UUID:
        """What tells this store from all others, for as long as it lives."""
        return UUID(self._db.value("SELECT id FROM archive"))

    def late(self, subscriber: str, window: Window, back: timedelta) -> tuple[str, ...]:
        """uids of works that carry a goal, first seen up to `back` before `window`, and first judged after the reader's
        last digest of an earlier week was made: each falls to one digest. So does a work whose text came late, where
        the text before carried no goal. A work judged anew, by another model or by people, is not among them. None when
        the reader had no digest before."""
        made = self._db.value(
            "SELECT max(made_at) FROM digests WHERE subscriber = ? AND window_until <= ?",
            (subscriber, stamp(window.since)),
        )
        if made is None:
            return ()
        rows = self._db.rows(
            f"""{carried(_LATE)}
                SELECT DISTINCT uid FROM carried ORDER BY uid""",  # noqa: S608 — put together from its own parts
            (*span(Window(window.since - back, window.since)), made, made),
        )
        return tuple(r["uid"] for r in rows)

    def told(self, subscriber: str, window: Window) -> frozenset[str]:
        """uids of the works that digests of weeks before `window` told this reader, under the names they bear now: a
        work may have become another more than once, and merges that were undone count no more."""
        rows = self._db.rows(
            """WITH RECURSIVE borne(uid) AS (
                   SELECT w.uid FROM digest_works w JOIN digests d ON d.id = w.digest_id
                    WHERE d.subscriber = ? AND d.window_until <= ?
                    UNION
                   SELECT m.into_uid FROM borne b JOIN merges m ON m.uid = b.uid AND m.undone_at IS NULL)
               SELECT uid FROM borne""",
            (subscriber, stamp(window.since)),
        )
        return frozenset(r["uid"] for r in rows)

    def vectors(self, item_ids: Sequence[int]) -> Mapping[int, tuple[str, bytes]]:
        """Item → the encoder's name and the vector of its text, little-endian float16, for those that have one."""
        found: dict[int, tuple[str, bytes]] = {}
        for start in range(0, len(item_ids), 500):
            part = item_ids[start : start + 500]
            marks = ",".join("?" * len(part))
            for r in self._db.rows(
                f"""SELECT v.item_id, v.encoder, v.vector FROM vectors v JOIN items i ON i.id = v.item_id
                     WHERE v.item_id IN ({marks}) AND v.content = i.content ORDER BY v.item_id, v.encoder""",  # noqa: S608
                part,
            ):
                found[r["item_id"]] = (r["encoder"], r["vector"])
        return found


def span(window: Window) -> tuple[str, str]:
    """Both ends of `window` as the store writes them."""
    return stamp(window.since), stamp(window.until)


def _frozen(sets: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(values) for name, values in sets.items()}
