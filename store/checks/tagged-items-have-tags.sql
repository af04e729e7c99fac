-- An item marked as tagged has the tagging it was marked for.
SELECT uid FROM items i
 WHERE tagged IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM taggings g WHERE g.item_id = i.id AND g.model = i.tagged AND g.content = i.content);
