"""Why a work has a country: the words that decided, what they are, and the institutions that are certain. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.digest import words
from monitor.types import Origin

METHODS: Mapping[str, str] = {
    "country-name": "named",
    "country-ending": "named",
    "country-inside": "named in passing",
    "former-country": "former country",
    "us-state": "state",
    "ca-province": "province",
    "au-state": "state",
    "postcode": "postcode",
    "institution": "institution",
    "acronym": "acronym",
    "city": "town",
    "region": "region",
    "word": "telling word",
    "domain": "host",
    "script": "script",
    "ror-attached": "attached ROR id",
    "index": "OpenAlex",
    "body-ror": "ROR id",
    "body-name": "named",
}
"""Method of locate or of the lens → what kind of evidence it rests on, in a word or two."""

UNKNOWN: Mapping[str, str] = {
    "no-affiliation": "no affiliation was obtained",
    "no-country": "its affiliations tell none",
}
"""State of a work without a country → why it has none; the two need different work."""

MOST_WORDS, MOST_NAME = 40, 50
"""Characters that a digest shows of the words that decided, and of the name of an institution."""


def reason(code: str, origins: Sequence[Origin]) -> str:
    """What tells the place `code` of a work: “Marburg”, town, at Philipps University Marburg.

    The surest of the `origins` there, of which there is at least one, gives the words; they are left out where they are
    the name or the code of the place. Institutions are those of all origins there, but for one that the words name.
    """
    there = [origin for origin in origins if origin.country == code]
    surest = max(there, key=lambda origin: (origin.confidence, origin.fraction))
    said = [METHODS.get(surest.method, words.plain(surest.method, MOST_WORDS))]
    told = _bare(surest.evidence)
    if told and told not in (_bare(words.country(code)), code.casefold()):
        said.insert(0, f"“{words.plain(surest.evidence, MOST_WORDS)}”")
    names = dict.fromkeys(origin.institution_name for origin in there if origin.institution_name)
    return ", ".join((*said, *_institutions([name for name in names if _bare(name) != told])))


def _bare(name: str) -> str:
    """`name` as it is compared with others."""
    return words.plain(name).casefold().removeprefix("the ")


def _institutions(names: Sequence[str]) -> tuple[str, ...]:
    """The first of them, and how many more there are."""
    if not names:
        return ()
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return (f"at {words.plain(names[0], MOST_NAME)}{more}",)
