-- A public name is kept with the record that gave it, so that it leads to the work for ever.
SELECT uid FROM items i WHERE NOT EXISTS (SELECT 1 FROM item_names n WHERE n.uid = i.uid);
