-- Whole and fractional counts of countries rest on this.
SELECT uid, sum(fraction) AS total FROM item_countries GROUP BY uid HAVING total > 1.000001;
