-- A reader must be able to check every goal that is shown.
SELECT uid, goal FROM item_goals WHERE selected = 1 AND evidence = '[]' AND probability > 0
   AND uid NOT IN (SELECT i.uid FROM labels l JOIN items i ON i.id = l.item_id);
