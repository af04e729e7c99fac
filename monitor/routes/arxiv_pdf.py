"""Route `arxiv-pdf`: the first page of a paper's PDF on arXiv, read as lines of text.

Every paper has one from its first day on (https://info.arxiv.org/help/view.html). It costs more than the HTML edition,
and is read by layout alone, so it is meant to be asked after that.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence

from monitor import frontmatter, routes
from monitor.errors import ParseError
from monitor.types import Request, Response

URL = "https://arxiv.org/pdf/"
PACE = 3.0
BUDGET = 200
DAYS = (0,)
KEY = None
BATCH = 1
PUBLICATIONS = False
ALONE = False

MOST_CHARACTERS = 40_000
"""Characters of the first page that are read: a dense page has about 8,000."""


def name(question: routes.Question) -> str | None:
    """The identifier of arXiv."""
    return question.name("arxiv")


def ask(questions: Sequence[routes.Question], url: str, key: str | None) -> Request:
    """The newest version's document."""
    return Request(f"{url.rstrip('/')}/{name(questions[0])}", accept="application/pdf")


def parse(questions: Sequence[routes.Question], response: Response) -> tuple[routes.Answer]:
    """What the first page says, above the abstract and in its footnotes."""
    question = questions[0]
    lines = _first_page(response.body)[:MOST_CHARACTERS].splitlines()
    told = frontmatter.read(lines, question.authors)
    found = dict.fromkeys([*told, *frontmatter.notes(lines, question.authors)])
    return (routes.Answer(routes.believable(tuple(found), question)),)


def _first_page(body: bytes) -> str:
    """The text of the first page. Raises ParseError for what is no PDF or has no text, such as a scan."""
    if b"%PDF-" not in body[:1024]:
        raise ParseError("the answer is not a PDF")
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it reports every small fault of a file
    try:
        words: str = pypdf.PdfReader(io.BytesIO(body)).pages[0].extract_text()
    except MemoryError:
        raise
    except Exception as error:  # pypdf lets many kinds through: a damaged file can fail anywhere
        raise ParseError(f"the PDF cannot be read: {type(error).__name__}") from error
    if not words.strip():
        raise ParseError("the first page of the PDF has no text")
    return words
