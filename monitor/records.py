"""JSON records from outside, read with whatever is in them. Pure.

Providers change their formats without notice: a field goes missing, a list comes where a text was, HTML where plain
words were. Such a field is read as far as it can be, the rest of its record is kept, and the oddity is named, so that
people look.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from monitor import text
from monitor.errors import ParseError
from monitor.types import Entry

MOST_ODDITIES = 3
"""Oddities of one record that are told."""

MOST_ESCAPED = 3
"""How often a text is believed to be escaped; services that gather from others escape what is escaped already."""

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")

_NAMES = {str: "text", int: "a number", float: "a number", bool: "true or false", list: "a list", dict: "an object"}


class Record:
    """One JSON object. What its fields hold other than they should is gathered in `oddities`, one clause each.

    A field that is missing or null is absent, which is no oddity: records are seldom complete.
    """

    def __init__(self, fields: Mapping[str, Any], oddities: list[str] | None = None) -> None:
        self.fields = fields
        self.oddities: list[str] = [] if oddities is None else oddities

    def __contains__(self, key: str) -> bool:
        """Whether there is anything under `key`."""
        return self.fields.get(key) is not None

    def listing(self, key: str) -> list[Any] | None:
        """The list under `key` as it stands; None when there is none."""
        value = self.fields.get(key)
        return value if isinstance(value, list) else None

    def string(self, key: str) -> str:
        """A text as it stands, or a number written out; empty when there is none. Of a list the first text counts."""
        value = self.fields.get(key)
        if isinstance(value, list) and value:
            self._odd(key, value, "text")
            value = next((part for part in value if isinstance(part, str)), None)
        if type(value) in (int, float):
            return str(value)
        return value if isinstance(value, str) else self._nothing(key, value, "text")

    def line(self, key: str, limit: int = text.TITLE_LIMIT) -> str:
        """A plain text on one line."""
        return text.clean(self.string(key), limit)

    def words(self, key: str, limit: int = text.TITLE_LIMIT) -> str:
        """The words of a text that should be plain."""
        return words(self.string(key), limit)

    def markup(self, key: str, limit: int = text.TITLE_LIMIT) -> str:
        """The words of a text that is HTML, JATS or the like."""
        return markup(self.string(key), limit)

    def number(self, key: str) -> int | None:
        """A whole number, also one that is written as a text."""
        written = self.string(key).strip()
        return int(written) if written.isascii() and written.isdigit() and len(written) <= 12 else None

    def strings(self, key: str) -> list[str]:
        """The texts of a list; a lone text is a list of one."""
        value = self.fields.get(key)
        if isinstance(value, str) and value.strip():
            self._odd(key, value, "a list")
            return [value]
        parts = value if isinstance(value, list) else self._nothing(key, value, "a list")
        for part in parts:
            if part is not None and not isinstance(part, str):
                self._odd(key, part, "text")
        return [part for part in parts if isinstance(part, str)]

    def record(self, key: str) -> Record:
        """The object under `key`; one without fields when there is none."""
        value = self.fields.get(key)
        if not isinstance(value, dict):
            self._nothing(key, value, "an object")
        return Record(value if isinstance(value, dict) else {}, self.oddities)

    def records(self, key: str) -> list[Record]:
        """The objects of a list; a lone object is a list of one."""
        value = self.fields.get(key)
        if isinstance(value, dict) and value:
            self._odd(key, value, "a list")
            value = [value]
        parts = value if isinstance(value, list) else self._nothing(key, value, "a list")
        for part in parts:
            if part is not None and not isinstance(part, dict):
                self._odd(key, part, "an object")
        return [Record(part, self.oddities) for part in parts if isinstance(part, dict)]

    def _nothing(self, key: str, value: object, wanted: str) -> Any:
        """An empty text, for a value that is none; noted unless it is absent or empty, whatever its type."""
        if value not in (None, "", [], {}):
            self._odd(key, value, wanted)
        return ""

    def _odd(self, key: str, value: object, wanted: str) -> None:
        self.oddities.append(f"{key!r} holds {_NAMES.get(type(value), 'something')} where {wanted} was expected")


def words(raw: str, limit: int = text.TITLE_LIMIT) -> str:
    """The words, on one line, of a text that should be plain; entities are resolved, and tags go where they close."""
    said = text.from_unknown(raw)
    for _ in range(MOST_ESCAPED):
        if not _ENTITY.search(said):
            break
        said = text.from_unknown(html.unescape(said))
    return text.clean(said, limit)


def markup(raw: str, limit: int = text.TITLE_LIMIT) -> str:
    """The words, on one line, of a text that is HTML, JATS or the like, however often it was escaped."""
    return words(text.from_html(raw), limit)


def parse(body: bytes, what: str) -> Record:
    """The object that `body` is; `what` names the document in errors. Raises ParseError when it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        said = text.clean(str(error), 100)
        raise ParseError(f"{what} is not JSON: {said}" if body.strip() else f"{what} is empty") from None
    if not isinstance(found, dict):
        raise ParseError(f"{what} is JSON, but not an object")
    return Record(found)


def entries(listed: Iterable[object], entry: Callable[[Record], Entry], where: str) -> tuple[list[Entry], list[str]]:
    """What `entry` makes of each object of a list, and what is wrong with them, one sentence each.

    Only what has neither a name nor a title is left out: an entry whose key is empty.
    """
    found, problems = list[Entry](), list[str]()
    for number, value in enumerate(listed, 1):
        if not isinstance(value, dict):
            problems.append(f"record {number} of {where} is not an object")
            continue
        record = Record(value)
        made = entry(record)
        if not made.key:
            problems.append(f"record {number} of {where} has neither identifier nor title")
            continue
        found.append(made)
        if not made.title and not made.deleted:
            record.oddities.append("it has no title")
        for oddity in list(dict.fromkeys(record.oddities))[:MOST_ODDITIES]:
            problems.append(f"record {number} of {where} ({text.clean(made.key, 100)}): {oddity}")
    return found, problems
