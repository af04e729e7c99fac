-- What is not in the full text is never found; `monitor db check` also compares the words.
SELECT i.id AS item_id FROM items i LEFT JOIN items_fts_docsize d ON d.id = i.id WHERE d.id IS NULL
 UNION ALL
SELECT d.id FROM items_fts_docsize d LEFT JOIN items i ON i.id = d.id WHERE i.id IS NULL;
