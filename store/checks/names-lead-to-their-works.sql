-- The record that gave a work its name is one of that work's.
SELECT i.uid FROM items i JOIN item_names n ON n.uid = i.uid JOIN entries e ON e.id = n.entry_id WHERE e.item_id IS NOT i.id;
