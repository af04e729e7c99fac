-- A fetch that calls itself good saw at least as many records as the source announced.
SELECT feed, started_at, announced, seen FROM fetches WHERE state = 'ok' AND announced > seen;
