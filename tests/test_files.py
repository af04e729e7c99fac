"""Local files, read in parts as if they were served."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import files as module
from monitor.errors import FetchError
from monitor.files import Files
from monitor.types import Request, Response, Validators

LINES = b"".join(b'{"id": %d, "title": "Invented"}\n' % number for number in range(40))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts and lines small enough to try their limits."""
    monkeypatch.setattr(module, "PART", 100)
    monkeypatch.setattr(module, "LONGEST_LINE", 400)


@pytest.fixture
def files() -> Iterator[Files]:
    with Files() as made:
        yield made


def through(files: Files, url: str, known: dict[str, Validators] | None = None) -> list[Response]:
    """Everything at `url`, asked for as the pipeline does; `known` is what it remembers of each file."""
    known = {} if known is None else known
    asked: str | None = files.first(url)
    responses = []
    while asked:
        response = files.read(Request(asked), known.get(urldefrag(asked).url))
        if response.validators.etag:
            known[urldefrag(response.url).url] = response.validators
        responses.append(response)
        asked = response.following
    return responses


def text(responses: list[Response]) -> bytes:
    return b"".join(response.body for response in responses)


def refused(files: Files, url: str) -> str:
    with pytest.raises(FetchError) as caught:
        through(files, url)
    assert caught.value.state == "failed"
    return str(caught.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.binary(max_size=399).map(lambda b: b.replace(b"\n", b"")), max_size=12), packed=st.booleans())
def test_the_parts_of_a_file_are_its_lines_and_nothing_else(tmp_path: Path, lines: list[bytes], packed: bool) -> None:
    data = b"\n".join(lines)
    path = tmp_path / ("a.jsonl.gz" if packed else "a.jsonl")
    path.write_bytes(gzip.compress(data) if packed else data)
    with Files() as files:
        responses = through(files, path.as_uri())
    assert text(responses) == data
    assert all(response.body.endswith(b"\n") for response in responses[:-1])
    assert [bool(response.validators.etag) for response in responses] == [False] * (len(responses) - 1) + [True]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_part_names_its_file_and_offset_and_the_next_one(tmp_path: Path, files: Files, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(LINES) if name.endswith(".gz") else LINES)
    responses = through(files, path.as_uri())
    first, second, *_, last = responses
    assert first.url == f"{path.as_uri()}#byte=0"
    assert second.url == f"{path.as_uri()}#byte={len(first.body)}"
    assert (first.following or "").startswith(second.url)
    assert last.following is None
    assert text(responses) == LINES


def test_an_empty_file_is_an_empty_part(tmp_path: Path, files: Files) -> None:
    (tmp_path / "a.jsonl").touch()
    (response,) = through(files, (tmp_path / "a.jsonl").as_uri())
    assert (response.body, response.following) == (b"", None)
    assert response.validators.etag is not None


def test_a_folder_is_its_files_in_the_order_of_their_names(tmp_path: Path, files: Files) -> None:
    (tmp_path / "c.json").write_bytes(b"{}")
    (tmp_path / "a #1.jsonl").write_bytes(LINES)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(LINES))
    (tmp_path / "d.NDJSON").write_bytes(b"")
    for name in ("notes.txt", ".hidden.jsonl", "e.jsonl.part"):
        (tmp_path / name).write_bytes(b"not to be read")
    (tmp_path / "b.jsonl").mkdir()
    responses = through(files, tmp_path.as_uri())
    assert text(responses) == LINES + LINES + b"{}"
    read = dict.fromkeys(urldefrag(response.url).url for response in responses)
    assert list(read) == [(tmp_path / n).as_uri() for n in ("a #1.jsonl", "b.jsonl.gz", "c.json", "d.NDJSON")]


def test_a_file_in_a_folder_may_be_asked_for_alone(tmp_path: Path, files: Files) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_bytes(LINES)
    assert text(through(files, (tmp_path / "a.jsonl").as_uri())) == LINES


def test_links_may_lead_out_of_the_folder(tmp_path: Path, files: Files) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "out.jsonl").write_bytes(LINES)
    (inside / "a.jsonl").symlink_to(tmp_path / "out.jsonl")
    assert text(through(files, inside.as_uri())) == LINES
    (inside / "b.jsonl").symlink_to(tmp_path / "gone.jsonl")
    assert refused(files, inside.as_uri()) == f"there is no file or folder {inside / 'b.jsonl'}"


def test_what_has_not_changed_is_not_read_again(tmp_path: Path, files: Files) -> None:
    for name in ("a.jsonl", "b.jsonl.gz"):
        (tmp_path / name).write_bytes(gzip.compress(LINES) if name.endswith("gz") else LINES)
    known: dict[str, Validators] = {}
    through(files, tmp_path.as_uri(), known)
    assert [(r.unchanged, r.body) for r in through(files, tmp_path.as_uri(), known)] == [(True, b"")] * 2

    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b"{}\n"))
    again = through(files, tmp_path.as_uri(), known)
    assert [response.unchanged for response in again] == [True, False]
    assert text(again) == b"{}\n"


def test_another_run_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(LINES))
    (tmp_path / "b.jsonl").write_bytes(LINES)
    with Files() as files:
        first = files.read(Request(files.first(tmp_path.as_uri())))
    assert first.following is not None
    with Files() as files:
        rest = through(files, first.following)
    assert first.body + text(rest) == LINES + LINES
    assert rest[-1].validators.etag is not None


def test_a_file_that_changed_between_two_runs_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINES)
    with Files() as files:
        first = files.read(Request(path.as_uri()))
    path.write_bytes(b'{"id": "new"}\n')
    assert first.following is not None
    with Files() as files:
        rest = through(files, first.following)
    assert [(response.url, response.body) for response in rest] == [(f"{path.as_uri()}#byte=0", b'{"id": "new"}\n')]


def test_a_file_that_grows_while_it_is_read_is_not_remembered(tmp_path: Path, files: Files) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINES)
    first = files.read(Request(path.as_uri()))
    with path.open("ab") as handle:
        handle.write(b'{"id": "late"}\n')
    assert first.following is not None
    rest = through(files, first.following)
    assert first.body + text(rest) == LINES + b'{"id": "late"}\n'
    assert rest[-1].validators == Validators()


def test_a_file_that_is_replaced_while_it_is_read_is_read_to_its_end_and_then_again(
    tmp_path: Path, files: Files
) -> None:
    path, known = tmp_path / "a.jsonl", dict[str, Validators]()
    path.write_bytes(LINES)
    first = files.read(Request(path.as_uri()))
    (tmp_path / "new").write_bytes(LINES.replace(b"Invented", b"Revised!"))
    os.utime(tmp_path / "new", (1, 1))
    (tmp_path / "new").replace(path)
    assert first.following is not None
    assert first.body + text(through(files, first.following, known)) == LINES
    assert b"Revised!" in text(through(files, path.as_uri(), known))


def test_a_large_gzip_file_is_decompressed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART", 2**14)
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(LINES * 8000, 1))
    opened = []

    class Counted(gzip.GzipFile):
        def __init__(self, name: Path) -> None:
            opened.append(name)
            super().__init__(name)

        def rewind(self) -> None:
            raise AssertionError("it is read from its beginning again")

    monkeypatch.setattr(module.gzip, "GzipFile", Counted)
    with Files() as files:
        responses = through(files, path.as_uri())
    assert len(responses) > 500
    assert sum(len(response.body) for response in responses) == len(LINES) * 8000
    assert opened == [path]


def test_a_line_may_have_so_many_bytes_and_no_more(tmp_path: Path, files: Files) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINES + b"x" * 400 + b"\n" + b"y" * 400)
    assert len(text(through(files, path.as_uri()))) == len(LINES) + 801
    path.write_bytes(LINES + b"x" * 401 + b"\n")
    assert refused(files, path.as_uri()) == f"the line of {path} that begins at byte {len(LINES)} is longer than 16 MiB"


def test_what_is_not_there(tmp_path: Path, files: Files) -> None:
    assert refused(files, (tmp_path / "gone.jsonl").as_uri()) == f"there is no file or folder {tmp_path / 'gone.jsonl'}"
    assert refused(files, tmp_path.as_uri()).startswith(f"the folder {tmp_path} holds none of *.jsonl, ")
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert refused(files, (tmp_path / "pipe.jsonl").as_uri()) == f"{tmp_path / 'pipe.jsonl'} is not a file"
    (tmp_path / "round.jsonl").symlink_to(tmp_path / "round.jsonl")
    assert "cannot be read: " in refused(files, (tmp_path / "round.jsonl").as_uri())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path, files: Files) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINES)
    path.chmod(0)
    assert refused(files, path.as_uri()) == f"{path} may not be read by this user"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (LINES, "{} is not a gzip file, or is damaged"),
        (gzip.compress(LINES)[:-20], "the gzip file {} is cut short"),
        (gzip.compress(LINES)[:-3], "the gzip file {} is cut short"),
        (gzip.compress(LINES)[:-8] + b"\0" * 8, "{} is not a gzip file, or is damaged"),
        (gzip.compress(LINES)[:10] + b"\xff" * 40, "{} is not a gzip file, or is damaged"),
    ],
    ids=["plain", "cut", "cut in its check sum", "wrong check sum", "damaged"],
)
def test_a_gzip_file_that_is_none_or_broken(tmp_path: Path, files: Files, data: bytes, reason: str) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(data)
    assert refused(files, path.as_uri()) == reason.format(path)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("byte", [5, len(LINES) + 1, 10**12])
def test_an_offset_must_be_that_of_a_line(tmp_path: Path, files: Files, packed: bool, byte: int) -> None:
    path = tmp_path / ("a.jsonl.gz" if packed else "a.jsonl")
    path.write_bytes(gzip.compress(LINES) if packed else LINES)
    assert refused(files, f"{path.as_uri()}#byte={byte}") == f"no line of {path} begins at byte {byte}"
    end = files.read(Request(f"{path.as_uri()}#byte={len(LINES)}"))
    assert (end.body, end.following) == (b"", None)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/a.jsonl", "file://elsewhere/a.jsonl", "file:a.jsonl", "file:///a%00", "file:///a#byte=-1"]
)
def test_only_local_files_are_read(files: Files, url: str) -> None:
    assert "is not the address of a local file" in refused(files, url)
