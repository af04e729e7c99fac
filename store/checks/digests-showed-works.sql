-- What a digest showed can be looked up.
SELECT digest_id, uid FROM digest_works w
 WHERE NOT EXISTS (SELECT 1 FROM item_names n WHERE n.uid = w.uid) AND NOT EXISTS (SELECT 1 FROM items i WHERE i.uid = w.uid);
