"""How good the countries are on labelled affiliations: precision, recall, F1, abstention, with intervals.

Counted over pairs of text and country: right is told and labelled, wrong is told and not labelled, missed the reverse.
The intervals are bootstrap percentiles over texts (Efron and Tibshirani 1993, chapter 13).
"""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.errors import MonitorError
from monitor.origin.naming import Naming

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from monitor.origin.resolver import Resolver

RESAMPLES = 1_000
COLUMNS = ("affiliation", "countries")


class Labelled(NamedTuple):
    """One text and the countries it is labelled with."""

    affiliation: str
    countries: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of one group of texts."""

    texts: int
    precision: Figure
    recall: Figure
    f1: Figure
    abstention: Figure
    """Share of texts without an answer."""
    exact: Figure
    """Share of texts whose countries are exactly those of the label."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of a resolver on a file."""

    resolver: str
    texts_per_second: int
    """Of processor time, on one core, after loading."""
    groups: dict[str, Scores]
    """`all`, `country named`, `country not named`, and each source."""

    def to_json(self) -> dict[str, Any]:
        """The same in JSON types."""
        return asdict(self)


def read_labelled(path: Path) -> list[Labelled]:
    """The rows of a tab-separated file with a header: affiliation, countries (joined by commas), and maybe source.

    Raises MonitorError, which names file and line, for anything else.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t")
            lacking = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if lacking:
                raise MonitorError(f"{path}: the header lacks the column {lacking[0]!r}")
            found = [_labelled(row, path, rows.line_num) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MonitorError(f"{path}: cannot be read: {error}") from error
    if not found:
        raise MonitorError(f"{path}: holds no labelled texts")
    return found


def _labelled(row: dict[str, Any], path: Path, line: int) -> Labelled:
    if not row["affiliation"] or row["countries"] is None:
        raise MonitorError(f"{path}, line {line}: a row needs an affiliation and its countries")
    codes = frozenset(code for code in row["countries"].split(",") if code)
    return Labelled(row["affiliation"], codes, row.get("source") or "")


def evaluate(resolver: Resolver, rows: Sequence[Labelled]) -> Evaluation:
    """Ask `resolver` about every text."""
    import numpy as np

    started = time.process_time()
    told = [resolver.resolve(row.affiliation).countries for row in rows]
    seconds = max(time.process_time() - started, 1e-9)
    counts = np.array([_counts(row.countries, set(codes)) for row, codes in zip(rows, told, strict=True)])
    groups = {name: _scores(counts[members]) for name, members in _groups(rows).items()}
    return Evaluation(resolver.version, round(len(rows) / seconds), groups)


def _counts(gold: frozenset[str], told: set[str]) -> tuple[int, int, int, int, int]:
    return len(gold & told), len(told - gold), len(gold - told), int(not told), int(gold == told)


def _groups(rows: Sequence[Labelled]) -> dict[str, list[int]]:
    naming = Naming()
    groups: dict[str, list[int]] = {"all": list(range(len(rows)))}
    for index, row in enumerate(rows):
        named = (
            "country named" if naming.named(row.affiliation, row.countries) == row.countries else "country not named"
        )
        for group in filter(None, (named, row.source)):
            groups.setdefault(group, []).append(index)
    return groups


def _scores(counts: NDArray[np.int64]) -> Scores:
    import numpy as np

    picks = np.random.default_rng(0).integers(0, len(counts), (RESAMPLES, len(counts)), dtype=np.int32)
    sums = np.array([counts.sum(axis=0), *(counts[pick].sum(axis=0) for pick in picks)], dtype=float)
    right, wrong, missed, silent, exact = sums.T
    shares = {
        "precision": (right, right + wrong),
        "recall": (right, right + missed),
        "f1": (2 * right, 2 * right + wrong + missed),
        "abstention": (silent, np.full(len(sums), float(len(counts)))),
        "exact": (exact, np.full(len(sums), float(len(counts)))),
    }
    return Scores(len(counts), **{name: _figure(part, whole) for name, (part, whole) in shares.items()})


def _figure(part: NDArray[np.float64], whole: NDArray[np.float64]) -> Figure:
    """The first of the shares, and where 95 % of the others lie; a share of nothing is 0."""
    import numpy as np

    shares = part / np.maximum(whole, 1)
    low, high = np.percentile(shares[1:], [2.5, 97.5])
    return Figure(float(shares[0]), float(low), float(high))


def table(found: Evaluation) -> str:
    """The figures as a table in Markdown."""
    lines = ["| texts | n | precision | recall | F1 | no answer | exact |", "|---|---:|---|---|---|---:|---:|"]
    for name, scores in found.groups.items():
        cells = (name, f"{scores.texts:,}", scores.precision, scores.recall, f"{scores.f1.value:.4f}")
        lines.append(f"| {' | '.join(map(str, cells))} | {scores.abstention.value:.3f} | {scores.exact.value:.3f} |")
    return "\n".join(lines)
