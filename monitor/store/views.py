"""The views that analysts query: names and columns are a contract (docs/views.md)."""

from __future__ import annotations

_GROUP = """
                   coalesce(
                       (SELECT p.group_name FROM partners p
                         WHERE p.country = o.country
                           AND p.since <= substr(coalesce(i.published, i.first_seen), 1, 10)
                           AND (p.until IS NULL OR substr(coalesce(i.published, i.first_seen), 1, 10) < p.until)),
                       'other')"""
"""Group of the country of origin `o` on the day of item `i`."""

_GROUPS = f"(SELECT {_GROUP} AS grp FROM origins o WHERE o.item_id = i.id GROUP BY o.country)"
"""One row for each country of item `i`. It reads the table and not the view item_countries, which SQLite would add up
for all items anew for each of them."""

VIEWS: dict[str, str] = {
    # The latest tagging of each item by the model that tagged it last; people's latest labels win.
    "item_goals": """
        CREATE VIEW item_goals AS
        SELECT i.uid AS uid,
               t.label AS goal,
               t.probability AS probability,
               coalesce(
                   (SELECT l.holds FROM labels l
                     WHERE l.item_id = i.id AND l.facet = t.facet AND l.label = t.label
                     ORDER BY l.id DESC LIMIT 1),
                   t.selected) AS selected,
               g.model AS model,
               t.evidence AS evidence
          FROM items i
          JOIN taggings g ON g.item_id = i.id AND g.model = i.tagged AND g.content = i.content
          JOIN tags t ON t.tagging_id = g.id
         WHERE t.facet = 'goal'""",
    # One row for each country of an item: the shares of its authors added up, the surest evidence shown.
    "item_countries": f"""
        CREATE VIEW item_countries AS
        SELECT i.uid AS uid,
               o.country AS country,
               sum(o.fraction) AS fraction,
               {_GROUP} AS partner_group,
               o.method AS method,
               max(o.confidence) AS confidence,
               o.evidence AS evidence
          FROM items i
          JOIN origins o ON o.item_id = i.id
         GROUP BY i.id, o.country""",
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
                   (SELECT o.country FROM origins o WHERE o.item_id = i.id
                     GROUP BY o.country ORDER BY sum(o.fraction) DESC, o.country)) AS countries,
               (SELECT CASE WHEN sum(grp = 'partner') THEN 'partner' WHEN sum(grp = 'ec') THEN 'ec'
                            WHEN sum(grp = 'home') THEN 'home' WHEN count(*) THEN 'other' ELSE 'unknown' END
                  FROM {_GROUPS}) AS partner_group,
               (SELECT CASE WHEN count(*) < 2 THEN NULL
                            WHEN sum(grp = 'home') AND sum(grp = 'partner') THEN 'home-partner'
                            WHEN sum(grp = 'home') THEN 'home-other'
                            WHEN sum(grp = 'partner') > 1 THEN 'partner-partner'
                            WHEN sum(grp = 'partner') THEN 'partner-other'
                            ELSE 'other-other' END
                  FROM {_GROUPS}) AS collaboration,
               (SELECT json_group_array(feed) FROM
                   (SELECT DISTINCT feed FROM entries e WHERE e.item_id = i.id ORDER BY feed)) AS feeds
          FROM items i
         WHERE i.withdrawn = 0""",
    "goal_country_week": """
        CREATE VIEW goal_country_week AS
        SELECT i.iso_week AS iso_week, g.goal AS goal, c.country AS country,
               count(*) AS items, sum(c.fraction) AS fractional_items
          FROM item_goals g
          JOIN items i ON i.uid = g.uid AND i.withdrawn = 0
          JOIN item_countries c ON c.uid = g.uid
         WHERE g.selected = 1
         GROUP BY i.iso_week, g.goal, c.country
        UNION ALL
        SELECT i.iso_week, g.goal, 'unknown', count(*), cast(count(*) AS REAL)
          FROM item_goals g
          JOIN items i ON i.uid = g.uid AND i.withdrawn = 0
         WHERE g.selected = 1 AND NOT EXISTS (SELECT 1 FROM origins o WHERE o.item_id = i.id)
         GROUP BY i.iso_week, g.goal""",
    # A feed that has not come back well for three times its rhythm is stale, whatever its last answer was.
    "feed_health": """
        CREATE VIEW feed_health AS
        SELECT name AS feed, kind,
               CASE WHEN enabled = 0 THEN 'skipped'
                    WHEN last_state IN ('ok', 'unchanged', 'empty')
                         AND julianday('now') - julianday(last_ok) > 3.0 * every_seconds / 86400 THEN 'stale'
                    WHEN last_state IS NULL
                         AND julianday('now') - julianday(added_at) > 3.0 * every_seconds / 86400 THEN 'stale'
                    ELSE coalesce(last_state, 'skipped') END AS status,
               last_ok, last_new,
               round(julianday('now') - julianday(coalesce(last_new, added_at)), 1) AS silence_days,
               next_due, last_error
          FROM feeds""",
    "fetch_ledger": """
        CREATE VIEW fetch_ledger AS
        SELECT feed, kind, window_since, window_until, announced AS expected, seen, new, changed, deleted,
               requests, bytes, state AS status, error, started_at, finished_at
          FROM fetches""",
    "delivery_log": """
        CREATE VIEW delivery_log AS
        SELECT d.subscriber || ' ' || d.iso_week AS digest, v.output AS output, v.recipient AS recipient,
               v.state AS state, v.attempts AS attempts, v.message_id AS message_id, v.error AS error,
               v.next_at AS next_at, v.sent_at AS sent_at
          FROM deliveries v JOIN digests d ON d.id = v.digest_id""",
}
