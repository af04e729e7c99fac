-- A name that was merged away, and not taken back, still leads to a work.
SELECT m.uid, m.into_uid FROM merges m
 WHERE m.undone_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM item_names n JOIN entries e ON e.id = n.entry_id WHERE n.uid = m.uid AND e.item_id IS NOT NULL);
