"""The identifiers that name a work: which schemes do, and what is left of a name without its version. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.types import Entry, Identifier

SCHEMES = ("arxiv", "doi", "pmid", "pmcid", "acl", "openalex", "dblp", "openreview", "eprint")
"""Schemes that name a work, the best for a public name first; others (isbn, issn, url, ...) may name a volume."""

ONE_FOR_EVER = ("arxiv", "acl")
"""Schemes that give a work one name for ever, so that two names are two works: arXiv counts versions inside the name
(https://info.arxiv.org/help/versions.html), the ACL Anthology publishes a paper once. DOI, PMID, OpenAlex and dblp
name preprint and article apart."""

_ARXIV = re.compile(r"10\.48550/arxiv\.(.+)")

_VERSIONS = re.compile(
    r"(10\.1101/.+?)v\d+"  # bioRxiv, medRxiv
    r"|(10\.21203/rs\..+)/v\d+"  # Research Square
    r"|(10\.22541/.+)/v\d+"  # Authorea
    r"|(10\.26434/chemrxiv.+)[-.]v\d+"
    r"|(10\.(?:31219|31222|31223|31224|31225|31226|31227|31228|31229|31230|31231|31232|31233|31234|31235|31236|31237)"
    r"/osf\.io/.+)_v\d+"  # the OSF's servers
    r"|(10\.20944/preprints.+)\.v\d+"
    r"|(10\.36227/techrxiv\..+)\.v\d+"
    r"|(10\.6084/m9\.figshare\..+)\.v\d+"
    r"|(10\.(?:12688|21955|35241|3310|14324)/[a-z0-9]+(?:\.\d{4,6})?\.\d{3,6})\.\d{1,2}"  # F1000 and its sisters
)
"""DOIs that end in a version: what the groups hold is the same for all versions."""

_PREPRINTS = re.compile(
    r"10\.(?:48550|1101|21203|22541|26434|20944|36227|2139|31219|3122\d|3123\d|5281|33774|32388|2172|31730)/"
    r"|10\.5194/[a-z]+(?:-\d{4}-\d+$|sphere)"  # Copernicus' discussions
    r"|10\.2196/preprints|10\.14293/s2199|10\.1590/scielopreprints|10\.1002/essoar|10\.6084/m9|10\.13140/rg"
)
"""DOIs of servers whose papers may appear again in a journal, under another DOI."""


def identifiers(entry: Entry) -> tuple[Identifier, ...]:
    """The identifiers of a record that name a work, as `work_name` has them, sorted."""
    return tuple(sorted(work_names(entry.identifiers)))


def work_names(identifiers: Iterable[Identifier]) -> set[Identifier]:
    """What `identifiers` say about the work, whatever version they name."""
    return {name for identifier in identifiers if (name := work_name(identifier))}


def work_name(identifier: Identifier) -> Identifier | None:
    """`identifier` without its version, an arXiv DOI turned into the arXiv id it stands for; None for one that
    names no work."""
    if identifier.scheme == "doi":
        if arxiv := _ARXIV.fullmatch(identifier.value):
            return Identifier("arxiv", re.sub(r"v\d+$", "", arxiv[1]))
        version = _VERSIONS.fullmatch(identifier.value)
        return Identifier("doi", version[version.lastindex or 0]) if version else identifier
    return identifier if identifier.scheme in SCHEMES else None


def is_preprint(doi: str) -> bool:
    """Whether a DOI is one of a preprint server or an open repository."""
    return _PREPRINTS.match(doi) is not None


def series(doi: str) -> str:
    """What the DOIs of a journal or proceedings have in common: the prefix and the letters that the suffix begins
    with, or the number of the volume where it begins with one (`10.1016/j.ijdrr`, `10.1007/978-3-031-00000-0`)."""
    prefix, _, suffix = doi.partition("/")
    begin = re.match(r"97[89][\d-]+|(?:\d{4,}(?=\.))|[a-z]+\d{3,6}(?=-)|[a-z.]*[a-z]", suffix)
    return f"{prefix}/{begin[0]}" if begin else doi
