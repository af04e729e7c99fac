-- Times sort as text only in one form: UTC, whole seconds, ending in Z.
WITH stamps(place, stamp) AS (
    SELECT 'alarms.raised_at', raised_at FROM alarms
     UNION ALL
    SELECT 'alarms.told_at', told_at FROM alarms
     UNION ALL
    SELECT 'decisions.decided_at', decided_at FROM decisions
     UNION ALL
    SELECT 'deliveries.queued_at', queued_at FROM deliveries
     UNION ALL
    SELECT 'deliveries.next_at', next_at FROM deliveries
     UNION ALL
    SELECT 'deliveries.leased_until', leased_until FROM deliveries
     UNION ALL
    SELECT 'deliveries.sent_at', sent_at FROM deliveries
     UNION ALL
    SELECT 'deliveries.bounced_at', bounced_at FROM deliveries
     UNION ALL
    SELECT 'digests.window_since', window_since FROM digests
     UNION ALL
    SELECT 'digests.window_until', window_until FROM digests
     UNION ALL
    SELECT 'digests.made_at', made_at FROM digests
     UNION ALL
    SELECT 'entries.first_seen', first_seen FROM entries
     UNION ALL
    SELECT 'entries.last_seen', last_seen FROM entries
     UNION ALL
    SELECT 'evidence.fetched_at', fetched_at FROM evidence
     UNION ALL
    SELECT 'evidence.superseded_at', superseded_at FROM evidence
     UNION ALL
    SELECT 'feeds.added_at', added_at FROM feeds
     UNION ALL
    SELECT 'feeds.next_due', next_due FROM feeds
     UNION ALL
    SELECT 'feeds.last_ok', last_ok FROM feeds
     UNION ALL
    SELECT 'feeds.last_new', last_new FROM feeds
     UNION ALL
    SELECT 'feeds.asked_until', asked_until FROM feeds
     UNION ALL
    SELECT 'fetches.started_at', started_at FROM fetches
     UNION ALL
    SELECT 'fetches.finished_at', finished_at FROM fetches
     UNION ALL
    SELECT 'fetches.window_since', window_since FROM fetches
     UNION ALL
    SELECT 'fetches.window_until', window_until FROM fetches
     UNION ALL
    SELECT 'items.published', published FROM items
     UNION ALL
    SELECT 'items.updated', updated FROM items
     UNION ALL
    SELECT 'items.first_seen', first_seen FROM items
     UNION ALL
    SELECT 'labels.labelled_at', labelled_at FROM labels
     UNION ALL
    SELECT 'links.linked_at', linked_at FROM links
     UNION ALL
    SELECT 'lookups.asked_at', asked_at FROM lookups
     UNION ALL
    SELECT 'lookups.retry_at', retry_at FROM lookups
     UNION ALL
    SELECT 'merges.merged_at', merged_at FROM merges
     UNION ALL
    SELECT 'merges.undone_at', undone_at FROM merges
     UNION ALL
    SELECT 'misses.noticed_at', noticed_at FROM misses
     UNION ALL
    SELECT 'misses.next_at', next_at FROM misses
     UNION ALL
    SELECT 'misses.settled_at', settled_at FROM misses
     UNION ALL
    SELECT 'publications.asked_at', asked_at FROM publications
     UNION ALL
    SELECT 'subscriptions.began_at', began_at FROM subscriptions
     UNION ALL
    SELECT 'subscriptions.ended_at', ended_at FROM subscriptions
     UNION ALL
    SELECT 'rests.since', since FROM rests
     UNION ALL
    SELECT 'rests.ended_at', ended_at FROM rests
     UNION ALL
    SELECT 'revisions.updated', updated FROM revisions
     UNION ALL
    SELECT 'revisions.seen_at', seen_at FROM revisions
     UNION ALL
    SELECT 'rulings.ruled_at', ruled_at FROM rulings
     UNION ALL
    SELECT 'subscribers.added_at', added_at FROM subscribers
     UNION ALL
    SELECT 'subscriptions.began_at', began_at FROM subscriptions
     UNION ALL
    SELECT 'subscriptions.ended_at', ended_at FROM subscriptions
     UNION ALL
    SELECT 'taggings.tagged_at', tagged_at FROM taggings
     UNION ALL
    SELECT 'trainings.trained_at', trained_at FROM trainings
     UNION ALL
    SELECT 'windows.since', since FROM windows
     UNION ALL
    SELECT 'windows.until', until FROM windows
     UNION ALL
    SELECT 'windows.opened_at', opened_at FROM windows
     UNION ALL
    SELECT 'windows.next_at', next_at FROM windows
     UNION ALL
    SELECT 'windows.settled_at', settled_at FROM windows)
SELECT place, stamp FROM stamps
 WHERE stamp NOT GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z';
