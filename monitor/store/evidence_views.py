"""The views of where works come from and of how that was found out (docs/views.md); they came with migration m007."""

from __future__ import annotations

EVIDENCE_VIEWS: dict[str, str] = {
    # One row for each piece of evidence, those that were replaced included.
    "item_evidence": """
        CREATE VIEW item_evidence AS
        SELECT i.uid AS uid, e.author AS author, e.name AS name, e.corresponding AS corresponding,
               e.rank AS rank, e.kind AS kind, e.country AS country, e.method AS method, e.score AS score,
               e.raw AS raw, e.words AS words, e.span_start AS span_start, e.span_end AS span_end,
               coalesce(e.ror, e.institution) AS ror, e.route AS route, e.source AS source,
               e.fetched_at AS fetched_at, e.resolver AS resolver, e.superseded_at AS superseded_at
          FROM evidence e
          JOIN items i ON i.id = e.item_id""",
    "item_origin_state": """
        CREATE VIEW item_origin_state AS
        SELECT uid, origin_state AS state, origin_covered AS covered, origin_strong AS strong,
               origin_conflicts AS conflicts
          FROM items
         WHERE withdrawn = 0 AND origin_state IS NOT NULL""",
    # What never came to an answer is counted apart from answers that held nothing.
    "route_health": """
        CREATE VIEW route_health AS
        SELECT l.route AS route,
               (SELECT state FROM lookups s WHERE s.route = l.route ORDER BY s.id DESC LIMIT 1) AS status,
               count(*) AS asked,
               sum(l.state = 'answered') AS answered, sum(l.state = 'none') AS none, sum(l.state = 'absent') AS absent,
               sum(l.state = 'refused') AS refused,
               sum(l.state IN ('throttled', 'blocked', 'failed')) AS unanswered,
               sum(julianday('now') - julianday(l.asked_at) < 1) AS last_day,
               max(CASE WHEN l.state IN ('answered', 'none', 'absent', 'refused') THEN l.asked_at END) AS last_ok,
               max(l.retry_at) AS rests_until,
               (SELECT error FROM lookups e WHERE e.route = l.route AND e.error IS NOT NULL ORDER BY e.id DESC LIMIT 1)
                   AS last_error
          FROM lookups l
         GROUP BY l.route""",
    "lookup_ledger": """
        CREATE VIEW lookup_ledger AS
        SELECT i.uid AS uid, l.route AS route, l.source AS source, l.asked_at AS asked_at, l.state AS status,
               l.statements AS statements, l.error AS error
          FROM lookups l
          JOIN items i ON i.id = l.item_id""",
}
