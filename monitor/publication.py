"""What becomes of a work: where it was published, under which DOI, and how often it was cited by then. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.types import Entry, Identifier, Item

ARXIV_DOI = "10.48550/arxiv."
"""DOIs that DataCite registers for arXiv papers (https://info.arxiv.org/help/doi.html): no publication."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What one source says of the publication of a work, at one time."""

    doi: str | None = None
    """Of the published version; never that of a preprint on arXiv."""
    title: str = ""
    venue: str | None = None
    type: str | None = None
    """In Crossref's words where one fits."""
    year: int | None = None
    citations: int | None = None
    """How often the source had seen it cited."""


def record(publication: Publication, item: Item, source: str) -> Entry | None:
    """The record by which a work gets to know its published version; None when it tells nothing that the work lacks.

    It carries the names by which the work was asked for, so that linking finds it again, and no authors, since those
    of the feeds' own records count.
    """
    names = set(item.identifiers)
    doi = Identifier("doi", publication.doi) if publication.doi else None
    published = publication.venue is not None and publication.type != "preprint"
    venue = published and (not item.venue or item.type == "preprint")
    if not (doi and doi not in names) and not venue:
        return None
    return Entry(
        key=f"{source}:{item.uid}",
        title=publication.title or item.title,
        identifiers=tuple(sorted(names | ({doi} if doi else set()))),
        venue=publication.venue,
        type=publication.type,
        year=publication.year,
    )
