"""Compiles the rules of origin while the package is built (https://hatch.pypa.io/latest/plugins/build-hook/custom/).

Without a C compiler, or when anything else goes wrong, the package is built all the same: the rules are plain Python
and give the same answers, more slowly. `python hatch_build.py` compiles them anew after a change to them.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOM = Path("monitor", "origin")
LIMIT_S = 600
"""A minute is usual on one core."""


class CustomBuildHook(BuildHookInterface[Any]):
    """Puts the compiled rules into the wheel, which then is one for this platform."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the files of the wheel are gathered, also for an editable one."""
        try:
            subprocess.run(  # noqa: S603 - this very file
                [sys.executable, __file__], cwd=self.root, check=True, timeout=LIMIT_S, capture_output=True, text=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            said = str(getattr(error, "stderr", "") or "").strip().splitlines()
            self.app.display_warning(f"rules of origin are not compiled, and slower: {said[-1] if said else error}")
            return
        build_data["artifacts"].append(f"{(ROOM / 'native').as_posix()}/*")
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def compile_rules(root: Path) -> None:
    """Compile the modules into a folder beside them, its stamp last, so that half of one is never used."""
    from mypyc.build import mypycify
    from setuptools import setup

    rules = load(root / ROOM / "compiled.py")
    folder = root / ROOM / rules.FOLDER.name
    shutil.rmtree(folder, ignore_errors=True)
    sources = [(ROOM / f"{module}.py").as_posix() for module in rules.MODULES]
    with tempfile.TemporaryDirectory() as scratch:
        # One group, so that calls from module to module are plain calls. Imports of other modules are not followed:
        # checking numpy takes minutes, and nothing is won by it.
        extensions = mypycify(
            [*sources, "--follow-imports=skip", "--config-file=", f"--cache-dir={scratch}/mypy"],
            debug_level="0",
            separate=[(sources, f"monitor.origin.{rules.GROUP}")],
            target_dir=scratch,
        )
        build = ["build_ext", f"--build-lib={scratch}/lib", f"--build-temp={scratch}/temp"]
        setup(name="rules-of-origin", packages=[], ext_modules=extensions, script_args=build)
        shutil.copytree(Path(scratch, "lib", ROOM), folder)
    (folder / rules.STAMP).write_text(rules.stamp(root / ROOM) + "\n", "ascii")


def load(path: Path) -> ModuleType:
    """The module in `path` alone: what its package imports is not there while it is built."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    compile_rules(Path(__file__).parent)
