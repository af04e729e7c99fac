"""The store as a file: opening, locking, refusing, migrating."""

import base64
import contextlib
import resource
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from monitor.errors import LockError, StoreError
from monitor.origin import VERSION, Resolver
from monitor.pipeline.locate import locate
from monitor.store import Store, care, connection, migrations


def test_a_new_store_has_every_migration(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store" / "monitor.db") as store:
        applied = {r[0] for r in store.connection.rows("SELECT name FROM _sqlite_migrations")}
    assert applied == set(migrations.names)


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    Store.open(path).close()
    with Store.open(path) as store:
        assert store.connection.value("SELECT count(*) FROM _sqlite_migrations") == len(migrations.names)


def test_labels_of_an_older_store_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    older = Database(sqlite3.connect(path), execute_plugins=False)
    migrations.load().apply(older, stop_before="m006_judgements")
    older.execute(f"PRAGMA application_id = {connection.APPLICATION_ID}")
    with older.conn:
        older.execute(
            """INSERT INTO items(id, uid, title, abstract, first_seen, iso_week, categories, title_key, content)
               VALUES (1, 'doi:10.5555/a', '', '', '2026-01-01T00:00:00Z', '2026-W01', '[]', '', '')"""
        )
        older.execute(
            """INSERT INTO labels(item_id, facet, label, holds, reviewer, labelled_at)
               VALUES (1, 'goal', 'cyber', 1, 'ana', '2026-01-02T00:00:00Z')"""
        )
    older.close()
    with Store.open(path) as store:
        [judgement] = store.labels.judgements()
        [decision] = store.decisions.of(1)
    assert (judgement.goals, judgement.confidence, judgement.guide) == ({"cyber": True}, None, None)
    assert (decision.what, decision.goals, decision.reviewer, decision.through) == (
        *("goals", {"cyber": True}, "ana"),
        "terminal",
    )


def test_works_of_an_older_store_are_located_again(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    older = Database(sqlite3.connect(path), execute_plugins=False)
    migrations.load().apply(older, stop_before="m007_evidence")
    older.execute(f"PRAGMA application_id = {connection.APPLICATION_ID}")
    with older.conn:
        older.execute(
            """INSERT INTO items(id, uid, title, abstract, first_seen, iso_week, categories, title_key, content,
                   located)
               VALUES (1, 'doi:10.5555/a', '', '', '2026-01-01T00:00:00Z', '2026-W01', '[]', '', '', ?)""",
            (VERSION,),
        )
        older.execute("INSERT INTO authors(item_id, position, name) VALUES (1, 0, 'Ana')")
        older.execute("INSERT INTO affiliations(item_id, author, position, text) VALUES (1, 0, 0, 'Oslo, Norway')")
    older.close()
    with Store.open(path) as store:
        assert locate(store, Resolver(), lambda: datetime(2026, 7, 1, tzinfo=UTC)) == 1
        [row] = store.connection.rows("SELECT uid, country, rank, route FROM item_evidence")
        assert tuple(row) == ("doi:10.5555/a", "NO", 1, "feed")
        assert store.evidence.states() == {"known": 1}


def test_digests_and_deliveries_of_an_older_store_are_kept(tmp_path: Path) -> None:
    """Every state, stamp and error from before deliveries could bounce; what waited goes on, what was sent stays so."""
    path = tmp_path / "monitor.db"
    older = Database(sqlite3.connect(path), execute_plugins=False)
    migrations.load().apply(older, stop_before="m013_deliveries")
    older.execute(f"PRAGMA application_id = {connection.APPLICATION_ID}")
    page = base64.b64encode(b"page").decode()
    digests = [(3, "staff", "2026-W29"), (5, "staff", "2026-W30"), (6, "all", "2026-W30")]
    deliveries = [
        (2, 3, "ana", "sent", 1, "", None, "2026-07-20T06:01:00Z", None),
        (4, 3, "bo", "given-up", 9, "", None, None, "550 no such user"),
        (7, 5, "ana", "queued", 0, "2026-07-27T06:00:00Z", None, None, None),
        (8, 5, "bo", "deferred", 2, "2026-07-27T06:15:00Z", None, None, "451 greylisted"),
        (9, 5, "cem", "sending", 1, "2026-07-27T06:00:00Z", "2026-07-27T06:10:00Z", None, None),
    ]
    with older.conn:
        older.conn.executemany(
            """INSERT INTO digests(id, subscriber, iso_week, window_since, window_until, made_at, subject, formats)
               VALUES (?, ?, ?, '', '', '2026-07-' || CASE ?3 WHEN '2026-W29' THEN '20' ELSE '27' END || 'T06:00:00Z',
                       'Subject', json_object('txt', ?))""",
            [(*digest, page) for digest in digests],
        )
        older.conn.executemany(
            """INSERT INTO deliveries(id, digest_id, output, recipient, message_id, state, attempts, next_at,
                   leased_until, sent_at, error)
               VALUES (?1, ?2, 'email', ?3 || '@agency.example', '<' || ?1 || '@x>', ?4, ?5, ?6, ?7, ?8, ?9)""",
            deliveries,
        )
    older.close()
    with Store.open(path) as store:
        log = {row["message_id"]: row for row in store.digests.log()}
        assert {name: (row["state"], row["attempts"], row["error"]) for name, row in log.items()} == {
            f"<{name}@x>": (state, attempts, error) for name, _, _, state, attempts, _, _, _, error in deliveries
        }
        assert log["<2@x>"]["sent_at"] == "2026-07-20T06:01:00Z"
        assert [(f.week, f.subject) for f in store.digests.filed("staff")] == [
            ("2026-W30", "Subject"),
            ("2026-W29", "Subject"),
        ]
        assert store.digests.document(5).formats == {"txt": b"page"}
        assert store.digests.made("all", "2026-W30")
        now = datetime(2026, 7, 27, 6, 20, tzinfo=UTC)
        assert store.subscribers.added("staff") == datetime(2026, 7, 20, 6, tzinfo=UTC)
        claimed = [d for d in (store.outbox.claim(now) for _ in range(4)) if d]
        assert [(d.message_id, d.attempts) for d in claimed] == [("<7@x>", 1), ("<9@x>", 2), ("<8@x>", 3)]
        assert {d.queued_at for d in claimed} == {datetime(2026, 7, 27, 6, tzinfo=UTC)}
        assert care.check(store.connection, None) == []


def test_tables_are_strict() -> None:
    with Store.memory() as store:
        tables = store.connection.rows(
            "SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND schema = 'main'"
            " AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_%' ESCAPE '\\'"
        )
    assert tables
    assert [t["name"] for t in tables if not t["strict"]] == []


def test_a_transaction_is_kept_whole_or_not_at_all() -> None:
    with Store.memory() as store:
        with contextlib.suppress(ZeroDivisionError), store.transaction():
            store.items.add("doi:10.5555/a", "2026-01-01T00:00:00Z", "2026-W01")
            _ = 1 / 0
        assert store.items.count() == 0
        with store.transaction():
            store.items.add("doi:10.5555/a", "2026-01-01T00:00:00Z", "2026-W01")
        assert store.items.count() == 1


@pytest.mark.parametrize(
    ("sql", "values", "says"),
    [
        ("SELECT ?", [], "cannot be asked so: Incorrect number of bindings"),
        ("SELECT 1; SELECT 2", [], "cannot be asked so: You can only execute one statement"),
        ("SELECT ?", [object()], "cannot be asked so: Error binding parameter"),
        ("SELECT ?", [2**63], "a number is larger than any"),
        ("SELECT ?", ["a\udcff"], r"a text with '\\udcff' in it is not Unicode"),
        ("SELECT '\ud800'", [], "is not Unicode"),
    ],
)
def test_a_wrong_question_is_not_called_damage(sql: str, values: list[object], says: str) -> None:
    with Store.memory() as store, pytest.raises(StoreError, match=says) as told:
        store.connection.rows(sql, values)
    assert "damaged" not in str(told.value)


def test_a_damaged_file_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(StoreError, match=r"monitor\.db.*damaged.*backup"):
        Store.open(path)


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(StoreError, match="not made by the monitor"):
        Store.open(path)


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with Store.open(path) as store, store.transaction():
        store.connection.run(
            "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) VALUES ('monitor', 'm999_later', '')"
        )
    with pytest.raises(StoreError, match=r"newer version.*m999_later"):
        Store.open(path)


def test_a_missing_store_cannot_be_opened_read_only(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store yet"):
        Store.open(tmp_path / "monitor.db", read_only=True)


def test_a_store_in_a_place_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(StoreError, match="the folder of the store cannot be made"):
        Store.open(tmp_path / "store" / "monitor.db")


def test_a_busy_store_is_a_lock_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    path = tmp_path / "monitor.db"
    with (
        Store.open(path) as theirs,
        Store.open(path) as ours,
        theirs.transaction(),
        pytest.raises(LockError, match="another program"),
        ours.transaction(),
    ):
        pytest.fail("two were writing")


def test_readers_are_not_kept_waiting(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with Store.open(path) as writer, writer.transaction():
        writer.items.add("doi:10.5555/a", "2026-01-01T00:00:00Z", "2026-W01")
        with Store.open(path, read_only=True) as reader:
            assert reader.items.count() == 0


def test_only_one_process_holds_the_run_lock(tmp_path: Path) -> None:
    lock = tmp_path / "monitor.lock"
    code = f"from pathlib import Path; from monitor.store import care\nwith care.run_lock(Path({str(lock)!r})): pass"
    with care.run_lock(lock):
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "another run holds the store (process" in other.stderr
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_racing_openers_migrate_once(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    code = f"from pathlib import Path; from monitor.store import Store; Store.open(Path({str(path)!r})).close()"
    racers = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(3)]
    assert [r.wait() for r in racers] == [0, 0, 0]
    for r in racers:
        assert r.stderr is not None
        r.stderr.close()
    with Store.open(path) as store:
        assert store.connection.value("SELECT count(*) FROM _sqlite_migrations") == len(migrations.names)


def test_backup_is_a_whole_store(tmp_path: Path) -> None:
    with Store.open(tmp_path / "monitor.db") as store:
        with store.transaction():
            store.items.add("doi:10.5555/a", "2026-01-01T00:00:00Z", "2026-W01")
        care.backup(store.connection, tmp_path / "copy.db")
        with pytest.raises(StoreError, match="there is a file already"):
            care.backup(store.connection, tmp_path / "copy.db")
    with Store.open(tmp_path / "copy.db") as copy:
        assert copy.items.count() == 1
        assert care.check(copy.connection, None) == []


def test_a_backup_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in ("missing", "file"):
        with Store.memory() as store, pytest.raises(StoreError, match="cannot be written"):
            care.backup(store.connection, tmp_path / folder / "copy.db")


def test_a_backup_that_outgrows_its_disk_leaves_nothing_and_blames_the_copy(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Store.memory() as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        try:
            with pytest.raises(StoreError, match=r"copy\.db: the backup cannot be written"):
                care.backup(store.connection, tmp_path / "copy.db")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_check_names_what_a_query_finds(tmp_path: Path) -> None:
    (tmp_path / "no-items.sql").write_text("SELECT uid FROM items")
    with Store.memory() as store:
        assert care.check(store.connection, tmp_path) == []
        with store.transaction():
            store.items.add("doi:10.5555/a", "2026-01-01T00:00:00Z", "2026-W01")
        assert care.check(store.connection, tmp_path) == ["no-items: 1 rows, the first is {'uid': 'doi:10.5555/a'}"]


def test_a_full_text_out_of_step_is_a_fault_and_no_damage() -> None:
    with Store.memory() as store:
        with store.transaction():
            store.items.add("doi:10.5555/a", "2026-01-01T00:00:00Z", "2026-W01")
            store.connection.run("UPDATE items SET title = 'Muon tomography'")
            store.connection.run("INSERT INTO items_fts(items_fts) VALUES ('delete-all')")
        [fault] = care.check(store.connection, None)
        assert "items_fts is not in step" in fault
        with store.transaction():
            store.connection.run("INSERT INTO items_fts(items_fts) VALUES ('rebuild')")
        assert care.check(store.connection, None) == []


def test_a_store_that_has_all_its_tables_opens_without_what_makes_them(tmp_path: Path) -> None:
    """sqlite-utils imports pandas where that is installed, which takes half a second."""
    path = tmp_path / "monitor.db"
    Store.open(path).close()
    code = f"""
import sys
from pathlib import Path
from monitor.store import Store
Store.open(Path({str(path)!r})).close()
sys.exit(', '.join({{'sqlite_utils', 'pandas', 'numpy'}} & set(sys.modules)) or 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("again", [False, True], ids=["a new store", "one that is opened again"])
def test_nothing_replaces_what_triggers_keep(tmp_path: Path, again: bool) -> None:
    store = Store.open(tmp_path / "monitor.db")
    if again:
        store.close()
        store = Store.open(tmp_path / "monitor.db")
    with store, store.transaction():
        store.connection.run(
            """INSERT INTO trainings(taxonomy, what, trained_at, trained_by, model, instead_of, data, labels, feedback,
                   figures, promoted, forced, verdict)
               VALUES ('goals', 'training', '', 'ana', 'm.2', 'm.1', 'd', 1, 1, '{}', 1, 0, '')"""
        )
        with pytest.raises(StoreError, match="never changed"):
            store.connection.run("REPLACE INTO trainings SELECT * FROM trainings")
