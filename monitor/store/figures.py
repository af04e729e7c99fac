"""The figures of a digest as questions to the store: SQL that an analyst can run as it stands. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.store.review_views import STANDS
from monitor.types import Window, stamp


def figures(
    window: Window,
    goals: Sequence[str],
    *,
    places: Sequence[str] = (),
    minimum: float = 0.0,
    since: str = "",
    unjudged: bool = False,
) -> dict[str, str]:
    """Name of a figure → the query that gives it, for works first seen in `window`.

    `goals` are the goals of the digest, `places` the countries and groups it is restricted to (none: all), `minimum`
    its least probability, `since` the first ISO week of the trend; `unjudged` asks for the works that wait for a model
    too.
    """
    seen = _seen(window)
    carry = _carry(goals, minimum)
    chosen = f"{carry}\n   AND {seen}{_from(places)}"
    goal_of = f"SELECT g.goal, %s\n  FROM item_goals g JOIN items i ON i.uid = g.uid{{}}\n WHERE {chosen}"
    return {
        "seen": f"SELECT count(*) AS works\n  FROM items i\n WHERE {seen}",
        **(
            {"unjudged": f"SELECT count(*) AS works\n  FROM items i\n WHERE i.tagged IS NULL\n   AND {seen}"}
            if unjudged
            else {}
        ),
        "tagged": f"SELECT count(DISTINCT i.uid) AS works\n  FROM item_goals g JOIN items i ON i.uid = g.uid\n"
        f" WHERE g.selected = 1\n   AND {seen}",
        "selected": "SELECT count(DISTINCT i.uid) AS works\n  FROM item_goals g JOIN items i ON i.uid = g.uid\n"
        f" WHERE {chosen}",
        "goals": goal_of.format("") % "count(*) AS works" + "\n GROUP BY g.goal",
        "groups": "SELECT coalesce(c.partner_group, 'unknown') AS partner_group, count(DISTINCT i.uid) AS works\n"
        "  FROM item_goals g JOIN items i ON i.uid = g.uid LEFT JOIN item_countries c ON c.uid = i.uid\n"
        f" WHERE {chosen}\n GROUP BY 1",
        "countries": goal_of.format(" LEFT JOIN item_countries c ON c.uid = i.uid")
        % "coalesce(c.country, 'unknown') AS country, count(*) AS works"
        + "\n GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2",
        "works": goal_of.format("") % "g.probability, i.uid, i.title" + "\n ORDER BY g.goal, g.probability DESC, i.uid",
        "trend": "SELECT g.goal, i.iso_week, count(*) AS works\n  FROM item_goals g JOIN items i ON i.uid = g.uid\n"
        f" WHERE g.selected = 1 AND i.withdrawn = 0 AND i.iso_week >= {_text(since)} "
        f"AND i.first_seen < {_text(stamp(window.until))}\n"
        f"   AND {_NEWS}\n GROUP BY 1, 2 ORDER BY 1, 2",
        "feeds": "SELECT feed, status, seen, new, error, started_at\n  FROM fetch_ledger\n"
        f" WHERE started_at >= {_text(stamp(window.since))} AND started_at < {_text(stamp(window.until))}\n"
        " ORDER BY feed, started_at",
    }


_SAID = (
    "EXISTS (SELECT 1 FROM labels l WHERE l.item_id = i.id AND l.facet = 'goal' AND l.label = g.goal\n"
    f"                AND {STANDS.format('l.decision_id')})"
)
"""People's word counts whatever probability was asked for."""

_NEWS = "NOT EXISTS (SELECT 1 FROM entries e WHERE e.item_id = i.id AND e.backlog = 1 AND e.first_seen = i.first_seen)"
"""Old stock that a feed brings at once is no news."""


def _seen(window: Window) -> str:
    return (
        f"i.first_seen >= {_text(stamp(window.since))} AND i.first_seen < {_text(stamp(window.until))} "
        f"AND i.withdrawn = 0\n   AND {_NEWS}"
    )


def _carry(goals: Sequence[str], minimum: float) -> str:
    least = f"\n   AND (g.probability >= {minimum!r} OR {_SAID})" if minimum else ""
    return f"g.selected = 1 AND g.goal IN ({', '.join(map(_text, goals)) or 'NULL'}){least}"


def _from(places: Sequence[str]) -> str:
    """Whether a place of the work, or its group, is among `places`; a work without any place is `unknown`."""
    if not places:
        return ""
    names = ", ".join(map(_text, places))
    one = f"EXISTS (SELECT 1 FROM item_countries p WHERE p.uid = i.uid AND (p.country IN ({names}) OR " + (
        f"p.partner_group IN ({names})))"
    )
    none = " OR NOT EXISTS (SELECT 1 FROM item_countries p WHERE p.uid = i.uid)" if "unknown" in places else ""
    return f"\n   AND ({one}{none})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
