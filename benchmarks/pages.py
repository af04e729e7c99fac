"""How long the analysts' pages take over a store of many works, while another process writes to it.

    python benchmarks/pages.py [WORKS|STORE [ROUNDS]]

Invented works are of twelve weeks, one in twenty with a goal; STORE is a file to copy instead. A child process writes
200 records every second, as a scan does. Each page is asked over HTTP on this machine, ROUNDS times in turn; the first
answer, the median and the 95th percentile are printed, and whether that is over the goal of 300 ms.
"""

from __future__ import annotations

import http.client
import multiprocessing
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.config import Serve
from monitor.errors import ModelError
from monitor.pipeline.search import Searcher
from monitor.review import Bars, Queued, review_queue
from monitor.store import Store, dictionary
from monitor.store.findings import Due
from monitor.types import Affiliation, Author, Entry, Feed, Goal, Identifier, Origin, Partner, Partners, Tag, moment
from monitor.web import server
from monitor.web.people import COOKIE, Gate
from monitor.web.site import Site

SLUGS = ("screening", "cyber", "decision", "responder", "resilience")
COUNTRIES = ("US", "CN", "GB", "DE", "FR", "IT", "KR", "JP", "IN", "CA", "AU", "ES", "NL", "SE", "SG", "BR", "IL", "CH")
WORDS = (
    "muon",
    "cargo",
    "tomography",
    "malware",
    "flood",
    "warning",
    "sensor",
    "network",
    "graph",
    "policy",
    "drone",
    "map",
)
NOW = datetime(2026, 6, 24, 12, tzinfo=UTC)
GOAL_MS = 300
FEED = Feed("stream", "feed", "https://stream.example/rss", timedelta(hours=6), 1.0)
PAGES = (
    *("/", "/explore", "/explore?goal=cyber", "/explore?country=DE", "/explore?group=partner", "/digests/"),
    *("/search?q=muon+cargo&mode=text", "/search?goal=cyber&mode=text", "/review"),
    *("/monitor", "/monitor/items/50", "/explore/places.csv"),
)


def fill(store: Store, works: int, chance: random.Random) -> None:
    """Put `works` invented works of twelve weeks into the store."""
    store.ledger.register([FEED], NOW)
    store.findings.set_partners(Partners("US", tuple(Partner(c, NOW.date()) for c in ("GB", "DE", "FR", "CA", "AU"))))
    for number in range(works):
        seen = NOW - timedelta(minutes=chance.randrange(12 * 7 * 24 * 60))
        year, week, _ = seen.isocalendar()
        people = [chance.choice(COUNTRIES) for _ in range(chance.randint(1, 6))]
        authors = tuple(Author(f"A. {n}", (Affiliation(f"Institute, {code}"),)) for n, code in enumerate(people))
        title, abstract = (" ".join(chance.choices(WORDS, k=k)) for k in (8, 120))
        entry = Entry(f"{number}", f"{title} {number}", abstract, authors, published=seen)
        item = store.items.add(f"arxiv:2606.{number:05}", seen.strftime("%Y-%m-%dT%H:%M:%SZ"), f"{year}-W{week:02}")
        names = [Identifier("arxiv", f"2606.{number:05}")]
        store.items.update(item, entry, names=names, content="c")
        origins = [
            Origin(c, "city", 0.9, c, f"https://ror.org/0{chance.randrange(999):03}", 1 / len(people), n)
            for n, c in enumerate(people)
        ]
        store.findings.locate(item, origins if chance.random() < 0.6 else [], "invented")
        chosen = chance.choice(SLUGS) if chance.random() < 0.05 else ""
        tags = [
            Tag("goal", g, 0.9 if g == chosen else chance.random() / 3, g == chosen, "m", ("words",)) for g in SLUGS
        ]
        store.findings.tag(Due(item, "", "", "c"), "m", tags, None, NOW)


def scan(path: str, stop: multiprocessing.synchronize.Event) -> None:
    """Write 200 new records in a transaction, every second, until told to stop."""
    with Store.open(Path(path)) as store:
        page = 0
        while not stop.wait(1.0):
            page += 1
            entries = [Entry(f"new-{page}-{n}", f"A new record {n}", "Words " * 150) for n in range(200)]
            store.entries.keep("stream", entries, NOW)


def bars(store: Store) -> Bars:
    """What the queue needs to know of the model that tagged most of the works."""
    model = store.connection.value("SELECT model FROM taggings GROUP BY model ORDER BY count(*) DESC")
    encoder = store.connection.value("SELECT encoder FROM vectors LIMIT 1") or ""
    return Bars(model, encoder.rpartition("/")[0], dict.fromkeys(SLUGS, 0.5))


def unread() -> object:
    """There is no encoder here: searches go by words."""
    raise ModelError("no encoder")


def main(source: str, rounds: int) -> None:
    """Fill or copy a store, serve it, ask, print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "monitor.db"
        if source.isdecimal():
            with Store.open(path) as store, store.transaction():
                fill(store, int(source), random.Random(1))
        else:
            shutil.copy(source, path)
        with Store.open(path) as store:
            store.ledger.register([FEED], NOW)
            known = bars(store)
            last = moment(store.connection.value("SELECT max(first_seen) FROM items"))
            uid = store.connection.value("SELECT uid FROM item_goals WHERE selected = 1 LIMIT 1")
        serve(path, known, last, uid, rounds)


def serve(path: Path, known: Bars, now: datetime, uid: str, rounds: int) -> None:
    """Serve the store at `path` as of `now` beside a process that writes to it, and ask for every page."""
    gate = Gate(Serve(("ana",)), "key", "key")
    goals = tuple(Goal(slug, slug.capitalize()) for slug in SLUGS)
    digests, vectors = path.with_name("digests"), path.with_name("vectors.bin")

    def queue(store: Store, reviewer: str, count: int, goals: Sequence[str] | None) -> list[Queued]:
        return review_queue(store, known, reviewer, count, goals)

    site = Site(path, digests, goals, gate, lambda: now, queue, lambda store: Searcher(store, unread, vectors))
    running = server.server(server.pages(site, dictionary.datasette(dictionary.load())), "127.0.0.1", 0)
    threading.Thread(target=running.run, daemon=True).start()
    while not running.started:
        time.sleep(0.01)
    stop = multiprocessing.Event()
    writer = multiprocessing.Process(target=scan, args=(str(path), stop))
    writer.start()
    ask(running.servers[0].sockets[0].getsockname()[1], gate.session("ana", now), [*PAGES, f"/item/{uid}"], rounds)
    stop.set()
    writer.join()
    running.should_exit = True


def ask(port: int, session: str, pages: list[str], rounds: int) -> None:
    """Time every page in turn and print what it took: the first time, in the middle, at worst but for one in twenty."""
    times: dict[str, list[float]] = {page: [] for page in pages}
    for _ in range(rounds + 1):
        for page in pages:
            begin = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", page, headers={"Cookie": f"{COOKIE}={session}"})
            answer = connection.getresponse()
            answer.read()
            connection.close()
            assert answer.status == 200, (page, answer.status)
            times[page].append((time.perf_counter() - begin) * 1000)
    print(f"{'':34} {'first':>6} {'p50':>6} {'p95':>6} ms; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for page, (first, *took) in times.items():
        p95 = statistics.quantiles(took, n=20)[-1]
        print(f"{page:34} {first:6.0f} {statistics.median(took):6.0f} {p95:6.0f}{'' if p95 <= GOAL_MS else '  over'}")


if __name__ == "__main__":
    given = (*sys.argv[1:], *("100000", "20")[len(sys.argv) - 1 :])
    main(given[0], int(given[1]))
