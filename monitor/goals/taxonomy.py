"""The taxonomy: which labels there are, what they mean, and where one ends and the next begins.

A taxonomy is a YAML file and no code; another one is another folder under `models/`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import yaml

from monitor.errors import ConfigError
from monitor.types import Goal

FILE = "taxonomy.yaml"
_SLUG = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Definition:
    """One label, as those who assign it need to know it."""

    goal: Goal
    topics: tuple[str, ...]
    """What belongs to it."""
    borders: tuple[str, ...]
    """Rules for the cases in doubt."""
    queries: tuple[str, ...]
    """Titles that papers of this label might have."""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All labels of a model, in the order of its head."""

    name: str
    definitions: tuple[Definition, ...]

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The labels as they are shown."""
        return tuple(d.goal for d in self.definitions)

    @property
    def slugs(self) -> tuple[str, ...]:
        """The labels as they are stored."""
        return tuple(g.slug for g in self.goals)


def load_taxonomy(folder: Path) -> Taxonomy:
    """The taxonomy in `folder`/taxonomy.yaml; raises ConfigError naming file and line."""
    path = folder / FILE
    try:
        root = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise ConfigError(f"{place}: not YAML: {getattr(error, 'problem', error)}") from error
    return _Reader(path).taxonomy(root)


class _Reader:
    """Reads nodes rather than values, because nodes know their line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def taxonomy(self, root: yaml.Node | None) -> Taxonomy:
        if root is None:
            raise ConfigError(f"{self.path}, line 1: the file is empty")
        keys = self._mapping(root, ("name", "goals"))
        listed = keys["goals"]
        if not isinstance(listed, yaml.SequenceNode) or not listed.value:
            raise self._error(listed, "'goals' must be a list with at least one goal")
        definitions: dict[str, Definition] = {}
        for node in listed.value:
            found = self._definition(node)
            if found.goal.slug in definitions:
                raise self._error(node, f"the slug {found.goal.slug!r} is there twice")
            definitions[found.goal.slug] = found
        return Taxonomy(self._text(keys["name"]), tuple(definitions.values()))

    def _definition(self, node: yaml.Node) -> Definition:
        keys = self._mapping(node, ("slug", "name", "meaning", "topics", "borders", "queries"))
        slug = self._text(keys["slug"])
        if not _SLUG.fullmatch(slug):
            raise self._error(keys["slug"], f"the slug {slug!r} must be lower-case letters, digits and hyphens")
        goal = Goal(slug, self._text(keys["name"]), self._text(keys["meaning"]))
        topics, borders, queries = (self._texts(keys[k]) for k in ("topics", "borders", "queries"))
        return Definition(goal, topics, borders, queries)

    def _mapping(self, node: yaml.Node, needed: Collection[str]) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, f"here must be a mapping with the keys {', '.join(needed)}")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in needed:
                near = difflib.get_close_matches(name, needed, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(needed)}"
                raise self._error(key, f"there is no key {name!r}; {hint}")
            if name in found:
                raise self._error(key, f"the key {name!r} is there twice")
            found[name] = value
        missing = [name for name in needed if name not in found]
        if missing:
            raise self._error(node, f"the key {missing[0]!r} is missing")
        return found

    def _text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise self._error(node, "here must be a text")
        return " ".join(node.value.split())

    def _texts(self, node: yaml.Node) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(node, "here must be a list of texts")
        return tuple(self._text(item) for item in node.value)

    def _error(self, node: yaml.Node, message: str) -> ConfigError:
        return ConfigError(f"{self.path}, line {node.start_mark.line + 1}: {message}")
