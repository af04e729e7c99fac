"""Files of a model folder: what was written comes back, and anything else is refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from monitor.errors import ModelError
from monitor.goals import manifest
from monitor.goals.arrays import lines, read_arrays, read_lines, save_arrays

TENSORS = {
    "b": np.arange(6, dtype=np.float16).reshape(2, 3),
    "a": np.array([1.5, -np.inf], np.float32),
    "empty": np.zeros((0, 4), np.int32),
}
ABOUT = {"encoder": "fake", "texts": 3, "why": ["ünïcödé", None]}


def refusal(read: Callable[[Path, str], Any], folder: Path, content: bytes) -> str:
    manifest.write(folder, {"file": content})
    with pytest.raises(ModelError) as caught:
        read(folder, "file")
    message = str(caught.value)
    assert "\n" not in message
    assert str(folder / "file") in message
    return message


def test_saved_arrays_come_back_with_the_word_about_them(tmp_path: Path) -> None:
    manifest.write(tmp_path, {"file": save_arrays(TENSORS, ABOUT)})
    tensors, about = read_arrays(tmp_path, "file")
    assert about == ABOUT
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert tensors[name].dtype == tensor.dtype
        np.testing.assert_array_equal(tensors[name], tensor)


@pytest.mark.parametrize("view", [slice(None, None, 2), slice(None, None, -1), (slice(None), slice(1, 3))])
def test_views_of_arrays_come_back_as_they_are_seen(tmp_path: Path, view: Any) -> None:
    whole = np.arange(24, dtype=np.float32).reshape(4, 6)
    seen = {"rows": whole[view], "turned": whole[view].T, "fortran": np.asfortranarray(whole[view])}
    manifest.write(tmp_path, {"file": save_arrays(seen)})
    for name, tensor in read_arrays(tmp_path, "file")[0].items():
        np.testing.assert_array_equal(tensor, seen[name])


def test_without_a_word_about_them(tmp_path: Path) -> None:
    manifest.write(tmp_path, {"file": save_arrays(TENSORS)})
    assert read_arrays(tmp_path, "file")[1] == {}


def test_the_same_arrays_give_the_same_bytes() -> None:
    assert len({save_arrays(TENSORS, ABOUT) for _ in range(20)}) == 1
    assert save_arrays(TENSORS) == save_arrays(dict(reversed(TENSORS.items())))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04pickle",
        b"\xff" * 40,
        save_arrays(TENSORS, ABOUT)[:-1],
        save_arrays(TENSORS, ABOUT) + b"0",
        save(TENSORS),
        save(TENSORS, metadata={"other": "{}"}),
        save(TENSORS, metadata={"about": "{"}),
    ],
)
def test_arrays_of_another_make_are_refused(tmp_path: Path, content: bytes) -> None:
    assert "is not a safetensors file of the monitor: " in refusal(read_arrays, tmp_path, content)


def test_a_flipped_bit_is_found(tmp_path: Path, flip: Callable[[Path, int], None]) -> None:
    manifest.write(tmp_path, {"file": save_arrays(TENSORS, ABOUT), "list": lines(("a", "b"))})
    flip(tmp_path / "file", -1)
    flip(tmp_path / "list", 0)
    with pytest.raises(ModelError, match="file is damaged or was exchanged"):
        read_arrays(tmp_path, "file")
    with pytest.raises(ModelError, match="list is damaged or was exchanged"):
        read_lines(tmp_path, "list")


@settings(max_examples=20)  # each example waits for the disk
@given(listed=st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))).map(tuple))
def test_listed_lines_come_back(tmp_path_factory: pytest.TempPathFactory, listed: tuple[str, ...]) -> None:
    folder = tmp_path_factory.getbasetemp() / "lines"
    manifest.write(folder, {"file": lines(listed)})
    assert read_lines(folder, "file") == listed


def test_lines_that_are_not_utf_8(tmp_path: Path) -> None:
    assert "is not UTF-8: " in refusal(read_lines, tmp_path, b"flood\n\xff\n")
