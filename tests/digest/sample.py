"""An invented week: papers, people, DOIs and feeds that do not exist.

`python tests/digest/sample.py` renders it into tests/digest/golden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from monitor.digest import compose, render, window_of, write
from monitor.digest.words import country
from monitor.store.figures import figures
from monitor.types import (
    EU,
    Author,
    Digest,
    Fetch,
    FetchState,
    Gap,
    Goal,
    Identifier,
    Item,
    Origin,
    Partner,
    Partners,
    Subscriber,
    Tag,
    Window,
    Work,
)
from monitor.weekly import Answer, Answered, Past

WEEK = "2026-W30"
WINDOW = window_of(WEEK)
MADE_AT = datetime(2026, 7, 27, 6, 0, tzinfo=UTC)
MODEL = "goals-sample-1"

GOALS = (
    Goal("screening", "Screening at Speed", "Threats on people, bags and cargo found without stopping anyone."),
    Goal("cyber", "A Trusted Cyber Future", "Digital infrastructure that notices, defends and repairs itself."),
    Goal("decision", "Enabling the Decision Maker", "Credible information in time to act."),
    Goal("responder", "Responder of the Future", "Responders who are protected, connected and fully aware."),
    Goal("resilience", "Resilient Communities", "Infrastructure that withstands disasters, and leaders who see them."),
)

_NATIONS = ("AU", "CA", "FR", "DE", "IL", "MX", "NL", "NZ", "SG", "ES", "SE", "GB")
PARTNERS = Partners(
    "US",
    (*(Partner(code, date(2010, 1, 1)) for code in _NATIONS), Partner("KR", date(2021, 1, 1))),
    Partner(EU, date(2016, 1, 1)),
)


def work(
    uid: str,
    title: str,
    goals: dict[str, float],
    countries: str = "",
    authors: Sequence[str] = ("Ada Example",),
    *,
    because: Sequence[str] = (),
    venue: str | None = None,
    day: int = 21,
    url: str | None = None,
    published: datetime | None = None,
    threshold: float = 0.5,
    told: Mapping[str, tuple[str, str, str]] | None = None,
) -> Work:
    """A work named by its arXiv id or DOI, first seen in the sample's week.

    `told` has method, words and institution of countries that the affiliations do not name.
    """
    scheme, value = uid.split(":", 1)
    codes = countries.split()
    return Work(
        Item(
            id=1,
            uid=uid,
            title=title,
            authors=tuple(Author(name) for name in authors),
            identifiers=(Identifier(scheme, value),),
            url=url,
            published=published or datetime(2026, 7, day, tzinfo=UTC),
            first_seen=WINDOW.since + timedelta(days=2),
            venue=venue,
            type="preprint" if scheme == "arxiv" else "article",
            feeds=("arxiv-listing",) if scheme == "arxiv" else ("journals",),
        ),
        tuple(Tag("goal", slug, p, p >= threshold, MODEL, tuple(because)) for slug, p in goals.items()),
        tuple(_origin(code, 1 / len(codes), (told or {}).get(code)) for code in codes),
        "known" if codes else "no-affiliation",
    )


def _origin(code: str, fraction: float, told: tuple[str, str, str] | None) -> Origin:
    method, words, name = told or ("country-name", country(code), None)
    return Origin(code, method, 0.99, words, fraction=fraction, institution_name=name)


WORKS = (
    work(
        "arxiv:2607.00101",
        "Walk-through millimetre-wave imaging of concealed objects at 30 people a minute",
        {"screening": 0.98},
        "DE US",
        ("Lena Vorbild", "Marcus Sample", "Ines Muster", "Tom Placeholder", "Yuki Ejemplo"),
        told={"DE": ("city", "Musterstadt", "Universität Musterstadt")},
        because=("concealed objects under clothing", "throughput at the checkpoint"),
        day=22,
    ),
    work(
        "doi:10.5555/scan.2026.14",
        "Explosive traces on luggage handles: a field trial with open mass spectrometry",
        {"screening": 0.95},
        "IL",
        ("Noa Bedugma", "Avi Dugma"),
        because=("trace detection of explosives",),
        venue="Journal of Invented Instruments",
    ),
    work(
        "arxiv:2607.00133",
        "Morphed passport photographs: how well do border officers and networks see them?",
        {"screening": 0.91, "cyber": 0.74},
        "NL NO",
        ("Pieter Voorbeeld", "Kari Eksempel", "Sofie Voorbeeld"),
        because=("face morphing attacks", "automated border control gates"),
        day=20,
    ),
    work(
        "arxiv:2607.00140",
        "Muon tomography of sea containers with a moving detector",
        {"screening": 0.72},
        "",
        ("Chiara Esempio",),
        because=("nuclear material in containers",),
        day=20,
    ),
    work(
        "doi:10.5555/cargo.77",
        "Learning from few labelled X-ray images of dense cargo",
        {"screening": 0.58},
        "CN SG",
        ("Wei Shili", "Mei Shili", "Tan Contoh"),
        because=("X-ray cargo inspection",),
        venue="Proceedings of the Invented Symposium on Imaging",
        day=17,
    ),
    work(
        "arxiv:2607.00201",
        "Finding stolen credentials in a<b comparisons: timing leaks & repairs in password vaults",
        {"cyber": 0.996},
        "GB US",
        ("Olivia Instance", "Harry Instance"),
        because=("side-channel leak", "password managers", "constant-time repair"),
        day=23,
    ),
    work(
        "arxiv:2607.00207",
        "Post-quantum key exchange for water utilities that cannot be switched off",
        {"cyber": 0.97, "resilience": 0.81},
        "CA FR",
        ("Amélie Exemple", "Jack Specimen", "Léo Exemple", "Emma Specimen"),
        because=("post-quantum cryptography", "industrial control of water supply"),
        venue="Invented Conference on Security 2026",
    ),
    work(
        "arxiv:2607.00215",
        "Backdoors that survive fine-tuning of language models",
        {"cyber": 0.93},
        "US",
        ("Grace Template", "Sam Template", "Lin Shili"),
        because=("backdoor attack", "poisoned training data"),
        day=24,
    ),
    work(
        "doi:10.5555/trust.9",
        "Who may update the firmware? A survey of 140 medical device makers",
        {"cyber": 0.84},
        "SE FI DK",
        ("Astrid Exempel", "Mikko Esimerkki"),
        because=("firmware signing and supply chain",),
        venue="Annals of Invented Systems",
        day=14,
    ),
    work(
        "arxiv:2607.00230",
        "Sandboxing smart meters with hardware capabilities",
        {"cyber": 0.66},
        "",
        ("Jo Primer",),
        because=("memory safety of embedded devices",),
        day=22,
    ),
    work(
        "arxiv:2607.00301",
        "Forecasting cholera after floods from mobile phone mobility, two weeks ahead",
        {"decision": 0.96, "resilience": 0.69},
        "BD GB",
        ("Rafiq Udaharon", "Charlotte Instance", "Nadia Udaharon", "Ben Instance", "Zara Udaharon", "Ian Case"),
        because=("outbreak forecast for health authorities", "population displacement"),
        day=22,
    ),
    work(
        "doi:10.5555/risk.2026.301",
        "Where to stand with 40 ambulances: robust placement when roads are closed",
        {"decision": 0.92, "responder": 0.88},
        "MX ES",
        ("Lucía Ejemplo", "Diego Ejemplo"),
        because=("ambulance placement", "road closures after an earthquake"),
        venue="Invented Transactions on Operations",
    ),
    work(
        "arxiv:2607.00322",
        "Crowd simulation of stadium evacuation with partial information",
        {"decision": 0.77},
        "JP",
        ("Haruto Reidai", "Yui Reidai", "Ren Reidai"),
        because=("evacuation planning",),
        day=21,
    ),
    work(
        "arxiv:2607.00340",
        "Source estimation of a chemical release from eight cheap sensors",
        {"decision": 0.61},
        "AU",
        ("Ruby Specimen", "Jack Sample"),
        because=("source-term estimation",),
        day=20,
    ),
    work(
        "arxiv:2607.00401",
        "Radio maps through smoke: locating firefighters indoors without anchors",
        {"responder": 0.97},
        "KR",
        ("Minjun Yesi", "Seoyeon Yesi"),
        because=("firefighter localisation", "no satellite navigation"),
        day=23,
    ),
    work(
        "doi:10.5555/wear.12",
        "Heat strain of bomb technicians, measured in the suit",
        {"responder": 0.9},
        "NZ AU GB US CA DE SE",
        ("Aroha Tauira", "Wiremu Tauira", "Isla Sample", "Noah Sample"),
        because=("bomb disposal suit", "core temperature telemetry"),
        venue="Invented Journal of Ergonomics",
        day=16,
    ),
    work(
        "arxiv:2607.00433",
        "A quadruped that carries hoses: field notes from three exercises",
        {"responder": 0.68},
        "",
        ("Taylor Model", "Robin Model", "Alex Model"),
        because=("firefighting robot",),
        day=20,
    ),
    work(
        "arxiv:2607.00501",
        "Flood depth in streets from parked-car cameras, a city at a time",
        {"resilience": 0.985},
        "FR IN",
        ("Camille Exemple", "Arjun Udaharan", "Priya Udaharan"),
        because=("urban flood depth", "early warning for residents"),
        day=24,
    ),
    work(
        "doi:10.5555/grid.88",
        "Which substations first? Restoring power after ice storms",
        {"resilience": 0.94, "decision": 0.71},
        "CA US",
        ("Emma Specimen", "Lucas Template"),
        because=("power restoration order", "ice storm damage"),
        venue="Invented Letters on Power",
        day=19,
    ),
    work(
        "arxiv:2607.00533",
        "Bridge scour seen from orbit",
        {"resilience": 0.87},
        "EU CH IT",
        ("Giulia Esempio", "Luca Esempio", "Nina Beispiel"),
        because=("bridge failure", "satellite radar"),
        day=21,
    ),
    work(
        "arxiv:2607.00540",
        "Wildfire smoke and the failure of solar forecasts",
        {"resilience": 0.55},
        "BR",
        ("Ana Exemplo",),
        because=("wildfire smoke",),
        day=20,
    ),
)


def fetch(
    feed: str, state: FetchState, seen: int, new: int, *, day: int = 0, announced: int | None = None, error: str = ""
) -> Fetch:
    """A fetch on the `day`-th day of the sample's week."""
    at = WINDOW.since + timedelta(days=day, hours=5)
    return Fetch(feed, "oai", state, at, at + timedelta(seconds=40), WINDOW, announced, seen, new, error=error or None)


COVERAGE = (
    *(fetch("arxiv-listing", "ok", 212 + day, 190 + day, day=day) for day in range(5)),
    fetch("arxiv-listing", "empty", 0, 0, day=5),
    fetch("journals", "failed", 0, 0, day=1, error="journals: https://journals.example answered 503"),
    fetch("journals", "ok", 164, 160, day=2),
    fetch("computing-index", "unchanged", 0, 0, day=3),
    fetch("proceedings", "short", 812, 92, day=4, announced=1204),
    fetch(
        "standards-body",
        "failed",
        0,
        0,
        day=4,
        error="standards-body: the server at news.example closed the connection after 30 s",
    ),
)
_GAP = Gap(
    "proceedings",
    Window(WINDOW.since + timedelta(days=1), WINDOW.since + timedelta(days=4, hours=5)),
    "open",
    "short",
    "1204 records were announced and 812 came",
    tries=3,
    opened_at=WINDOW.since + timedelta(days=4, hours=5),
    next_at=MADE_AT + timedelta(hours=1),
)
GAPS = (
    _GAP,
    replace(
        _GAP,
        feed="journals",
        state="given-up",
        cause="failed",
        reason="given up after 12 tries in 14.1 days: journals.example answered 500",
        tries=12,
        next_at=None,
    ),
)
FORMER = tuple(
    replace(one, item=replace(one.item, first_seen=WINDOW.since - timedelta(days=days)))
    for one, days in (
        (
            work(
                "arxiv:2606.00088",
                "Detecting forged emergency alerts on broadcast channels",
                {"cyber": 0.88},
                "US GB",
                url="https://arxiv.org/abs/2606.00088",
                published=WINDOW.since - timedelta(days=32),
            ),
            31,
        ),
        (
            work(
                "arxiv:2606.00412",
                "Where drones fall: reading debris after a jammed flight",
                {"screening": 0.71},
                "NO",
                url="https://arxiv.org/abs/2606.00412",
                published=WINDOW.since - timedelta(days=4),
            ),
            2,
        ),
    )
)
PAST = Past(
    weeks=tuple(f"2026-W{week}" for week in range(18, 30)),
    counts={
        "screening": (4, 6, 5, 3, 4, 6, 5, 4, 7, 5, 4, 6),
        "cyber": (11, 14, 9, 12, 13, 15, 10, 12, 14, 11, 13, 12),
        "decision": (3, 4, 6, 4, 5, 3, 4, 5, 6, 4, 5, 4),
        "responder": (1, 0, 2, 1, 1, 2, 0, 1, 2, 1, 1, 1),
        "resilience": (6, 5, 7, 6, 8, 5, 6, 7, 6, 5, 6, 7),
    },
    countries={goal.slug: frozenset({"US", "GB", "DE", "CA", "FR", "CN", "IL", "AU"}) for goal in GOALS},
    versions={"arxiv:2606.00088": WINDOW.since + timedelta(days=3)},
    late=("arxiv:2606.00412",),
    answers=(
        Answer(
            "muons",
            '"muon tomography" OR muography',
            3,
            (
                Answered(
                    "arxiv:2607.01177",
                    "Muography of a volcano in two winters",
                    "https://arxiv.org/abs/2607.01177",
                    None,
                    ("IT", "JP"),
                    (),
                ),
            ),
        ),
    ),
    nearest={
        work.item.uid: (round(0.96 - 0.04 * position, 2), f"arxiv:2605.{position + 7:05}")
        for position, work in enumerate(WORKS)
    },
)
WATCHED = ("arxiv-listing", "journals", "computing-index", "proceedings", "standards-body", "theses")


def sample(subscriber: Subscriber | None = None, **changes: object) -> Digest:
    """The digest of the sample's week; `changes` replace arguments of `compose`."""
    given: dict[str, object] = {
        "subscriber": subscriber or Subscriber("analysts"),
        "week": WEEK,
        "window": WINDOW,
        "made_at": MADE_AT,
        "works": WORKS,
        "seen": 1216,
        "goals": GOALS,
        "coverage": COVERAGE,
        "watched": WATCHED,
        "partners": PARTNERS,
        "gaps": GAPS,
        "possibly_missed": {"computing-index": 2},
        "past": PAST,
        "former": FORMER,
        "queries": figures(WINDOW, [goal.slug for goal in GOALS], since="2026-W18"),
    }
    return compose(**(given | changes))  # type: ignore[arg-type]


if __name__ == "__main__":
    golden = Path(__file__).parent / "golden"
    write(replace(render(sample()), pictures={}), golden)  # pictures change with versions of what draws them
