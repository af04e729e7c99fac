"""Full text over titles, abstracts, authors and institutions; what makes searches by place, day and vector quick.

`items.authors` and `items.institutions` are the names of the byline and of where it works, one a line, because an
external-content table of FTS5 has to find its columns in one place (https://www.sqlite.org/fts5.html, section 4.4.3).
"""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script
from monitor.store.texts import INSTITUTIONS


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        f"""
        DROP TRIGGER items_fts_insert;
        DROP TRIGGER items_fts_delete;
        DROP TRIGGER items_fts_update;
        DROP TABLE items_fts;
        ALTER TABLE items ADD COLUMN authors TEXT NOT NULL DEFAULT '';
        ALTER TABLE items ADD COLUMN institutions TEXT NOT NULL DEFAULT '';
        UPDATE items SET
            authors = coalesce((SELECT group_concat(name, char(10)) FROM
                (SELECT name FROM authors a WHERE a.item_id = items.id ORDER BY position)), ''),
            institutions = {INSTITUTIONS};
        CREATE VIRTUAL TABLE items_fts USING fts5(
            title, abstract, authors, institutions, content='items', content_rowid='id',
            tokenize='porter unicode61 remove_diacritics 2'
        );
        INSERT INTO items_fts(items_fts) VALUES ('rebuild');
        CREATE TRIGGER items_fts_insert AFTER INSERT ON items BEGIN
            INSERT INTO items_fts(rowid, title, abstract, authors, institutions)
            VALUES (new.id, new.title, new.abstract, new.authors, new.institutions);
        END;
        CREATE TRIGGER items_fts_delete AFTER DELETE ON items BEGIN
            INSERT INTO items_fts(items_fts, rowid, title, abstract, authors, institutions)
            VALUES ('delete', old.id, old.title, old.abstract, old.authors, old.institutions);
        END;
        CREATE TRIGGER items_fts_update AFTER UPDATE OF title, abstract, authors, institutions ON items
        WHEN (old.title, old.abstract, old.authors, old.institutions)
             IS NOT (new.title, new.abstract, new.authors, new.institutions) BEGIN
            INSERT INTO items_fts(items_fts, rowid, title, abstract, authors, institutions)
            VALUES ('delete', old.id, old.title, old.abstract, old.authors, old.institutions);
            INSERT INTO items_fts(rowid, title, abstract, authors, institutions)
            VALUES (new.id, new.title, new.abstract, new.authors, new.institutions);
        END;
        CREATE INDEX items_day ON items(coalesce(published, first_seen), withdrawn);
        CREATE INDEX items_venue ON items(venue) WHERE venue IS NOT NULL;
        CREATE INDEX origins_country ON origins(country, item_id);
        CREATE INDEX lens_places_country ON lens_places(country, item_id);
        CREATE INDEX vectors_encoder ON vectors(encoder, item_id, content);
        """,  # noqa: S608 — put together from our own parts
    )
