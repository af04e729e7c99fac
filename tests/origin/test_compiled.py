"""The rules as machine code: used only when it is of these sources, and with the answers of the sources."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from origin.test_real import AFFILIATIONS, REGISTRY, needs_affiliations, read_labelled

import monitor.origin
from monitor.origin import FILE, Gazetteer, Resolver, compiled
from monitor.pipeline import gazetteer

ROOT = Path(__file__).parents[2]

TEXTS = [
    "Dept. of Physics, Univ. of Oslo, Norway; CNR, Pisa, Italy. Electronic address: a.b@unipi.it",
    "INRIA and KAIST",
    "Georgia Institute of Technology, Atlanta, GA 30332",
    "中国科学院物理研究所",
    "1) ETH Zürich\n2) CERN",
    "Lebanon, NH",
    "\x00\udcff€ \u2028 nowhere",
    "",
]


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A copy of the sources, without machine code."""
    return Path(shutil.copytree(compiled.ROOM, tmp_path / "origin", ignore=shutil.ignore_patterns("native", "__pyc*")))


def stamped(room: Path) -> Path:
    folder = room / "native"
    folder.mkdir()
    (folder / compiled.STAMP).write_text(compiled.stamp(room) + "\n", "ascii")
    return folder


def test_machine_code_is_current_until_a_source_changes(room: Path) -> None:
    folder = stamped(room)
    assert compiled.current(folder, room)
    for module in compiled.MODULES:
        source = room / f"{module}.py"
        before = source.read_bytes()
        source.write_bytes(before + b"\n")
        assert not compiled.current(folder, room), module
        source.write_bytes(before)
    assert compiled.current(folder, room)


def test_without_a_stamp_or_with_a_broken_one_it_is_not_used(room: Path) -> None:
    folder = stamped(room)
    for broken in (b"", b"\xff\xfe", compiled.stamp(room)[:-1].encode()):
        (folder / compiled.STAMP).write_bytes(broken)
        assert not compiled.current(folder, room)
    (folder / compiled.STAMP).unlink()
    assert not compiled.current(folder, room)


@pytest.mark.parametrize(
    ("current", "loads", "first"), [(False, True, False), (True, False, False), (True, True, True)]
)
def test_the_folder_comes_before_the_sources_only_when_it_is_current_and_loads(
    current: bool, loads: bool, first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str) -> None:
        if not loads:
            raise ImportError(name)

    sources = [str(compiled.ROOM)]
    monkeypatch.setattr(monitor.origin, "__path__", list(sources))
    monkeypatch.setattr(compiled, "current", lambda: current)
    monkeypatch.setattr(compiled.importlib, "import_module", load)
    compiled.use()
    compiled.use()
    assert monitor.origin.__path__ == ([str(compiled.FOLDER), *sources] if first else sources)


def test_a_module_in_the_list_is_a_source_and_reads_no_file_beside_itself() -> None:
    for module in compiled.MODULES:
        assert "__file__" not in (compiled.ROOM / f"{module}.py").read_text("utf-8"), module


def interpreted(folder: Path, texts: list[str], *more: str) -> list[Any]:
    """What the sources answer in a process of their own, where no machine code is in reach."""
    shutil.copytree(ROOT / "monitor", folder / "monitor", ignore=shutil.ignore_patterns("native"))
    asked = folder / "texts.json"
    asked.write_text(json.dumps(texts), "utf-8")
    command = [sys.executable, str(Path(__file__).with_name("interpreted.py")), str(asked), *more]
    said = subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, check=True)
    in_use, *answers = json.loads(said.stdout)
    assert in_use is False
    return answers


def as_json(resolver: Resolver, texts: list[str]) -> list[Any]:
    return [json.loads(json.dumps(resolver.resolve(text).findings)) for text in texts]


@pytest.mark.skipif(not compiled.in_use(), reason="the rules are not compiled here; `python hatch_build.py` does it")
def test_answers_are_those_of_the_sources(tmp_path: Path) -> None:
    assert interpreted(tmp_path, TEXTS) == as_json(Resolver(), TEXTS)


@pytest.mark.slow
@needs_affiliations
@pytest.mark.skipif(not compiled.in_use(), reason="the rules are not compiled here; `python hatch_build.py` does it")
@pytest.mark.skipif(not all(path.exists() for path in REGISTRY), reason=f"the registry is not at {REGISTRY[0].parent}")
def test_answers_are_those_of_the_sources_on_real_affiliations(tmp_path: Path) -> None:
    gazetteer.build(REGISTRY, tmp_path, release="shared", now=datetime(2026, 1, 1, tzinfo=UTC))
    texts = list(dict.fromkeys(row.affiliation for row in read_labelled(AFFILIATIONS)))
    texts += [text.upper() for text in texts[::20]] + [text[::-1] for text in texts[::20]]
    found = as_json(Resolver(Gazetteer.load(tmp_path / FILE)), texts)
    assert interpreted(tmp_path, texts, str(tmp_path / FILE)) == found


# --- how they come to be compiled ---


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Told:
    """What a build says to whoever runs it."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, message: str) -> None:
        self.warnings.append(message)


def hook(build: ModuleType, root: Path) -> tuple[Any, Told]:
    told = Told()
    made = build.CustomBuildHook(str(root), {}, None, None, str(root), "wheel", app=told)
    return made, told


def test_a_build_that_cannot_compile_goes_on_and_says_so(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "hatch_build.py"
    script.write_text("raise SystemExit('error: command gcc failed')\n", "utf-8")
    monkeypatch.setattr(build, "__file__", str(script))
    data: dict[str, Any] = {"artifacts": [], "pure_python": True}
    made, told = hook(build, tmp_path)
    made.initialize("standard", data)
    assert told.warnings == ["rules of origin are not compiled, and slower: error: command gcc failed"]
    assert data == {"artifacts": [], "pure_python": True}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")
def test_what_is_compiled_is_used_until_a_rule_is_edited(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "monitor", tmp_path / "monitor", ignore=shutil.ignore_patterns("native"))
    shutil.copy(ROOT / "hatch_build.py", tmp_path)
    data: dict[str, Any] = {"artifacts": [], "pure_python": True}
    made, told = hook(build, tmp_path)
    monkeypatch.setattr(build, "__file__", str(tmp_path / "hatch_build.py"))
    made.initialize("standard", data)
    assert told.warnings == []
    assert data == {"artifacts": ["monitor/origin/native/*"], "pure_python": False, "infer_tag": True}

    def in_use() -> str:
        asked = "from monitor.origin import Resolver, compiled; "
        asked += "print(compiled.in_use(), Resolver().resolve('Norway').countries)"
        command, path = [sys.executable, "-c", asked], {"PYTHONPATH": str(tmp_path)}
        return subprocess.run(command, cwd=tmp_path, env=path, capture_output=True, check=True, text=True).stdout

    assert in_use() == "True ('NO',)\n"
    [library] = (tmp_path / "monitor" / "origin" / "native").glob("rules__mypyc*")
    kept = library.read_bytes()
    library.write_bytes(b"not a library")
    assert in_use() == "False ('NO',)\n"
    library.write_bytes(kept)
    assert in_use() == "True ('NO',)\n"
    rule = tmp_path / "monitor" / "origin" / "places.py"
    rule.write_text(rule.read_text("utf-8") + "\n", "utf-8")
    assert in_use() == "False ('NO',)\n"
