-- Mail programs know a message that comes twice by its id.
SELECT message_id, count(*) AS deliveries FROM deliveries GROUP BY message_id HAVING count(DISTINCT digest_id || ' ' || recipient) > 1;
