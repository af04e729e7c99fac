"""Which records are about one work, and what the work is then. Pure; the store and the step `link` remember it.

`signature` takes from a record what tells works apart, `blocks` under which keys it is filed, `compare` why two records
that meet there are one work, `group` which records make up a work, `merge` what they say together.
"""

from __future__ import annotations

from monitor.identity.blocks import CROWD, blocks
from monitor.identity.compare import RULES, Link, Signature, compare, contradiction, same_work, signature
from monitor.identity.names import SCHEMES, identifiers, work_name
from monitor.identity.record import content, merge, uids
from monitor.identity.titles import title_key
from monitor.identity.works import Pair, group, pair

__all__ = [
    "CROWD",
    "RULES",
    "SCHEMES",
    "Link",
    "Pair",
    "Signature",
    "blocks",
    "compare",
    "content",
    "contradiction",
    "group",
    "identifiers",
    "merge",
    "pair",
    "same_work",
    "signature",
    "title_key",
    "uids",
    "work_name",
]
