"""The notebook for analysts: its cells run over the demo store and find something to show."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

NOTEBOOK = json.loads((Path(__file__).parents[1] / "docs" / "analysts.ipynb").read_text("utf-8"))
CODE = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


@pytest.mark.slow  # a whole scan, with the encoder
def test_every_cell_runs_and_finds_something(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_DB", str(demo_home / "store" / "monitor.db"))
    names: dict[str, Any] = {}
    for number, cell in enumerate(CODE, 1):
        exec(compile("".join(cell["source"]), f"docs/analysts.ipynb, code cell {number}", "exec"), names)
    tables = {name: value for name, value in names.items() if isinstance(value, pd.DataFrame)}
    assert {name for name, table in tables.items() if table.empty} == {"gaps", "missed"}
    assert set(tables["moves"].index) <= {"AU", "CA", "FR", "DE", "IL", "MX", "NL", "NZ", "SG", "ES", "SE", "GB", "KR"}
    assert tables["unknown"]["unknown"].between(0, 1).all()


def test_it_is_shown_as_it_ran() -> None:
    assert [cell["execution_count"] for cell in CODE] == list(range(1, len(CODE) + 1))
    assert all(cell["outputs"] for cell in CODE[:-1])


def test_nothing_of_the_monitor_is_needed() -> None:
    assert not any(line.startswith(("import monitor", "from monitor")) for cell in CODE for line in cell["source"])
