-- Whoever is said to be somewhere is an author of the work.
SELECT uid, author, country FROM item_places p
 WHERE author IS NOT NULL AND NOT EXISTS (SELECT 1 FROM authors a WHERE a.item_id = p.item_id AND a.position = p.author);
