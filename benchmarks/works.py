"""How often whole works get the right countries and the right partner flag, against the countries of OpenAlex.

    python benchmarks/works.py HOME [WORKS] [--differences FILE]

HOME holds a gazetteer (`monitor --home HOME gazetteer update`), WORKS lines of OpenAlex's works, gzipped. Only works
count of which every authorship has affiliations as printed and countries. The affiliations are read as any byline, the
countries are taken for the truth. OpenAlex is often wrong where the two differ: it gives the seat of the firm for an
author in "Houston Texas USA". So every figure stands there a second time, against the labels as each author's own text
corrects them: a country that the text names is right, and where every text names one, a labelled country that none
names is wrong (`Naming.corrected`). Where a text names none of ours, the label stands.

FILE is there to be read: one line a work that differs, with its id, how the flag differs, its state, the countries that
are too much, those that are missing, the words that decided for the former, and the texts that told no country.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from monitor.app import App  # noqa: E402
from monitor.evidence import Evidence, Verdict, decide  # noqa: E402
from monitor.origin import FILE, Gazetteer, Resolver  # noqa: E402
from monitor.origin.naming import Naming  # noqa: E402
from monitor.pipeline.locate import FEED, Provenance, from_byline, weigh  # noqa: E402
from monitor.types import Affiliation, Author, Partners  # noqa: E402

WORKS = ROOT.parent / "shared" / "data" / "openalex" / "works.jsonl.gz"


FLAGGED, NOT_FLAGGED, ABSTAINED = FAULTS = "flagged, label not", "not flagged, label is", "abstained, label is"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A work, its byline, and the countries that OpenAlex gives."""

    id: str
    day: date
    authors: tuple[Author, ...]
    by_author: tuple[frozenset[str], ...]

    @property
    def countries(self) -> frozenset[str]:
        return frozenset().union(*self.by_author)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A work and what the monitor makes of it."""

    work: Labelled
    verdict: Verdict
    evidence: tuple[Evidence, ...]

    @property
    def told(self) -> frozenset[str]:
        return frozenset(origin.country for origin in self.verdict.origins)

    def corrected(self, naming: Naming) -> Outcome:
        """The same against the labels as the texts correct them."""
        told: dict[int | None, set[str]] = defaultdict(set)
        for origin in self.verdict.origins:
            told[origin.author].add(origin.country)
        by_author = tuple(
            naming.corrected(
                label, frozenset(told[position]), [affiliation.text for affiliation in author.affiliations]
            )
            for position, (author, label) in enumerate(zip(self.work.authors, self.work.by_author, strict=True))
        )
        return replace(self, work=replace(self.work, by_author=by_author))


def labelled(path: Path) -> tuple[list[Labelled], int]:
    """The works of which everything is known, and how many lines there are."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [work for record in records if (work := _labelled(record))], len(records)


def _labelled(record: dict[str, Any]) -> Labelled | None:
    authorships = record.get("authorships") or []
    if not authorships or not all(a.get("raw_affiliation_strings") and a.get("countries") for a in authorships):
        return None
    authors = tuple(
        Author(a.get("raw_author_name") or "", tuple(map(Affiliation, a["raw_affiliation_strings"])))
        for a in authorships
    )
    day = date.fromisoformat(record.get("publication_date") or f"{record['publication_year']}-01-01")
    return Labelled(record["id"], day, authors, tuple(frozenset(a["countries"]) for a in authorships))


def outcome(work: Labelled, resolver: Resolver) -> Outcome:
    """`work` as step locate sees it."""
    where = Provenance(FEED, work.id, datetime(2026, 1, 1, tzinfo=UTC))
    statements = from_byline(work.authors)
    evidence = tuple(e for s in statements for e in weigh(s, where, work.authors, resolver, lambda ror: None))
    return Outcome(work, decide(evidence, len(work.authors)), evidence)


def flag(countries: frozenset[str], on: date, partners: Partners) -> bool:
    return any(partners.group(country, on) == "partner" for country in countries)


def report(outcomes: Sequence[Outcome], partners: Partners) -> None:
    whole = [o for o in outcomes if o.verdict.state == "known"]
    abstained = Counter(o.verdict.state for o in outcomes if o.verdict.state != "known")
    print(f"every author known    {share(len(whole), len(outcomes))}; else {dict(abstained)}")
    for name, some in (("all", outcomes), ("every author known", whole)):
        exact = sum(o.told == o.work.countries for o in some)
        print(f"countries the same    {share(exact, len(some))} ({name})")
    wrong = Counter(kind for o in outcomes if (kind := fault(o, partners)))
    for kind in FAULTS:
        print(f"{kind:<21} {share(wrong[kind], len(outcomes))}")
    print(
        f"flag not the same     {share(wrong.total() - wrong[ABSTAINED], len(outcomes))}, those that abstained left out"
    )


def fault(one: Outcome, partners: Partners) -> str | None:
    """How the partner flag differs from that of OpenAlex's countries; None where it is the same."""
    ours, theirs = (flag(countries, one.work.day, partners) for countries in (one.told, one.work.countries))
    if ours == theirs:
        return None
    if ours:
        return FLAGGED
    return NOT_FLAGGED if one.verdict.state == "known" else ABSTAINED


def differences(outcomes: Sequence[Outcome], partners: Partners) -> Iterator[tuple[str, ...]]:
    for one in outcomes:
        if one.told != one.work.countries:
            more, less = one.told - one.work.countries, one.work.countries - one.told
            words = {
                f"{e.country} {e.method} [{e.words}] in {e.statement.raw}" for e in one.evidence if e.country in more
            }
            silent = {e.statement.raw for e in one.evidence if e.country is None}
            yield (
                one.work.id,
                fault(one, partners) or "",
                one.verdict.state,
                ",".join(sorted(more)),
                ",".join(sorted(less)),
                " || ".join(sorted(words)),
                " || ".join(sorted(silent)),
            )


def share(part: int, whole: int) -> str:
    return f"{part:5,} of {whole:,} = {100 * part / whole:.2f} %" if whole else "none"


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("home", type=Path)
    options.add_argument("works", type=Path, nargs="?", default=WORKS)
    options.add_argument("--differences", type=Path)
    chosen = options.parse_args()
    partners = App(ROOT, env={}).config.partners
    resolver = Resolver(Gazetteer.load(chosen.home / "store" / "gazetteer" / FILE))
    works, lines = labelled(chosen.works)
    started = time.process_time()
    outcomes = [outcome(work, resolver) for work in works]
    print(f"{len(works):,} of {lines:,} works have all strings and countries; {time.process_time() - started:.1f} s")
    report(outcomes, partners)
    print("\nagainst the labels as the texts correct them")
    naming = Naming()
    report([one.corrected(naming) for one in outcomes], partners)
    if chosen.differences:
        with chosen.differences.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter="\t").writerows(differences(outcomes, partners))


if __name__ == "__main__":
    main()
