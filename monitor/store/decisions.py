"""What reviewers decide about works. Each decision is a row with who, when and which model; none is ever changed.

Taking a decision back is a row too. Of what stands, the newest counts, in views and in digests from that moment on.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.countries import is_place
from monitor.errors import StoreError
from monitor.evidence import PERSON, decide
from monitor.store.connection import Connection
from monitor.store.evidence import EvidenceTables
from monitor.store.findings import Findings
from monitor.store.review_views import STANDS
from monitor.types import moment, stamp

What = Literal["goals", "origin", "usefulness", "undo"]
"""Which goals a work carries; which countries it comes from; whether it was of use to the reader; and that a decision
was taken back."""

SURE = 3


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who decides, when, and where."""

    name: str
    now: datetime
    through: str
    """The way by which it came: `terminal`, `queue`, `item`, `digest`, ..."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A row of what was decided."""

    id: int
    uid: str
    what: What
    reviewer: str
    decided_at: datetime
    model: str | None
    """Whose tags the work had then."""
    through: str
    goals: Mapping[str, bool]
    """Goal → whether it holds, for those that were judged."""
    countries: tuple[str, ...] | None
    """ISO 3166-1 alpha-2, or `EU` for bodies of the European Union; none at all: the work does not tell."""
    useful: bool | None
    confidence: int | None
    """3 sure, 2 likely, 1 a coin toss."""
    undoes: int | None
    """The decision that this one takes back."""
    undone_at: datetime | None
    """When it was taken back itself."""
    note: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Something on which the last words of reviewers differ."""

    uid: str
    about: Literal["goal", "origin"]
    label: str
    """The goal; empty for the origin."""
    said: Mapping[str, str]
    """Reviewer → `yes` or `no`, or the countries as a JSON list."""
    counts: str
    """The newest of them, which views and digests follow."""


class Decisions:
    """Table decisions, and the rows of labels that belong to it."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def judge(
        self, item_id: int, goals: Mapping[str, bool], by: Reviewer, *, confidence: int = SURE, guide: str | None = None
    ) -> int | None:
        """Keep whether a work carries each of `goals`: its tags are accepted, rejected or changed by it. `guide` is the
        wording of the rules that were followed.

        The decision's id; None when the work is gone, which it is after it turned out to be the same as another.
        """
        with self._db.transaction():
            decision = self._add(item_id, "goals", by)
            if decision is None:
                return None
            self._db.run_many(
                """INSERT INTO labels(item_id, facet, label, holds, reviewer, model, labelled_at, confidence, guide,
                       decision_id, said)
                   SELECT d.item_id, 'goal', ?2, ?3, d.reviewer, d.model, d.decided_at, ?4, ?5, d.id,
                          (SELECT t.selected FROM items i
                             JOIN taggings g ON g.item_id = i.id AND g.model = i.tagged AND g.content = i.content
                             JOIN tags t ON t.tagging_id = g.id AND t.facet = 'goal' AND t.label = ?2
                            WHERE i.id = d.item_id)
                     FROM decisions d WHERE d.id = ?1""",
                [(decision, goal, holds, confidence, guide) for goal, holds in goals.items()],
            )
            Findings(self._db).make_room(item_id)
            return decision

    def place(self, item_id: int, countries: Collection[str], by: Reviewer) -> int | None:
        """Keep which countries a work comes from, in the place of what was found; None as for `judge`."""
        for country in countries:
            if not is_place(country):
                raise StoreError(f"{country!r} is not a country of ISO 3166-1; write two capital letters, such as US")
        with self._db.transaction():
            decision = self._add(item_id, "origin", by, countries=json.dumps(sorted(set(countries))))
            if decision is not None:
                self._conclude(item_id)
            return decision

    def rate(self, item_id: int, useful: bool, by: Reviewer) -> int | None:
        """Keep whether a work was of use to the reader; None as for `judge`."""
        with self._db.transaction():
            return self._add(item_id, "usefulness", by, useful=useful)

    def undo(self, decision: int, by: Reviewer) -> bool:
        """Take a decision back, so that what stood before it counts again; whether it was there to be taken back.

        Only who made it can do so: others decide otherwise. What was taken back once is decided anew instead.
        """
        with self._db.transaction():
            row = self._db.row(
                f"""SELECT d.item_id, d.what, d.given_to FROM decisions d
                     WHERE d.id = ? AND d.reviewer = ? AND d.what != 'undo' AND {STANDS.format("d.id")}""",  # noqa: S608
                (decision, by.name),
            )
            if row is None:
                return False
            self._add(row["item_id"], "undo", by, undoes=decision, given_to=row["given_to"])
            if row["what"] == "origin":
                self._conclude(row["item_id"])
            return True

    def follow(self, item_id: int) -> None:
        """Have the origins of a work follow what people say of it, after decisions came to it or left it."""
        told = "SELECT 1 FROM origins WHERE item_id = ? AND method = ?"
        if self.countries(item_id) is not None or self._db.value(told, (item_id, PERSON)):
            self._conclude(item_id)

    def of(self, item_id: int) -> list[Decision]:
        """All that was decided about a work, the newest first."""
        return self._read("JOIN items i ON i.uid = r.uid WHERE i.id = ? ORDER BY r.decision DESC", (item_id,))

    def recent(self, limit: int, reviewer: str | None = None) -> list[Decision]:
        """The newest decisions, of one reviewer or of all, those that were taken back included."""
        return self._read("WHERE (?1 IS NULL OR r.reviewer = ?1) ORDER BY r.decision DESC LIMIT ?2", (reviewer, limit))

    def countries(self, item_id: int) -> tuple[str, ...] | None:
        """The countries that people gave a work; None when nobody did."""
        found = self._db.value(
            f"""SELECT d.countries FROM decisions d
                 WHERE d.item_id = ? AND d.what = 'origin' AND {STANDS.format("d.id")}
                 ORDER BY d.id DESC LIMIT 1""",  # noqa: S608 — put together from its own parts
            (item_id,),
        )
        return None if found is None else tuple(json.loads(found))

    def usefulness(self, item_id: int) -> dict[str, bool]:
        """Reviewer → whether the work was of use, by the last word of each."""
        rows = self._db.rows(
            f"""SELECT d.reviewer, d.useful FROM decisions d
                 WHERE d.item_id = ? AND d.what = 'usefulness' AND {STANDS.format("d.id")} ORDER BY d.id""",  # noqa: S608
            (item_id,),
        )
        return {row["reviewer"]: bool(row["useful"]) for row in rows}

    def disagreements(self, limit: int, item_id: int | None = None) -> list[Disagreement]:
        """On what reviewers differ, the newest first; about one work or all."""
        rows = self._db.rows(
            """SELECT * FROM review_disagreements
                WHERE ?1 IS NULL OR uid = (SELECT uid FROM items WHERE id = ?1) ORDER BY decision DESC LIMIT ?2""",
            (item_id, limit),
        )
        return [Disagreement(r["uid"], r["about"], r["label"], json.loads(r["said"]), r["counts"]) for r in rows]

    def _add(
        self,
        item_id: int,
        what: What,
        by: Reviewer,
        *,
        countries: str | None = None,
        useful: bool | None = None,
        undoes: int | None = None,
        given_to: str | None = None,
    ) -> int | None:
        item = self._db.row("SELECT tagged FROM items WHERE id = ?", (item_id,))
        if item is None:
            return None
        return self._db.run(
            """INSERT INTO decisions(item_id, given_to, what, reviewer, decided_at, model, through, countries, useful,
                   undoes, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                *(item_id, given_to, what, by.name, stamp(by.now), item["tagged"], by.through),
                *(countries, useful, undoes, by.note),
            ),
        )

    def _conclude(self, item_id: int) -> None:
        """Have the origins of a work follow what people say of it now, or again what was found."""
        evidence, findings = EvidenceTables(self._db), Findings(self._db)
        authors = self._db.value("SELECT count(*) FROM authors WHERE item_id = ?", (item_id,))
        located = self._db.value("SELECT located FROM items WHERE id = ?", (item_id,))
        verdict = decide(evidence.current(item_id), authors, self.countries(item_id))
        findings.locate(item_id, verdict.origins, located)
        evidence.conclude(item_id, verdict)

    def _read(self, which: str, values: Iterable[object]) -> list[Decision]:
        return [_decision(row) for row in self._db.rows(f"SELECT r.* FROM review_log r {which}", values)]  # noqa: S608


def _decision(row: sqlite3.Row) -> Decision:
    return Decision(
        id=row["decision"],
        uid=row["uid"],
        what=row["what"],
        reviewer=row["reviewer"],
        decided_at=moment(row["decided_at"]),
        model=row["model"],
        through=row["through"],
        goals={goal: bool(holds) for goal, holds in json.loads(row["goals"]).items()},
        countries=None if row["countries"] is None else tuple(json.loads(row["countries"])),
        useful=None if row["useful"] is None else bool(row["useful"]),
        confidence=row["confidence"],
        undoes=row["undoes"],
        undone_at=moment(row["undone_at"]) if row["undone_at"] else None,
        note=row["note"],
    )
