"""The tutorial of a new source kind, done word for word in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TUTORIAL = ROOT / "docs" / "new-source.md"
BLOCK = re.compile(
    r'^```(\w+)( fails)?(?: title="([^"]+)")?(?: below="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL
)
NEEDED = ("monitor", "models/goals", "tests", "docs", "store/checks", "feeds.yaml", "pyproject.toml", "README.md")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project as a newcomer has it checked out; what is written there is gone after the test."""
    for name in NEEDED:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy(source, target)
    for page in ROOT.glob("*.md"):
        shutil.copy(page, tmp_path)
    (tmp_path / "LICENSE").touch()
    return tmp_path


def write(path: Path, below: str, content: str) -> None:
    """A block as a file, or put below the line that begins with `below`."""
    if below:
        lines = path.read_text("utf-8").splitlines(keepends=True)
        row = next(n for n, line in enumerate(lines) if line.startswith(below))
        content = "".join([*lines[: row + 1], content, *lines[row + 1 :]])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")


def run(commands: str, folder: Path) -> tuple[int, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    env |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}", "PYTHONPATH": str(folder)}
    done = subprocess.run(
        ["bash", "-ec", commands], cwd=folder, env=env, check=False, text=True, stdout=-1, stderr=subprocess.STDOUT
    )
    return done.returncode, done.stdout


@pytest.mark.timeout(600)
def test_the_tutorial_works_as_it_stands(copy: Path) -> None:
    said = ""
    outcomes = []
    for language, fails, title, below, content in BLOCK.findall(TUTORIAL.read_text("utf-8")):
        if title:
            write(copy / title, below, content)
        elif language == "sh":
            code, said = run(content, copy)
            assert (code != 0) == bool(fails), said
            outcomes.append(code)
        else:
            assert " ".join(content.split()) in " ".join(said.replace("\nE  ", " ").split())
    assert outcomes == [1, 0, 0, 0]
    assert not (ROOT / "monitor" / "sources" / "quillhaven.py").exists()
