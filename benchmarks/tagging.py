"""The tagger, evidence included, against sentence-transformers' own fp32 `encode`: same texts, one run, as a ratio."""

from __future__ import annotations

import gzip
import json
import resource
import sys
import time
from pathlib import Path

from monitor import shipped
from monitor.encoder import Encoder
from monitor.goals import Paper, Tagger

ROOT = Path(__file__).parents[1]
MONTH = ROOT.parent / "shared" / "data" / "arxiv" / "2026-06.jsonl.gz"


def main(most: int) -> None:
    with gzip.open(MONTH, "rt", encoding="utf-8") as lines:
        papers = [Paper.from_record(json.loads(line)) for line, _ in zip(lines, range(most), strict=False)]
    tagger = Tagger.open(shipped.path("models/goals"))
    tagger.tag(papers[:8])
    started = time.perf_counter()
    taggings = tagger.tag(papers)
    ours = time.perf_counter() - started
    reference = reference_seconds([paper.text for paper in papers])
    selected = sum(any(tag.selected for tag in tagging.tags) for tagging in taggings)
    print(f"tagger                 {len(papers) / ours:7.1f} papers/s, {selected / len(papers):.1%} carry a goal")
    print(f"sentence-transformers  {len(papers) / reference:7.1f} papers/s")
    print(f"ratio                  {reference / ours:7.2f}")
    print(f"peak memory            {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:7} MiB")


def reference_seconds(texts: list[str]) -> float:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(Encoder.open().folder), device="cpu")
    model.encode(texts[:8])
    started = time.perf_counter()
    model.encode(texts)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
