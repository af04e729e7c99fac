from __future__ import annotations

from pathlib import Path

import pytest

from monitor import shipped
from monitor.errors import ConfigError
from monitor.goals import load_taxonomy
from monitor.types import Goal


def test_a_taxonomy_is_read_in_its_order(model_folder: Path) -> None:
    taxonomy = load_taxonomy(model_folder)
    assert taxonomy.name == "tiny"
    assert taxonomy.slugs == ("bread", "tea")
    assert taxonomy.goals[0] == Goal("bread", "Better Bread", "Loaves.")
    assert taxonomy.definitions[1].topics == ("oolong",)
    assert taxonomy.definitions[1].borders == ()
    assert taxonomy.definitions[1].queries == ("Steeping oolong",)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("name: tiny", "name: [", r"line 3: not YAML: "),
        ("    topics: [oolong]\n", "", r"line 9: the key 'topics' is missing"),
        ("topics: [oolong]", "topic: [oolong]", r"line 12: there is no key 'topic'; did you mean 'topics'\?"),
        ("topics: [oolong]", "zzz: 1", r"line 12: there is no key 'zzz'; the keys are slug, name, "),
        ("topics: [oolong]", "topics: oolong", r"line 12: here must be a list of texts"),
        ("topics: [oolong]", "topics: [[]]", r"line 12: here must be a text"),
        ("meaning: Leaves.", "meaning: ''", r"line 11: here must be a text"),
        ("slug: tea", "slug: bread", r"line 9: the slug 'bread' is there twice"),
        ("slug: tea", "slug: Tea time", r"line 9: the slug 'Tea time' must be lower-case"),
        ("name: Calm Tea", "slug: other", r"line 10: the key 'slug' is there twice"),
        ("goals:", "goals: []\nrest:", r"line 3: there is no key 'rest'"),
    ],
)
def test_a_fault_is_named_with_file_and_line(model_folder: Path, old: str, new: str, sentence: str) -> None:
    path = model_folder / "taxonomy.yaml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(ConfigError, match=r"taxonomy\.yaml, " + sentence):
        load_taxonomy(model_folder)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"line 1: the file is empty"),
        (b"- 1", r"line 1: here must be a mapping with the keys name, goals"),
        (b"name: x\ngoals: []", r"line 2: 'goals' must be a list with at least one goal"),
        (b"\xff\xfe\xfd", r"cannot be read: "),
    ],
)
def test_a_file_that_is_something_else(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "taxonomy.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"taxonomy\.yaml.*" + sentence):
        load_taxonomy(tmp_path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"taxonomy\.yaml cannot be read: "):
        load_taxonomy(tmp_path)


def test_the_shipped_taxonomy_keeps_the_contract() -> None:
    taxonomy = load_taxonomy(shipped.path("models/goals"))
    assert [(goal.slug, goal.name) for goal in taxonomy.goals] == [
        ("screening", "Screening at Speed"),
        ("cyber", "A Trusted Cyber Future"),
        ("decision", "Enabling the Decision Maker"),
        ("responder", "Responder of the Future"),
        ("resilience", "Resilient Communities"),
    ]
    assert all(d.goal.meaning and d.topics and d.borders and d.queries for d in taxonomy.definitions)
