"""What was learnt from feedback, when, from what, and whether it came into use. Rows are added and never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from monitor.store.connection import Connection
from monitor.types import moment, stamp


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One training, or one return to an earlier model."""

    taxonomy: str
    what: Literal["training", "rollback"]
    trained_at: datetime
    trained_by: str
    model: str
    instead_of: str
    """The model that was running."""
    data: str
    """SHA-256 of everything that decides about the head."""
    labels: int
    """Judgements that it was learnt from."""
    feedback: int
    """Of them, those of the store."""
    figures: Mapping[str, Any]
    """What was measured, as plain JSON types."""
    promoted: bool
    """Whether it is in use since."""
    forced: bool
    """Whether somebody insisted."""
    verdict: str
    """A sentence."""


class Trainings:
    """Table trainings."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, row: TrainingRow) -> None:
        """Write one down."""
        with self._db.transaction():
            self._db.run(
                """INSERT INTO trainings(taxonomy, what, trained_at, trained_by, model, instead_of, data, labels,
                       feedback, figures, promoted, forced, verdict)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    *(row.taxonomy, row.what, stamp(row.trained_at), row.trained_by, row.model, row.instead_of),
                    *(row.data, row.labels, row.feedback, json.dumps(row.figures), row.promoted, row.forced),
                    row.verdict,
                ),
            )

    def all(self, taxonomy: str) -> list[TrainingRow]:
        """Those of a taxonomy, the newest first."""
        return [
            TrainingRow(
                taxonomy=r["taxonomy"],
                what=r["what"],
                trained_at=moment(r["trained_at"]),
                trained_by=r["trained_by"],
                model=r["model"],
                instead_of=r["instead_of"],
                data=r["data"],
                labels=r["labels"],
                feedback=r["feedback"],
                figures=json.loads(r["figures"]),
                promoted=bool(r["promoted"]),
                forced=bool(r["forced"]),
                verdict=r["verdict"],
            )
            for r in self._db.rows("SELECT * FROM trainings WHERE taxonomy = ? ORDER BY id DESC", (taxonomy,))
        ]
