"""Reading the store beside the monitor: nothing can be changed, and whoever may read the files can read them."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from monitor.errors import StoreError
from monitor.store import Store, care
from monitor.types import Subscriber

COUNT = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1] + "?mode=ro", uri=True)
print(connection.execute("SELECT count(*) FROM items").fetchone()[0])
"""
NOBODY = 65534


def add(store: Store, uid: str) -> None:
    with store.transaction():
        store.items.add(uid, "2026-01-01T00:00:00Z", "2026-W01")


def counted_by_a_stranger(python: str, path: Path) -> str:
    """Works that another user counts, who may read the folder and not write into it."""
    command = [python, "-I", "-c", COUNT, path.as_uri()]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", user=NOBODY, group=NOBODY, extra_groups=[]
    )
    return done.stdout.strip() or done.stderr


@pytest.fixture
def python() -> str:
    """A Python that another user may run."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    for command in (sys.executable, "/usr/bin/python3"):
        with contextlib.suppress(OSError):
            tried = subprocess.run([command, "-I", "-c", "import sqlite3"], check=False, user=NOBODY, cwd="/")
            if tried.returncode == 0:
                return command
    pytest.skip("there is no Python that another user may run")


@pytest.fixture
def shown() -> Iterator[Path]:
    """A store in a folder that everybody may look into."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "monitor.db"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store" / "monitor.db"


def test_a_reader_can_change_nothing(path: Path) -> None:
    with Store.open(path) as store:
        add(store, "doi:10.5555/a")
    with Store.open(path, read_only=True) as store:
        for sql in ("DELETE FROM items", "CREATE TEMP TABLE mine (x)", "PRAGMA application_id = 1; "):
            with pytest.raises(StoreError, match="readonly"):
                store.connection.run(sql)
        assert store.items.count() == 1


def test_a_closed_store_is_whole_in_one_file(path: Path, tmp_path: Path) -> None:
    with Store.open(path) as store:
        add(store, "doi:10.5555/a")
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    assert sqlite3.connect(copy).execute("SELECT count(*) FROM items").fetchone() == (1,)
    assert path.with_name("monitor.db-wal").stat().st_size == 0


def test_closing_does_not_wait_for_readers(path: Path) -> None:
    with Store.open(path) as store:
        add(store, "doi:10.5555/a")
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM items").fetchall()
        add(store, "doi:10.5555/b")
    assert reader.execute("SELECT count(*) FROM items").fetchone() == (1,)
    reader.execute("COMMIT")
    assert reader.execute("SELECT count(*) FROM items").fetchone() == (2,)
    reader.close()


def test_another_user_reads_during_a_run_and_between_runs(python: str, shown: Path) -> None:
    with Store.open(shown) as store:
        add(store, "doi:10.5555/a")
        assert counted_by_a_stranger(python, shown) == "1"
    assert counted_by_a_stranger(python, shown) == "1"
    with Store.open(shown, read_only=True):
        assert counted_by_a_stranger(python, shown) == "1"
    with Store.open(shown) as store:
        add(store, "doi:10.5555/b")
    assert counted_by_a_stranger(python, shown) == "2"


@contextlib.contextmanager
def not_mine(path: Path) -> Iterator[None]:
    """Nothing in the folder of `path` can be written meanwhile."""
    for file in (*path.parent.iterdir(), path.parent):
        file.chmod(0o555 if file.is_dir() else 0o444)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        yield
    path.parent.chmod(0o755)


def test_a_store_that_cannot_be_written_is_checked_but_for_its_full_text(shown: Path) -> None:
    with Store.open(shown) as store:
        add(store, "doi:10.5555/a")
        assert (care.check(store.connection, None), care.unchecked(store.connection)) == ([], [])
        store.connection.run("UPDATE items SET iso_week = '2020-W01'")
    with not_mine(shown), Store.open(shown) as store:
        fault, *_ = care.check(store.connection, Path(__file__).parents[2] / "store" / "checks")
        assert "items-have-entries" in fault
        assert "full text" in care.unchecked(store.connection)[0]
        store.subscribers.register([Subscriber("new", "email", ("ana@agency.example",))], datetime.now(UTC))
        assert store.subscribers.added("new") is None


def test_a_lone_copy_on_a_read_only_disk_can_be_read(path: Path, shown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(path) as store:
        add(store, "doi:10.5555/a")
        care.backup(store.connection, shown)
    with not_mine(shown):
        with pytest.raises(StoreError, match="readonly"), Store.open(shown):
            pass
        monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_flag=os.ST_RDONLY))
        for read_only in (False, True):
            with Store.open(shown, read_only=read_only) as store:
                assert store.items.count() == 1
                assert care.check(store.connection, None) == []
