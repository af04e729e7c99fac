"""Counts for those who look around: works by goal, country, group and week, institutions, and who works with whom.

They agree with the views goal_country_week, goal_country_institutions and collaboration_matrix, which count everything
there is; these count one window and leave old stock out, as digests do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.store.connection import Connection
from monitor.store.past import CARRIED
from monitor.types import Window, stamp


@dataclass(frozen=True, slots=True)
class Choice:
    """Which works are counted; an empty field leaves everything in."""

    window: Window
    goal: str = ""
    country: str = ""
    """A country, `EU` or `unknown`."""
    group: str = ""
    """home, partner, ec, other or unknown."""


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """Works of a goal and a week that have a part in a place."""

    week: str
    goal: str
    country: str
    """`unknown` where no place is known."""
    group: str
    works: int


@dataclass(frozen=True, slots=True)
class InstitutionCount:
    """Works that have an author at an institution."""

    ror: str
    name: str
    """What the registry calls it, or its id."""
    country: str
    works: int
    authors: float
    """The sum of the shares of its authors."""


@dataclass(frozen=True, slots=True)
class PairCount:
    """Works in which two places are together."""

    one: str
    other: str
    works: int


@dataclass(frozen=True, slots=True)
class Told:
    """A work in a list."""

    uid: str
    title: str
    first_seen: str
    goal: str
    """The likeliest of the goals that were asked for."""
    probability: float
    places: tuple[str, ...]


class Exploration:
    """Questions about works that carry a goal."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def places(self, choice: Choice) -> list[PlaceCount]:
        """How many works of each week and goal have a part in each place; several places count several times."""
        rows = self._db.rows(
            f"""{_placed(choice)}
                SELECT iso_week, goal, country, partner_group, count(DISTINCT item_id) AS works FROM placed
                 GROUP BY iso_week, goal, country, partner_group ORDER BY iso_week, goal, country""",
            _values(choice),
        )
        return [PlaceCount(r["iso_week"], r["goal"], r["country"], r["partner_group"], r["works"]) for r in rows]

    def totals(self, choice: Choice) -> dict[str, dict[str, int]]:
        """goal → ISO week → works, each counted once whatever its places."""
        found: dict[str, dict[str, int]] = {}
        for r in self._db.rows(
            f"""{_placed(choice)}
                SELECT goal, iso_week, count(DISTINCT item_id) AS works FROM placed GROUP BY goal, iso_week""",
            _values(choice),
        ):
            found.setdefault(r["goal"], {})[r["iso_week"]] = r["works"]
        return found

    def works(self, choice: Choice) -> int:
        """How many works there are, each counted once."""
        sql = f"{_placed(choice)} SELECT count(DISTINCT item_id) FROM placed"
        return int(self._db.value(sql, _values(choice)))

    def groups(self, choice: Choice) -> dict[str, int]:
        """Group → works, each counted once: for a partner where it has a part, else for the EU, home, others."""
        rows = self._db.rows(
            f"""{_placed(choice)},
                ranked AS (SELECT item_id, min(instr('partner ec home other unknown', partner_group)) AS rank
                             FROM placed GROUP BY item_id)
                SELECT rank, count(*) AS works FROM ranked GROUP BY rank""",
            _values(choice),
        )
        names = {1: "partner", 9: "ec", 12: "home", 17: "other", 23: "unknown"}
        return {names[r["rank"]]: r["works"] for r in rows}

    def institutions(self, choice: Choice, most: int) -> list[InstitutionCount]:
        """The institutions with most works; authors whose institution is not certain count for none."""
        rows = self._db.rows(
            f"""{_placed(choice)}
                SELECT p.institution AS ror, coalesce(n.name, p.institution) AS name, p.country AS country,
                       count(DISTINCT p.item_id) AS works, sum(p.fraction) AS authors
                  FROM (SELECT DISTINCT item_id, author, country, institution, fraction FROM placed
                         WHERE institution IS NOT NULL) p
                  LEFT JOIN institutions n ON n.id = p.institution
                 GROUP BY p.institution, p.country ORDER BY works DESC, authors DESC, name LIMIT ?""",
            (*_values(choice), most),
        )
        return [InstitutionCount(r["ror"], r["name"], r["country"], r["works"], r["authors"]) for r in rows]

    def pairs(self, choice: Choice, most: int) -> list[PairCount]:
        """The pairs of places that are most often together in a work of which one of them is asked for."""
        rows = self._db.rows(
            f"""{_placed(choice)},
                own AS MATERIALIZED (SELECT DISTINCT item_id, country FROM placed),
                whole AS MATERIALIZED (SELECT DISTINCT item_id, country FROM known)
                SELECT min(a.country, b.country) AS one, max(a.country, b.country) AS other,
                       count(DISTINCT a.item_id) AS works
                  FROM own a JOIN whole b ON b.item_id = a.item_id AND b.country != a.country
                 GROUP BY 1, 2 ORDER BY works DESC, one, other LIMIT ?""",
            (*_values(choice), most),
        )
        return [PairCount(r["one"], r["other"], r["works"]) for r in rows]

    def best(self, choice: Choice, most: int, start: int = 0) -> list[Told]:
        """The works that most probably carry the goal, or any, and where they come from."""
        rows = self._db.rows(
            f"""{_placed(choice)},
                found AS (SELECT item_id, goal, max(probability) AS probability FROM placed GROUP BY item_id)
                SELECT i.uid, i.title, i.first_seen, f.goal, f.probability,
                       (SELECT group_concat(country, ' ') FROM
                           (SELECT country FROM known p WHERE p.item_id = i.id
                             GROUP BY country ORDER BY sum(fraction) DESC, country)) AS places
                  FROM found f JOIN items i ON i.id = f.item_id
                 ORDER BY f.probability DESC, i.uid LIMIT ? OFFSET ?""",
            (*_values(choice), most, start),
        )
        return [
            Told(r["uid"], r["title"], r["first_seen"], r["goal"], r["probability"], tuple((r["places"] or "").split()))
            for r in rows
        ]


def _placed(choice: Choice) -> str:
    """One row a work, goal, author and place; works of unknown place have one of their own.

    `known` has all places of the works, also those that were not asked for. An outer join in its place would have
    SQLite put item_places together for every work there is.
    """
    goal = " WHERE goal = ?" if choice.goal else ""
    where = " AND ".join(
        clause for clause, asked in (("country = ?", choice.country), ("partner_group = ?", choice.group)) if asked
    )
    return f"""{CARRIED},
        asked AS MATERIALIZED (SELECT item_id, uid, iso_week, goal, probability FROM carried{goal}),
        some AS MATERIALIZED (SELECT DISTINCT item_id FROM asked),
        known AS MATERIALIZED (
            SELECT s.item_id, p.author, p.country, p.partner_group, p.institution, p.fraction
              FROM some s JOIN item_places p ON p.item_id = s.item_id),
        everywhere AS (
            SELECT * FROM known
             UNION ALL
            SELECT item_id, NULL, 'unknown', 'unknown', NULL, NULL FROM some
             WHERE item_id NOT IN (SELECT item_id FROM known)),
        placed AS MATERIALIZED (
            SELECT a.item_id, a.uid, a.iso_week, a.goal, a.probability, e.author, e.country, e.partner_group,
                   e.institution, e.fraction
              FROM everywhere e JOIN asked a ON a.item_id = e.item_id{f" WHERE {where}" if where else ""})"""


def _values(choice: Choice) -> Sequence[str]:
    asked = (choice.goal, choice.country, choice.group)
    return (stamp(choice.window.since), stamp(choice.window.until), *(value for value in asked if value))
