"""feeds.yaml changed in place: a feed more, a feed less, a feed switched off, and every other line as it was.

The file belongs to people, who comment and order it. Libraries that read YAML and write it back lay lists out anew,
and take the heading of the next feeds away with the feed above it; so lines are put in and taken out here, at the
places that the parser names. Whatever comes of it is read again and must say what was meant, else nothing is changed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from monitor import atomic
from monitor.config.document import BYTES, Document, parse, scalar, text
from monitor.errors import ConfigError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE = re.compile(r"[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029])|[^\n\r\x85\u2028\u2029]+\Z")
"""A line as the parser counts them, with its end."""


def edit(path: Path, change: Callable[[str], str], check: Callable[[Document], object]) -> None:
    """Have `change` make a new text of the file at `path`, and put that in its place when `check` finds it sound.

    A link is followed, and permissions stay. Raises ConfigError, the file being untouched then, when it cannot be
    read or written, when the new text does not pass, and when somebody else changed the file meanwhile.
    """
    target = path.resolve()
    with _alone(target):
        old = text(path)
        parse(path, old)
        try:
            new = change(old)
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from error
        if len(new.encode()) > BYTES:
            raise ConfigError(f"{path} would grow beyond {BYTES // 1000} kB; nothing was changed")
        try:
            check(parse(path, new))
        except ConfigError as error:
            raise ConfigError(f"nothing was changed, because of what the file would then say:\n{error}") from error
        content = target.read_bytes()
        mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
        if content.removeprefix(mark) != old.encode():
            raise ConfigError(f"{path} was changed by somebody else meanwhile; nothing was changed here, try again")
        try:
            atomic.write_files(target.parent, {target.name: mark + new.encode()})
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[None]:
    """One editor at a time: a lock on the folder, since the file itself is replaced."""
    try:
        handle = os.open(target.parent, os.O_RDONLY)
    except OSError as error:
        raise ConfigError(f"{target.parent} cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


# --- changes of the text ---------------------------------------------------------------------


def add(old: str, entries: Mapping[str, Mapping[str, Any]]) -> str:
    """`old` with `entries` behind its last feed. Raises ConfigError when a name is taken."""
    feeds = _Feeds(old)
    for name in entries:
        if name in feeds.blocks:
            raise ConfigError(f"there is a feed {name!r} already")
    if not entries:
        return old
    end = "\r\n" if old[: old.find("\n")].endswith("\r") else "\n"
    blocks = [_indented(stanza(name, entry), feeds.indent, end) for name, entry in entries.items()]
    between = end if feeds.spaced else ""
    lines = [*feeds.lines]
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += end
    lines[feeds.stop : feeds.stop] = [between * bool(feeds.blocks) + between.join(blocks)]
    return _sound(old, "".join(lines), {**feeds.data, **entries})


def remove(old: str, names: Iterable[str]) -> str:
    """`old` without the feeds of these names, the comment right above each of them, and a blank line beside it."""
    feeds = _Feeds(old)
    gone = {name: _known(feeds, name) for name in names}
    lines, end = [*feeds.lines], feeds.stop
    for block in sorted(gone.values(), reverse=True):
        last = block.stop == end
        start = block.start
        while last and not lines[start - 1].strip():
            start -= 1
        del lines[start : block.stop]
        end = start if last else end
        while not last and not lines[start].strip() and not lines[start - 1].strip():
            del lines[start]
    left = {name: entry for name, entry in feeds.data.items() if name not in gone}
    if not left:
        row, column = feeds.colon
        lines[row] = f"{lines[row][:column]} {{}}{lines[row][column:]}"
    return _sound(old, "".join(lines), left)


def switch_off(old: str, name: str) -> str:
    """`old` with `enabled: false` said of the feed called `name`."""
    feeds = _Feeds(old)
    block = _known(feeds, name)
    lines = [*feeds.lines]
    said = next((value for key, value in block.node.value if key.value == "enabled"), None)
    if said is not None:
        row, column, end = said.start_mark.line, said.start_mark.column, said.end_mark.column
        lines[row] = f"{lines[row][:column]}false{lines[row][end:]}"
    elif block.node.flow_style:
        row, column = block.node.end_mark.line, block.node.end_mark.column - 1
        lines[row] = f"{lines[row][:column].rstrip(' ,')}, enabled: false{lines[row][column:]}"
    else:
        last = _last(block.node, feeds.lines)
        ending = lines[last][len(lines[last].rstrip("\r\n")) :] or "\n"
        lines[last] = lines[last].rstrip("\r\n") + ending
        lines.insert(last + 1, f"{' ' * block.node.start_mark.column}enabled: false{ending}")
    return _sound(old, "".join(lines), {**feeds.data, name: {**feeds.data[name], "enabled": False}})


def said_of(old: str, name: str) -> str:
    """The lines that `remove` would take out for `name`, without their indentation."""
    feeds = _Feeds(old)
    block = _known(feeds, name)
    return "".join(line.removeprefix(" " * feeds.indent) for line in feeds.lines[block.start : block.stop])


def stanza(name: str, entry: Mapping[str, Any]) -> str:
    """A feed as it stands under `feeds:`, without the indentation there."""
    return yaml.dump(
        {name: dict(entry)},
        Dumper=_Writer,
        default_flow_style=False,
        sort_keys=False,
        allow_unicode=True,
        width=100_000,
    )


class _Writer(yaml.SafeDumper):
    """Writes words so that `monitor.config.document` reads them as they were, and short lists on one line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _word(writer: _Writer, value: str) -> yaml.ScalarNode:
    style = None if scalar(value) == value and value.isprintable() else '"'
    return writer.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _list(writer: _Writer, value: list[Any]) -> yaml.SequenceNode:
    return writer.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=True)


_Writer.add_representer(str, _word)
_Writer.add_representer(list, _list)


def _indented(block: str, indent: int, end: str) -> str:
    return "".join(f"{' ' * indent}{line}{end}" for line in block.splitlines())


# --- where the feeds stand -------------------------------------------------------------------


class _Block(NamedTuple):
    """The lines of one feed, `[start, stop)` from 0, with the comments that belong to it."""

    start: int
    stop: int
    node: yaml.MappingNode


class _Feeds:
    """The section `feeds` of a text, by lines."""

    def __init__(self, old: str) -> None:
        self.lines: list[str] = _LINE.findall(old)
        root = yaml.compose(old, _LOADER)
        found = [(k, v) for k, v in root.value if k.value == "feeds"] if isinstance(root, yaml.MappingNode) else []
        if len(found) != 1:
            raise ConfigError("the file has no section 'feeds', or more than one")
        key, section = found[0]
        self.colon = (key.end_mark.line, key.end_mark.column + 1)
        self.data: dict[str, Any] = parse(Path("feeds.yaml"), old).data["feeds"] or {}
        pairs = section.value if isinstance(section, yaml.MappingNode) else []
        if pairs and section.flow_style:
            raise ConfigError("the feeds stand in braces; write each on a line of its own to have them edited")
        if not pairs and section.start_mark.index != section.end_mark.index:
            self._without_braces(section)
        self.indent = pairs[0][0].start_mark.column if pairs else 2
        self.blocks: dict[str, _Block] = {}
        self.stop = key.end_mark.line + 1
        for name, node in pairs:
            start, stop = self._extent(name.start_mark.line, node)
            self.blocks[name.value] = _Block(start, stop, node)
            self.stop = stop
        self.spaced = len(pairs) < 2 or any(not line.strip() for line in self._gaps())

    def _without_braces(self, section: yaml.Node) -> None:
        """`feeds: {}` as `feeds:`, to have lines put below it."""
        row, column, end = section.start_mark.line, section.start_mark.column, section.end_mark.column
        self.lines[row] = self.lines[row][:column].rstrip() + (self.lines[row][end:].rstrip() or "") + "\n"

    def _extent(self, row: int, node: yaml.Node) -> tuple[int, int]:
        """From the comment right above a feed to the comments below that are indented more than its name."""
        start, stop = row, max(row, _last(node, self.lines)) + 1
        while start > self.stop and _comment(self.lines[start - 1]) == self.indent:
            start -= 1
        while stop < len(self.lines) and _comment(self.lines[stop]) > self.indent:
            stop += 1
        return start, stop

    def _gaps(self) -> Iterator[str]:
        blocks = list(self.blocks.values())
        for above, below in pairwise(blocks):
            yield from self.lines[above.stop : below.start]


def _known(feeds: _Feeds, name: str) -> _Block:
    if name not in feeds.blocks:
        raise ConfigError(f"there is no feed {name!r}")
    return feeds.blocks[name]


def _comment(line: str) -> int:
    """The column in which a line of nothing but a comment begins it; -1 for other lines."""
    words = line.lstrip(" ")
    return len(line) - len(words) if words.startswith("#") else -1


def _last(node: yaml.Node, lines: list[str]) -> int:
    """The last line of a value: of a block collection the parser says only where the next thing begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        inner = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
        return max(_last(part, lines) for part in inner)
    end = node.end_mark
    last = end.line if end.column else max(end.line - 1, node.start_mark.line)
    while last > node.start_mark.line and not lines[last].strip():
        last -= 1
    return last


def _sound(old: str, new: str, feeds: Mapping[str, Any]) -> str:
    """`new`, which must say the same as `old` but for the feeds, and those in this order."""
    place = Path("feeds.yaml")
    before, after = parse(place, old), None
    with contextlib.suppress(ConfigError):
        after = parse(place, new)
    wanted = {**before.data, "feeds": dict(feeds)}
    same = after is not None and after.doubles == before.doubles and after.data == wanted
    if after is None or not same or list(after.data["feeds"]) != list(feeds):
        raise ConfigError("the file is laid out in a way that only people should edit; nothing was changed")
    return new
