"""The record of trainings, on a real store in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.errors import StoreError
from monitor.store import Store
from monitor.store.trainings import TrainingRow

ROW = TrainingRow(
    taxonomy="goals",
    what="training",
    trained_at=datetime(2026, 7, 22, 12, tzinfo=UTC),
    trained_by="ana",
    model="goals.5",
    instead_of="goals.4",
    data="ab" * 32,
    labels=120,
    feedback=20,
    figures={"f1": [0.8, 0.7]},
    promoted=True,
    forced=False,
    verdict="it is better",
)


def test_what_was_trained_comes_back_newest_first() -> None:
    with Store.memory() as store:
        later = replace(ROW, what="rollback", model="goals.4", instead_of="goals.5", promoted=True)
        for row in (ROW, replace(ROW, taxonomy="gaps"), later):
            store.trainings.add(row)
        assert store.trainings.all("goals") == [later, ROW]


@pytest.mark.parametrize("sql", ["UPDATE trainings SET promoted = 0", "DELETE FROM trainings"])
def test_the_record_cannot_be_changed(sql: str) -> None:
    with Store.memory() as store:
        store.trainings.add(ROW)
        with pytest.raises(StoreError, match="never changed"), store.transaction():
            store.connection.run(sql)
