-- Nobody gets one digest twice, whatever the output.
SELECT digest_id, recipient, count(*) AS deliveries FROM deliveries GROUP BY digest_id, recipient HAVING count(*) > 1;
