"""What strangers' SQL may do."""

import sqlite3
from pathlib import Path

import pytest

from monitor.store import Store
from monitor.store.guard import guard, joined


@pytest.fixture
def connection(tmp_path: Path):
    with Store.open(tmp_path / "monitor.db") as store, store.transaction():
        store.connection.run(
            """INSERT INTO digests(subscriber, iso_week, window_since, window_until, made_at, subject, formats)
               VALUES ('staff', '2026-W30', '', '', '', 's', '{"html": "x"}')"""
        )
        store.connection.run(
            """INSERT INTO deliveries(digest_id, output, recipient, message_id, state, next_at, queued_at)
               VALUES (1, 'email', 'ana@agency.example', 'm', 'queued', '', '')"""
        )
    opened = sqlite3.connect(f"file:{tmp_path / 'monitor.db'}?mode=ro", uri=True)
    guard(opened)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM items",
        "SELECT * FROM item_overview",
        "SELECT * FROM items_fts WHERE items_fts MATCH 'muon'",
        "SELECT value FROM json_each('[1]')",
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 5) SELECT sum(x) FROM c",
        "PRAGMA table_info(items)",
        "SELECT name FROM pragma_table_info('items')",
        "EXPLAIN QUERY PLAN SELECT 1",
    ],
)
def test_reading_is_let_through(connection: sqlite3.Connection, sql: str) -> None:
    connection.execute(sql).fetchall()


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM items",
        "INSERT INTO labels DEFAULT VALUES",
        "UPDATE items SET title = 'x'",
        "UPDATE sqlite_master SET sql = ''",
        "DROP TABLE items",
        "CREATE TABLE other(x)",
        "CREATE TEMP TABLE other(x)",
        "ATTACH 'other.db' AS other",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA journal_mode = DELETE",
        "VACUUM INTO 'other.db'",
        "SELECT load_extension('x')",
        "SELECT length(zeroblob(500000000))",
        "BEGIN IMMEDIATE",
    ],
)
def test_nothing_else_is(connection: sqlite3.Connection, sql: str) -> None:
    with pytest.raises(sqlite3.Error):
        connection.execute(sql).fetchall()


def rows(connection: sqlite3.Connection, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(sql)]


def test_addresses_of_readers_and_their_documents_read_as_null(connection: sqlite3.Connection) -> None:
    assert rows(connection, "SELECT recipient, state FROM deliveries") == [(None, "queued")]
    assert rows(connection, "SELECT recipient FROM delivery_log") == [(None,)]
    assert rows(connection, "SELECT count(*) FROM deliveries WHERE recipient LIKE 'ana%'") == [(0,)]
    assert rows(connection, "SELECT formats FROM digests") == [(None,)]


@pytest.mark.parametrize(
    "join",
    [
        "FULL JOIN (SELECT 'x' AS recipient) USING (recipient)",
        "JOIN (SELECT 'ana@agency.example' AS recipient) using(recipient)",
        "JOIN (SELECT 1 AS id, 'x' AS recipient) USING (id, \"Recipient\")",
        "FULL JOIN (SELECT 'x' AS recipient) USING /* ) */ ( -- )\n [recipient])",
        "FULL JOIN (SELECT 'x' AS recipient) USING ('recipient')",
        "FULL JOIN (SELECT 'x' AS recipient) USING (`recipient`)",
        "NATURAL FULL JOIN (SELECT 'x' AS recipient)",
        "natural join rests",
    ],
)
def test_no_join_by_name_tells_what_reads_as_null(connection: sqlite3.Connection, join: str) -> None:
    sql = f"SELECT * FROM deliveries {join}"
    connection.execute(sql)  # SQLite itself has nothing against it
    with pytest.raises(sqlite3.OperationalError, match="is not answered here"):
        joined(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM item_goals JOIN item_overview USING (uid) WHERE title LIKE '%natural%'",
        "SELECT d.state, recipient FROM deliveries d JOIN digests USING (id)",
        "SELECT 'using (recipient)', \"natural\" FROM items -- natural",
        "SELECT 1 /* USING (recipient) */ WHERE 'it''s natural' = ?1",
        "SELECT 1 FROM items USING",
        "",
    ],
)
def test_other_joins_are_let_through(sql: str) -> None:
    joined(sql)


def test_an_answer_ends_before_it_fills_the_memory(connection: sqlite3.Connection) -> None:
    sql = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT {}) SELECT zeroblob(1000000) FROM c"
    for _ in range(3):  # each answer is weighed by itself
        assert len(rows(connection, sql.format(19))) == 19
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        rows(connection, sql.format(30))
    with pytest.raises(sqlite3.OperationalError, match="too many columns"):
        connection.execute(f"SELECT {', '.join(['1'] * 200)}")
