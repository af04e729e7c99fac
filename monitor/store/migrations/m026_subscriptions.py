"""Which recipients each subscriber has and had, so that who left one is left in peace also under its next name."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.recipients import recipient_key
from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction.

    Of what came before, whoever was sent something or rests is known, and goals by the last digest that says them.
    The next run notes which of these feeds.yaml has no more.
    """
    db.register_function(recipient_key, deterministic=True, replace=True)
    script(
        db,
        """
        CREATE TABLE subscriptions (
            subscriber TEXT NOT NULL,
            recipient TEXT NOT NULL,
            goals TEXT NOT NULL CHECK (json_valid(goals)),
            began_at TEXT NOT NULL,
            ended_at TEXT,
            follows TEXT,
            PRIMARY KEY (subscriber, recipient)
        ) STRICT;
        CREATE INDEX subscriptions_recipient ON subscriptions(recipient);
        INSERT INTO subscriptions(subscriber, recipient, goals, began_at)
            SELECT subscriber, recipient_key(recipient),
                   coalesce((SELECT json_extract(d.asked, '$.goals') FROM digests d
                              WHERE d.subscriber = known.subscriber AND d.asked IS NOT NULL
                              ORDER BY d.id DESC LIMIT 1), '[]'), min(at)
              FROM (SELECT d.subscriber, v.recipient, d.made_at AS at
                      FROM deliveries v JOIN digests d ON d.id = v.digest_id
                    UNION ALL SELECT subscriber, recipient, since FROM rests) AS known
             GROUP BY subscriber, recipient_key(recipient);
        """,
    )
