"""Under which keys a record is filed, so that records of one work meet without comparing all with all. Pure.

A key depends on its own record alone, never on what else there is; so whatever order records come in, the same meet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import combinations

from monitor.identity import titles
from monitor.identity.compare import Signature

CROWD = 50
"""A key of more records than this tells nothing: the DOI of a journal, the title of a weekly bulletin."""

BEGIN = 32
"""Letters of a title that make a key: what follows may be cut, or be a subtitle."""

RARE = 3
"""Rarest words of a title of which every two make a key: the others may be spelt or put in another way."""


def blocks(sig: Signature) -> tuple[int, ...]:
    """The keys of a record: signed numbers of 64 bits, sorted, none twice."""
    return tuple(sorted({_number(key) for key in _keys(sig)}))


def _keys(sig: Signature) -> Iterator[str]:
    yield from map(str, sig.names | sig.versions)
    title = sig.title
    if not title.key:
        return
    yield f"title:{title.key[:BEGIN]}"
    if len(title.main) >= titles.LEAST:
        yield f"title:{title.main[:BEGIN]}"
    rare = titles.rarest(title.words, RARE)
    for one, other in combinations(rare, 2):
        if titles.is_common(one) and titles.is_common(other):
            continue
        yield f"words:{min(one, other)} {max(one, other)}"


def _number(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
