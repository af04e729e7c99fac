"""The tagger on a natural stream, against sentence-transformers' own fp32 `encode`: same texts, one run, as ratios.

    python benchmarks/tagging.py [PAPERS [COMPARED]]

PAPERS of models/goals/stream.csv go through the exact path and the cascade, COMPARED of them through the reference as
well: before the others and after them, since machines slow down and speed up. Each leg is a process of its own, one
after the other, so that its memory is its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from monitor import shipped
from monitor.encoder import Encoder
from monitor.goals import Paper, Tagger

ROOT = Path(__file__).parents[1]
TEXTS = ROOT.parent / "shared" / "data" / "arxiv"
STREAM = ROOT / "models" / "goals" / "stream.csv"


def main(papers: int, compared: int) -> None:
    legs = {name: leg(name, number) for name, number in legs_of(papers, compared)}
    again, exact = leg("reference", compared), legs["exact"]
    usual = 2 * compared / (legs["reference"]["seconds"] + again["seconds"])
    print(f"{'':24}{'papers':>8} {'papers/s':>9} {'ratio':>6} {'memory':>9}")
    for name, found in [*legs.items(), ("reference again", again)]:
        speed = found["papers"] / found["seconds"]
        print(f"{name:24}{found['papers']:8,} {speed:9.1f} {speed / usual:6.2f} {found['memory']:6,} MiB")
    kept = [
        set(goals) & set(other) for goals, other in zip(exact["selected"], legs["cascade"]["selected"], strict=True)
    ]
    tags = sum(map(len, exact["selected"]))
    works = sum(map(bool, exact["selected"]))
    print(f"mean cosine to the reference at the same cut {cosine(compared):.6f}")
    print(f"the exact path selects {works / papers:.1%} of the papers; {legs['cascade']['read'] / papers:.1%} reach")
    print(f"the encoder in the cascade, which keeps {sum(map(bool, kept)) / max(1, works):.2%} of the papers and")
    print(f"{sum(map(len, kept)) / max(1, tags):.2%} of the tags")


def legs_of(papers: int, compared: int) -> list[tuple[str, int]]:
    return [("reference", compared), ("encoder", compared), ("exact", papers), ("cascade", papers)]


def leg(name: str, papers: int) -> dict[str, Any]:
    done = subprocess.run([sys.executable, __file__, "--leg", name, str(papers)], stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def run_leg(name: str, papers: int) -> dict[str, Any]:
    stream = texts(papers)
    work = LEGS[name]()
    work(stream[:8])
    started = time.perf_counter()
    found = work(stream)
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"papers": papers, "seconds": seconds, "memory": memory, **found}


def texts(papers: int) -> list[Paper]:
    from monitor.learning import find_papers, read_ids

    ids = read_ids(STREAM)[:papers]
    found = find_papers(ids, [TEXTS])
    return [found[name] for name in ids]


def reference() -> Callable[[list[Paper]], dict[str, Any]]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(Encoder.open().folder), device="cpu")
    return lambda papers: {"encoded": len(model.encode([paper.text for paper in papers]))}


def encoder() -> Callable[[list[Paper]], dict[str, Any]]:
    opened = Encoder.open()
    return lambda papers: {"encoded": len(opened.encode([paper.text for paper in papers]).vectors)}


def tagging(exact: bool) -> Callable[[], Callable[[list[Paper]], dict[str, Any]]]:
    def opened() -> Callable[[list[Paper]], dict[str, Any]]:
        tagger = Tagger.open(shipped.path("models/goals"))

        def tag(papers: list[Paper]) -> dict[str, Any]:
            taggings = tagger.tag(papers, exact=exact)
            return {
                "selected": [[tag.label for tag in tagging.selected] for tagging in taggings],
                "read": sum(tagging.vector is not None for tagging in taggings),
            }

        return tag

    return opened


LEGS = {"reference": reference, "encoder": encoder, "exact": tagging(True), "cascade": tagging(False)}


def cosine(papers: int) -> float:
    stream = [paper.text for paper in texts(min(papers, 100))]
    ours = Encoder.open().encode(stream).vectors
    theirs = Encoder.open(runtime="torch").encode(stream).vectors
    return float(np.mean((ours * theirs).sum(axis=1)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--leg"]:
        print(json.dumps(run_leg(sys.argv[2], int(sys.argv[3]))))
    else:
        numbers = [int(argument) for argument in sys.argv[1:]]
        main(*(numbers + [10_000, 500][len(numbers) :]))
