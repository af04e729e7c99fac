"""The views of what reviewers decide (docs/views.md); they came with migration m016."""

from __future__ import annotations

STANDS = "NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = {})"
"""Whether the decision of that id was not taken back."""

_LATEST = f"""
          WITH said AS (
              SELECT item_id, 'goal' AS about, label, reviewer, iif(holds, 'yes', 'no') AS answer, decision_id AS place
                FROM labels l WHERE facet = 'goal' AND {STANDS.format("l.decision_id")}
               UNION ALL
              SELECT item_id, 'origin', '', reviewer, countries, id
                FROM decisions d WHERE what = 'origin' AND {STANDS.format("d.id")}),
          latest AS (
              SELECT item_id, about, label, reviewer, answer, max(place) AS place
                FROM said GROUP BY item_id, about, label, reviewer)"""
"""The last word of each reviewer: SQLite takes the other columns from the row that has the maximum
(https://www.sqlite.org/lang_select.html#bare_columns_in_an_aggregate_query)."""

REVIEW_VIEWS: dict[str, str] = {
    # One row for each decision, those that were taken back and the taking back included.
    "review_log": """
        CREATE VIEW review_log AS
        SELECT d.id AS decision, i.uid AS uid, d.what AS what,
               (SELECT json_group_object(l.label, l.holds) FROM labels l WHERE l.decision_id = d.id) AS goals,
               d.countries AS countries, d.useful AS useful,
               (SELECT max(l.confidence) FROM labels l WHERE l.decision_id = d.id) AS confidence,
               d.reviewer AS reviewer, d.model AS model, d.through AS through, d.decided_at AS decided_at,
               d.undoes AS undoes, u.decided_at AS undone_at, d.note AS note
          FROM decisions d
          JOIN items i ON i.id = d.item_id
          LEFT JOIN decisions u ON u.undoes = d.id""",
    # One row for each goal of a work, or its origin, on which the last words of reviewers differ.
    "review_disagreements": f"""
        CREATE VIEW review_disagreements AS{_LATEST}
        SELECT i.uid AS uid, l.about AS about, l.label AS label, json_group_object(l.reviewer, l.answer) AS said,
               l.answer AS counts, max(l.place) AS decision
          FROM latest l JOIN items i ON i.id = l.item_id
         GROUP BY l.item_id, l.about, l.label
        HAVING count(DISTINCT l.answer) > 1""",
}
