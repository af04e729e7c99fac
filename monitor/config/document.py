"""feeds.yaml as plain values, with the line that each of them stands on.

Only the part of YAML that a settings file needs is read, and it is read from the event stream of
the parser: no tag ever builds an object, nesting and the reuse of anchors are bounded, and a key
given twice is seen. Words mean what they mean in YAML 1.2 (https://yaml.org/spec/1.2.2/, section
10.3.2), so that the country NO stays a country and 6:30 stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from monitor.errors import ConfigError

Place = tuple[str | int, ...]
"""Keys and list positions that lead from the top of the file to a value."""

BYTES = 1_000_000
"""Largest file that is read: room for some ten thousand feeds."""

DEPTH = 12
"""Deepest nesting; feeds.yaml itself needs six levels."""

REPEATED = 1_000
"""Most values that aliases may add, so that a small file cannot grow into a large one."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = re.compile(r"(?:~|null|Null|NULL)?")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


@dataclass(slots=True)
class Document:
    """The values of one file and where they stand."""

    path: Path
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    """Line, from 1, of each key and list item."""
    doubles: list[tuple[Place, int, int]] = field(default_factory=list)
    """Keys given again: their place, and the lines of the first and of the other time."""

    def line(self, place: Place) -> int:
        """Line of `place`, or of the nearest thing around it that stands in the file."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)


def read(path: Path) -> Document:
    """The document at `path`.

    Raises ConfigError when there is no such file, when it is not a text in UTF-8 of at most one
    megabyte, or when it is not YAML of the kind described above.
    """
    return parse(path, text(path))


def parse(path: Path, text: str) -> Document:
    """The document that `text` is; errors name `path`. Raises ConfigError when it is not such YAML."""
    return _Reader(path).read(text)


def text(path: Path) -> str:
    """What stands in the file at `path`, without a byte order mark; raises ConfigError as `read` does."""
    try:
        with path.open("rb") as file:
            content = file.read(BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"there is no {path}; `monitor init` writes one") from None
    except IsADirectoryError:
        raise ConfigError(f"{path} is a folder and not a file") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if len(content) > BYTES:
        raise ConfigError(f"{path} is larger than {BYTES // 1000} kB, too large for a list of feeds")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: byte 0x{content[error.start]:02x} is not UTF-8 text") from error


class _Reader:
    """Builds one `Document` out of the events of the parser."""

    def __init__(self, path: Path) -> None:
        self.document = Document(path)
        self.anchors: dict[str, Any] = {}
        self.repeated = 0

    def read(self, text: str) -> Document:
        try:
            events = yaml.parse(text, _LOADER)
            next(events)  # the stream starts
            if isinstance(next(events), yaml.DocumentStartEvent):
                self.document.data = self._value(next(events), events, ())
                next(events)  # the document ends
                self._nothing_more(next(events))
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise self._error(line, "there is a character that YAML does not allow") from error
        except yaml.MarkedYAMLError as error:
            # At the end of the file the parser points behind the last line.
            line = min(error.problem_mark.line if error.problem_mark else 0, text.count("\n")) + 1
            raise self._error(line, f"this is not YAML: {error.problem}") from error
        return self.document

    def _nothing_more(self, event: yaml.Event) -> None:
        if not isinstance(event, yaml.StreamEndEvent):
            raise self._error(_line(event), "a second document begins; there may be only one")

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], place: Place) -> Any:
        if len(place) > DEPTH:
            raise self._error(_line(event), "the values are nested too deeply")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        event = cast("yaml.ScalarEvent | yaml.CollectionStartEvent", event)
        if event.tag is not None:
            raise self._error(_line(event), f"the tag {event.tag!r} is not allowed")
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = scalar(event.value) if event.implicit[0] else event.value
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._items(events, place)
        else:
            value = self._mapping(events, place)
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        return value

    def _items(self, events: Iterator[yaml.Event], place: Place) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            inner = (*place, len(items))
            self.document.lines[inner] = _line(event)
            items.append(self._value(event, events, inner))
        return items

    def _mapping(self, events: Iterator[yaml.Event], place: Place) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.tag is not None:
                raise self._error(_line(event), "a key must be plain text")
            inner = (*place, event.value)
            if event.value in mapping:
                self.document.doubles.append((inner, self.document.lines[inner], _line(event)))
            self.document.lines[inner] = _line(event)
            mapping[event.value] = self._value(next(events), events, inner)
        return mapping

    def _alias(self, event: yaml.AliasEvent) -> Any:
        if event.anchor not in self.anchors:
            raise self._error(
                _line(event), f"there is no value &{event.anchor} above that *{event.anchor} could stand for"
            )
        value = self.anchors[event.anchor]
        self.repeated += _size(value)
        if self.repeated > REPEATED:
            raise self._error(_line(event), f"aliases such as *{event.anchor} repeat too much of the file")
        return value

    def _error(self, line: int, problem: str) -> ConfigError:
        return ConfigError(f"{self.document.path}, line {line}: {problem}")


def scalar(text: str) -> str | int | float | bool | None:
    """What a plain, unquoted word means: null, a boolean, a decimal number, or else itself."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _size(value: Any) -> int:
    """How many values `value` holds, itself included; counting stops soon after the limit."""
    total, open_ = 0, [value]
    while open_ and total <= REPEATED:
        inner = open_.pop()
        total += 1
        if isinstance(inner, Mapping):
            open_.extend(inner.values())
        elif isinstance(inner, list):
            open_.extend(inner)
    return total
