"""`monitor search`, `encode` and `export` over records of a file, tagged and read without the real encoder."""

from __future__ import annotations

import csv
import io
import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder

from monitor import cli
from monitor.app import App
from monitor.errors import ModelError
from monitor.store import Store
from monitor.store.findings import Due
from monitor.types import Tag

NOW = datetime.now(UTC)
RECORDS = [
    {"id": "9912.00001", "title": "Muon tomography of cargo", "abstract": "Cosmic.", "authors": "Ana Lima, Bo Ek"},
    {"id": "9912.00002", "title": "A study of sparrows", "abstract": "Birds.", "authors": "Cem Oz"},
    {"id": "9912.00003", "title": "=1+1 muons", "abstract": "Particles.", "authors": "Cem Oz"},
]

SETTINGS = """
feeds:
  papers: {kind: jsonl, url: papers.jsonl}
search:
  saved:
    muons: {query: muon, goals: [cyber]}
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "papers.jsonl").write_text("".join(json.dumps(r) + "\n" for r in RECORDS), encoding="utf-8")
    (tmp_path / "feeds.yaml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    encoder = FakeEncoder()
    monkeypatch.setattr(App, "encoder", encoder)

    def command(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments), App(home, clock=lambda: NOW, env={}))
        out, err = capfd.readouterr()
        return code, out, err

    command("fetch")
    command("link")
    with Store.open(home / "store" / "monitor.db") as store:
        for item in store.items.get(store.items.ids_of([f"arxiv:{r['id']}" for r in RECORDS])):
            tags = [Tag("goal", "cyber", 0.9, item.uid.endswith("1"), "m", ("w",))]
            store.findings.tag(Due(item.id, item.title, item.abstract, item.content), "m", tags, None, NOW)
    return command


def test_words_are_found_and_marked(run: Run) -> None:
    code, out, err = run("search", "muons", "--mode", "text")
    assert code == 0
    assert "arxiv:9912.00001  Muon tomography of cargo" in out
    assert "[Muon]" in out
    assert "sparrows" not in out
    assert err == ""


def test_works_without_a_vector_are_told_and_then_read(run: Run) -> None:
    _, out, err = run("search", "muons")
    assert "arxiv:9912.00001" in out
    assert "3 works cannot be found by meaning yet: the encoder has not read" in err
    assert run("encode")[2].startswith("encode: 3 works read")
    _, out, err = run("search", "birds", "--mode", "meaning", "--json")
    assert json.loads(out)["without_vector"] == 0
    assert json.loads(out)["works"][0]["uid"] == "arxiv:9912.00002"
    assert err == ""


def test_each_search_advises_what_has_to_be_done(run: Run, home: Path) -> None:
    def advice() -> list[str]:
        err = run("search", "muons")[2]
        return [f"{line.split(' cannot')[0]}: {line.split('`')[1]}" for line in err.splitlines()]

    def change(sql: str) -> None:
        with Store.open(home / "store" / "monitor.db") as store, store.transaction():
            store.connection.run(sql)

    assert advice() == ["3 works: monitor encode"]
    change("UPDATE items SET tagged = NULL WHERE uid LIKE '%1'")
    assert advice() == ["1 work: monitor tag", "2 works: monitor encode"]
    change("UPDATE taggings SET reason = 'no abstract' WHERE item_id = (SELECT id FROM items WHERE uid LIKE '%2')")
    assert advice() == ["1 work: monitor tag", "1 work: monitor encode"]
    run("encode")
    assert advice() == ["1 work: monitor tag"]
    change("UPDATE items SET content = 'other' WHERE uid LIKE '%3'")
    assert advice() == ["1 work: monitor tag", "1 work: monitor encode"]
    change("UPDATE items SET tagged = NULL, withdrawn = 1 WHERE uid LIKE '%1'")
    change("UPDATE items SET tagged = NULL WHERE uid LIKE '%3'")
    assert advice() == ["1 work: monitor tag"]


def test_json_has_what_is_known_and_why_it_was_found(run: Run) -> None:
    code, out, _ = run("search", "cargo", "--mode", "text", "--json")
    [work] = json.loads(out)["works"]
    assert code == 0
    assert work["authors"] == ["Ana Lima", "Bo Ek"]
    assert work["goals"] == ["cyber"]
    assert work["text_rank"] == 1
    assert {"text": "cargo", "asked": True} in work["snippet"]


def test_a_search_says_why_meaning_was_not_searched(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(FakeEncoder):
        def encode(self, *given: Any, **named: Any) -> Any:
            raise ModelError("model.safetensors is damaged")

    monkeypatch.setattr(App, "encoder", Broken())
    code, out, err = run("search", "muon")
    assert (code, "arxiv:" in out) == (0, True)
    assert "meaning could not be searched, so this is by words alone: model.safetensors is damaged" in err
    assert json.loads(run("search", "muon", "--json")[1])["fault"] == "model.safetensors is damaged"


def test_like_and_query_exclude_each_other(run: Run) -> None:
    run("encode")
    code, out, _ = run("search", "--like", "arxiv:9912.00001", "--json")
    assert code == 0
    assert all(work["uid"] != "arxiv:9912.00001" for work in json.loads(out)["works"])
    assert run("search", "muon", "--like", "arxiv:9912.00001")[0] == 2
    code, _, err = run("search", "--like", "arxiv:1")
    assert code == 1
    assert "no work 'arxiv:1'" in err


def test_a_saved_search_is_asked_by_name_and_placed_in_time(run: Run) -> None:
    _, out, err = run("search", "--saved", "muons", "--json")
    assert err == ""
    assert [work["uid"] for work in json.loads(out)["works"]] == ["arxiv:9912.00001"]
    _, out, _ = run("search", "--saved", "muons", "--new-since", "2999-01-01", "--json")
    assert json.loads(out)["works"] == []
    assert run("search", "--saved", "muon")[0] == 2
    assert run("search", "--saved", "muons", "--goal", "decision")[0] == 2
    assert run("search", "muon", "--saved", "muons")[0] == 2


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--goal", "cyer", "did you mean 'cyber'"),
        ("--feed", "paper", "did you mean 'papers'"),
        ("--country", "UK", "did you mean 'GB'"),
        ("--country", "ZZ", "'ZZ' is not a country code of ISO 3166-1"),
        ("--since", "yesterday", "is not a date"),
        ("--group", "friends", "partner"),
    ],
)
def test_what_there_is_not_is_a_usage_error(run: Run, option: str, value: str, says: str) -> None:
    code, out, err = run("search", "muon", option, value)
    assert (code, out) == (2, "")
    assert says in err


def test_a_query_that_makes_no_sense_is_searched_as_words(run: Run) -> None:
    code, out, err = run("search", "muon AND (", "--mode", "text")
    assert code == 0
    assert "arxiv:9912.00001" in out
    assert "searched as words" in err
    assert "nothing was found" in run("search", "quark", "--mode", "text")[2]


def test_export_writes_what_is_asked_for(run: Run) -> None:
    code, out, err = run("export", "--goal", "cyber")
    assert (code, err) == (0, "")
    [row] = csv.DictReader(io.StringIO(out))
    assert row["uid"] == "arxiv:9912.00001"
    assert row["abstract"] == "Cosmic."
    _, out, _ = run("export", "--query", "muon", "--no-abstracts", "--format", "jsonl")
    lines = [json.loads(line) for line in out.splitlines()]
    assert {line["uid"] for line in lines} == {"arxiv:9912.00001", "arxiv:9912.00003"}
    assert all(line["abstract"] == "" for line in lines)
    _, out, _ = run("export", "--limit", "1", "--query", "muons", "--format", "csv")
    assert len(list(csv.DictReader(io.StringIO(out)))) == 1


def test_an_export_into_what_is_no_folder_is_one_sentence(run: Run, home: Path) -> None:
    (home / "file").touch()
    code, out, err = run("export", "--out", str(home / "file" / "x.csv"))
    assert (code, out) == (1, "")
    assert "x.csv: the file cannot be written: Not a directory" in err


def test_no_cell_of_an_export_runs(run: Run) -> None:
    titles = [row["title"] for row in csv.DictReader(io.StringIO(run("export")[1]))]
    assert "'=1+1 muons" in titles


def test_a_file_is_there_whole_or_not_at_all(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "works.bib"
    code, out, _ = run("export", "--format", "bibtex", "--out", str(target))
    assert (code, out) == (0, "")
    assert target.read_text("utf-8").count("@") == 3
    code, _, err = run("export", "--out", str(tmp_path / "none" / "works.csv"))
    assert code == 1
    assert "cannot be written" in err
    code, _, err = run("export", "--format", "cvs")
    assert code == 2
    assert "there is no export format 'cvs'; did you mean 'csv'?" in err


def test_an_export_goes_into_a_pipe_and_beside_another(run: Run, tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert run("export", "--format", "bibtex", "--out", str(pipe))[0] == 0
    reader.join(10)
    assert pipe.is_fifo()
    assert read[0].count(b"@") == 3
    (tmp_path / ".works.bib.part").write_text("what another export has so far", "utf-8")
    assert run("export", "--format", "bibtex", "--out", str(tmp_path / "works.bib"))[0] == 0
    assert (tmp_path / ".works.bib.part").read_text("utf-8") == "what another export has so far"
