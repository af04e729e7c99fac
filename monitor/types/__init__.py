"""The nouns of the monitor: frozen values that the rooms hand to each other.

Times are aware and in UTC. Countries are ISO 3166-1 alpha-2. An absent value is None or an empty
tuple, never a stand-in date or string.
"""

from __future__ import annotations

from monitor.types.digests import Delivery, DeliveryState, Digest, Document, Pair, Section, Shares
from monitor.types.feeds import Feed, Key, Page, Request, Response, Validators
from monitor.types.ledger import Fetch, FetchState, Gap
from monitor.types.partners import COLLABORATIONS, EU, GROUPS, Body, Partner, PartnerGroup, Partners, collaboration
from monitor.types.plain import to_json
from monitor.types.recipients import Mail, Subscriber
from monitor.types.times import Window, moment, stamp
from monitor.types.works import (
    Affiliation,
    Announcement,
    Author,
    Entry,
    Goal,
    Identifier,
    Item,
    Origin,
    Relation,
    RelationKind,
    Sent,
    Tag,
    Work,
    author_from_json,
    content_digest,
    entry_from_json,
)

__all__ = [
    "COLLABORATIONS",
    "EU",
    "GROUPS",
    "Affiliation",
    "Announcement",
    "Author",
    "Body",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Document",
    "Entry",
    "Feed",
    "Fetch",
    "FetchState",
    "Gap",
    "Goal",
    "Identifier",
    "Item",
    "Key",
    "Mail",
    "Origin",
    "Page",
    "Pair",
    "Partner",
    "PartnerGroup",
    "Partners",
    "Relation",
    "RelationKind",
    "Request",
    "Response",
    "Section",
    "Sent",
    "Shares",
    "Subscriber",
    "Tag",
    "Validators",
    "Window",
    "Work",
    "author_from_json",
    "collaboration",
    "content_digest",
    "entry_from_json",
    "moment",
    "stamp",
    "to_json",
]
