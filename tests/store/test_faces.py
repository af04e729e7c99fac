"""Records under ids that change: each is kept, and none twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.store import Store
from monitor.types import Entry, Feed

NOW = datetime(2026, 7, 20, 6, tzinfo=UTC)

says = st.builds(
    Entry,
    key=st.just(""),
    title=st.sampled_from(["On bread", "On salt", ""]),
    url=st.sampled_from([None, "https://journal.example/1"]),
    published=st.sampled_from([None, NOW]),
)
documents = st.lists(st.lists(st.tuples(st.sampled_from(["", "a", "b"]), says), max_size=4), max_size=5)


@given(documents)
def test_whatever_ids_a_feed_gives_all_that_it_says_is_kept_and_with_new_ones_no_more_than_it_said_at_once(
    sequence: list[list[tuple[str, Entry]]],
) -> None:
    """An empty id stands for one that was never given before; the others stay."""
    most, fresh = Counter[Entry](), iter(range(99))
    with Store.memory() as store:
        store.ledger.register([Feed("one", "feed", "https://journal.example/", timedelta(days=1), 0.0)], NOW)
        for listed in sequence:
            document = {key or f"urn:{next(fresh)}": said for key, said in listed}
            entries = [replace(said, key=key) for key, said in document.items()]
            kept, _ = store.faces.under_first_ids("one", entries)
            assert [replace(entry, key="") for entry in kept] == list(document.values())
            assert len({entry.key for entry in kept}) == len(kept), "two never become one"
            store.entries.keep("one", kept, NOW)
            most |= Counter(document.values())
            there = Counter(replace(record.entry, key="") for record in store.entries.unlinked(999))
            assert not Counter(document.values()) - there
        told = sum(number for said, number in most.items() if said.url or said.published or not said.title)
        alone = sum(bool(said.title) and not (said.url or said.published) for listed in sequence for _, said in listed)
        if not any(key for listed in sequence for key, _ in listed):
            assert store.entries.count_of("one") <= told + alone
