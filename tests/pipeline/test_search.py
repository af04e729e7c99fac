"""Search by words, by meaning and by both, over a real store with an encoder that costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder

from monitor.errors import ModelError
from monitor.pipeline.search import FRESH_SECONDS, Searcher, encode
from monitor.selection import Asked, Selection
from monitor.store import Store
from monitor.store.findings import Due
from monitor.types import Author, Entry, Identifier, Tag

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
TEXTS = (
    ("Muon tomography of cargo", "Containers are screened."),
    ("Neutron imaging", "Cargo screened by neutron beams."),
    ("Sparrows in spring", "Birds sing."),
    ("Muon decay", "Lifetimes of particles."),
)


class World:
    """A store with works, a searcher over it, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / "monitor.db")
        self.encoder = FakeEncoder()
        self.file = folder / "vectors.bin"
        self.now = 0.0
        self.searcher = Searcher(self.store, lambda: self.encoder, self.file, lambda: self.now)
        for number, (title, abstract) in enumerate(TEXTS, start=1):
            self.add(number, title, abstract)

    def add(self, number: int, title: str, abstract: str, *, author: str = "Ana Lima") -> None:
        seen = NOW - timedelta(days=30 - number)
        item = self.store.items.add(f"arxiv:{number}", seen.strftime("%Y-%m-%dT%H:%M:%SZ"), "2026-W30")
        entry = Entry("k", title, abstract, (Author(author),), published=seen)
        names = [Identifier("arxiv", str(number))]
        self.store.items.update(item, entry, names=names, content=f"{number:032x}")
        tags = [Tag("goal", "cyber", 0.9, number == 2, "m", ("w",))]
        self.store.findings.tag(Due(item, title, abstract, f"{number:032x}"), "m", tags, None, NOW)

    def find(self, query: str, mode: str = "both", **how: Any) -> list[str]:
        found = self.searcher.search(Asked(query, mode=mode, **how))  # type: ignore[arg-type]
        return [hit.work.item.uid for hit in found.hits]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    encode(made.store, made.encoder, 100)
    yield made
    made.store.close()


def test_text_finds_words_and_meaning_ranks_all(world: World) -> None:
    assert world.find("cargo screened", "text") == ["arxiv:1", "arxiv:2"]
    near = world.find("neutron beams", "meaning")
    assert near[0] == "arxiv:2"


def test_both_has_what_either_has_and_what_both_have_first(world: World) -> None:
    both = world.find("muon tomography")
    assert both[0] == "arxiv:1"
    assert set(both) >= set(world.find("muon tomography", "text"))


def test_hits_say_why_they_were_found(world: World) -> None:
    found = world.searcher.search(Asked("muon cargo"))
    best = found.hits[0]
    assert best.text_rank == 1
    assert best.likeness is not None
    assert ("Muon", True) in best.snippet
    others = [hit for hit in found.hits if hit.text_rank is None]
    assert all(hit.snippet and not hit.snippet[0][1] for hit in others)


def test_signs_bind_what_is_found_by_meaning_too(world: World) -> None:
    world.add(9, "Muon cargo", "Screened.", author="Bo Ek")
    encode(world.store, world.encoder, 100)
    assert world.find("muon -tomography -decay") == ["arxiv:9"]
    assert world.find("author:ek cargo", "meaning") == ["arxiv:9"]
    assert set(world.find('"muon tomography" screened')) == {"arxiv:1"}


def test_a_query_of_names_alone_is_searched_as_text(world: World) -> None:
    found = world.searcher.search(Asked("author:lima"))
    assert found.mode == "text"
    assert len(found.hits) == 4
    assert world.encoder.texts[-1] != ""


def test_the_selection_holds_for_every_mode(world: World) -> None:
    for mode in ("text", "meaning", "both"):
        assert world.find("cargo", mode, selection=Selection(goals=("cyber",))) == ["arxiv:2"]
    since = NOW - timedelta(days=27, hours=1)
    assert set(world.find("cargo muon", "meaning", selection=Selection(since=since))) <= {"arxiv:3", "arxiv:4"}


def test_enough_is_found_among_many_that_do_not_fit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.pipeline.search.TRIED", 1)
    since = NOW - timedelta(days=26, hours=1)
    assert world.find("cargo", "meaning", selection=Selection(since=since), least=-1.0, most=1) == ["arxiv:4"]


def test_of_words_that_many_works_hold_the_newest_are_ranked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.searcher.search(Asked("cargo", mode="text")).ranked is None
    monkeypatch.setattr("monitor.pipeline.search.MOST_RANKED", 1)
    found = world.searcher.search(Asked("cargo", mode="text"))
    assert ([hit.work.item.uid for hit in found.hits], found.ranked) == (["arxiv:2"], 1)
    narrowed = world.searcher.search(Asked("cargo", Selection(until=NOW), mode="text"))
    assert ({hit.work.item.uid for hit in narrowed.hits}, narrowed.ranked) == ({"arxiv:1", "arxiv:2"}, None)


@pytest.mark.parametrize("few", [0, 5000])
def test_days_narrow_what_is_found_by_meaning(world: World, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr("monitor.pipeline.search.FEW", few)
    since = NOW - timedelta(days=28, hours=1)
    assert set(world.find("Muon", "meaning", selection=Selection(since=since), least=-1.0)) == {
        "arxiv:2",
        "arxiv:3",
        "arxiv:4",
    }


def test_withdrawn_works_are_not_found_by_meaning(world: World) -> None:
    world.store.items.withdraw(1)
    assert "arxiv:1" not in world.find("muon tomography cargo", "meaning", least=-1.0)
    assert "arxiv:1" in world.find("muon tomography", "meaning", selection=Selection(withdrawn=True), least=-1.0)


def test_without_a_query_the_newest_come_first(world: World) -> None:
    assert world.find("") == ["arxiv:4", "arxiv:3", "arxiv:2", "arxiv:1"]
    assert world.find(" ", most=2, skip=1) == ["arxiv:3", "arxiv:2"]


def test_pages_go_on_where_the_last_one_ended(world: World) -> None:
    whole = world.find("muon cargo")
    assert [*world.find("muon cargo", most=1), *world.find("muon cargo", skip=1)] == whole


def test_no_work_is_doubled_or_lost_from_page_to_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.pipeline.search.DEPTH", 4)
    monkeypatch.setattr("monitor.pipeline.search.DEEPER", 2)
    for number in range(10, 50):  # the more words, the further down by words; by meaning they stand otherwise
        world.add(number, "Muon " + " ".join(f"word{(number * 7 + n) % 11}" for n in range(number % 13)), "cargo")
    encode(world.store, world.encoder, 100)
    paged = [one for skip in range(0, 60, 3) for one in world.find("muon cargo", most=3, skip=skip)]
    assert len(paged) > 40
    assert paged == world.find("muon cargo", most=60)


def test_a_bad_query_is_searched_as_words_and_says_so(world: World) -> None:
    found = world.searcher.search(Asked("muon AND ("))
    assert not found.understood
    assert {hit.work.item.uid for hit in found.hits} >= {"arxiv:1", "arxiv:4"}


def test_works_like_another_one_leave_it_out(world: World) -> None:
    found = world.searcher.like(1, Asked("", least=-1.0))
    assert sorted(hit.work.item.uid for hit in found.hits) == ["arxiv:2", "arxiv:3", "arxiv:4"]
    assert len(world.searcher.like(1, Asked("", most=2, least=-1.0)).hits) == 2
    with pytest.raises(LookupError):
        world.searcher.like(99, Asked(""))


def test_what_the_encoder_has_not_read_is_counted_and_a_work_like_it_still_found(tmp_path: Path) -> None:
    world = World(tmp_path)
    found = world.searcher.search(Asked("muon", mode="meaning"))
    assert found.hits == ()
    assert found.without_vector == 4
    assert encode(world.store, world.encoder, 3) == 3
    world.now += FRESH_SECONDS
    found = world.searcher.search(Asked("muon", mode="meaning"))
    assert found.without_vector == 1
    assert {hit.work.item.uid for hit in found.hits} <= {"arxiv:2", "arxiv:3", "arxiv:4"}
    assert "arxiv:1" not in [hit.work.item.uid for hit in world.searcher.like(1, Asked("")).hits]
    assert encode(world.store, world.encoder, 100) == 1
    assert encode(world.store, world.encoder, 100) == 0
    world.store.close()


def test_new_vectors_are_seen_after_a_moment(world: World) -> None:
    world.find("muon")
    world.add(9, "Muon cargo muon cargo", "Muon.")
    encode(world.store, world.encoder, 100)
    assert "arxiv:9" not in world.find("muon cargo", "meaning")
    world.now += FRESH_SECONDS
    assert "arxiv:9" in world.find("muon cargo", "meaning")


def test_without_an_encoder_both_goes_by_text(world: World) -> None:
    def broken() -> FakeEncoder:
        raise ModelError("model.safetensors is missing")

    searcher = Searcher(world.store, broken, world.file)
    found = searcher.search(Asked("muon"))
    assert (found.mode, found.fault) == ("text", "model.safetensors is missing")
    assert len(found.hits) == 2
    for query, mode in (("muon", "text"), ("author:lima", "both"), ("", "both")):
        assert searcher.search(Asked(query, mode=mode)).fault == ""  # type: ignore[arg-type]
    with pytest.raises(ModelError):
        searcher.search(Asked("muon", mode="meaning"))


def test_another_program_that_keeps_the_file_does_not_hold_up_a_search(world: World) -> None:
    from monitor.store import care

    with care.run_lock(world.file.with_name("vectors.bin.lock")):
        assert world.find("muon", "meaning")
    assert not world.file.exists()
    assert Searcher(world.store, lambda: world.encoder, world.file).search(Asked("muon", mode="meaning")).hits
    assert world.file.exists()


def test_reading_stops_when_it_is_told_to(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert encode(world.store, world.encoder, 100, stop=lambda: True) == 0
    world.store.close()
