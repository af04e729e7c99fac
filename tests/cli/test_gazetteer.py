"""The gazetteer from the command line: downloaded from a server on the loopback, or made from a file."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from origin.registry import RECORDS, record
from servers.zenodo import ZenodoServer

from monitor import cli
from monitor.app import App

NOW = datetime(2026, 7, 20, 8, tzinfo=UTC)
Run = Callable[..., tuple[int, str, str]]


def dump(records: list[dict[str, Any]] = RECORDS) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("v9.9-ror-data.json", json.dumps(records))
    return file.getvalue()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "feeds.yaml").write_text("feeds:\n  papers: {kind: jsonl, url: papers.jsonl}\n", encoding="utf-8")
    (tmp_path / "ror.json").write_text(json.dumps(RECORDS), encoding="utf-8")
    lines = [{"id": 1, "affiliation": "Univ. of Quillhaven"}, {"id": 2, "affiliation": "Oslo, Norway"}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments), App(home, clock=lambda: NOW, env={}))
        out, err = capfd.readouterr()
        return code, out, err

    return command


def countries(run: Run, home: Path) -> list[list[str]]:
    code, out, _ = run("origin", str(home / "in.jsonl"))
    assert code == 0
    return [json.loads(line)["countries"] for line in out.splitlines()]


def test_without_one_everything_says_so(run: Run, home: Path) -> None:
    assert run("gazetteer", "info")[0] == 1
    assert countries(run, home) == [[], ["NO"]]
    for command in (("gazetteer", "info"), ("origin", str(home / "in.jsonl")), ("status",)):
        _, out, err = run(*command)
        assert "country from explicit names only; no ROR loaded" in out + err


def test_the_newest_dump_is_downloaded_and_used(run: Run, home: Path) -> None:
    with ZenodoServer(dump()) as server:
        code, out, err = run("gazetteer", "update", "--from", server.record, "--json")
    assert code == 0, err
    assert json.loads(out)["release"] == "v9.9"
    assert [path.rpartition("/")[2] for path in server.asked] == ["1", "7", "content"]
    code, out, _ = run("gazetteer", "info", "--json")
    told = json.loads(out)
    assert (code, told["organisations"], told["age_days"]) == (0, 9, 0)
    assert countries(run, home) == [["NZ"], ["NO"]]
    assert "no ROR loaded" not in run("status")[1]


def test_a_file_will_do(run: Run, home: Path) -> None:
    code, out, _ = run("gazetteer", "update", "--ror", str(home / "ror.json"))
    assert code == 0
    assert "release       ror.json" in out
    _, out, _ = run("origin", str(home / "in.jsonl"))
    assert json.loads(out.splitlines()[0])["institution"] == "https://ror.org/000000001"


@pytest.mark.parametrize(
    ("content", "announced", "says"),
    [
        (dump(), {"checksum": "md5:0"}, "size or checksum"),
        (dump(), {"size": 1}, "size or checksum"),
        (dump(), {"size": 10**10}, "more than"),
        (dump(), {"checksum": "sha1:0"}, "does not name a dump"),
        (dump(), {"key": "notes.txt"}, "does not name a dump"),
        (dump(), {"checksum": None}, "does not name a dump"),
        (dump()[:-90], {}, "cannot be read"),
        (b"", {}, "is empty"),
        (dump([{"id": "x", "country": {}}]), {}, "schema v1"),
        (dump([record(1, "University of Oslo, Norway", "SE", "Oslo")]), {}, "is not used"),
    ],
)
def test_a_bad_download_changes_nothing(
    run: Run, home: Path, content: bytes, announced: dict[str, Any], says: str
) -> None:
    run("gazetteer", "update", "--ror", str(home / "ror.json"))
    with ZenodoServer(content, **announced) as server:
        code, out, err = run("gazetteer", "update", "--from", server.record)
    assert (code, out) == (1, "")
    assert says in err
    assert "Traceback" not in err
    assert run("gazetteer", "info", "--json")[0] == 0
    assert countries(run, home) == [["NZ"], ["NO"]]


def test_options_that_exclude_each_other(run: Run, home: Path) -> None:
    assert run("gazetteer", "update", "--ror", str(home / "ror.json"), "--from", "http://127.0.0.1/")[0] == 2
    assert run("gazetteer", "update", "--release", "v1")[0] == 2


def test_a_damaged_gazetteer_is_told_and_names_still_work(run: Run, home: Path) -> None:
    run("gazetteer", "update", "--ror", str(home / "ror.json"))
    path = home / "store" / "gazetteer" / "gazetteer.npz"
    path.write_bytes(path.read_bytes()[:-300])
    code, _, err = run("gazetteer", "info")
    assert (code, "run `monitor gazetteer update`" in err) == (1, True)
    assert countries(run, home) == [[], ["NO"]]


def test_evaluate_origin(run: Run, home: Path) -> None:
    rows = 'affiliation\tcountries\tsource\n"Oslo, Norway"\tNO\ta\nBergen, Norway\tSE\tb\nRoom 3\tNZ\tb\n'
    (home / "rows.tsv").write_text(rows, encoding="utf-8")
    code, out, _ = run("evaluate", "origin", str(home / "rows.tsv"), "--json")
    groups = json.loads(out)["groups"]
    assert code == 0
    assert set(groups) == {"all", "country named", "country not named", "a", "b"}
    assert groups["all"]["precision"]["value"] == 0.5
    assert groups["all"]["recall"]["value"] == pytest.approx(1 / 3)
    assert groups["all"]["f1"]["value"] == pytest.approx(0.4)
    assert groups["all"]["abstention"]["value"] == groups["all"]["exact"]["value"] == pytest.approx(1 / 3)
    assert groups["all"]["precision"]["low"] <= 0.5 <= groups["all"]["precision"]["high"]
    assert "| country named | 1 |" in run("evaluate", "origin", str(home / "rows.tsv"))[1]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "lacks the column 'affiliation'"),
        ("affiliation\n", "lacks the column 'countries'"),
        ("affiliation\tcountries\n", "no labelled texts"),
        ("affiliation\tcountries\nOslo\n", "line 2: a row needs"),
    ],
)
def test_evaluate_origin_names_what_is_wrong(run: Run, home: Path, content: str, says: str) -> None:
    (home / "rows.tsv").write_text(content, encoding="utf-8")
    code, _, err = run("evaluate", "origin", str(home / "rows.tsv"))
    assert code == 1
    assert says in err
