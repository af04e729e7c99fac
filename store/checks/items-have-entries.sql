-- Every work came from somewhere.
SELECT uid FROM items i WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.item_id = i.id);
