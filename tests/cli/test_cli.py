"""The command line: words, exit codes, and what a mistake costs."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import cli
from monitor.app import App, find_home
from monitor.digest import week_of
from monitor.goals import Paper, Tagging
from monitor.store import Store, care

NOW = datetime.now(UTC)

RECORDS = [
    {"id": "9912.00001", "title": "Muon tomography of cargo", "abstract": "Finding shielded nuclear material."},
    {"id": "9912.00002", "title": "A study of sparrows", "abstract": "They sing."},
]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "papers.jsonl").write_text("".join(json.dumps(r) + "\n" for r in RECORDS), encoding="utf-8")
    (tmp_path / "feeds.yaml").write_text(
        "feeds:\n  papers:\n    kind: jsonl\n    url: papers.jsonl\n", encoding="utf-8"
    )
    return tmp_path


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in `home`; exit code, stdout, stderr."""

    def command(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments), App(home, clock=lambda: NOW, env={}))
        out, err = capfd.readouterr()
        return code, out, err

    return command


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from monitor import cli\n"
        "assert cli.run(['--help']) == 0\n"
        "heavy = {'torch', 'sklearn', 'numpy', 'feedparser', 'lxml', 'babel', 'sentence_transformers', 'requests'}\n"
        "heavy |= {'pydantic', 'yaml', 'datasette', 'matplotlib', 'openvino', 'sqlite_utils'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for command in ("init", "scan", "fetch", "link", "locate", "tag", "digest", "deliver", "run", "status"):
        assert f"\n  {command} " in done.stdout


def test_every_command_is_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for name in cli.cli.commands:
        assert f"`{name}" in readme, f"README.md does not name the command {name!r}"


def test_init_writes_a_home_and_never_overwrites(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    app = App(tmp_path / "new", clock=lambda: NOW, env={})
    assert cli.run(["init"], app) == 0
    written = (tmp_path / "new" / "feeds.yaml").read_text(encoding="utf-8")
    assert "feeds:" in written
    (tmp_path / "new" / "feeds.yaml").write_text("feeds: {}\n", encoding="utf-8")
    assert cli.run(["init"], App(tmp_path / "new", clock=lambda: NOW, env={})) == 0
    assert (tmp_path / "new" / "feeds.yaml").read_text(encoding="utf-8") == "feeds: {}\n"
    assert "stays as it is" in capfd.readouterr().err


def test_fetch_link_locate_then_status(run: Run) -> None:
    code, out, err = run("fetch", "--json")
    assert code == 0, err
    assert [(f["feed"], f["state"], f["new"]) for f in json.loads(out)["feeds"]] == [("papers", "ok", 2)]
    assert run("link", "--json")[:2] == (0, '{\n  "entries": 2\n}\n')
    assert run("locate", "--json")[:2] == (0, '{\n  "items": 2,\n  "routes": []\n}\n')
    code, out, err = run("status", "--json")
    report = json.loads(out)
    assert code == 0
    assert report["items"] == report["untagged"] == 2
    assert {f["feed"]: f["status"] for f in report["feeds"]} == {"papers": "ok"}
    assert run("status")[0] == 0


def test_status_names_feeds_before_the_first_fetch(run: Run) -> None:
    code, out, _ = run("status", "--json")
    assert code == 0
    assert [f["feed"] for f in json.loads(out)["feeds"]] == ["papers"]


@pytest.mark.parametrize("command", ["status", "coverage", "feeds list", "search muon --mode text", "digest --preview"])
def test_whoever_only_reads_writes_nothing(home: Path, run: Run, command: str) -> None:
    run("fetch")
    run("link")
    with Store.open(home / "store" / "monitor.db") as other, other.transaction():  # nobody else can write meanwhile
        code, out, err = run(*command.split())
    assert (code in (0, 3), bool(out), err.startswith("monitor:")) == (True, True, False)


def test_a_change_of_feeds_yaml_reaches_the_store(home: Path, run: Run) -> None:
    def watched() -> tuple[object, ...]:
        with Store.open(home / "store" / "monitor.db") as store:
            rows = store.connection.rows("SELECT name, url, enabled, every_seconds FROM feeds ORDER BY name")
            days = store.connection.rows("SELECT country, group_name, since FROM partners ORDER BY country")
            return [tuple(row) for row in rows], [tuple(row) for row in days]

    (home / "feeds.yaml").write_text(
        "partners: {nations: [{country: DE, since: 2016-01-01}], ec: {since: 2016-01-01}}\n"
        "feeds:\n  a: {kind: arxiv, categories: [cs.CR], every: 6h}\n  b: {kind: arxiv, categories: [cs.AI]}\n",
        encoding="utf-8",
    )
    run("status")
    (_, before), days = watched()
    assert days == [("DE", "partner", "2016-01-01"), ("EU", "ec", "2016-01-01"), ("US", "home", "0001-01-01")]
    (home / "feeds.yaml").write_text(
        "partners: {home: GB, nations: [{country: DE, since: 2017-01-01}]}\n"
        "feeds:\n  a: {kind: arxiv, categories: [cs.CR], every: 12h, enabled: false}\n",
        encoding="utf-8",
    )
    run("status")
    feeds, days = watched()
    assert [(name, enabled) for name, _, enabled, _ in feeds] == [("a", 0), ("b", 0)]
    assert feeds[0][3] == 12 * 3600
    assert feeds[1] == (*before[:2], 0, before[3])
    assert days == [("DE", "partner", "2017-01-01"), ("GB", "home", "0001-01-01")]


def test_a_lock_that_cannot_be_written_is_one_sentence(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(care.os, "write", full)
    code, _, err = run("fetch")
    assert code == 1
    assert "monitor.lock: the lock file cannot be written: No space left on device" in err


def test_a_failing_feed_is_one_line_and_exit_3(home: Path, run: Run) -> None:
    (home / "papers.jsonl").unlink()
    code, _, err = run("fetch")
    assert code == 3
    [line] = err.strip().splitlines()
    assert line.startswith("papers")
    assert "papers.jsonl" in line
    assert run("status")[0] == 3


def test_a_mistake_in_feeds_yaml_is_exit_4_with_its_line(home: Path, run: Run) -> None:
    (home / "feeds.yaml").write_text("feeds:\n  papers:\n    kind: jsonl\n    url: x\n    evry: 6h\n", encoding="utf-8")
    code, _, err = run("scan")
    assert code == 4
    assert "line 5" in err
    assert "'every'" in err
    (home / "feeds.yaml").write_text("feeds:\n  papers:\n    kind: rss\n", encoding="utf-8")
    assert run("scan")[0] == 4
    (home / "feeds.yaml").unlink()
    code, _, err = run("scan")
    assert code == 4
    assert "feeds.yaml" in err


def test_an_unknown_feed_is_exit_4(run: Run) -> None:
    code, _, err = run("fetch", "--feed", "paper")
    assert code == 4
    assert "'paper'" in err
    assert "'papers'" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("scan", "--since", "yesterday"),
        ("scan", "--since", "0001-01-01T00:00+05:00"),
        ("scan", "--until", "2026-07-01"),
        ("scan", "--since", "2026-07-02", "--until", "2026-07-01"),
        ("digest", "--week", "2026-W30", "--since", "2026-07-01"),
        ("digest", "--week", "30"),
        ("digest", "--format", "docx"),
        ("classify", "no-such-file"),
        ("nonsense",),
    ],
)
def test_usage_is_exit_2(run: Run, arguments: tuple[str, ...]) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert "Error: " in err


def test_another_run_is_exit_5(home: Path, run: Run) -> None:
    lock = home / "store" / "monitor.lock"
    code = f"from pathlib import Path; from monitor.store import care\nwith care.run_lock(Path({str(lock)!r})): input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as holder:
        while not lock.exists() or not lock.read_text():
            pass
        status, _, err = run("fetch")
        holder.communicate(b"\n")
    assert status == 5
    assert f"process {holder.pid}" in err
    assert run("fetch")[0] == 0, "the lock is gone with its holder"


def test_a_damaged_store_is_exit_1(home: Path, run: Run) -> None:
    (home / "store").mkdir()
    (home / "store" / "monitor.db").write_bytes(b"no database" * 1000)
    for command in ("scan", "status", "digest", "db check"):
        code, _, err = run(*command.split())
        assert code == 1, command
        assert "monitor.db" in err


def test_a_missing_model_leaves_works_waiting(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    app = App(home, clock=lambda: NOW, env={"MONITOR_ENCODER": str(home / "nowhere")})
    assert cli.run(["scan"], app) == 1
    assert "nowhere" in capfd.readouterr().err
    with app.store() as store:
        assert store.items.count() == 2
        assert store.connection.value("SELECT count(*) FROM taggings") == 0
    assert cli.run(["status", "--json"], app) == 3
    report = json.loads(capfd.readouterr().out)
    assert (report["untagged"], report["model"]) == (2, None)
    assert "nowhere" in report["model_error"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_run_scans_at_once_and_ends_on_a_signal(home: Path, number: signal.Signals) -> None:
    env = {**os.environ, "MONITOR_ENCODER": str(home / "nowhere")}
    command = [sys.executable, "-m", "monitor", "--home", str(home), "run"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        said = [running.stderr.readline()]
        while not said[-1].startswith("linked"):
            said.append(running.stderr.readline())
            assert said[-1], "run ended by itself"
        running.send_signal(number)
        rest = running.stderr.read()
    assert running.returncode == 0, rest
    assert "watching 1 feed" in said[0]
    assert f"{number.name}: finishing what is under way" in rest
    with App(home, env={}).store() as store:
        assert store.items.count() == 2


def test_digest_preview_writes_nothing(home: Path, run: Run) -> None:
    assert run("fetch")[0] == 0
    assert run("link")[0] == 0
    code, out, _ = run("digest", "--preview")
    assert code == 0
    assert week_of(NOW) in out
    assert not (home / "store" / "digests").exists()


def test_digest_prints_the_files_it_wrote(home: Path, run: Run) -> None:
    code, out, _ = run("digest", "--week", "2026-W29", "--format", "txt,json", "--out", str(home / "out"))
    assert code == 0
    assert [Path(p).name for p in out.split()] == ["digest.txt", "digest.json"]
    assert sorted(p.name for p in (home / "out").iterdir()) == ["digest.json", "digest.txt"]


def test_origin_answers_in_order_and_names_bad_lines(home: Path, run: Run) -> None:
    file = home / "affiliations.jsonl"
    file.write_text(
        '{"id": 1, "affiliation": "Universidade do Porto, Portugal"}\n'
        "not json\n"
        '{"id": 2}\n'
        "\n"
        '{"id": 3, "affiliation": "Department of Physics"}\n',
        encoding="utf-8",
    )
    code, out, err = run("origin", str(file))
    assert code == 3
    answers = [json.loads(line) for line in out.splitlines()]
    assert [(a["id"], a["countries"]) for a in answers] == [(1, ["PT"]), (3, [])]
    assert set(answers[0]) == {"id", "countries", "institution", "method", "confidence", "evidence"}
    assert "line 2: not JSON" in err
    assert "line 3: 'affiliation' is missing" in err


def test_odd_lines_cost_themselves_alone(home: Path, run: Run) -> None:
    file = home / "odd.jsonl"
    file.write_text("[" * 200_000 + '\n{"id": "\\ud800", "affiliation": "Oslo \\ud800, Norway"}\n')
    code, out, err = run("origin", str(file))
    assert (code, json.loads(out)["countries"], json.loads(out)["id"]) == (3, ["NO"], "\ud800")
    assert "line 1: not JSON that can be read: nested too deeply" in err


def test_odd_papers_cost_themselves_alone(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Tagger:
        goals = ()

        def tag(self, papers: Sequence[Paper], *, exact: bool) -> list[Tagging]:
            for paper in papers:
                paper.text.encode()
            return [Tagging((), None, "no goals")] * len(papers)

    monkeypatch.setattr("monitor.goals.Tagger.open", lambda *_, **__: Tagger())
    file = home / "odd.jsonl"
    file.write_text(
        '{"id": null, "title": "Muons"}\n'
        '{"id": 2, "title": "Muons \\ud800 at sea", "abstract": null}\n'
        '{"id": 3, "title": null}\n'
    )
    code, out, err = run("classify", str(file))
    assert (code, [json.loads(line)["id"] for line in out.splitlines()]) == (3, [2])
    assert "line 1: 'id' is missing" in err
    assert "line 3: 'title' is not a text" in err
    file.write_text('\ufeff{"id": 4, "title": "Muons from Windows"}\n', "utf-8")
    code, out, err = run("classify", str(file))
    assert (code, json.loads(out)["id"], err) == (0, 4, "")


def test_db_commands(home: Path, run: Run) -> None:
    assert run("db", "check")[0] == 1, "there is no store yet"
    assert run("fetch")[0] == 0
    assert run("db", "path")[1].strip() == str(home / "store" / "monitor.db")
    assert run("db", "migrate")[0] == 0
    assert run("db", "backup", str(home / "copy.db"))[0] == 0
    assert run("db", "backup", str(home / "copy.db"))[0] == 1
    code, out, _ = run("db", "check", "--json")
    assert (code, json.loads(out)) == (0, {"faults": [], "unchecked": []})


def test_doctor_says_what_is_wrong(home: Path, run: Run) -> None:
    code, out, _ = run("doctor", "--json")
    assert code == 0, out
    assert {c["check"]: c["says"] for c in json.loads(out)}["routes"] == "none: affiliations are not looked up"
    (home / "feeds.yaml").write_text("feeds: 3\n", encoding="utf-8")
    code, out, _ = run("doctor", "--json")
    assert code == 1
    bad = [check["check"] for check in json.loads(out) if not check["ok"]]
    assert "feeds.yaml" in bad
    assert "sqlite" not in bad


def test_home_is_found_by_the_documented_rules(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    env = {"HOME": str(tmp_path)}
    assert find_home("x", {"MONITOR_HOME": "y", **env}, tmp_path) == Path("x").absolute()
    assert find_home(None, {"MONITOR_HOME": "/y", **env}, tmp_path) == Path("/y")
    assert find_home(None, env, tmp_path / "here") == tmp_path / ".local" / "share" / "monitor"
    assert find_home(None, {"XDG_DATA_HOME": "/data", **env}, tmp_path / "here") == Path("/data/monitor")
    (tmp_path / "here" / "feeds.yaml").touch()
    assert find_home(None, env, tmp_path / "here") == tmp_path / "here"


def test_the_home_of_nobody_is_exit_4(home: Path) -> None:
    done = monitor(home, "monitor --home '~nobody-by-this-name/x' status")
    assert done.returncode == 4
    assert done.stderr == "monitor: the home '~nobody-by-this-name/x' is nowhere: there is no such user\n"


def test_an_unknown_model_is_told_from_a_broken_installation(home: Path, run: Run) -> None:
    code, _, err = run("train", "gaols")
    assert code == 1
    assert err.startswith("monitor: there is no model 'gaols': ")
    assert "shipped are gaps, goals" in err
    with (home / "feeds.yaml").open("a", encoding="utf-8") as file:
        file.write("model: gaols\n")
    code, _, err = run("status")
    assert code == 4
    assert "feeds.yaml, line 5: 'model': there is no model 'gaols'" in err


def test_a_closed_pipe_is_no_error(home: Path) -> None:
    file = home / "many.jsonl"
    file.write_text('{"id": 1, "affiliation": "Lisbon, Portugal"}\n' * 20_000, encoding="utf-8")
    done = subprocess.run(
        f"{sys.executable} -m monitor origin {file} | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MONITOR_HOME": str(home)},
    )
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout)["countries"] == ["PT"]


def monitor(home: Path, shell: str, **env: str) -> subprocess.CompletedProcess[str]:
    """What comes of a line of shell in which `monitor` is the program, at work in `home`."""
    script = f'monitor() {{ {sys.executable} -m monitor "$@"; }}; {shell}'
    whole = {**os.environ, "MONITOR_HOME": str(home), **env}
    return subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=False, env=whole, errors="replace"
    )


@pytest.mark.parametrize("command", ["status", "feeds list", "db schema", "coverage"])
def test_a_reader_that_has_gone_is_no_failure(home: Path, command: str) -> None:
    done = monitor(home, f"monitor {command} | true; echo ${{PIPESTATUS[0]}}")
    assert (done.stdout, done.stderr) == ("0\n", "") or "switched off" in done.stderr


def test_output_that_cannot_be_written_is_one_sentence_and_exit_1(home: Path) -> None:
    done = monitor(home, "monitor status > /dev/full")
    assert done.returncode == 1
    assert done.stderr == "monitor: the output cannot be written: No space left on device\n"


def test_a_program_without_stdout_does_its_work_all_the_same(home: Path) -> None:
    done = monitor(home, "monitor fetch >&-")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


def test_a_locale_that_lacks_a_sign_costs_only_that_sign(home: Path) -> None:
    record = '{"id": "Łódź", "affiliation": "Łódź, 東京 – Poland"}'
    (home / "texts.jsonl").write_text(record, encoding="utf-8")
    (home / "feeds.yaml").write_text(
        "feeds:\n  papers: {kind: jsonl, url: papers.jsonl, why: Łódź – Zürich}\n", encoding="utf-8"
    )
    latin = {"PYTHONIOENCODING": "latin-1"}
    listed = monitor(home, "monitor feeds list | iconv -f latin1 -t utf8", **latin)
    assert r"\u0141\xf3d\u017a \u2013 Zürich" in listed.stdout or r"\u0141ód\u017a \u2013 Zürich" in listed.stdout
    told = monitor(home, "monitor feeds list --json", **latin)
    assert json.loads(told.stdout)[0]["why"] == "Łódź – Zürich"
    answered = monitor(home, f"monitor origin {home / 'texts.jsonl'}", **latin)
    assert json.loads(answered.stdout)["id"] == "Łódź"


def test_a_second_signal_ends_run_at_once(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        (home / "feeds.yaml").write_text(
            f"feeds:\n  deaf: {{kind: feed, url: 'http://127.0.0.1:{port}/', allow_private: true}}\n", encoding="utf-8"
        )
        command = [sys.executable, "-m", "monitor", "--home", str(home), "run"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
            asked, _ = deaf.accept()  # a request is under way, and is never answered
            with asked:
                running.terminate()
                assert running.stderr is not None
                while not running.stderr.readline().startswith("SIGTERM"):
                    pass
                running.terminate()
                assert running.wait(timeout=20) == 130


def test_an_unreachable_mail_server_is_exit_3_and_loses_nothing(home: Path, run: Run) -> None:
    with (home / "feeds.yaml").open("a", encoding="utf-8") as file:
        file.write("mail: {host: 127.0.0.1, port: 9, security: none, from: m@agency.example}\n")
        file.write("subscribers:\n  ana: {output: email, to: [ana@agency.example]}\n")
    long_ago = App(home, clock=lambda: NOW - timedelta(days=14), env={})
    with long_ago.store() as store:
        row = store.ledger.begin(long_ago.feeds()[0], None, long_ago.clock())
        assert row
    assert run("scan", "--no-deliver")[0] == 0
    code, _, err = run("deliver")
    assert code == 3
    assert "ana@agency.example: deferred: " in err
    assert "127.0.0.1:9" in err
    code, out, _ = run("status", "--json")
    assert json.loads(out)["deliveries_waiting"] >= 1


def test_the_lock_file_may_stay_behind(home: Path, run: Run) -> None:
    with care.run_lock(home / "store" / "monitor.lock"):
        pass
    assert run("fetch")[0] == 0
