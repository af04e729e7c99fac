"""The list of cases in docs/coverage.md and the suite are in step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from faults import test_content, test_harvest, test_transport

TESTS = Path(__file__).parents[1]
SUITE = (test_transport, test_content, test_harvest)
WANTED = {*(f"B{n}" for n in (*range(1, 9), 14, 15)), *map(str, range(1, 40))}


def listed() -> dict[str, set[str]]:
    """case → names of the tests that hold it."""
    page = (TESTS.parent / "docs" / "coverage.md").read_text("utf-8")
    rows = re.findall(r"^\| (B?\d+) \|.*\| ([^|]+) \|$", page, re.MULTILINE)
    return {case: set(re.findall(r"`(test_\w+)`", tests)) for case, tests in rows}


def played(module: ModuleType) -> Iterator[tuple[str, str]]:
    """(case, test) for every case that a test of `module` bears the number of."""
    for name, test in vars(module).items():
        for mark in getattr(test, "pytestmark", ()) if name.startswith("test_") else ():
            if mark.name == "case":
                yield mark.args[0], name
            elif mark.name == "parametrize":
                for values in mark.args[1]:
                    yield from ((m.args[0], name) for m in getattr(values, "marks", ()) if m.name == "case")


def test_every_case_is_listed_with_a_test() -> None:
    assert WANTED - {case for case, tests in listed().items() if tests} == set()


def test_what_is_listed_is_there() -> None:
    source = "\n".join(path.read_text("utf-8") for path in TESTS.rglob("test_*.py"))
    names = {name for tests in listed().values() for name in tests}
    assert [name for name in sorted(names) if f"def {name}(" not in source] == []


@pytest.mark.parametrize("module", SUITE, ids=lambda module: module.__name__)
def test_what_is_played_is_listed_under_its_case_and_the_reverse(module: ModuleType) -> None:
    of_module = {name for name in vars(module) if name.startswith("test_")}
    told = {(case, name) for case, tests in listed().items() for name in tests if name in of_module}
    assert set(played(module)) == told
