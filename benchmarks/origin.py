"""How fast countries are told, and what the gazetteer costs: texts a second on one core, seconds to load, memory.

    python benchmarks/origin.py HOME [FILE]

HOME holds a gazetteer (`monitor --home HOME gazetteer update`), FILE labelled affiliations as `monitor evaluate origin`
reads them. The texts are all different and come in the order of FILE. The resolver remembers parts of addresses, so
each round has a new one that has met nothing; "met before" is one that has read all the texts, the other end of what a
stream can bring. Texts are timed by the hundred, and the best of some rounds counts. Beside each speed stands how many
turns of a fixed loop, timed in between, fit into the time of one text: other work on the machine moves that less.
"""

from __future__ import annotations

import math
import resource
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from monitor.origin import Gazetteer, Resolver, compiled  # noqa: E402
from monitor.origin.evaluation import read_labelled  # noqa: E402

AFFILIATIONS = ROOT.parent / "shared" / "data" / "affiliations" / "affiliations.tsv"
ROUNDS, BLOCK, TURNS = 5, 100, 2_000


def main(home: Path, file: Path) -> None:
    texts = list(dict.fromkeys(row.affiliation for row in read_labelled(file)))
    print(f"rules        {'compiled' if compiled.in_use() else 'not compiled'}")
    before = memory()
    report("names alone", Resolver, texts)
    started = time.process_time()
    gazetteer = Gazetteer.load(home / "store" / "gazetteer" / "gazetteer.npz")
    resolver = Resolver(gazetteer)
    print(f"gazetteer    loaded in {time.process_time() - started:.2f} s")
    report("gazetteer", lambda: Resolver(gazetteer), texts)
    print(f"memory       {memory()} MiB at the peak, {before} before anything was loaded")
    for name, work in WORK.items():
        print(f"{name:<12} {rate(lambda work=work: partial(work, Resolver(gazetteer)), texts)}")
    print(f"1 MB         {slowest(resolver) * 1000:.1f} ms at the most")


WORK: dict[str, Callable[[Resolver, str], Any]] = {
    "evidence": lambda resolver, text: resolver.resolve(text).findings,
    "institution": lambda resolver, text: resolver.resolve(text).institution,
}
"""What is read of an answer beside the countries."""


def report(name: str, new: Callable[[], Resolver], texts: list[str]) -> None:
    resolver = new()
    known = [text for text in texts if resolver.resolve(text).method.startswith("country")]
    other = [text for text in texts if not resolver.resolve(text).method.startswith("country")]
    for kind, some in (("all", texts), ("country named", known), ("not named", other)):
        print(f"{name:<12} {rate(lambda: new().resolve, some)} of {len(some):,} ({kind})")
    print(f"{name:<12} {rate(lambda: resolver.resolve, texts)} of {len(texts):,} (all, met before)")


def rate(new: Callable[[], Callable[[str], Any]], texts: list[str]) -> str:
    """Texts a second of processor time, and turns of the loop for each, in the best of some rounds with `new` work."""
    blocks = [texts[first : first + BLOCK] for first in range(0, len(texts), BLOCK)]
    best, turn = [math.inf] * len(blocks), math.inf
    for _ in range(ROUNDS):
        work = new()
        for index, block in enumerate(blocks):
            best[index] = min(best[index], seconds(work, block))
            turn = min(turn, loop())
    text = sum(best) / len(texts)
    return f"{1 / text:9,.0f} texts/s, {text / turn:5.0f} turns a text,"


def seconds(work: Callable[[str], Any], texts: Iterable[str]) -> float:
    started = time.process_time()
    for text in texts:
        work(text)
    return time.process_time() - started


def loop() -> float:
    """Seconds for one turn of an empty comprehension; some 20 ns on an idle core of 2025."""
    started = time.process_time()
    [None for _ in range(TURNS)]
    return (time.process_time() - started) / TURNS


def slowest(resolver: Resolver) -> float:
    units = ("x", "a, ", "Italy; ", "@", "é ", "MIT and ", "1) ", "University of ")
    return max(seconds(resolver.resolve, [unit * (1_000_000 // len(unit))]) for unit in units)


def memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else AFFILIATIONS)
