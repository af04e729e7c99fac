"""What reviewers decide, each decision a row: goals, origins, usefulness, what was taken back; and what was learnt.

Rows are added and never changed: triggers refuse it, whoever asks. What labels there were become decisions made at
the terminal.
"""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.review_views import REVIEW_VIEWS
from monitor.store.statements import script
from monitor.store.views import VIEWS


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE decisions (
            id INTEGER PRIMARY KEY,
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            given_to TEXT,
            what TEXT NOT NULL CHECK (what IN ('goals', 'origin', 'usefulness', 'undo')),
            reviewer TEXT NOT NULL CHECK (reviewer != ''),
            decided_at TEXT NOT NULL,
            model TEXT,
            through TEXT NOT NULL,
            countries TEXT CHECK (countries IS NULL OR json_valid(countries)),
            useful INTEGER CHECK (useful IN (0, 1)),
            undoes INTEGER REFERENCES decisions(id) ON DELETE CASCADE,
            note TEXT NOT NULL,
            CHECK ((what = 'origin') = (countries IS NOT NULL)),
            CHECK ((what = 'usefulness') = (useful IS NOT NULL)),
            CHECK ((what = 'undo') = (undoes IS NOT NULL))
        ) STRICT;
        CREATE INDEX decisions_item ON decisions(item_id, what, id);
        CREATE INDEX decisions_reviewer ON decisions(reviewer, id);
        CREATE UNIQUE INDEX decisions_undoes ON decisions(undoes) WHERE undoes IS NOT NULL;
        ALTER TABLE labels ADD COLUMN decision_id INTEGER REFERENCES decisions(id) ON DELETE CASCADE;
        ALTER TABLE labels ADD COLUMN said INTEGER CHECK (said IN (0, 1));
        INSERT INTO decisions(item_id, given_to, what, reviewer, decided_at, model, through, note)
            SELECT item_id, given_to, 'goals', iif(reviewer = '', 'unknown', reviewer), labelled_at, model,
                   'terminal', ''
              FROM labels GROUP BY item_id, given_to, reviewer, labelled_at, model ORDER BY min(id);
        UPDATE labels SET decision_id = (
            SELECT d.id FROM decisions d
             WHERE d.item_id = labels.item_id AND d.given_to IS labels.given_to AND d.decided_at = labels.labelled_at
               AND d.reviewer = iif(labels.reviewer = '', 'unknown', labels.reviewer) AND d.model IS labels.model);
        CREATE INDEX labels_decision ON labels(decision_id);
        CREATE TABLE trainings (
            id INTEGER PRIMARY KEY,
            taxonomy TEXT NOT NULL,
            what TEXT NOT NULL CHECK (what IN ('training', 'rollback')),
            trained_at TEXT NOT NULL,
            trained_by TEXT NOT NULL,
            model TEXT NOT NULL,
            instead_of TEXT NOT NULL,
            data TEXT NOT NULL,
            labels INTEGER NOT NULL,
            feedback INTEGER NOT NULL,
            figures TEXT NOT NULL CHECK (json_valid(figures)),
            promoted INTEGER NOT NULL CHECK (promoted IN (0, 1)),
            forced INTEGER NOT NULL CHECK (forced IN (0, 1)),
            verdict TEXT NOT NULL
        ) STRICT;
        CREATE TRIGGER trainings_unchanged BEFORE UPDATE ON trainings BEGIN
            SELECT RAISE(ABORT, 'what was trained is added, never changed');
        END;
        CREATE TRIGGER trainings_kept BEFORE DELETE ON trainings BEGIN
            SELECT RAISE(ABORT, 'what was trained is added, never changed');
        END;
        """,
    )
    kept = {
        "decisions": "id, what, reviewer, decided_at, model, through, countries, useful, undoes, note",
        "labels": "id, facet, label, holds, reviewer, model, labelled_at, confidence, guide, decision_id, said",
    }
    for table, columns in kept.items():
        script(
            db,
            f"""
            CREATE TRIGGER {table}_unchanged BEFORE UPDATE OF {columns} ON {table} BEGIN
                SELECT RAISE(ABORT, 'what people decide is added, never changed');
            END;
            CREATE TRIGGER {table}_kept BEFORE DELETE ON {table}
                WHEN EXISTS (SELECT 1 FROM items WHERE id = old.item_id) BEGIN
                SELECT RAISE(ABORT, 'what people decide goes only with its work');
            END;
            """,  # noqa: S608 — the names are those above
        )
    for name, view in {"item_goals": VIEWS["item_goals"], **REVIEW_VIEWS}.items():
        script(db, f"DROP VIEW IF EXISTS {name};\n{view};")
