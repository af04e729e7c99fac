"""Stores that every released step of the schema made are brought up to this version, and nothing in them is lost."""

import base64
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from store.sample import columns, fill

from monitor import shipped
from monitor.errors import StoreError
from monitor.store import Store, care, connection, migrations
from monitor.store.migrations import m011_identity

VERSIONS = migrations.names[:-1]

MADE_ANEW = {"items": {"located"}, "entries": {"linked"}}
"""Columns that say that a step has to work again, which a migration may ask for."""

UNREAD = {"items": {"title_key"}, "feeds": {"closed_until", "resume"}}
"""Columns that went, because nothing was read from them."""


def older(path: Path, last: str) -> dict[str, list[dict[str, Any]]]:
    """Make a store at `path` as the version whose last migration is `last` made it, with the sample in it."""
    after = migrations.names[migrations.names.index(last) + 1]
    with closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA foreign_keys = ON")
        migrations.load().apply(Database(made, execute_plugins=False), stop_before=after)
        made.execute(f"PRAGMA application_id = {connection.APPLICATION_ID}")
        with made:
            return fill(made)


def rows(store: Store, table: str) -> list[dict[str, Any]]:
    return [dict(row) for row in store.connection.rows(f"SELECT * FROM {table}")]


@pytest.mark.parametrize("last", VERSIONS)
def test_nothing_is_lost_on_the_way_to_this_version(tmp_path: Path, last: str) -> None:
    path = tmp_path / "monitor.db"
    put = older(path, last)
    with Store.open(path) as store:
        for table, kept in put.items():
            now = rows(store, table)
            assert len(now) >= len(kept), table
            for row in kept:
                other = MADE_ANEW.get(table, set()) | UNREAD.get(table, set())
                same = {name: value for name, value in row.items() if name not in other}
                assert any(same.items() <= one.items() for one in now), f"{table}: {same} became {now}"
        assert care.check(store.connection, shipped.path("store/checks")) == []
        if "items" in put:
            found = store.connection.value("SELECT rowid FROM items_fts WHERE items_fts MATCH 'shield'")
            assert found == 1


@pytest.mark.parametrize("last", VERSIONS)
def test_an_older_store_gets_the_tables_of_a_new_one(tmp_path: Path, last: str) -> None:
    older(tmp_path / "monitor.db", last)
    with Store.open(tmp_path / "monitor.db") as store, Store.memory() as new:
        assert schema(store) == schema(new)


def schema(store: Store) -> dict[str, set[str]]:
    """Columns of each table and view, and the indexes and triggers by name."""
    found = store.connection.rows("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'")
    return {
        f"{r['type']} {r['name']}": {
            c["name"] for c in store.connection.rows("SELECT name FROM pragma_table_info(?)", (r["name"],))
        }
        for r in found
    }


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "monitor.db"
    put = older(path, "m010_coverage")

    def fails(db: Database) -> None:
        db.execute("CREATE TABLE half (x)")
        raise sqlite3.OperationalError("the disk is full")

    [step] = [m for m in migrations.load()._migrations if m.name == "m011_identity"]
    monkeypatch.setattr(step, "fn", fails)
    with pytest.raises(StoreError, match="the disk is full"):
        Store.open(path)
    with closing(sqlite3.connect(path)) as kept:
        assert not columns(kept, "half")
        assert kept.execute("SELECT count(*) FROM items").fetchone() == (len(put["items"]),)
    monkeypatch.setattr(step, "fn", m011_identity.apply)
    with Store.open(path) as store:
        assert store.items.count() == 1


def test_versions_from_before_are_told_by_one_digest_each(tmp_path: Path) -> None:
    """Those that the last digest told, those that it could not know, and those of the week that runs."""
    path = tmp_path / "monitor.db"
    versions = {
        "told": ("2026-07-24T17:00:00Z", "2026-07-28T05:00:00Z", "2026-07-24T17:00:00Z"),
        "known": ("2026-07-24T17:00:00Z", "2026-07-26T05:00:00Z", "2026-07-24T17:00:00Z"),
        "weekend": ("2026-07-24T17:00:00Z", "2026-07-28T05:00:00Z", "2026-07-28T05:00:00Z"),
        "running": ("2026-07-27T17:00:00Z", "2026-07-28T05:00:00Z", "2026-07-27T17:00:00Z"),
        "ahead": ("2026-09-01T00:00:00Z", "2026-07-28T05:00:00Z", "2026-07-28T05:00:00Z"),
        "earlier": ("2026-07-17T17:00:00Z", "2026-07-28T05:00:00Z", "2026-07-17T17:00:00Z"),
    }
    older(path, migrations.names[migrations.names.index("m022_told") - 1])
    document = base64.b64encode(json.dumps({"versions": [{"uid": "told"}]}).encode()).decode()
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("UPDATE digests SET formats = ?", (json.dumps({"json": document}),))
        for uid, (updated, last_seen, _) in versions.items():
            item = made.execute(
                """INSERT INTO items(uid, updated, first_seen, iso_week, title, abstract, categories, title_key,
                       content) VALUES (?, ?, '2026-07-10T05:00:00Z', '2026-W28', '', '', '[]', '', '')""",
                (uid, updated),
            ).lastrowid
            made.execute(
                """INSERT INTO entries(feed, key, item_id, digest, record, first_seen, last_seen)
                   VALUES ('journal', ?, ?, '', '{}', '2026-07-10T05:00:00Z', ?)""",
                (uid, item, last_seen),
            )
    with Store.open(path) as store:
        found = store.connection.rows("SELECT uid, r.* FROM revisions r JOIN items i ON i.id = r.item_id")
        assert {r["uid"]: (r["updated"], r["seen_at"]) for r in found} == {
            uid: (updated, seen_at) for uid, (updated, _, seen_at) in versions.items()
        }


def test_the_sample_has_rows_in_every_table() -> None:
    with closing(sqlite3.connect(":memory:")) as new:
        migrations.load().apply(Database(new, execute_plugins=False))
        fill(new)
        tables = [
            row[0]
            for row in new.execute(
                """SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main'
                    AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_%' ESCAPE '\\'"""
            )
        ]
        empty = [table for table in tables if not new.execute(f"SELECT 1 FROM {table}").fetchone()]
    assert empty == [], "put rows into tests/store/sample.py, so that later migrations are tried on them"


def test_passwords_that_older_versions_kept_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    older(path, migrations.names[migrations.names.index("m025_credentials") - 1])
    secret, bare = "https://reader:opens@same@journal.example/rss?page=2", "https://journal.example/rss?page=2"
    circle = "reader:opens@same@journal.example goes round in circles"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute(
            "UPDATE feeds SET url = ?, moved_to = ?, last_error = ?, stopped = ? WHERE name = 'journal'",
            (secret, secret, f"it goes back to {secret}", "write to help@journal.example"),
        )
        made.execute("UPDATE fetches SET error = ?", (circle,))
        made.execute("UPDATE windows SET reason = ?, resume = ?", (circle, json.dumps({"url": secret})))
        made.execute("DELETE FROM validators")
        made.executemany(
            "INSERT INTO validators(feed, url, etag) VALUES (?, ?, ?)",
            [("journal", secret, "old"), ("journal", bare, "new"), ("arxiv-security", secret, "only")],
        )
    with Store.open(path) as store:
        assert {(r["feed"], r["url"], r["etag"]) for r in rows(store, "validators")} == {
            ("journal", bare, "new"),
            ("arxiv-security", bare, "only"),
        }
        [feed] = [r for r in rows(store, "feeds") if r["name"] == "journal"]
        assert (feed["url"], feed["moved_to"], feed["last_error"]) == (bare, bare, f"it goes back to {bare}")
        assert feed["stopped"] == "write to help@journal.example", "what is no password stays"
        assert {r["error"] for r in rows(store, "fetches")} == {"journal.example goes round in circles"}
        assert {(r["reason"], r["resume"]) for r in rows(store, "windows")} == {
            ("journal.example goes round in circles", None)
        }
