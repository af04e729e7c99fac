"""What is wrong with a file, in sentences that name file, line, key and a likely remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.document import Document, Place
from monitor.errors import ConfigError, suggestion

SHOWN = 10
"""Most problems that one error lists."""

_KINDS_OF_VALUE = {
    "string_type": "should be text; put it in quotes if it is,",
    "bool_type": "should be true or false,",
    "int_type": "should be a whole number,",
    "int_from_float": "should be a whole number,",
    "float_type": "should be a number,",
    "list_type": "should be a list, such as [one, two],",
    "tuple_type": "should be a list, such as [one, two],",
    "dict_type": "should be keys with values,",
    "model_type": "should be keys with values,",
    "date_type": "should be a day, such as 2016-01-01,",
    "date_parsing": "should be a day, such as 2016-01-01,",
    "date_from_datetime_parsing": "should be a day, such as 2016-01-01,",
}
_REMEDIES: Mapping[Place, str] = {
    ("mail", "password"): "; the password comes from the environment variable MONITOR_SMTP_PASSWORD",
    ("mail", "bounces", "imap", "password"): "; the password comes from the environment variable MONITOR_IMAP_PASSWORD",
}


class Problems:
    """The problems of one document, gathered so that they can be told together."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[tuple[int, str]] = []
        for place, first, again in document.doubles:
            self.found.append((again, f"{subject(place)} is given twice, first on line {first}"))

    def add(self, place: Place, clause: str) -> None:
        """Note that the value at `place` is wrong; `clause` goes on from its name."""
        self.found.append((self.document.line(place), f"{subject(place)}{clause}"))

    def unknown(self, place: Place, known: Iterable[str]) -> None:
        """Note a key that nothing knows."""
        key = str(place[-1])
        remedy = _REMEDIES.get(place) or suggestion(key, known)
        inside = f" in {subject(place[:-1])}" if place[:-1] else ""
        self.found.append((self.document.line(place), f"unknown key {key!r}{inside}{remedy}"))

    def add_all(self, place: Place, error: ValidationError, form: type[BaseModel]) -> None:
        """Note everything that `form` found wrong with the value at `place`."""
        for detail in error.errors(include_url=False):
            inner = (*place, *detail["loc"])
            if detail["type"] == "extra_forbidden":
                self.unknown(inner, names(_form_at(form, detail["loc"][:-1])))
            elif detail["type"] == "missing":
                self.found.append((self.document.line(inner), f"{subject(inner[:-1])} has no {inner[-1]!r}"))
            else:
                self.add(inner, _clause(detail))

    def error(self) -> ConfigError:
        """All of them as one error, the first ones by line."""
        path = self.document.path
        told = [f"{path}, line {line}: {sentence}" for line, sentence in sorted(set(self.found))]
        if len(told) > SHOWN:
            told[SHOWN:] = [f"{path}: and {len(told) - SHOWN} more"]
        return ConfigError("\n".join(told))


def subject(place: Place) -> str:
    """The name of a place in a sentence: `feed 'x'`, `'every' in feed 'x'`, `'schedule.scan'`."""
    if not place:
        return "the file"
    if place[0] in ("feeds", "subscribers") and len(place) > 1:
        owner = f"{str(place[0])[:-1]} {place[1]!r}"
        inner = ".".join(part for part in place[2:] if isinstance(part, str))
        return f"{inner!r} in {owner}" if inner else owner
    return repr(".".join(part for part in place if isinstance(part, str)))


def names(form: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a form as they are written in the file."""
    return tuple(field.alias or key for key, field in form.model_fields.items())


def _clause(detail: ErrorDetails) -> str:
    """What is wrong, as a clause that follows the name of the value."""
    if detail["type"] in ("value_error", "assertion_error"):
        return f": {detail['ctx']['error']}"
    given = "but nothing is there" if detail["input"] is None else f"not {_shown(detail['input'])}"
    if detail["type"] in _KINDS_OF_VALUE:
        return f" {_KINDS_OF_VALUE[detail['type']]} {given}"
    message = detail["msg"].removeprefix("Input ")
    expected = re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))
    close = suggestion(str(detail["input"]), expected)
    return f" {message[:1].lower()}{message[1:]}, {given}{close}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _form_at(form: type[BaseModel], place: Place) -> type[BaseModel]:
    """The form of the section that `place` leads to from `form`."""
    for part in place:
        field = form.model_fields.get(part) if isinstance(part, str) else None
        form = (field and _form_in(field.annotation)) or form
    return form


def _form_in(annotation: Any) -> type[BaseModel] | None:
    """The form that an annotation such as `list[NationForm]` holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((form for argument in get_args(annotation) if (form := _form_in(argument))), None)
