"""feeds.yaml changed in place: what was meant is changed, and not one other byte."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import editing
from monitor.config.document import parse
from monitor.errors import ConfigError

SHIPPED = (Path(__file__).parents[2] / "feeds.yaml").read_text(encoding="utf-8")

FILE = """\
# a file of ours
contact: library@agency.example   # who

feeds: # what is watched
  # --- journals ---

  # the first
  one:
    kind: feed # of any format
    url: https://one.example/rss
    # every: 1d

  two: {kind: feed, url: 'https://two.example/rss'}

  # --- conferences ---

  three:
    kind: arxiv
    query: >-
      abs:one
      OR abs:two

    goals: [cyber,
      decision]
# the end
model: goals
"""


def feeds(text: str) -> dict[str, object]:
    found = parse(Path("x"), text).data["feeds"]
    assert isinstance(found, dict)
    return found


def without(text: str, *words: str) -> str:
    """`text` less the lines that hold one of `words`."""
    return "".join(line for line in text.splitlines(keepends=True) if not any(word in line for word in words))


# --- adding ----------------------------------------------------------------------------------


def test_a_feed_is_put_behind_the_last_and_nothing_else_changes() -> None:
    new = editing.add(FILE, {"four": {"kind": "feed", "url": "https://four.example/rss", "goals": ["cyber"]}})
    stanza = "\n  four:\n    kind: feed\n    url: https://four.example/rss\n    goals: [cyber]\n"
    assert new == FILE.replace("      decision]\n", "      decision]\n" + stanza)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("feeds: {}\n", "feeds:\n  a:\n    kind: feed\n"),
        ("feeds:\n", "feeds:\n  a:\n    kind: feed\n"),
        ("feeds: {} # none yet\nmodel: x\n", "feeds: # none yet\n  a:\n    kind: feed\nmodel: x\n"),
        ("feeds: {}", "feeds:\n  a:\n    kind: feed\n"),
        ("feeds:\n    z: {kind: feed}", "feeds:\n    z: {kind: feed}\n\n    a:\n      kind: feed\n"),
        ("feeds:\n  y: {kind: b}\n  z: {kind: c}\n", "feeds:\n  y: {kind: b}\n  z: {kind: c}\n  a:\n    kind: feed\n"),
        ("feeds:\r\n  z: {kind: b}\r\n", "feeds:\r\n  z: {kind: b}\r\n\r\n  a:\r\n    kind: feed\r\n"),
    ],
)
def test_files_of_every_layout_take_a_feed(old: str, new: str) -> None:
    assert editing.add(old, {"a": {"kind": "feed"}}) == new


def test_names_that_are_taken_are_refused() -> None:
    with pytest.raises(ConfigError, match="there is a feed 'one' already"):
        editing.add(FILE, {"one": {"kind": "feed"}})


def test_a_file_in_braces_is_left_to_people() -> None:
    with pytest.raises(ConfigError, match="braces"):
        editing.add("feeds: {one: {kind: feed}}\n", {"a": {"kind": "feed"}})


values = st.recursive(
    st.text(max_size=40)
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.sampled_from(["NO", "1e3", "~", "0x1", "- a"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(entry=st.dictionaries(st.text("abcxyz_", min_size=1, max_size=8), values, min_size=1, max_size=5))
def test_whatever_is_added_is_read_as_it_was_and_taken_out_without_a_trace(entry: dict[str, object]) -> None:
    new = editing.add(FILE, {"new": entry})
    assert feeds(new) == {**feeds(FILE), "new": entry}
    assert editing.remove(new, ["new"]) == FILE


# --- removing --------------------------------------------------------------------------------


def test_a_feed_goes_with_its_comments_and_headings_stay() -> None:
    assert editing.remove(FILE, ["two"]) == without(FILE, "two.example").replace("1d\n\n\n", "1d\n\n")
    new = editing.remove(FILE, ["one"])
    assert "the first" not in new
    assert "every: 1d" not in new
    assert "--- journals ---" in new
    assert editing.said_of(FILE, "one").startswith("# the first\none:\n  kind: feed # of any format\n")


def test_the_last_feed_of_the_section_leaves_what_follows() -> None:
    new = editing.remove(FILE, ["three"])
    assert new.endswith("  # --- conferences ---\n# the end\nmodel: goals\n")
    assert list(feeds(new)) == ["one", "two"]


def test_a_section_may_become_empty() -> None:
    new = editing.remove(FILE, ["one", "two", "three"])
    assert feeds(new) == {}
    assert "feeds: {} # what is watched\n" in new
    assert feeds(editing.add(new, {"a": {"kind": "feed"}})) == {"a": {"kind": "feed"}}


def test_what_others_refer_to_is_not_taken_away() -> None:
    text = "feeds:\n  one: {kind: feed, goals: &g [cyber]}\n  two: {kind: feed, goals: *g}\n"
    with pytest.raises(ConfigError, match="only people should edit"):
        editing.remove(text, ["one"])
    assert feeds(editing.remove(text, ["two"])) == {"one": {"kind": "feed", "goals": ["cyber"]}}


@pytest.mark.parametrize("name", [*list(feeds(SHIPPED))[::6], list(feeds(SHIPPED))[-1]])
def test_feeds_of_the_shipped_file_can_go_and_come_back(name: str) -> None:
    new = editing.remove(SHIPPED, [name])
    gone = editing.said_of(SHIPPED, name).splitlines()
    kept = iter(SHIPPED.splitlines())
    assert all(line in kept for line in new.splitlines()), "only lines were taken out"
    assert len(SHIPPED.splitlines()) - len(new.splitlines()) <= len(gone) + 1
    assert feeds(editing.add(new, {name: feeds(SHIPPED)[name]})) == feeds(SHIPPED)


def test_an_unknown_name_is_told() -> None:
    for change in (lambda: editing.remove(FILE, ["x"]), lambda: editing.switch_off(FILE, "x")):
        with pytest.raises(ConfigError, match="there is no feed 'x'"):
            change()


# --- switching off ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("feeds:\n  a:\n    kind: b\n    # c\n", "feeds:\n  a:\n    kind: b\n    enabled: false\n    # c\n"),
        ("feeds:\n  a:\n    kind: b", "feeds:\n  a:\n    kind: b\n    enabled: false\n"),
        (
            "feeds:\n  a:\n    enabled: true # yes\n    kind: b\n",
            "feeds:\n  a:\n    enabled: false # yes\n    kind: b\n",
        ),
        ("feeds:\n  a: {kind: b} # c\n", "feeds:\n  a: {kind: b, enabled: false} # c\n"),
        ("feeds:\n  a: {enabled: true, kind: b}\n", "feeds:\n  a: {enabled: false, kind: b}\n"),
    ],
)
def test_a_feed_is_switched_off_where_it_stands(old: str, new: str) -> None:
    assert editing.switch_off(old, "a") == new


# --- the file --------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.yaml"
    path.write_bytes(FILE.encode())
    return path


def test_the_new_text_is_checked_before_it_is_in_place(file: Path) -> None:
    def refuse(document: object) -> None:
        raise ConfigError("feeds.yaml, line 3: no")

    with pytest.raises(ConfigError, match=r"nothing was changed.*\n.*line 3: no"):
        editing.edit(file, lambda old: old + "x: 1\n", refuse)
    assert file.read_text() == FILE
    editing.edit(file, lambda old: old + "x: 1\n", lambda document: None)
    assert file.read_text() == FILE + "x: 1\n"


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(file: Path) -> None:
    def interfere(document: object) -> None:
        file.write_text("theirs: 1\n")

    with pytest.raises(ConfigError, match="changed by somebody else"):
        editing.edit(file, lambda old: old + "x: 1\n", interfere)
    assert file.read_text() == "theirs: 1\n"
    assert [path.name for path in file.parent.iterdir()] == ["feeds.yaml"]


def test_two_that_edit_at_once_take_turns(file: Path) -> None:
    def add(number: int) -> None:
        editing.edit(file, lambda old: editing.add(old, {f"n{number}": {"kind": "feed"}}), lambda document: None)

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(feeds(file.read_text())) == sorted([*feeds(FILE), *(f"n{n}" for n in range(8))])


def test_links_permissions_and_byte_order_marks_stay(file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + FILE.encode())
    file.chmod(0o600)
    link = tmp_path / "home" / "feeds.yaml"
    link.parent.mkdir()
    link.symlink_to(file)
    editing.edit(link, lambda old: editing.switch_off(old, "two"), lambda document: None)
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes().startswith(b"\xef\xbb\xbf# a file")


def test_a_file_that_grows_too_large_or_is_no_yaml_stays(file: Path) -> None:
    with pytest.raises(ConfigError, match="beyond 1000 kB"):
        editing.edit(file, lambda old: old + "#" * 1_000_000, lambda document: None)
    file.write_text("feeds: [\n")
    with pytest.raises(ConfigError, match=r"feeds\.yaml, line \d+: this is not YAML"):
        editing.edit(file, lambda old: old, lambda document: None)


@given(st.data())
def test_any_feeds_can_be_removed_together(data: st.DataObject) -> None:
    plain = "feeds:\n" + "\n".join(f"  {name}:\n    kind: arxiv\n" for name in "abcd")
    text = data.draw(st.sampled_from([FILE, FILE[: FILE.index("# the end")], plain, plain + "\nmodel: goals\n"]))
    names = data.draw(st.lists(st.sampled_from(list(feeds(text))), unique=True))
    left = {name: entry for name, entry in feeds(text).items() if name not in names}
    new = editing.remove(text, names)
    assert feeds(new) == left
    assert editing.remove(text, reversed(names)) == new
