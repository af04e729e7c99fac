"""Views that say why records are one work, and what it was called (docs/views.md)."""

from __future__ import annotations

_RECORDS = """
          JOIN entries a ON a.id = l.entry_id
          JOIN entries b ON b.id = l.other_id
          JOIN items i ON i.id = a.item_id
          JOIN items j ON j.id = b.item_id"""

_NAMES = """
        SELECT i.uid AS uid, a.feed AS feed, a.key AS key,
               b.feed AS other_feed, b.key AS other_key, j.uid AS other_uid,"""

LINK_VIEWS: dict[str, str] = {
    # Links and rulings are joined apart, so that SQLite finds those of one work by its records.
    "item_links": f"""
        CREATE VIEW item_links AS{_NAMES}
               l.kind AS kind, l.score AS score, l.evidence AS evidence, l.rules AS rules, l.linked_at AS linked_at
          FROM links l{_RECORDS}
         UNION ALL{_NAMES}
               iif(l.same, 'person', 'person-apart'), NULL, l.reason, NULL, l.ruled_at
          FROM rulings l{_RECORDS}""",
    "item_merges": """
        CREATE VIEW item_merges AS
        SELECT uid, into_uid, kind, score, reason, rules, merged_at, undone_at FROM merges""",
}
