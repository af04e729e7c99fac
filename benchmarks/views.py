"""How long the views of analysts take on a store of one month. Invented works, so that it runs anywhere.

    python benchmarks/views.py [WORKS]

Every work carries one goal in five, has one to eight authors in one to four countries, a quarter of the works has no
known country, and one in two hundred has an author at a body of the European Union.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from monitor.lens import Lens
from monitor.pipeline.lens import see
from monitor.store import Store
from monitor.store.findings import Due
from monitor.store.views import VIEWS
from monitor.types import EU, Affiliation, Author, Body, Entry, Identifier, Origin, Partner, Partners, Tag

GOALS = ("screening", "cyber", "decision", "responder", "resilience")
COUNTRIES = ("US", "CN", "GB", "DE", "FR", "IT", "KR", "JP", "IN", "CA", "AU", "ES", "NL", "SE", "SG", "BR", "IL", "CH")
NOW = datetime(2026, 6, 30, tzinfo=UTC)
UID = "'arxiv:2606.00017'"
ASKED = {
    "a work": f"SELECT * FROM item_overview WHERE uid = {UID}",
    "its countries": f"SELECT * FROM item_countries WHERE uid = {UID}",
    "its links": f"SELECT * FROM item_links WHERE uid = {UID}",
    "works of a day": "SELECT * FROM item_overview WHERE first_seen >= '2026-06-30'",
    "works published that day": "SELECT * FROM item_overview WHERE published >= '2026-06-30'",
}
"""What analysts ask of the views by work and day."""
PARTNERS = Partners("US", tuple(Partner(code, date(2016, 1, 1)) for code in ("GB", "DE", "FR", "CA", "AU", "ES", "SE")))
BODIES = (Body("Joint Research Centre", rors=("04j5wtv36",), near=("Ispra",)),)


def fill(store: Store, works: int, chance: random.Random) -> None:
    """Put `works` invented works into the store, located and tagged."""
    store.findings.set_partners(PARTNERS)
    store.places.set_commission(Partner(EU, date(2016, 1, 1)))
    for number in range(works):
        seen = NOW - timedelta(days=chance.randrange(30))
        year, week, _ = seen.isocalendar()
        item = store.items.add(f"arxiv:2606.{number:05}", seen.strftime("%Y-%m-%dT%H:%M:%SZ"), f"{year}-W{week:02}")
        where = chance.sample(COUNTRIES, chance.choice((1, 1, 1, 2, 2, 3, 4)))
        people = [chance.choice(where) for _ in range(chance.randint(1, 8))]
        eu = chance.random() < 0.005
        authors = tuple(
            Author(
                f"A. {n}", (Affiliation("Joint Research Centre, Ispra, IT" if eu and not n else f"Institute, {code}"),)
            )
            for n, code in enumerate(people)
        )
        entry = Entry(f"{number}", f"Work {number}", "Words.", authors, published=seen)
        names = [Identifier("arxiv", f"2606.{number:05}")]
        store.items.update(item, entry, names=names, content="c")
        known = [] if chance.random() < 0.25 else list(enumerate(people))
        store.findings.locate(
            item,
            [
                Origin(code, "country-name", 0.99, code, f"{chance.randrange(10**6):09}", 1 / len(people), n)
                for n, code in known
            ],
            "invented",
        )
        tags = [Tag("goal", g, chance.random(), chance.random() < 0.2, "m", ("words",)) for g in GOALS]
        store.findings.tag(Due(item, "", "", "c"), "m", tags, None, NOW)


def main(works: int) -> None:
    """Print milliseconds and rows of every view and question, best of three."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "monitor.db") as store:
        with store.transaction():
            fill(store, works, random.Random(1))
        begin = time.perf_counter()
        see(store, Lens(BODIES))
        print(f"{'lens':28}{(time.perf_counter() - begin) * 1000:9.0f} ms")
        for name, sql in {**{view: f"SELECT * FROM {view}" for view in VIEWS}, **ASKED}.items():
            times = []
            for _ in range(3):
                begin = time.perf_counter()
                rows = len(store.connection.rows(sql))
                times.append(time.perf_counter() - begin)
            print(f"{name:28}{min(times) * 1000:9.1f} ms{rows:9} rows")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9186)
