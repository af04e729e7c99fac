"""Calls in a child process. What is called comes from the standard library, so that the child can import it."""

from __future__ import annotations

import ctypes
import json
import multiprocessing
import operator
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor import sources
from monitor.errors import ConfigError, FetchError, ParseError
from monitor.http import pace_key
from monitor.sandbox import Sandbox

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(memory=2**28) as made:
        yield made


def test_a_call_is_made_in_a_child_that_is_kept(sandbox: Sandbox) -> None:
    assert sandbox.run(operator.add, 2, 3) == 5
    child = sandbox.run(os.getpid)
    assert child != os.getpid()
    assert sandbox.run(os.getpid) == child


def test_large_values_pass_both_ways(sandbox: Sandbox) -> None:
    data = os.urandom(15 * 2**20)
    assert sandbox.run(operator.add, data, b"!") == data + b"!"


def test_errors_of_the_monitor_come_back_as_they_are(sandbox: Sandbox) -> None:
    with pytest.raises(ConfigError, match="no source kind 'invented'"):
        sandbox.run(sources.load, "invented")
    with pytest.raises(FetchError) as caught:
        sandbox.run(pace_key, "ftp://feeds.example/")
    assert caught.value.state == "blocked"


def test_other_errors_become_parse_errors_that_name_them(sandbox: Sandbox) -> None:
    child = sandbox.run(os.getpid)
    with pytest.raises(ParseError, match="could not be read: JSONDecodeError: Expecting value") as caught:
        sandbox.run(json.loads, "<rss>")
    assert "decoder.py" in caught.value.__notes__[0]
    with pytest.raises(ParseError, match="could not be read: RecursionError: "):
        sandbox.run(json.loads, "[" * 100_000)
    with pytest.raises(ParseError, match="could not be read: TypeError: cannot pickle"):
        sandbox.run(threading.Lock)
    assert sandbox.run(os.getpid) == child


def test_a_call_that_takes_too_long_ends_with_its_child(sandbox: Sandbox) -> None:
    child, begin = sandbox.run(os.getpid), time.monotonic()
    with pytest.raises(ParseError, match=r"^the document took longer than 0\.2 s to read$"):
        sandbox.run(time.sleep, 60, seconds=0.2)
    assert time.monotonic() - begin < 1
    assert sandbox.run(os.getpid) != child


@pytest.mark.parametrize(
    ("function", "argument"),
    [(bytearray, 2**29), (os._exit, 0), (signal.raise_signal, signal.SIGSEGV), (ctypes.string_at, 0)],
    ids=["too much memory", "exit", "killed", "segmentation fault"],
)
def test_a_call_that_ends_its_child(sandbox: Sandbox, function: object, argument: int) -> None:
    with pytest.raises(ParseError, match="needed more than 256 MiB of memory, or crashed the parser"):
        sandbox.run(function, argument)  # type: ignore[arg-type]
    assert sandbox.run(operator.add, 2, 3) == 5


def test_a_child_that_died_while_idle_is_replaced(sandbox: Sandbox) -> None:
    child = sandbox.run(os.getpid)
    os.kill(child, signal.SIGKILL)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert sandbox.run(os.getpid) != child


def test_the_limits_of_the_child(sandbox: Sandbox) -> None:
    assert sandbox.run(resource.getrlimit, resource.RLIMIT_AS) == (2**28, 2**28)
    assert sandbox.run(resource.getrlimit, resource.RLIMIT_CORE) == (0, 0)
    assert sandbox.run(signal.getsignal, signal.SIGINT) is signal.SIG_IGN


def test_what_cannot_be_sent_is_a_fault_of_the_caller(sandbox: Sandbox) -> None:
    with pytest.raises(TypeError, match="cannot pickle"):
        sandbox.run(operator.not_, threading.Lock())
    assert sandbox.run(operator.add, 2, 3) == 5


def test_a_child_that_cannot_start(sandbox: Sandbox) -> None:
    sandbox.run(os.getpid)  # brings up what multiprocessing itself starts with the same command
    try:
        multiprocessing.set_executable(shutil.which("false") or "")
        with Sandbox() as another, pytest.raises(ParseError, match="could not be started"):
            another.run(os.getpid)
    finally:
        multiprocessing.set_executable(sys.executable)


def test_closed_it_starts_again() -> None:
    with Sandbox() as sandbox:
        child = sandbox.run(os.getpid)
        sandbox.close()
        sandbox.close()
        assert sandbox.run(os.getpid) != child


PROGRAM = """
import operator
from monitor.sandbox import Sandbox

def main():
    with Sandbox() as sandbox:
        print(sandbox.run(operator.add, 2, 3), flush=True)

"""


@pytest.mark.parametrize("kind", ["module", "script"])
def test_it_works_whatever_the_program_was_started_as(tmp_path: Path, kind: str) -> None:
    if kind == "module":  # as in `python -m monitor`
        (tmp_path / "program").mkdir()
        (tmp_path / "program" / "__main__.py").write_text(PROGRAM + "main()\n")
        command = ["-m", "program"]
    else:  # as pip makes them: a file without a suffix
        (tmp_path / "program").write_text(PROGRAM + "if __name__ == '__main__':\n    main()\n")
        command = ["program"]
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True
    )
    assert (done.stdout, done.stderr) == (b"5\n", b"")


PARENT = """
import time
from monitor.sandbox import Sandbox

if __name__ == "__main__":
    sandbox = Sandbox()
    sandbox.run(time.sleep, 0)
    print("ready", flush=True)
    sandbox.run(time.sleep, 60, seconds=SECONDS) if SECONDS else time.sleep(60)
"""


@pytest.mark.parametrize(
    ("number", "seconds"),
    [(signal.SIGTERM, 0), (signal.SIGKILL, 0), (signal.SIGKILL, 0.4)],
    ids=["ended while idle", "killed while idle", "killed while busy"],
)
def test_no_child_outlives_its_parent(tmp_path: Path, number: signal.Signals, seconds: float) -> None:
    (tmp_path / "parent.py").write_text(PARENT.replace("SECONDS", str(seconds)))
    with subprocess.Popen(
        [sys.executable, "parent.py"], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        time.sleep(0.1)  # let the child begin its call
        parent.send_signal(number)
        begin = time.monotonic()
        parent.communicate(timeout=10)  # to the end of the output, which the child holds open as well
        assert time.monotonic() - begin < 4
