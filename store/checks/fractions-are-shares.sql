-- Counts of countries add them up.
SELECT uid, author, country, fraction, confidence FROM item_places
 WHERE fraction <= 0 OR fraction > 1.000001 OR confidence < 0 OR confidence > 1;
