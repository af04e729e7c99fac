-- Between two digests nothing falls through: a digest covers Monday 00:00 to Monday 00:00.
SELECT subscriber, iso_week, window_since, window_until FROM digests
 WHERE strftime('%w %H:%M:%S', window_since) != '1 00:00:00' OR julianday(window_until) - julianday(window_since) != 7;
