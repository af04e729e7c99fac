"""The views that analysts query: names and columns are a contract (docs/views.md)."""

from __future__ import annotations

from monitor.store.review_views import STANDS

DAY = "substr(coalesce(i.published, min(i.year || '-12-31', i.first_seen), i.first_seen), 1, 10)"
"""Day of item `i`, by which partners are told: of its publication; where records tell the year alone, the last day of
it by which the item was there; else of its first sight."""


def _group(place: str) -> str:
    """Group of the country or body in column `place`.country on the day of item `i`."""
    return f"""
               coalesce(
                   (SELECT p.group_name FROM partners p
                     WHERE p.country = {place}.country AND p.since <= {DAY}
                       AND (p.until IS NULL OR {DAY} < p.until)),
                   'other')"""


_PLACE = f"""
        SELECT i.id AS item_id, i.uid AS uid, o.author AS author, o.country AS country, {_group("o")} AS partner_group,
               o.institution AS institution, o.fraction AS fraction, o.method AS method, o.confidence AS confidence,
               o.evidence AS evidence"""

_COUNTRY = f"""
        SELECT i.uid AS uid, o.country AS country, sum(o.fraction) AS fraction, {_group("o")} AS partner_group,
               o.method AS method, max(o.confidence) AS confidence, o.evidence AS evidence"""

_SEEN = "EXISTS (SELECT 1 FROM lens_places l WHERE l.item_id = i.id)"
"""Whether the lens sees the origins of item `i` otherwise than they were found."""

_OWN = f"""
                   (SELECT country, fraction FROM origins o WHERE o.item_id = i.id AND NOT {_SEEN}
                     UNION ALL
                    SELECT country, fraction FROM lens_places o WHERE o.item_id = i.id)"""
"""Places of item `i`. It does not read item_places, which SQLite would put together for all items anew for each."""

_GROUPS = f"(SELECT {_group('place')} AS grp FROM (SELECT DISTINCT country FROM {_OWN}) place)"
"""One row for each place of item `i`."""

_KIND = """
               CASE WHEN count(*) = 0 THEN 'unknown'
                    WHEN count(*) = 1 THEN iif(sum(grp = 'home'), 'domestic', 'single-country')
                    WHEN sum(grp = 'home') THEN
                        CASE WHEN sum(grp = 'partner') THEN 'home-partner'
                             WHEN sum(grp = 'ec') THEN 'home-ec'
                             ELSE 'home-other' END
                    WHEN sum(grp = 'partner') > 1 THEN 'partner-partner'
                    WHEN sum(grp = 'partner') AND sum(grp = 'ec') THEN 'partner-ec'
                    WHEN sum(grp = 'partner') THEN 'partner-other'
                    WHEN sum(grp = 'ec') THEN 'ec-other'
                    ELSE 'other-other' END"""
"""Kind of collaboration, of the groups of a work's places: the first that holds, as `monitor.types.collaboration`."""

_CHOSEN = """
          WITH chosen AS MATERIALIZED (
              SELECT i.id AS item_id, i.iso_week AS iso_week, g.goal AS goal
                FROM item_goals g JOIN items i ON i.uid = g.uid
               WHERE g.selected = 1 AND i.withdrawn = 0),
          found AS MATERIALIZED (
              SELECT c.item_id AS item_id, c.iso_week AS iso_week, c.goal AS goal, p.country AS country,
                     p.partner_group AS partner_group, p.institution AS institution, p.fraction AS fraction
                FROM chosen c JOIN item_places p ON p.item_id = c.item_id),
          rest AS MATERIALIZED (
              SELECT c.item_id AS item_id, c.iso_week AS iso_week, c.goal AS goal,
                     1 - coalesce(sum(f.fraction), 0) AS fraction, count(DISTINCT f.country) AS places
                FROM chosen c LEFT JOIN found f ON f.item_id = c.item_id AND f.goal = c.goal
               GROUP BY c.item_id, c.goal),
          totals AS MATERIALIZED (
              SELECT iso_week, goal, count(*) AS works, sum(places = 0) AS unknown FROM rest GROUP BY iso_week, goal)"""
"""Works by goal: `chosen` carry it, `found` are their places, `rest` the share of authors whose place is not known
and the number of places that are."""

_LEAST = 0.000001
"""Shares below it come from adding up fractions."""

VIEWS: dict[str, str] = {
    # The latest tagging of each item by the model that tagged it last; people's latest labels win.
    "item_goals": f"""
        CREATE VIEW item_goals AS
        SELECT i.uid AS uid,
               t.label AS goal,
               t.probability AS probability,
               coalesce(
                   (SELECT l.holds FROM labels l
                     WHERE l.item_id = i.id AND l.facet = t.facet AND l.label = t.label
                       AND {STANDS.format("l.decision_id")}
                     ORDER BY l.id DESC LIMIT 1),
                   t.selected) AS selected,
               g.model AS model,
               t.evidence AS evidence
          FROM items i
          JOIN taggings g ON g.item_id = i.id AND g.model = i.tagged AND g.content = i.content
          JOIN tags t ON t.tagging_id = g.id
         WHERE t.facet = 'goal'""",
    # Origins as the lens sees them: one row for each author and place.
    "item_places": f"""
        CREATE VIEW item_places AS{_PLACE}
          FROM items i JOIN origins o ON o.item_id = i.id
         WHERE NOT {_SEEN}
         UNION ALL{_PLACE}
          FROM items i JOIN lens_places o ON o.item_id = i.id""",
    # One row for each place of an item: the shares of its authors added up, the surest evidence shown. It groups the
    # halves of item_places apart, so that SQLite takes a work by its uid and does not group all works to find one.
    "item_countries": f"""
        CREATE VIEW item_countries AS{_COUNTRY}
          FROM items i JOIN origins o ON o.item_id = i.id
         WHERE NOT {_SEEN}
         GROUP BY i.uid, o.country
         UNION ALL{_COUNTRY}
          FROM items i JOIN lens_places o ON o.item_id = i.id
         GROUP BY i.uid, o.country""",
    "item_overview": f"""
        CREATE VIEW item_overview AS
        SELECT i.uid AS uid, i.title AS title, i.published AS published, i.first_seen AS first_seen,
               i.venue AS venue, i.type AS type,
               (SELECT value FROM identifiers d WHERE d.item_id = i.id AND d.scheme = 'doi' ORDER BY value LIMIT 1)
                   AS doi,
               (SELECT value FROM identifiers d WHERE d.item_id = i.id AND d.scheme = 'arxiv' ORDER BY value LIMIT 1)
                   AS arxiv_id,
               i.url AS url,
               (SELECT json_group_array(goal) FROM
                   (SELECT goal FROM item_goals g WHERE g.uid = i.uid AND g.selected = 1
                     ORDER BY g.probability DESC, g.goal)) AS goals,
               (SELECT goal FROM item_goals g WHERE g.uid = i.uid AND g.selected = 1
                 ORDER BY g.probability DESC, g.goal LIMIT 1) AS top_goal,
               (SELECT probability FROM item_goals g WHERE g.uid = i.uid AND g.selected = 1
                 ORDER BY g.probability DESC, g.goal LIMIT 1) AS top_probability,
               (SELECT json_group_array(country) FROM
                   (SELECT country FROM {_OWN} GROUP BY country ORDER BY sum(fraction) DESC, country)) AS countries,
               (SELECT CASE WHEN sum(grp = 'partner') THEN 'partner' WHEN sum(grp = 'ec') THEN 'ec'
                            WHEN sum(grp = 'home') THEN 'home' WHEN count(*) THEN 'other' ELSE 'unknown' END
                  FROM {_GROUPS}) AS partner_group,
               (SELECT {_KIND}
                  FROM {_GROUPS}) AS collaboration,
               (SELECT json_group_array(feed) FROM
                   (SELECT DISTINCT feed FROM entries e WHERE e.item_id = i.id ORDER BY feed)) AS feeds
          FROM items i
         WHERE i.withdrawn = 0""",
    "goal_country_week": f"""
        CREATE VIEW goal_country_week AS{_CHOSEN}
        SELECT iso_week, goal, country, count(DISTINCT item_id) AS items, sum(fraction) AS fractional_items
          FROM found GROUP BY iso_week, goal, country
         UNION ALL
        SELECT iso_week, goal, 'unknown', sum(places = 0), sum(max(fraction, 0))
          FROM rest GROUP BY iso_week, goal HAVING sum(fraction) > {_LEAST}""",
    "goal_group_week": f"""
        CREATE VIEW goal_group_week AS{_CHOSEN},
          counted AS (
              SELECT iso_week, goal, partner_group, count(DISTINCT item_id) AS items, sum(fraction) AS fractional_items
                FROM found GROUP BY iso_week, goal, partner_group
               UNION ALL
              SELECT iso_week, goal, 'unknown', sum(places = 0), sum(max(fraction, 0))
                FROM rest GROUP BY iso_week, goal)
        SELECT n.iso_week AS iso_week, n.goal AS goal, n.partner_group AS partner_group, n.items AS items,
               n.fractional_items AS fractional_items, t.works AS works, n.fractional_items / t.works AS share
          FROM counted n JOIN totals t ON t.iso_week = n.iso_week AND t.goal = n.goal""",
    "goal_country_institutions": f"""
        CREATE VIEW goal_country_institutions AS{_CHOSEN},
          counted AS (
              SELECT goal, country, coalesce(institution, 'unknown') AS institution, count(DISTINCT item_id) AS items,
                     sum(fraction) AS fractional_items
                FROM found GROUP BY goal, country, coalesce(institution, 'unknown')
               UNION ALL
              SELECT goal, 'unknown', 'unknown', sum(places = 0), sum(max(fraction, 0))
                FROM rest GROUP BY goal HAVING sum(fraction) > {_LEAST}),
          named AS (
              SELECT goal, country, sum(iif(institution = 'unknown', fractional_items, 0)) AS nameless,
                     sum(fractional_items) AS fractional_items
                FROM counted GROUP BY goal, country)
        SELECT c.goal AS goal, c.country AS country, c.institution AS institution, c.items AS items,
               c.fractional_items AS fractional_items, n.nameless / n.fractional_items AS unknown_share, i.name AS name
          FROM counted c JOIN named n ON n.goal = c.goal AND n.country = c.country
          LEFT JOIN institutions i ON i.id = c.institution""",
    # A work with several places has one pair for each two of them, one with a single place stands on the diagonal.
    # The outer join has SQLite index the places of each work; with an inner one it compares all works with all.
    "collaboration_matrix": f"""
        CREATE VIEW collaboration_matrix AS{_CHOSEN},
          placed AS MATERIALIZED (
              SELECT item_id, iso_week, goal, country, partner_group,
                     printf('%02d', instr('home partner ec other', partner_group)) || country AS place
                FROM found GROUP BY item_id, goal, country),
          pairs AS (
              SELECT a.iso_week AS iso_week, a.goal AS goal, a.country AS country_a, a.partner_group AS group_a,
                     coalesce(b.country, a.country) AS country_b, coalesce(b.partner_group, a.partner_group) AS group_b,
                     CASE WHEN r.places > 1 THEN a.partner_group || '-' || b.partner_group
                          WHEN a.partner_group = 'home' THEN 'domestic' ELSE 'single-country' END AS kind
                FROM placed a
                JOIN rest r ON r.item_id = a.item_id AND r.goal = a.goal
                LEFT JOIN placed b ON b.item_id = a.item_id AND b.goal = a.goal AND a.place < b.place
               WHERE r.places = 1 OR b.place IS NOT NULL
               UNION ALL
              SELECT iso_week, goal, 'unknown', 'unknown', 'unknown', 'unknown', 'unknown' FROM rest WHERE places = 0)
        SELECT p.iso_week AS iso_week, p.goal AS goal, p.country_a AS country_a, p.group_a AS group_a,
               p.country_b AS country_b, p.group_b AS group_b, p.kind AS kind, count(*) AS items,
               t.unknown * 1.0 / t.works AS unknown_share
          FROM pairs p JOIN totals t ON t.iso_week = p.iso_week AND t.goal = p.goal
         GROUP BY p.iso_week, p.goal, p.country_a, p.country_b, p.group_a, p.group_b, p.kind""",
    "delivery_log": """
        CREATE VIEW delivery_log AS
        SELECT d.subscriber || ' ' || d.iso_week AS digest, v.output AS output, v.recipient AS recipient,
               v.state AS state, v.attempts AS attempts, v.message_id AS message_id, v.error AS error,
               v.next_at AS next_at, v.sent_at AS sent_at, v.queued_at AS queued_at, v.bounced_at AS bounced_at
          FROM deliveries v JOIN digests d ON d.id = v.digest_id""",
}
