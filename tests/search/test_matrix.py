"""The file of vectors is never believed further than the store goes, and never needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.search import matrix
from monitor.search.matrix import HEADER, Matrix, load

DIMENSIONS = 4
ROW = 8 + 32 + 4 * DIMENSIONS


def vector(*values: float) -> bytes:
    return np.array(values, "<f2").tobytes()


def text(number: int) -> str:
    return f"{number:032x}"


class Kept:
    """Vectors as a store keeps them, and how many of them were read one by one."""

    def __init__(self) -> None:
        self.vectors: dict[int, tuple[str, bytes]] = {}
        self.read: list[int] = []

    def add(self, item: int, *values: float, content: int = 0) -> None:
        self.vectors[item] = (text(content), vector(*values))

    def load(self, path: Path, space: str = "s", *, keep: bool = True) -> Matrix:
        def read(items: Sequence[int]) -> list[tuple[int, str, bytes]]:
            self.read = list(items)
            return [(item, *self.vectors[item]) for item in items]

        held = [(item, content) for item, (content, _) in sorted(self.vectors.items())]
        return load(path, space, DIMENSIONS, held, read, keep=keep)


@pytest.fixture
def kept() -> Kept:
    store = Kept()
    store.add(1, 1, 0, 0, 0)
    store.add(2, 0, 1, 0, 0)
    store.add(3, 0.6, 0.8, 0, 0)
    return store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vectors.bin"


ASKED = np.array([1, 0, 0, 0], np.float32)


def found(loaded: Matrix, most: int = 9, **how: object) -> list[int]:
    return list(loaded.best(loaded.likeness(ASKED), most, **how))  # type: ignore[arg-type]


def test_the_nearest_come_first_with_their_cosines(kept: Kept, path: Path) -> None:
    loaded = kept.load(path)
    near = loaded.best(loaded.likeness(ASKED), 9)
    assert list(near) == [1, 3, 2]
    assert near[3] == pytest.approx(0.6, abs=1e-3)
    assert found(kept.load(path), 2) == [1, 3]
    assert found(kept.load(path), among=[2, 3, 77]) == [3, 2]
    assert found(kept.load(path), least=0.5) == [1, 3]


def test_what_is_in_the_file_is_not_read_again(kept: Kept, path: Path) -> None:
    kept.load(path)
    kept.add(4, 0, 0, 1, 0)
    assert len(kept.load(path)) == 4
    assert kept.read == [4]
    kept.load(path)
    assert kept.read == []


def test_a_new_text_and_a_work_that_is_gone_are_noticed(kept: Kept, path: Path) -> None:
    kept.load(path)
    kept.add(1, 0, 0, 0, 1, content=9)
    del kept.vectors[3]
    loaded = kept.load(path)
    assert kept.read == [1]
    assert found(loaded) == [1, 2]
    assert loaded.of(1) is not None
    assert loaded.best(loaded.likeness(ASKED), 9)[1] == 0
    assert loaded.of(3) is None
    assert len(loaded) == 2


def test_a_file_of_which_much_is_stale_is_written_anew(kept: Kept, path: Path) -> None:
    kept.load(path)
    for content in range(1, 9):
        kept.add(1, 1, 0, 0, 0, content=content)
        kept.load(path)
    assert path.stat().st_size <= HEADER + 5 * ROW


@pytest.mark.parametrize("place", [0, 3, 20, HEADER, HEADER + 9, HEADER + 45, HEADER + 3 * ROW - 1])
def test_a_damaged_file_is_made_anew(kept: Kept, path: Path, place: int, flip: Callable[[Path, int], None]) -> None:
    kept.load(path)
    flip(path, place)
    assert found(kept.load(path)) == [1, 3, 2]
    kept.load(path)
    assert kept.read == []


@pytest.mark.parametrize("content", [b"", b"x", b"{}", b"[1]", b"\xff" * 5000, b'{"format": 1}'.ljust(HEADER)])
def test_a_file_that_is_none_is_made_anew(kept: Kept, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert found(kept.load(path)) == [1, 3, 2]


def test_a_file_that_was_cut_is_made_anew(kept: Kept, path: Path) -> None:
    kept.load(path)
    path.write_bytes(path.read_bytes()[: HEADER + ROW])
    assert found(kept.load(path)) == [1, 3, 2]


def test_vectors_of_another_space_are_not_mixed(kept: Kept, path: Path) -> None:
    kept.load(path)
    kept.load(path, "other")
    assert kept.read == [1, 2, 3]


def test_an_addition_that_was_killed_halfway_leaves_the_file_as_it_was(
    kept: Kept, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.load(path)
    kept.add(4, 0, 0, 1, 0)

    def die(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(matrix, "_header", die)
    with pytest.raises(KeyboardInterrupt):
        kept.load(path)
    monkeypatch.undo()
    assert len(kept.load(path)) == 4
    assert kept.read == [4]


def test_without_a_place_to_write_the_answer_is_the_same(kept: Kept, path: Path) -> None:
    assert found(kept.load(path, keep=False)) == [1, 3, 2]
    assert not path.exists()
    assert found(kept.load(path / "no" / "folder")) == [1, 3, 2]


def test_what_was_mapped_stays_readable_when_the_file_is_replaced(kept: Kept, path: Path) -> None:
    before = kept.load(path)
    kept.vectors = {9: (text(1), vector(0, 0, 0, 1))}
    kept.load(path)
    assert found(before) == [1, 3, 2]


def test_vectors_that_are_none_are_left_out(kept: Kept, path: Path) -> None:
    kept.vectors[4] = (text(0), b"short")
    kept.add(5, float("nan"), 0, 0, 0)
    assert found(kept.load(path)) == [1, 3, 2]


def test_no_vectors_at_all(path: Path) -> None:
    store = Kept()
    assert found(store.load(path)) == []
    assert len(store.load(path)) == 0


WORKS = st.dictionaries(st.integers(1, 12), st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORKS, min_size=1, max_size=6))
def test_whatever_came_before_the_answer_is_that_of_the_store(
    tmp_path_factory: pytest.TempPathFactory, states: list[dict[int, tuple[int, int]]]
) -> None:
    path = tmp_path_factory.mktemp("m") / "vectors.bin"
    for state in states:
        store = Kept()
        for item, (content, axis) in state.items():
            store.add(item, *(float(n == (axis + content) % 4) for n in range(4)), content=4 * content + axis)
        loaded = store.load(path)
        assert len(loaded) == len(state)
        for item, (content, axis) in state.items():
            assert loaded.of(item) is not None
            assert loaded.of(item).argmax() == (axis + content) % 4  # type: ignore[union-attr]
