"""Whether two bylines name the same people. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from monitor.bylines import align, is_person, natural

Agreement = Literal["all", "most", "some", "none", "unknown"]
"""How far the shorter byline is in the longer: all but one in ten, the same one first; at least half; some; none."""

_BODY = re.compile(
    r"\b(?:collaboration|consortium|group|team|committee|commission|network|initiative|project|association|society"
    r"|university|institute|department|agency|office|organi[sz]ation|council|ministry|center|centre|inc|llc|ltd)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"\b(al|el|abu|ibn|bin|ben|ash|as|ad|ar|at|az)[-‐‑ ](?=\w{3})", re.IGNORECASE)
"""What some sources write together with the name behind it."""
MOST = 60
"""Names of a byline that are compared: the first of a collaboration tell as much as all of its thousands."""


def agreement(one: Sequence[str], other: Sequence[str]) -> Agreement:
    """How far the bylines `one` and `other` name the same people, initials, order and accents aside.

    Bodies count only where a byline names nobody else, since one source names the consortium and another its members.
    """
    ours, theirs = _people(one), _people(other)
    if not ours or not theirs:
        return "unknown"
    short, long = (ours, theirs) if len(ours) <= len(theirs) else (theirs, ours)
    places = align(short[:MOST], long if len(short) <= MOST else long[: 2 * MOST])
    found = [place for place in places if place is not None]
    share = len(found) / len(places)
    if share >= 0.9 and places[0] == 0:
        return "all" if len(short) > 1 or len(long) == 1 else "most"
    return "most" if share >= 0.5 else "some" if found else "none"


def _people(names: Sequence[str]) -> list[str]:
    found = [_ARTICLE.sub(r"\1", natural(name) if "," in name else name) for name in names if is_person(name)]
    return [name for name in found if not _BODY.search(name)] or found
