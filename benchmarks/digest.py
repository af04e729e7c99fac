"""How long a week's digest takes, and how much memory, in a store of 100,000 works. Invented works.

    python benchmarks/digest.py [WORKS]

The works are spread over thirteen weeks; those that carry a goal have a vector and, three in four, known countries. The
digest is that of the last week.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
from views import GOALS, NOW, PARTNERS

from monitor.digest import week_of, window_of
from monitor.pipeline.digest import ARCHIVE, Plan, compose_week, render
from monitor.store import Store
from monitor.store.findings import Due
from monitor.types import Author, Entry, Goal, Identifier, Origin, Tag

COUNTRIES = ("US", "CN", "GB", "DE", "FR", "IT", "KR", "JP", "IN", "CA", "AU", "ES", "NL", "SE", "SG", "BR", "IL", "CH")
SHARE = 0.08
"""Part of the works that carry a goal: in a month of arXiv's computing categories some 8 in 100 do."""


def fill(store: Store, works: int, chance: random.Random) -> None:
    """Put `works` invented works into the store; those that carry a goal are located and have a vector."""
    vectors = np.random.default_rng(1)
    store.findings.set_partners(PARTNERS)
    for number in range(works):
        seen = NOW - timedelta(minutes=chance.randrange(13 * 7 * 24 * 60))
        item = store.items.add(f"arxiv:2606.{number:06}", seen.strftime("%Y-%m-%dT%H:%M:%SZ"), week_of(seen))
        authors = tuple(Author(f"A. {chance.randrange(10**5)}") for _ in range(chance.randint(1, 8)))
        title = " ".join(f"word{chance.randrange(5000)}" for _ in range(9))
        entry = Entry(f"{number}", title, "Words.", authors, published=seen)
        names = [Identifier("arxiv", f"2606.{number:06}")]
        store.items.update(item, entry, names=names, content="c")
        carries = chance.random() < SHARE
        goal = chance.choice(GOALS)
        tags = [Tag("goal", g, chance.random(), carries and g == goal, "m", ("words",)) for g in GOALS]
        store.findings.tag(Due(item, "", "", "c"), "m", tags, None, NOW)
        if carries:
            where = [chance.choice(COUNTRIES) for _ in authors] if chance.random() < 0.75 else []
            ror = f"{chance.randrange(10**4):09}"
            origins = [Origin(c, "country-name", 0.99, c, ror, 1 / len(where), n) for n, c in enumerate(where)]
            store.findings.locate(item, origins, "invented")
            store.findings.save_vector(item, "e", "c", vectors.normal(size=384).astype("<f2").tobytes())


def main(works: int) -> None:
    """Print seconds of the clock and of the processor, and the greatest memory."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "monitor.db") as store:
        with store.transaction():
            fill(store, works, random.Random(1))
        plan = Plan((), tuple(Goal(slug, slug) for slug in GOALS), PARTNERS, {}, Path(folder))
        week = week_of(NOW - timedelta(days=7))
        for turn in ("first", "second"):
            clock, processor = time.perf_counter(), time.process_time()
            digest = compose_week(store, plan, ARCHIVE, week, window_of(week), NOW)
            composed, composed_cpu = time.perf_counter() - clock, time.process_time() - processor
            document = render(digest, ARCHIVE, plan)
            total, total_cpu = time.perf_counter() - clock, time.process_time() - processor
            print(f"{turn}: composed {composed:.2f} s ({composed_cpu:.2f} s of processor time), ", end="")
            print(f"and rendered {total:.2f} s ({total_cpu:.2f} s); {digest.selected:,} of {digest.seen:,} works")
        print(f"html {len(document.formats['html']):,} bytes; ", end="")
        print(f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
