"""How a work is described: what its records say, in words that people read. The records keep the source's own words."""

from __future__ import annotations

from dataclasses import replace

from monitor import language
from monitor.latex import readable
from monitor.types import Affiliation, Author, Entry


def describe(entry: Entry) -> Entry:
    """`entry`, the one record that stands for all of a work, its LaTeX turned into Unicode.

    Its language is the one that title and abstract are in; where they do not tell, the one that the records state.
    """
    title, abstract = readable(entry.title), readable(entry.abstract)
    return replace(
        entry,
        title=title,
        abstract=abstract,
        authors=tuple(map(_author, entry.authors)),
        venue=readable(entry.venue) if entry.venue else None,
        comment=readable(entry.comment) if entry.comment else None,
        language=language.told(f"{title}. {abstract}") or entry.language,
    )


def _author(author: Author) -> Author:
    name = readable(author.name)
    if name == author.name and not author.affiliations:
        return author
    affiliations = tuple(Affiliation(readable(a.text), a.ror) for a in author.affiliations)
    return replace(author, name=name, affiliations=affiliations)
