"""The views of what became of works (docs/views.md); they came with migration m012."""

from __future__ import annotations

PUBLICATION_VIEWS: dict[str, str] = {
    # One row for each answer, so that citations can be followed over time.
    "item_publications": """
        CREATE VIEW item_publications AS
        SELECT i.uid AS uid, p.route AS route, p.asked_at AS asked_at, p.doi AS doi, p.title AS title,
               p.venue AS venue, p.type AS type, p.year AS year, p.citations AS citations
          FROM publications p
          JOIN items i ON i.id = p.item_id""",
    # Sources count differently, and none counts too much: of the newest count of each route the highest.
    "item_citations": """
        CREATE VIEW item_citations AS
        SELECT i.uid AS uid, max(p.citations) AS citations, p.route AS route, p.asked_at AS asked_at
          FROM publications p
          JOIN items i ON i.id = p.item_id
         WHERE p.citations IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM publications n
                            WHERE n.item_id = p.item_id AND n.route = p.route AND n.id > p.id
                              AND n.citations IS NOT NULL)
         GROUP BY i.uid""",
}
