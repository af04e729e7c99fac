"""The views of what was looked at and what may have been missed (docs/views.md); they came with migration m010."""

from __future__ import annotations

COVERAGE_VIEWS: dict[str, str] = {
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
               next_due, coalesce(stopped, last_error) AS last_error,
               (SELECT count(*) FROM windows w WHERE w.feed = name AND w.state = 'open') AS open_windows,
               (SELECT count(*) FROM windows w WHERE w.feed = name AND w.state = 'given-up') AS given_up,
               (SELECT count(*) FROM misses m WHERE m.feed = name AND m.state = 'open') AS possibly_missed,
               coalesce((SELECT f.refused FROM fetches f WHERE f.feed = name ORDER BY f.id DESC LIMIT 1), 0) AS refused,
               stopped IS NOT NULL AS stopped,
               CASE WHEN moved_seen >= 3 THEN moved_to END AS moved_to
          FROM feeds
         WHERE kind != 'route'""",
    "fetch_ledger": """
        CREATE VIEW fetch_ledger AS
        SELECT feed, kind, window_since, window_until, announced AS expected, seen, new, changed, deleted,
               requests, bytes, state AS status, error, started_at, finished_at, refused, backlog, http_status
          FROM fetches""",
    "coverage_windows": """
        CREATE VIEW coverage_windows AS
        SELECT w.feed AS feed, f.kind AS kind, w.since AS since, w.until AS until, w.state AS state,
               w.cause AS cause, w.reason AS reason, w.tries AS tries, w.announced AS expected, w.seen AS seen,
               w.opened_at AS opened_at, w.next_at AS next_at, w.settled_at AS settled_at
          FROM windows w JOIN feeds f ON f.name = w.feed""",
    "coverage_misses": """
        CREATE VIEW coverage_misses AS
        SELECT m.feed AS feed, m.seen_by AS seen_by, m.key AS key, i.uid AS uid, i.title AS title,
               m.state AS state, m.noticed_at AS noticed_at, m.tries AS tries, m.settled_at AS settled_at,
               m.reason AS reason
          FROM misses m
          LEFT JOIN entries e ON e.feed = m.seen_by AND e.key = m.key
          LEFT JOIN items i ON i.id = e.item_id""",
    "coverage_day": """
        CREATE VIEW coverage_day AS
        SELECT substr(started_at, 1, 10) AS day, feed, kind, count(*) AS fetches,
               sum(state IN ('ok', 'unchanged', 'empty')) AS good, sum(announced) AS expected, sum(seen) AS seen,
               sum(new) AS new, sum(changed) AS changed, sum(refused) AS refused, sum(backlog) AS backlog,
               sum(requests) AS requests
          FROM fetches
         GROUP BY substr(started_at, 1, 10), feed, kind""",
}
