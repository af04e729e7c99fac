"""A digest as JSON, for programs: keys are sorted, never renamed and only added to (docs/digest-json.md)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from monitor.digest import words
from monitor.digest.compose import goal_tag
from monitor.digest.coverage import feed_lines
from monitor.digest.places import countries
from monitor.types import Digest, Item, Section, Work, to_json

SCHEMA = "research-monitor/digest/1"

_TOTALS = ("seen", "unjudged", "tagged", "selected", "unknown", "by_group")

_LONGEST_ERROR = 500
"""Characters of an error that the ledger's rows keep in JSON."""


def record(digest: Digest, subject: str) -> bytes:
    """`digest` in UTF-8; each work stands once, in the order in which the sections and then the lists first name it."""
    lists = (*(section.works for section in digest.sections), *digest.notable.values())
    works = {work.item.uid: work for some in lists for work in some}
    context = digest.context
    document = {
        "schema": SCHEMA,
        "subject": subject,
        "subscriber": digest.subscriber,
        "week": digest.week,
        "window": digest.window,
        "made_at": digest.made_at,
        "running": digest.running,
        "selection": {"countries": digest.asked, "minimum": digest.minimum},
        "models": digest.models,
        "totals": {name: getattr(digest, name) for name in _TOTALS},
        "sections": [_section(section, digest) for section in digest.sections],
        "works": [_work(work, digest) for work in works.values()],
        "countries": digest.countries,
        "groups": digest.groups,
        "shares": digest.shares,
        "shares_of_all": digest.shares_of_all,
        "collaborations": digest.collaborations,
        "pairs": digest.pairs,
        "feeds": feed_lines(digest),
        "coverage": [replace(fetch, error=fetch.error and fetch.error[:_LONGEST_ERROR]) for fetch in digest.coverage],
        "silent": digest.silent,
        "gaps": digest.gaps,
        "possibly_missed": digest.possibly_missed,
        "notable": {name: [work.item.uid for work in some] for name, some in digest.notable.items()},
        "trend": {"weeks": context.weeks, "before": context.counts, "now": context.totals},
        "versions": context.versions,
        "late": context.late,
        "arrivals": context.arrivals,
        "searches": context.answers,
        "repeated": context.repeated,
        "ranking": context.ranking,
        "queries": context.queries,
    }
    return (json.dumps(words.cleaned(to_json(document)), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _section(section: Section, digest: Digest) -> dict[str, Any]:
    """What belongs to the goal alone; the rest of each work stands under `works`."""
    standings = digest.context.standings.get(section.goal.slug, {})
    tags = [(work.item.uid, goal_tag(work, section.goal.slug)) for work in section.works]
    works = [
        {
            "uid": uid,
            "probability": tag.probability if tag else None,
            "evidence": tag.evidence if tag else (),
            "standing": standings.get(uid),
        }
        for uid, tag in tags
    ]
    return {"goal": section.goal, "total": section.total, "works": works}


def _work(work: Work, digest: Digest) -> dict[str, Any]:
    marks = digest.marks.get(work.item.uid, digest.groups)
    return {
        **_bibliography(work.item),
        "tags": work.tags,
        "countries": countries(work),
        "origin_state": work.origin_state,
        "origins": [{**to_json(origin), "group": marks.get(origin.country, "other")} for origin in work.origins],
    }


def _bibliography(item: Item) -> dict[str, Any]:
    """What identifies a work. Abstracts are left out: not every source lets them be passed on."""
    kept = ("uid", "title", "authors", "published", "first_seen", "year", "venue", "type", "categories", "feeds")
    return {
        **{name: getattr(item, name) for name in kept},
        "identifiers": [str(identifier) for identifier in item.identifiers],
        "link": words.link(item),
    }
