-- The ISO week is that of the Thursday of the week of the day (ISO 8601).
WITH days(place, iso_week, day) AS (
    SELECT 'items ' || uid, iso_week, first_seen FROM items
     UNION ALL
    SELECT 'digests ' || subscriber, iso_week, window_since FROM digests)
SELECT place, iso_week, day FROM days
 WHERE iso_week IS NOT printf('%s-W%02d', strftime('%Y', day, '-3 days', 'weekday 4'),
                              (strftime('%j', day, '-3 days', 'weekday 4') - 1) / 7 + 1);
