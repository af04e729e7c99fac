-- What the lens saw of a work counts only while it is known which lens saw it.
SELECT item_id, country FROM lens_places p WHERE NOT EXISTS (SELECT 1 FROM lens_seen s WHERE s.item_id = p.item_id);
