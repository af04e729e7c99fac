"""What stands around the works of a digest: how the goals moved, notable works, new versions, first appearances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from monitor.digest import words
from monitor.digest.places import countries
from monitor.digest.trend import ENOUGH, Trend, trends
from monitor.digest.weeks import window_of
from monitor.types import Digest, Work
from monitor.weekly import Answered, Former

MOST_VERSIONS, MOST_LATE, MOST_ARRIVALS = 12, 25, 8
"""Lines of new versions and of works judged late, and names of institutions a goal; the JSON has all."""

TITLES: Mapping[str, str] = {
    "seen": "Works first seen in the window",
    "unjudged": "Of them, works that were not judged yet",
    "tagged": "Of them, works that carry a goal",
    "selected": "Of them, works that this digest is about",
    "goals": "Works of each goal",
    "groups": "Works by partner group",
    "countries": "Works by goal and country of origin",
    "works": "The works themselves",
    "trend": "Works of each goal in the weeks before",
    "feeds": "Every fetch of the window",
}
"""Name of a query → what it gives."""


class Sentence(str):
    """A sentence made of counts, and the query that gives them."""

    __slots__ = ("query",)
    query: str

    def __new__(cls, text: str, query: str = "") -> Sentence:
        """`query` is one of the names in TITLES, or empty."""
        sentence = super().__new__(cls, text)
        sentence.query = query
        return sentence


@dataclass(frozen=True, slots=True)
class Line:
    """A work told in one line."""

    title: str
    link: str | None
    uid: str
    note: str
    """Where it comes from, or when it changed."""


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """What is new to a saved search."""

    name: str
    query: str
    total: int
    lines: tuple[Line, ...]

    @property
    def rest(self) -> int:
        """How many works are not shown."""
        return self.total - len(self.lines)


@dataclass(frozen=True, slots=True)
class ShownTrend:
    """A goal over the weeks, as the pictures and the table show it."""

    name: str
    before: tuple[int, ...]
    now: int
    mean: float
    moved: str | None
    first: str
    last: str
    """ISO weeks at both ends."""


@dataclass(frozen=True, slots=True)
class New:
    """What appeared in a goal for the first time."""

    goal: str
    countries: str
    institutions: str


@dataclass(frozen=True, slots=True)
class Query:
    """Where a figure comes from."""

    name: str
    title: str
    sql: str
    link: str
    """To its answer in `monitor serve`, or to the query further down in the document."""


def moves(digest: Digest) -> tuple[Sentence, ...]:
    """Which goals have more or fewer works than usual."""
    weeks = digest.context.weeks
    if not digest.context.totals or not digest.sections:
        return ()
    if len(weeks) < ENOUGH:
        known = words.counted(len(weeks), "week") if weeks else "no week"
        return (Sentence(f"There is {known} before to compare with; from {ENOUGH} weeks on, this tells what moved."),)
    if digest.running:
        return (Sentence("What moved is told once the week is over."),)
    if digest.unjudged:
        return (Sentence("What moved is not told, because not every work of this time is judged yet."),)
    found = trends(digest)
    told = [_moved(trend) for trend in found if trend.moved]
    rest = len(found) - len(told)
    spread = f"within the usual spread of the {len(weeks)} weeks before"
    if not told:
        every = "The goal is" if rest == 1 else f"All {rest} goals are"
        return (Sentence(f"{every} {spread}.", "trend"),)
    last = f"; the other {words.counted(rest, 'goal')} {'is' if rest == 1 else 'are'} {spread}" if rest else ""
    return (Sentence(f"Against the {len(weeks)} weeks before, {words.listed(told)}{last}.", "trend"),)


def _moved(trend: Trend) -> str:
    name, way = words.plain(trend.goal.name, 80), "more" if trend.moved == "up" else "fewer"
    return f"{name} has {way} works than usual ({trend.now:,}, where {trend.mean:.1f} a week were usual)"


def shown_trends(digest: Digest) -> tuple[ShownTrend, ...]:
    """The goals over the weeks; none where no week before is known."""
    weeks = digest.context.weeks
    if not weeks:
        return ()
    return tuple(
        ShownTrend(words.plain(t.goal.name, 80), t.before, t.now, t.mean, t.moved, weeks[0], digest.week)
        for t in trends(digest)
    )


def rest_of_the_world(digest: Digest) -> tuple[Sentence, ...]:
    """Which countries without an agreement have works, the most frequent first."""
    total = digest.by_group.get("other", 0)
    if not digest.selected:
        return ()
    if not total:
        return (Sentence("No work comes from a country that is neither home nor a partner.", "groups"),)
    counted: dict[str, int] = {}
    for column in digest.countries.values():
        for code, number in column.items():
            if digest.groups.get(code) == "other":
                counted[code] = counted.get(code, 0) + number
    ranked = sorted(counted, key=lambda code: (-counted[code], words.country(code)))
    names = words.listed([f"{words.country(code)} ({counted[code]:,})" for code in ranked[:6]])
    more = f", of {words.counted(len(ranked), 'country').replace('countrys', 'countries')}" if len(ranked) > 6 else ""
    works = f"{words.counted(total, 'work')} {'has' if total == 1 else 'have'} a part from the rest of the world"
    return (
        Sentence(f"{works}.", "groups"),
        Sentence(f"Works by country, counted once for each goal: {names}{more}.", "countries"),
    )


def notable(digest: Digest, name: str) -> tuple[Line, ...]:
    """One of the lists of `Digest.notable` in lines."""
    return tuple(_line(work) for work in digest.notable.get(name, ()))


def _line(work: Work) -> Line:
    named = [words.country(code) for code in countries(work)]
    more = f" and {len(named) - 4} more" if len(named) > 4 else ""
    return Line(_title(work.item.title), words.link(work.item), words.plain(work.item.uid, 120), _joined(named) + more)


def _joined(names: Sequence[str]) -> str:
    return ", ".join(names[:4])


def _title(title: str) -> str:
    return words.plain(title, 160) or "(no title given)"


def versions(digest: Digest) -> tuple[Line, ...]:
    """New versions of works of former weeks, a line each."""
    return tuple(
        _former(v, words.day(v.changed or v.first_seen), digest) for v in digest.context.versions[:MOST_VERSIONS]
    )


def late(digest: Digest) -> tuple[Line, ...]:
    """Works of former weeks that no digest could tell then, a line each."""
    return tuple(
        _former(one, f"first seen {words.day(one.first_seen)}", digest) for one in digest.context.late[:MOST_LATE]
    )


def answers(digest: Digest) -> tuple[ShownAnswer, ...]:
    """What is new to the reader's saved searches."""
    return tuple(
        ShownAnswer(words.plain(a.name, 80), words.plain(a.query, 160), a.total, tuple(map(_answered, a.works)))
        for a in digest.context.answers
    )


def _answered(work: Answered) -> Line:
    named = [words.country(code) for code in work.countries]
    return Line(
        _title(work.title),
        words.safe_link(work.url) if work.url else None,
        words.plain(work.uid, 120),
        _joined(named) or words.plain(work.venue or "", 80),
    )


def _former(work: Former, when: str, digest: Digest) -> Line:
    names = {section.goal.slug: words.plain(section.goal.name, 80) for section in digest.sections}
    return Line(
        _title(work.title),
        words.safe_link(work.url) if work.url else None,
        words.plain(work.uid, 120),
        f"{words.listed([names[goal] for goal in work.goals if goal in names])}, {when}",
    )


def new_to_goals(digest: Digest) -> tuple[New, ...]:
    """First appearances, a goal each; goals without any are left out."""
    found = []
    for section in digest.sections:
        of = [a for a in digest.context.arrivals if a.goal == section.goal.slug]
        places = sorted(words.country(a.code) for a in of if a.kind == "country")
        houses = [words.plain(a.name, 60) for a in of if a.kind == "institution"]
        if of:
            more = f" and {len(houses) - MOST_ARRIVALS:,} more" if len(houses) > MOST_ARRIVALS else ""
            found.append(
                New(words.plain(section.goal.name, 80), ", ".join(places), ", ".join(houses[:MOST_ARRIVALS]) + more)
            )
    return tuple(found)


def queries(digest: Digest) -> tuple[Query, ...]:
    """The queries behind the figures, each with where its answer is."""
    context = digest.context
    base = context.base_url.rstrip("/") if context.base_url else None
    return tuple(
        Query(name, TITLES[name], sql, f"{base}/monitor?sql={quote(sql)}" if base else f"#query-{name}")
        for name, sql in context.queries.items()
        if name in TITLES
    )


def full(digest: Digest) -> str | None:
    """Where the whole digest of the week can be read; None when no address is known."""
    base = digest.context.base_url
    return words.safe_link(f"{base.rstrip('/')}/digests/{digest.week}/digest.html") if base and _iso(digest) else None


def _iso(digest: Digest) -> bool:
    """Whether the digest is of a week: those of other spans are not filed where everybody looks."""
    from monitor.errors import ConfigError

    try:
        return window_of(digest.week) == digest.window
    except ConfigError:
        return False


def links(found: Iterable[Query]) -> dict[str, str]:
    """Name of a query → its link."""
    return {query.name: query.link for query in found}
