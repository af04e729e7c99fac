-- Every country that is shown can be traced to a piece of evidence that still holds, or to what a person said and stands.
SELECT i.uid, o.country FROM origins o JOIN items i ON i.id = o.item_id
 WHERE i.origin_state IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM evidence e
                    WHERE e.item_id = o.item_id AND e.country = o.country AND e.superseded_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM decisions d, json_each(d.countries) c
                    WHERE o.method = 'person' AND d.item_id = o.item_id AND d.what = 'origin' AND c.value = o.country
                      AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id));
