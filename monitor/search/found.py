"""What a search found, and why."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.selection import Listed, Mode


@dataclass(frozen=True, slots=True)
class Hit:
    """One work that was found."""

    work: Listed
    snippet: tuple[tuple[str, bool], ...]
    """The part of the work that says most of what was asked, in pieces, with whether each is a word that was asked
    for. Plain text: whoever renders it escapes it."""
    text_rank: int | None = None
    """Its place among those that hold the words, from 1; None when it is none of them."""
    likeness: float | None = None
    """The cosine of its vector and the query's; None where it has no vector, or was not looked for by meaning."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, the best first."""

    hits: tuple[Hit, ...]
    mode: Mode
    """How it was looked for in the end."""
    understood: bool = True
    """False where the query's signs could not be read as meant and it was searched as words."""
    without_vector: int = 0
    """Works that cannot be found by meaning yet, or by a former text alone: no vector of what they say now is kept.
    Those that the tagger refuses, for want of an abstract or in another language, do not count."""
    untagged: int = 0
    """How many of these wait to be tagged."""
    ranked: int | None = None
    """How many of the works that hold the words were ranked, the newest, where too many hold them; else None."""
    fault: str = ""
    """Why meaning was not looked for although it was asked for; what was found was found by the words alone."""
