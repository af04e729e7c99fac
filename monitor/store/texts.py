"""What of a byline is searched as text: the columns `authors` and `institutions` of items."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from monitor.types import Author

if TYPE_CHECKING:
    from monitor.store.connection import Connection  # which imports the migrations, which import this module

INSTITUTIONS = """
    coalesce((SELECT group_concat(text, char(10)) FROM (
        SELECT text FROM affiliations WHERE item_id = items.id
         UNION
        SELECT raw FROM evidence WHERE item_id = items.id AND kind = 'affiliation' AND superseded_at IS NULL
         UNION
        SELECT n.name FROM institutions n WHERE n.id IN (
            SELECT institution FROM origins WHERE item_id = items.id
             UNION
            SELECT institution FROM lens_places WHERE item_id = items.id))), '')"""
"""Affiliations as the records and the look-ups word them, and what the registry calls the institutions."""


def authors_text(authors: Iterable[Author]) -> str:
    """The names of a byline, one a line."""
    return "\n".join(author.name for author in authors)


def institutions_text(authors: Iterable[Author]) -> str:
    """The affiliations of a byline, one a line, each once, in the order that `INSTITUTIONS` has them in."""
    return "\n".join(sorted({where.text for author in authors for where in author.affiliations}))


def refresh(connection: Connection, item_ids: Iterable[int]) -> None:
    """Say anew where the bylines of these items work, inside the caller's transaction."""
    connection.run(
        f"""UPDATE items SET institutions = {INSTITUTIONS}
             WHERE id IN (SELECT value FROM json_each(?)) AND institutions != {INSTITUTIONS}""",  # noqa: S608
        (json.dumps(list(item_ids)),),
    )


def refresh_named(connection: Connection, institutions: Iterable[str]) -> None:
    """The same for all items of these institutions, given by ROR id."""
    rors = json.dumps(list(institutions))
    rows = connection.rows(
        """SELECT item_id FROM origins WHERE institution IN (SELECT value FROM json_each(?1))
            UNION
           SELECT item_id FROM lens_places WHERE institution IN (SELECT value FROM json_each(?1))""",
        (rors,),
    )
    refresh(connection, [r["item_id"] for r in rows])
