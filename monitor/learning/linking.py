"""How well records of one work are told from records of two, on labelled pairs.

A pair counts as linked when its records would meet under a key and are then found to be one work, as in step `link`.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from monitor import identity, sources
from monitor.errors import MonitorError, ParseError
from monitor.learning.metrics import Estimate, estimate, f1
from monitor.types import Entry, Feed, Request, Response

NORMAL = 1.959964
"""Quantile of the normal distribution for 95 %."""

WORDS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two records, and whether they are about one work."""

    one: Entry
    other: Entry
    same: bool
    part: str = ""
    """Which part of the set it belongs to."""


@dataclass(frozen=True, slots=True)
class LinkingScores:
    """Figures of a group of pairs. Precision and recall have Wilson's intervals, which hold near 1 and for few errors
    (Wilson, 1927); that of F1 is a bootstrap over pairs."""

    pairs: int
    same: int
    wrong: int
    """Pairs linked that are two works."""
    missed: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True, slots=True)
class LinkingEvaluation:
    """Figures of all pairs, and of each part where there are several."""

    rules: str
    groups: dict[str, LinkingScores]
    wrong: tuple[tuple[str, str], ...]
    """Keys of the pairs linked that are two works."""
    missed: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """The same in JSON types."""
        return asdict(self)


def read_pairs(path: Path) -> list[LabelledPair]:
    """The pairs of a file: JSON lines `{one, other, same, part}`, each record as kind `jsonl` reads it; or, where the
    name ends in .csv, columns `same`, `part`, and those of the records after `one_` and `other_`, names parted by `;`.

    Raises MonitorError, which names file and line, for anything else.
    """
    rows = _csv_rows if path.suffix.lower() == ".csv" else _json_rows
    try:
        with path.open(encoding="utf-8", newline="") as file:
            found = [_pair(row, f"{path}, line {line}") for line, row in rows(file, path)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MonitorError(f"{path}: cannot be read: {error}") from error
    if not found:
        raise MonitorError(f"{path}: holds no labelled pairs")
    return found


def _json_rows(file: Iterable[str], path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, text in enumerate(file, 1):
        if text.strip():
            try:
                row = json.loads(text)
            except ValueError as error:
                raise MonitorError(f"{path}, line {line}: not JSON: {error}") from error
            yield line, row if isinstance(row, dict) else {}


def _csv_rows(file: Iterable[str], path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    rows = csv.DictReader(file)
    if not {"one_title", "other_title", "same"} <= set(rows.fieldnames or ()):
        raise MonitorError(f"{path}: the header needs the columns one_title, other_title and same")
    for row in rows:
        sides: dict[str, dict[str, Any]] = {"one": {}, "other": {}}
        for name, value in row.items():
            side, _, field = str(name).partition("_")
            if side in sides and value:
                sides[side][field] = value.split(";") if field == "authors" else value
        yield rows.line_num, {**sides, "same": row["same"], "part": row.get("part")}


def _pair(row: Mapping[str, Any], place: str) -> LabelledPair:
    same = WORDS.get(str(row.get("same")).casefold())
    if same is None:
        raise MonitorError(f"{place}: `same` must be true or false, and is {row.get('same')!r}")
    return LabelledPair(_record(row, "one", place), _record(row, "other", place), same, str(row.get("part") or ""))


def _record(row: Mapping[str, Any], side: str, place: str) -> Entry:
    kind = sources.load("jsonl")
    feed = Feed(side, "jsonl", "", timedelta(), 0.0, options=kind.Options().model_dump())
    try:
        page = kind.parse(feed, Request(side), Response(side, json.dumps(row.get(side)).encode()))
    except ParseError as error:
        raise MonitorError(f"{place}: {side!r} is no record: {error}") from error
    if not page.entries:
        raise MonitorError(f"{place}: {side!r} is no record with an id or a title")
    return page.entries[0]


def linked(pair: LabelledPair) -> bool:
    """Whether step `link` would find the records of `pair` to be one work."""
    one, other = identity.signature(pair.one), identity.signature(pair.other)
    return not set(identity.blocks(one)).isdisjoint(identity.blocks(other)) and identity.same_work(one, other)


def evaluate_linking(pairs: Sequence[LabelledPair]) -> LinkingEvaluation:
    """Ask the rules about every pair."""
    told = np.array([linked(pair) for pair in pairs])
    truth = np.array([pair.same for pair in pairs])
    names = np.array([pair.part for pair in pairs])
    groups = {"all": _scores(truth, told)}
    if len(set(names)) > 1:
        groups.update((str(name), _scores(truth[names == name], told[names == name])) for name in dict.fromkeys(names))
    keys = [(pair.one.key, pair.other.key) for pair in pairs]
    return LinkingEvaluation(
        identity.RULES,
        groups,
        wrong=tuple(key for key, t, s in zip(keys, told, truth, strict=True) if t and not s),
        missed=tuple(key for key, t, s in zip(keys, told, truth, strict=True) if s and not t),
    )


def _scores(truth: np.ndarray[Any, np.dtype[np.bool_]], told: np.ndarray[Any, np.dtype[np.bool_]]) -> LinkingScores:
    right = int((truth & told).sum())
    return LinkingScores(
        pairs=len(truth),
        same=int(truth.sum()),
        wrong=int((told & ~truth).sum()),
        missed=int((truth & ~told).sum()),
        precision=wilson(right, int(told.sum())),
        recall=wilson(right, int(truth.sum())),
        f1=estimate(lambda rows: f1(truth[rows], told[rows]), len(truth), seed=0),
    )


def wilson(part: int, whole: int) -> Estimate:
    """The share `part` of `whole` with Wilson's score interval of 95 %; one of nothing is 0, and may be anything."""
    if not whole:
        return Estimate(0.0, 0.0, 1.0)
    share, spread = part / whole, NORMAL**2 / whole
    middle = (share + spread / 2) / (1 + spread)
    half = math.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def linking_table(found: LinkingEvaluation) -> str:
    """The figures as a table in Markdown."""
    lines = [
        "| pairs | n | of one work | precision | recall | F1 | wrong | missed |",
        "|---|---:|---:|---|---|---|---:|---:|",
    ]
    lines += [
        f"| {name} | {s.pairs:,} | {s.same:,} | {s.precision} | {s.recall} | {s.f1} | {s.wrong} | {s.missed} |"
        for name, s in found.groups.items()
    ]
    return "\n".join(lines)
