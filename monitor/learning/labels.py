"""labels.csv: which paper carries which goals, who says so, and how sure they are. No text of any paper."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor import atomic
from monitor.errors import ConfigError
from monitor.store.labels import Judgement
from monitor.types import stamp

FILE = "labels.csv"
NEEDED = ("id", "goals")
USUAL = ("confidence", "stratum")
"""Columns that may be missing: the judgement is sure then, and the stratum not told."""
LATER = ("who", "when", "guide")
"""Columns of labels that were given to a model that existed already."""
PROPOSED = "proposed"
"""What the stratum of a paper begins with that was chosen for being hard to tell."""
FROM_STORE = f"{PROPOSED}:store"
"""The stratum of works of the store: judged by a queue, or because something caught a reader's eye."""
SURE = 3


@dataclass(frozen=True, slots=True)
class Label:
    """The judgement of one paper."""

    id: str
    goals: tuple[str, ...]
    """Slugs of the goals it carries; none is a judgement too."""
    confidence: int = SURE
    """3 sure, 2 likely, 1 a coin toss."""
    stratum: str = ""
    """How the paper came to be judged."""
    who: str = ""
    when: str = ""
    """ISO 8601."""
    guide: str = ""
    """Version of the guide that the judgement follows."""

    @property
    def proposed(self) -> bool:
        """Whether the paper was chosen for being hard to tell, so that it says nothing about papers in general."""
        return self.stratum.startswith(PROPOSED)


def read_labels(path: Path, slugs: Collection[str]) -> list[Label]:
    """The labels in `path`, in its order. Raises ConfigError naming file and line."""
    try:
        rows = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""), strict=True)
        missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
        if missing:
            raise ConfigError(f"{path}, line 1: the column {missing[0]!r} is missing")
        return list(_labels(path, rows, slugs))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _labels(path: Path, rows: csv.DictReader[str], slugs: Collection[str]) -> Iterator[Label]:
    seen: set[str] = set()
    for row in rows:
        place = f"{path}, line {rows.line_num}"
        if None in row.values() or None in row:
            raise ConfigError(f"{place}: it has not as many fields as the header")
        goals = tuple(filter(None, row["goals"].split(";")))
        unknown = [goal for goal in goals if goal not in slugs]
        if unknown:
            raise ConfigError(f"{place}: there is no goal {unknown[0]!r}; the goals are {', '.join(slugs)}")
        confidence = row.get("confidence", "3")
        if confidence not in ("1", "2", "3"):
            raise ConfigError(f"{place}: the confidence is {confidence!r}, but must be 1, 2 or 3")
        if not row["id"] or row["id"] in seen:
            raise ConfigError(f"{place}: the id {row['id']!r} is empty or there twice")
        if "\n" in row["id"]:
            raise ConfigError(f"{place}: the id {row['id']!r} has a line break in it")
        seen.add(row["id"])
        later = (row.get(name, "") for name in LATER)
        yield Label(row["id"], goals, int(confidence), row.get("stratum", ""), *later)


def read_ids(path: Path) -> list[str]:
    """The column `id` of any CSV file. Raises ConfigError naming the file."""
    try:
        rows = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""), strict=True)
        if "id" not in (rows.fieldnames or ()):
            raise ConfigError(f"{path}, line 1: the column 'id' is missing")
        return [row["id"] for row in rows if row["id"]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def write_labels(path: Path, labels: Iterable[Label]) -> None:
    """Write `labels` to `path`, whole or not at all."""
    try:
        atomic.write_files(path.parent, {path.name: labels_csv(labels)})
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error}") from error


def taken_along(judgements: Iterable[Judgement], slugs: Sequence[str]) -> list[Label]:
    """What reviewers said, as labels; works that were not judged on every goal are left out."""
    return [
        Label(
            id=found.uid,
            goals=tuple(slug for slug in slugs if found.goals[slug]),
            confidence=found.confidence or SURE,
            stratum=FROM_STORE,
            who=found.reviewer,
            when=stamp(found.labelled_at),
            guide=found.guide or "",
        )
        for found in judgements
        if found.goals.keys() >= set(slugs)
    ]


def labels_csv(labels: Iterable[Label]) -> bytes:
    """The content of a file of `labels`; it has the later columns only when one of the labels uses them."""
    kept = list(labels)
    columns = NEEDED + USUAL + (LATER if any(label.who or label.when or label.guide for label in kept) else ())
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for label in kept:
        later = (label.who, label.when, label.guide)
        row = (label.id, ";".join(label.goals), label.confidence, label.stratum, *later)
        writer.writerow(row[: len(columns)])
    return text.getvalue().encode()
