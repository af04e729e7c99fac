"""The whole program on one page: six steps that meet only in the store.

    fetch    feeds, their position       →  entries, position, one ledger row a feed and window
    link     entries not linked          →  items, identifiers, bylines
             feeds that check others     →  works possibly missed; what was asked for by name (`cross_check`)
    locate   items not located           →  evidence, origins; affiliations looked up where feeds brought too few
             what of it are bodies of the European Union (`see`), what institutions are called (`name`)
    tag      items not tagged            →  tags with evidence, vectors
    digest   finished weeks not told     →  digest, one delivery a recipient; the running week's draft
    deliver  mail that came back         →  bounces, recipients that rest
             deliveries due              →  delivery state; alarms for digests that are late

Each step asks the store what waits for it, works in small transactions, and may be run alone, run twice or
be killed at any point: the next run ends in the same state. What goes wrong with one feed, item or recipient
is part of the step's result and never stops the others.
"""

from __future__ import annotations

from monitor.pipeline.bounces import Returned, read_bounces
from monitor.pipeline.coverage import Coverage, coverage
from monitor.pipeline.crosscheck import CrossCheck, cross_check
from monitor.pipeline.deliver import Outcome, deliver
from monitor.pipeline.digest import ARCHIVE, Plan, as_sent, compose_week, digest, known_of, pending, render
from monitor.pipeline.export import export
from monitor.pipeline.fetch import fetch
from monitor.pipeline.harvest import Fetcher
from monitor.pipeline.lens import name, see
from monitor.pipeline.link import link, merge, split
from monitor.pipeline.locate import locate
from monitor.pipeline.lookup import RouteReport, Seeker, look_up
from monitor.pipeline.provenance import Provenance, provenance
from monitor.pipeline.tag import tag
from monitor.pipeline.watch import Alarm, Overdue, alarm, lost, overdue

__all__ = [
    "ARCHIVE",
    "Alarm",
    "Coverage",
    "CrossCheck",
    "Fetcher",
    "Outcome",
    "Overdue",
    "Plan",
    "Provenance",
    "Returned",
    "RouteReport",
    "Seeker",
    "alarm",
    "as_sent",
    "compose_week",
    "coverage",
    "cross_check",
    "deliver",
    "digest",
    "export",
    "fetch",
    "known_of",
    "link",
    "locate",
    "look_up",
    "lost",
    "merge",
    "name",
    "overdue",
    "pending",
    "provenance",
    "read_bounces",
    "render",
    "see",
    "split",
    "tag",
]
