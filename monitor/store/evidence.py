"""Evidence of where works come from, the look-ups that brought it, and how each work stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.evidence import Evidence, Statement, Verdict
from monitor.store.connection import Connection
from monitor.types import moment, stamp

LookupState = Literal["answered", "none", "absent", "refused", "throttled", "blocked", "failed"]
"""How a look-up ended. `answered`: with something to keep; `none`: the source has the work, and tells nothing of it;
`absent`: the source does not have the work (yet); `refused`: what came is garbled or no document of its kind, and is
not believed, or it takes no question about the work; the last three: no answer came."""

ANSWERS = frozenset({"answered", "none", "absent", "refused"})
"""States in which the source has spoken."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """One question about one work to one route."""

    route: str
    source: str
    asked_at: datetime
    state: LookupState
    statements: int = 0
    retry_at: datetime | None = None
    """Before then the route is to be left alone."""
    error: str | None = None
    position: int = 0
    """Which of the works of its request this one was; every request has a first one, 0."""
    works: int = 1
    """How many works its request was about."""


class EvidenceTables:
    """Tables evidence and lookups, and the columns of items that begin with `origin_`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def current(self, item_id: int) -> list[Evidence]:
        """The evidence about an item that was not replaced, in the order in which it was obtained."""
        rows = self._db.rows(
            "SELECT * FROM evidence WHERE item_id = ? AND superseded_at IS NULL ORDER BY fetched_at, id", (item_id,)
        )
        return [_evidence(row) for row in rows]

    def fed(self, item_id: int) -> tuple[str, datetime]:
        """The feeds that an item came through, and when one of them last brought it."""
        row = self._db.row(
            """SELECT i.first_seen AS first_seen, max(e.last_seen) AS last_seen, group_concat(DISTINCT e.feed) AS feeds
                 FROM items i LEFT JOIN entries e ON e.item_id = i.id WHERE i.id = ?""",
            (item_id,),
        )
        if row is None or row["first_seen"] is None:
            raise LookupError(f"there is no item {item_id}")
        return row["feeds"] or "", moment(row["last_seen"] or row["first_seen"])

    def add(self, item_id: int, evidence: Iterable[Evidence]) -> None:
        """Write down evidence that is not there yet; nothing is taken away."""
        with self._db.transaction():
            known = {_key(e) for e in self.current(item_id)}
            self._insert(item_id, [e for e in evidence if _key(e) not in known], {})

    def settle(self, item_id: int, evidence: Sequence[Evidence], now: datetime) -> None:
        """Make `evidence` what currently holds. Rows that are not in it are marked as superseded and stay.

        What is only read anew remembers to which name of the work it was given, so that it goes where that goes.
        """
        with self._db.transaction():
            wanted = {_key(e) for e in evidence}
            known, given = set(), dict[object, str | None]()
            for row in self._db.rows(
                "SELECT * FROM evidence WHERE item_id = ? AND superseded_at IS NULL ORDER BY fetched_at, id", (item_id,)
            ):
                e = _evidence(row)
                given.setdefault(_said(e), row["given_to"])
                if _key(e) in wanted:
                    known.add(_key(e))
                else:
                    self._db.run("UPDATE evidence SET superseded_at = ? WHERE id = ?", (stamp(now), row["id"]))
            self._insert(item_id, [e for e in evidence if _key(e) not in known], given)

    def conclude(self, item_id: int, verdict: Verdict) -> None:
        """Write down how an item stands."""
        with self._db.transaction():
            self._db.run(
                """UPDATE items SET origin_state = ?, origin_covered = ?, origin_strong = ?, origin_conflicts = ?
                   WHERE id = ?""",
                (verdict.state, verdict.covered, verdict.strong, len(verdict.conflicts), item_id),
            )

    def country_of(self, ror: str) -> str | None:
        """The country of a ROR id as OpenAlex, which takes it from ROR, gave it with some work."""
        found: str | None = self._db.value(
            "SELECT country FROM evidence WHERE kind = 'index' AND ror = ? ORDER BY id DESC LIMIT 1", (ror,)
        )
        return found

    def revisit(self, rors: Iterable[str | None]) -> None:
        """Have items located again that were told one of these ROR ids before its country was known."""
        with self._db.transaction():
            self._db.run_many(
                """UPDATE items SET located = NULL WHERE id IN (
                       SELECT e.item_id FROM evidence e
                        WHERE e.ror = ?1 AND e.kind IN ('affiliation', 'ror') AND e.superseded_at IS NULL
                          AND NOT EXISTS (SELECT 1 FROM evidence r
                                           WHERE r.item_id = e.item_id AND r.ror = ?1
                                             AND r.method = 'ror-attached'))""",
                [(ror,) for ror in dict.fromkeys(rors) if ror],
            )

    def wanting(self, *, everything: bool, known: bool) -> list[tuple[int, datetime]]:
        """Items with their first sight, the newest first; without `known` only those whose authors are not all known
        by strong evidence.

        Those that carry a goal, unless `everything` is asked for.
        """
        rows = self._db.rows(
            """SELECT i.id, i.first_seen FROM items i
                WHERE i.withdrawn = 0 AND i.located IS NOT NULL AND (?2 OR i.origin_strong = 0)
                  AND (?1 OR EXISTS (SELECT 1 FROM item_goals g WHERE g.uid = i.uid AND g.selected = 1))
                ORDER BY i.first_seen DESC, i.id DESC""",
            (everything, known),
        )
        return [(row["id"], moment(row["first_seen"])) for row in rows]

    def save_lookup(self, item_id: int, lookup: Lookup) -> None:
        """Add a row to the ledger of look-ups."""
        with self._db.transaction():
            self._db.run(
                """INSERT INTO lookups(item_id, route, source, asked_at, state, statements, retry_at, error, position,
                       works)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    item_id,
                    lookup.route,
                    lookup.source,
                    stamp(lookup.asked_at),
                    lookup.state,
                    lookup.statements,
                    stamp(lookup.retry_at) if lookup.retry_at else None,
                    lookup.error,
                    lookup.position,
                    lookup.works,
                ),
            )

    def lookups(self, item_id: int, route: str | None = None) -> list[Lookup]:
        """What was asked about an item, of one route or of all, oldest first."""
        rows = self._db.rows(
            "SELECT * FROM lookups WHERE item_id = ?1 AND (?2 IS NULL OR route = ?2) ORDER BY id", (item_id, route)
        )
        return [_lookup(row) for row in rows]

    def asked(self, route: str) -> dict[int, list[Lookup]]:
        """Item → what a route was asked about it, oldest first."""
        found: dict[int, list[Lookup]] = {}
        for row in self._db.rows("SELECT * FROM lookups WHERE route = ? ORDER BY id", (route,)):
            found.setdefault(row["item_id"], []).append(_lookup(row))
        return found

    def asked_since(self, route: str, since: datetime) -> int:
        """How many requests a route got from `since` on."""
        found: int = self._db.value(
            "SELECT count(*) FROM lookups WHERE route = ? AND asked_at > ? AND position = 0", (route, stamp(since))
        )
        return found

    def rests_until(self, route: str) -> datetime | None:
        """When a route that asked to be left alone may be asked again."""
        found = self._db.value("SELECT max(retry_at) FROM lookups WHERE route = ?", (route,))
        return moment(found) if found else None

    def health(self) -> list[dict[str, object]]:
        """The rows of the view route_health, in order of name."""
        return [dict(row) for row in self._db.rows("SELECT * FROM route_health ORDER BY route")]

    def states(self) -> dict[str, int]:
        """State → how many works stand so."""
        rows = self._db.rows("SELECT state, count(*) AS items FROM item_origin_state GROUP BY state ORDER BY state")
        return {row["state"]: row["items"] for row in rows}

    def is_located(self, item_id: int) -> bool:
        """Whether step locate has looked at an item since its byline came or changed."""
        return self._db.value("SELECT located FROM items WHERE id = ?", (item_id,)) is not None

    def superseded(self, item_id: int) -> list[Evidence]:
        """The evidence about an item that was replaced, in the order in which it was obtained."""
        rows = self._db.rows(
            "SELECT * FROM evidence WHERE item_id = ? AND superseded_at IS NOT NULL ORDER BY id", (item_id,)
        )
        return [_evidence(row) for row in rows]

    def _insert(self, item_id: int, evidence: Iterable[Evidence], given: Mapping[object, str | None]) -> None:
        """Add rows; `given` is what was said → the name of the work that it was given to."""
        self._db.run_many(
            """INSERT INTO evidence(item_id, given_to, author, name, kind, raw, ror, corresponding, route, source,
                   fetched_at, country, method, score, rank, words, span_start, span_end, institution, resolver)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [(item_id, given.get(_said(e)), *_values(e)) for e in dict.fromkeys(evidence)],
        )


def _values(e: Evidence) -> tuple[object, ...]:
    s = e.statement
    start, end = e.span or (None, None)
    return (
        *(s.author, e.name, s.kind, s.raw, s.ror, s.corresponding, e.route, e.source, stamp(e.fetched_at)),
        *(e.country, e.method, e.score, e.rank, e.words, start, end, e.institution, e.resolver),
    )


def _key(e: Evidence) -> tuple[object, ...]:
    """What makes two rows the same piece of evidence: everything but when it was fetched and by whom it was read."""
    return e.statement, e.route, e.source, e.name, e.country, e.method, e.score, e.words, e.institution


def _said(e: Evidence) -> tuple[object, ...]:
    """What a document says, whoever it is given to and however it is read."""
    return e.route, e.source, e.fetched_at, e.statement.kind, e.statement.raw


def _evidence(row: sqlite3.Row) -> Evidence:
    return Evidence(
        Statement(row["kind"], row["raw"], row["author"], row["ror"], bool(row["corresponding"])),
        row["route"],
        row["source"],
        moment(row["fetched_at"]),
        name=row["name"],
        country=row["country"],
        method=row["method"],
        score=row["score"],
        words=row["words"],
        span=None if row["span_start"] is None else (row["span_start"], row["span_end"]),
        institution=row["institution"],
        resolver=row["resolver"],
    )


def _lookup(row: sqlite3.Row) -> Lookup:
    return Lookup(
        row["route"],
        row["source"],
        moment(row["asked_at"]),
        row["state"],
        row["statements"],
        moment(row["retry_at"]) if row["retry_at"] else None,
        row["error"],
        row["position"],
        row["works"],
    )
