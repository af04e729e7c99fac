from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.errors import ParseError
from monitor.goals import Paper
from monitor.learning import all_papers, find_papers


def write(path: Path, *records: object) -> None:
    text = "".join(json.dumps(record) + "\n" for record in records)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def test_papers_are_found_by_id_with_and_without_scheme(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl.gz", {"id": "2606.00002", "title": "One", "abstract": "A."}, {"id": "2606.00003"})
    write(tmp_path / "b.jsonl", {"id": "doi:10.5555/x", "title": "Two", "abstract": None})
    (tmp_path / "notes.txt").write_text("not read", "utf-8")
    found = find_papers(["arxiv:2606.00002", "doi:10.5555/x", "arxiv:2606.99999"], [tmp_path])
    assert found == {"arxiv:2606.00002": Paper("One", "A."), "doi:10.5555/x": Paper("Two", "")}


def test_the_first_record_counts_and_reading_ends_when_all_are_found(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", {"id": "1", "title": "first"}, {"id": "1", "title": "second"})
    (tmp_path / "b.jsonl").write_text("never read", "utf-8")
    assert find_papers(["1"], [tmp_path / "a.jsonl", tmp_path / "b.jsonl"])["1"].title == "first"
    assert find_papers([], [tmp_path]) == {}


def test_all_papers_are_read_and_the_first_record_of_an_id_counts(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl.gz", {"id": "2606.00002", "title": "One", "abstract": "A."}, {"title": "No id"})
    write(tmp_path / "b.jsonl", {"id": "arxiv:2606.00002", "title": "Again"}, {"id": "doi:10.5555/x", "title": "Two"})
    expected = {"arxiv:2606.00002": Paper("One", "A."), "doi:10.5555/x": Paper("Two", "")}
    assert all_papers([tmp_path]) == expected
    assert all_papers([tmp_path / "b.jsonl", tmp_path / "a.jsonl.gz"])["arxiv:2606.00002"].title == "Again"
    assert all_papers([]) == {}


def test_all_papers_are_found_under_the_ids_they_have(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", {"id": "2606.00002", "title": "One"}, {"id": "doi:10.5555/x", "title": "Two"})
    found = all_papers([tmp_path])
    assert find_papers(list(found), [tmp_path]) == found


@pytest.mark.parametrize("look", [all_papers, lambda files: find_papers(["x:1", "x:?", "x:3"], files)])
def test_halves_of_signs_blank_lines_and_a_byte_order_mark_harm_no_paper(
    tmp_path: Path, look: Callable[[list[Path]], dict[str, Paper]]
) -> None:
    lines = (r'{"id": "x:1", "title": "Half \ud800", "abstract": "A \udfff."}', r'{"id": "x:\ud800", "title": "T"}')
    text = f'\ufeff{lines[0]}\n\n{lines[1]}\n{{"id": "x:2\\ny"}}\n'
    (tmp_path / "a.jsonl").write_text(text, "utf-8")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress('\ufeff{"id": "x:3", "title": "Three"}\n'.encode()))
    assert look([tmp_path]) == {"x:1": Paper("Half ?", "A ?."), "x:?": Paper("T"), "x:3": Paper("Three")}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.jsonl", b'{"id": "1"}\n{', r"a\.jsonl, line 2: not JSON"),
        ("a.jsonl", b"[]\n", r"a\.jsonl, line 1: not a JSON object"),
        ("a.jsonl", b"[" * 200_000, r"a\.jsonl, line 1: not JSON that can be read: nested too deeply"),
        ("a.jsonl", b"\xff\n", r"a\.jsonl cannot be read to its end"),
        ("a.jsonl.gz", b"plain", r"a\.jsonl\.gz cannot be read to its end"),
        (
            "a.jsonl.gz",
            gzip.compress(b'{"id": "1"}\n' * 1000, mtime=0)[:-12],
            r"a\.jsonl\.gz cannot be read to its end",
        ),
    ],
)
def test_damaged_files_are_named(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ParseError, match=sentence):
        find_papers(["arxiv:none"], [tmp_path])
    with pytest.raises(ParseError, match=sentence):
        all_papers([tmp_path])


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="neither a folder nor a file"):
        find_papers(["1"], [tmp_path / "none"])
    with pytest.raises(ParseError, match="neither a folder nor a file"):
        all_papers([tmp_path / "none"])
