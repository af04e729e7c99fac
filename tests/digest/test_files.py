"""A digest in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.digest import write
from monitor.errors import StoreError
from monitor.types import Document

DOCUMENT = Document("Subject", {"html": b"<p>a</p>", "txt": b"a\n", "md": b"a\n", "json": b"{}\n"})


def test_all_formats_are_written_into_a_new_folder(tmp_path: Path) -> None:
    folder = tmp_path / "digests" / "2026-W30"
    paths = write(DOCUMENT, folder)
    assert paths == {name: folder / f"digest.{name}" for name in DOCUMENT.formats}
    assert {name: path.read_bytes() for name, path in paths.items()} == DOCUMENT.formats


def test_only_the_formats_asked_for(tmp_path: Path) -> None:
    assert write(DOCUMENT, tmp_path, ("txt",)) == {"txt": tmp_path / "digest.txt"}
    assert [path.name for path in tmp_path.iterdir()] == ["digest.txt"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "2026-W30").write_text("a file in the way")
    with pytest.raises(StoreError, match=r"the digest could not be written to .*2026-W30: ") as caught:
        write(DOCUMENT, tmp_path / "2026-W30")
    assert isinstance(caught.value.__cause__, OSError)
