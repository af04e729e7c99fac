"""Which files of the folder of digests are given out."""

from pathlib import Path

import pytest

from monitor.web.pages.digests import _folded, within


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "digests"
    (home / "2026-W30" / "staff").mkdir(parents=True)
    for name in ("digests.atom", "2026-W30/digest.html", "2026-W30/staff/digest.html", "2026-W30/.digest.html.tmp"):
        (home / name).write_text("x")
    (tmp_path / "monitor.html").write_text("secret")
    (home / "2026-W30" / "out.html").symlink_to(tmp_path / "monitor.html")
    (home / "2026-W29").symlink_to(home / "2026-W30")
    return home


@pytest.mark.parametrize("name", ["digests.atom", "2026-W30/digest.html"])
def test_documents_are_given_out(folder: Path, name: str) -> None:
    assert within(folder, name) == folder / name


@pytest.mark.parametrize(
    "name",
    [
        "../monitor.html",
        "2026-W30/../../monitor.html",
        "2026-W30/out.html",
        "2026-W29/digest.html",
        "2026-W30/staff/digest.html",
        "2026-W30/.digest.html.tmp",
        "/etc/passwd",
        "2026-W30//digest.html",
        "2026-W30\\digest.html",
        "2026-W30/digest.html\0.txt",
        "2026-W30/digest.py",
        "",
    ],
)
def test_nothing_else_is(folder: Path, name: str) -> None:
    assert within(folder, name) is None


def test_lines_of_a_calendar_are_folded_to_75_bytes() -> None:
    line = "SUMMARY:" + "é" * 100 + "x" * 60
    folded = _folded(line)
    assert all(len(part.encode()) <= 75 for part in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == line
