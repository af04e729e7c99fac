"""Views that say why records are one work, and what it was called (docs/views.md)."""

from __future__ import annotations

LINK_VIEWS: dict[str, str] = {
    "item_links": """
        CREATE VIEW item_links AS
        SELECT i.uid AS uid, a.feed AS feed, a.key AS key, b.feed AS other_feed, b.key AS other_key, j.uid AS other_uid,
               l.kind AS kind, l.score AS score, l.evidence AS evidence, l.rules AS rules, l.linked_at AS linked_at
          FROM (SELECT entry_id, other_id, kind, score, evidence, rules, linked_at FROM links
                 UNION ALL
                SELECT entry_id, other_id, iif(same, 'person', 'person-apart'), NULL, reason, NULL, ruled_at
                  FROM rulings) l
          JOIN entries a ON a.id = l.entry_id
          JOIN entries b ON b.id = l.other_id
          JOIN items i ON i.id = a.item_id
          JOIN items j ON j.id = b.item_id""",
    "item_merges": """
        CREATE VIEW item_merges AS
        SELECT uid, into_uid, kind, score, reason, rules, merged_at, undone_at FROM merges""",
}
