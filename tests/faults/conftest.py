"""The stage, set for each test; the children that parse are shared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faults.stage import Sandboxes, Stage

from monitor.store import Store


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[Sandboxes]:
    made = Sandboxes()
    yield made
    made.close()


@pytest.fixture
def stage(sandboxes: Sandboxes) -> Iterator[Stage]:
    with Store.memory() as store:
        yield Stage(store, sandboxes)
