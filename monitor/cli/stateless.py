"""Commands that touch no store: JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

import click

from monitor.cli import words
from monitor.cli.words import NO_REGISTRY, say

if TYPE_CHECKING:
    from monitor.app import App


@click.command()
@click.argument("file", type=click.File(encoding="utf-8", errors="replace"))
@click.option("--model", default="goals", show_default=True, help="Folder under models/.")
@click.pass_obj
def classify(app: App, file: IO[str], model: str) -> int:
    """Tag the works in FILE, or on stdin for '-'.

    \b
    in:  {"id": ..., "title": ..., "abstract": ...}
    out: {"id": ..., "goals": {slug: probability}, "selected": [slug], "evidence": {slug: [phrase]}}
    """
    from monitor.goals import Tagger, classify

    tagger = Tagger.open(app.model_folder(model), weights=app.weights)
    lines = _Lines(file)
    for answer in classify(tagger, lines.records(("id", "title"))):
        _print(answer)
    return words.PARTIAL if lines.bad else 0


@click.command()
@click.argument("file", type=click.File(encoding="utf-8", errors="replace"))
@click.pass_obj
def origin(app: App, file: IO[str]) -> int:
    """Find the countries of the affiliations in FILE, or on stdin for '-'.

    \b
    in:  {"id": ..., "affiliation": ...}
    out: {"id": ..., "countries": [ISO2], "institution": ROR or null, "method": ..., "confidence": ...,
          "evidence": ...}
    """
    from monitor.origin import answer

    if not app.resolver.registry:
        say(NO_REGISTRY)
    lines = _Lines(file)
    for record in lines.records(("id", "affiliation")):
        _print(answer(app.resolver, record))
    return words.PARTIAL if lines.bad else 0


class _Lines:
    """JSON lines; a bad one is named on stderr and left out, the others go on."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file
        self.bad = 0

    def records(self, needed: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
        """The good records, in order."""
        for number, line in enumerate(self.file, 1):
            if not line.strip():
                continue
            fault, record = _read(line.removeprefix("\ufeff") if number == 1 else line, needed)
            if fault:
                self.bad += 1
                say(f"{getattr(self.file, 'name', 'input')}, line {number}: {fault}")
            else:
                yield record


def _read(line: str, needed: tuple[str, ...]) -> tuple[str | None, Mapping[str, Any]]:
    try:
        record = json.loads(line)
    except ValueError as error:
        return f"not JSON: {error}", {}
    except RecursionError:
        return "not JSON that can be read: nested too deeply", {}
    if not isinstance(record, dict):
        return "not a JSON object", {}
    for name in needed:
        if name not in record or (name == "id" and record[name] in (None, "")):
            return f"{name!r} is missing", {}
    for name in ("title", "affiliation"):
        if not isinstance(record.get(name, ""), str):
            return f"{name!r} is not a text", {}
    if not isinstance(record.get("abstract"), str | None):
        return "'abstract' is not a text", {}
    return None, record


def _print(answer: Any) -> None:
    line = json.dumps(answer, ensure_ascii=not words.is_unicode(sys.stdout))
    try:
        line.encode()
    except UnicodeEncodeError:  # half a pair of UTF-16, which JSON can name and UTF-8 cannot
        line = json.dumps(answer)
    click.echo(line)


COMMANDS = (classify, origin)
