"""Files are there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.atomic import write_files


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_are_written_and_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    write_files(folder, {"x": b"1", "y": b"2"})
    assert write_files(folder, {"y": b"3"}) == {"y": folder / "y"}
    assert content(folder) == {"x": b"1", "y": b"3"}


def test_files_get_the_permissions_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_files(tmp_path, {"x": b"1"})
    finally:
        os.umask(before)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_replaced_leaves_its_permissions_to_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1")
    (tmp_path / "x").chmod(0o600)
    write_files(tmp_path, {"x": b"2"})
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


def test_a_link_in_the_way_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"precious")
    (tmp_path / "x").symlink_to(tmp_path / "elsewhere")
    write_files(tmp_path, {"x": b"new"})
    assert content(tmp_path) == {"elsewhere": b"precious", "x": b"new"}


@contextlib.contextmanager
def little_room() -> Iterator[None]:
    """While inside, no file may grow beyond 64 bytes: writing fails half-way, as on a full disk.

    No longer than that, because pytest's own output may go to a file.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_when_the_last_file_does_not_fit_none_is_changed(tmp_path: Path) -> None:
    before = {"x": b"1", "y": b"2"}
    write_files(tmp_path, before)
    with pytest.raises(OSError, match="large") as caught, little_room():
        write_files(tmp_path, {"x": b"new", "y": b"2" * 100})
    assert caught.value.errno == errno.EFBIG
    assert content(tmp_path) == before


def test_what_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_files(tmp_path, {"x": b"new"})
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
