-- A window that counts as answered in full saw at least as many records as the source announced.
SELECT feed, since, until, announced, seen FROM windows WHERE state = 'closed' AND announced > seen;
