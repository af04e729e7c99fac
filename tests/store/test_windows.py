"""Windows that are owed, and the place to go on from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.store import Store
from monitor.store.windows import Resume
from monitor.types import Feed, Key, Request, Window

NOW = datetime(2026, 6, 8, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "following",
    [
        Request("https://one.example/2"),
        Request("https://one.example/2", "text/xml", Key("ONE_KEY", "api_key"), '{"page": 2}', (422, 404)),
    ],
    ids=["plain", "whole"],
)
def test_the_place_to_go_on_from_is_kept_with_all_that_the_followingsays(following: Request) -> None:
    with Store.memory() as store:
        store.ledger.register([Feed("one", "oai", "https://one.example", timedelta(days=1), 0.0)], NOW)
        owed = store.windows.open("one", Window(NOW - timedelta(days=1), NOW), NOW)
        store.windows.save_resume(owed, Resume(following, 3, 8, NOW, 1))
        (kept,) = store.windows.owed("one")
        assert kept.resume == Resume(following, 3, 8, NOW, 1)
