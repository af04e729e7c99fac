"""How fast countries are told, and what the gazetteer costs: texts a second on one core, seconds to load, memory.

    python benchmarks/origin.py HOME [FILE]

HOME holds a gazetteer (`monitor --home HOME gazetteer update`), FILE labelled affiliations as `monitor evaluate origin`
reads them.
"""

from __future__ import annotations

import resource
import sys
import time
import timeit
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from monitor.origin import Gazetteer, Resolver  # noqa: E402
from monitor.origin.evaluation import read_labelled  # noqa: E402

AFFILIATIONS = ROOT.parent / "shared" / "data" / "affiliations" / "affiliations.tsv"
ROUNDS = 5


def main(home: Path, file: Path) -> None:
    texts = [row.affiliation for row in read_labelled(file)]
    print(f"this machine: {loop():.1f} us for a comprehension over 1,000 numbers (20 on an idle core of 2025)")
    before = memory()
    report("names alone", Resolver(), texts)
    started = time.process_time()
    resolver = Resolver(Gazetteer.load(home / "store" / "gazetteer" / "gazetteer.npz"))
    print(f"gazetteer    loaded in {time.process_time() - started:.2f} s")
    report("gazetteer", resolver, texts)
    print(f"memory       {memory()} MiB at the peak, {before} before anything was loaded")
    print(f"evidence     {rate(lambda text: resolver.resolve(text).findings, texts):9,.0f} texts/s")
    print(f"institution  {rate(lambda text: resolver.resolve(text).institution, texts):9,.0f} texts/s")
    print(f"1 MB         {slowest(resolver) * 1000:.1f} ms at the most")


def report(name: str, resolver: Resolver, texts: list[str]) -> None:
    known = [text for text in texts if resolver.resolve(text).method.startswith("country")]
    other = [text for text in texts if not resolver.resolve(text).method.startswith("country")]
    for kind, some in (("all", texts), ("country named", known), ("not named", other)):
        print(f"{name:<12} {rate(resolver.resolve, some):9,.0f} texts/s of {len(some):,} ({kind})")


def rate(work: Callable[[str], Any], texts: list[str]) -> float:
    """Texts a second of processor time, in the best of some rounds."""
    return max(len(texts) / seconds(work, texts) for _ in range(ROUNDS))


def seconds(work: Callable[[str], Any], texts: Iterable[str]) -> float:
    started = time.process_time()
    for text in texts:
        work(text)
    return time.process_time() - started


def slowest(resolver: Resolver) -> float:
    units = ("x", "a, ", "Italy; ", "@", "é ", "MIT and ", "1) ", "University of ")
    return max(seconds(resolver.resolve, [unit * (1_000_000 // len(unit))]) for unit in units)


def loop() -> float:
    return min(timeit.repeat(lambda: [None for _ in range(1000)], number=300, repeat=9)) / 300 * 1e6


def memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else AFFILIATIONS)
