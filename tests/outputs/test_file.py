"""The output `file` leaves whole files or none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor import outputs
from monitor.errors import ConfigError, DeliveryError
from monitor.outputs import Means
from monitor.types import Delivery, Document, Subscriber

file = outputs.load("file")

DOCUMENT = Document("Subject", {"html": b"<p>a</p>", "txt": b"a\n", "md": b"a\n", "json": b"{}\n"})


def delivery(folder: Path, week: str = "2026-W30") -> Delivery:
    return Delivery(1, 1, "analysts", week, "file", str(folder), "<id@example.org>")


def test_every_format_lands_in_the_folder_of_the_week(tmp_path: Path) -> None:
    file.deliver(delivery(tmp_path / "out"), DOCUMENT, Means())
    written = {path.name: path.read_bytes() for path in (tmp_path / "out" / "2026-W30").iterdir()}
    assert written == {f"digest.{name}": content for name, content in DOCUMENT.formats.items()}


def test_delivering_again_replaces_the_files(tmp_path: Path) -> None:
    file.deliver(delivery(tmp_path), DOCUMENT, Means())
    file.deliver(delivery(tmp_path), replace(DOCUMENT, formats={"txt": b"b\n"}), Means())
    assert (tmp_path / "2026-W30" / "digest.txt").read_bytes() == b"b\n"
    assert (tmp_path / "2026-W30" / "digest.json").read_bytes() == b"{}\n"


def test_a_place_that_cannot_be_written_is_named_and_may_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "2026-W30").write_text("in the way")
    with pytest.raises(DeliveryError, match=r"could not be written to .*2026-W30: ") as caught:
        file.deliver(delivery(tmp_path), DOCUMENT, Means())
    assert not caught.value.permanent


@pytest.mark.parametrize("week", ["../2026-W30", "..", "", "a/b", ".hidden", "a\0b"])
def test_a_week_never_leads_out_of_the_folder(tmp_path: Path, week: str) -> None:
    with pytest.raises(DeliveryError, match="cannot be the name of a folder"):
        file.deliver(delivery(tmp_path / "out", week), DOCUMENT, Means())
    assert not (tmp_path / "out").exists()


def test_check_wants_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    file.check(Subscriber("a", addresses=(str(tmp_path), str(tmp_path / "new"))), Means())
    for addresses, words in [((), "names no folder"), ((" ",), "not the path"), ((str(tmp_path / "file"),), "a file")]:
        with pytest.raises(ConfigError, match=f"subscriber 'a'.*{words}"):
            file.check(Subscriber("a", addresses=addresses), Means())
