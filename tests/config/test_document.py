"""YAML as `monitor.config.document` reads it: plain values, their lines, and nothing else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.document import BYTES, Document, read, scalar
from monitor.errors import ConfigError


@pytest.fixture
def document(tmp_path: Path):
    def write(content: str | bytes) -> Document:
        path = tmp_path / "feeds.yaml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path)

    return write


@pytest.fixture
def refusal(document, tmp_path: Path):
    def refused(content: str | bytes) -> str:
        with pytest.raises(ConfigError) as caught:
            document(content)
        return str(caught.value).removeprefix(f"{tmp_path / 'feeds.yaml'}, ")

    return refused


def test_values_and_their_lines(document):
    read = document("feeds:\n  one:\n    kind: feed\n    goals: [cyber,\n      decision]\n")
    assert read.data == {"feeds": {"one": {"kind": "feed", "goals": ["cyber", "decision"]}}}
    assert read.line(("feeds", "one", "kind")) == 3
    assert read.line(("feeds", "one", "goals", 1)) == 5


def test_the_line_of_something_missing_is_that_of_what_surrounds_it(document):
    read = document("a: 1\nfeeds:\n  one:\n    kind: feed\n")
    assert read.line(("feeds", "one", "url")) == 3
    assert read.line(("nowhere",)) == 1


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("6:30", "6:30"),
        ("2016-01-01", "2016-01-01"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        (".inf", ".inf"),
        ("true", True),
        ("False", False),
        ("", None),
        ("~", None),
        ("null", None),
        ("-12", -12),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        ("9" * 30, 1e30),
    ],
)
def test_plain_words_mean_what_they_mean_in_yaml_1_2(word, meaning):
    assert scalar(word) == meaning
    assert type(scalar(word)) is type(meaning)


def test_quoted_words_are_text(document):
    assert document("a: '12'\nb: \"true\"\nc: |\n  7\n").data == {"a": "12", "b": "true", "c": "7\n"}


def test_keys_are_text_whatever_they_look_like(document):
    assert document("2024: a\nNO: b\ntrue: c\n").data == {"2024": "a", "NO": "b", "true": "c"}


def test_a_key_given_twice_is_seen(document):
    assert document("a: 1\nb: 2\na: 3\n").doubles == [(("a",), 1, 3)]


def test_a_byte_order_mark_is_no_part_of_the_first_key(document):
    assert document(b"\xef\xbb\xbfa: 1").data == {"a": 1}


@pytest.mark.parametrize("content", ["", "# nothing but a comment\n", "---\n"])
def test_an_empty_file_has_no_data(document, content):
    assert document(content).data is None


def test_an_alias_repeats_a_value(document):
    assert document("a: &all {x: [y]}\nb: *all\n").data == {"a": {"x": ["y"]}, "b": {"x": ["y"]}}


def test_aliases_cannot_make_a_small_file_large(refusal):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    began = time.monotonic()
    assert refusal("\n".join(lines)) == "line 4: aliases such as *a2 repeat too much of the file"
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a: *b", "line 1: there is no value &b above that *b could stand for"),
        ("a: &a [*a]", "line 1: there is no value &a above that *a could stand for"),
        ("a: 1\nb: !!python/object/apply:os.system [id]", "line 2: the tag 'tag:yaml.org,2002:python/object"),
        ("a: !!str 1", "line 1: the tag 'tag:yaml.org,2002:str' is not allowed"),
        ("? [a, b]\n: 1", "line 1: a key must be plain text"),
        ("a: 1\n--- \nb: 2", "line 2: a second document begins; there may be only one"),
        ("a: 1\n\tb: 2", "line 2: this is not YAML: found "),
        ("a: [1, 2", "line 1: this is not YAML: "),
        ("a: b: c", "line 1: this is not YAML: mapping values are not allowed"),
        ("a: 1\nb: \x01", "line 2: there is a character that YAML does not allow"),
        (b"a: 1\nb: caf\xe9", "line 2: byte 0xe9 is not UTF-8 text"),
        ("a:\n" + "".join(f"{' ' * n}- \n" for n in range(1, 40)) + "[" * 100, "line "),
        ("[" * 200_000, "line 1: the values are nested too deeply"),
        ("{" * 200_000, "line 1: "),
        ("- " * 200_000, "line 1: the values are nested too deeply"),
    ],
)
def test_what_is_refused_is_told_with_its_line(refusal, content, sentence):
    assert refusal(content).startswith(sentence)


def test_a_file_that_cannot_be_read(tmp_path):
    for path, sentence in [
        (tmp_path / "none.yaml", "there is no .*none.yaml; `monitor init` writes one"),
        (tmp_path, "is a folder and not a file"),
        (tmp_path / "a\0b", "cannot be read: embedded null byte"),
    ]:
        with pytest.raises(ConfigError, match=sentence):
            read(path)


def test_a_file_that_is_too_large(refusal, tmp_path):
    assert (
        refusal(b"#" * (BYTES + 1))
        == f"{tmp_path / 'feeds.yaml'} is larger than 1000 kB, too large for a list of feeds"
    )


def test_ten_thousand_feeds_are_read(document):
    lines = "".join(f"  f{n}: {{kind: feed, url: 'https://example.org/{n}', every: 6h}}\n" for n in range(10_000))
    read = document(f"feeds:\n{lines}")
    assert len(read.data["feeds"]) == 10_000
    assert read.line(("feeds", "f9999", "every")) == 10_001


_text = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20)
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=12,
)


@given(_values)
def test_whatever_a_yaml_library_writes_is_read_back(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("yaml") / "feeds.yaml"
    path.write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8")
    assert read(path).data == value
