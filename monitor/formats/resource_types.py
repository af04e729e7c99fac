"""What repositories call the types of their records, in Crossref's words (https://api.crossref.org/types)."""

from __future__ import annotations

import re

_TYPES = {
    "article": "article",
    "datapaper": "article",
    "journalarticle": "article",
    "researcharticle": "article",
    "reviewarticle": "article",
    "eprint": "preprint",
    "preprint": "preprint",
    "preprintsworkingpapers": "preprint",
    "conferencepaper": "proceedings-article",
    "conferencepapers": "proceedings-article",
    "conferenceobject": "proceedings-article",
    "conferenceproceeding": "proceedings",
    "conferenceproceedings": "proceedings",
    "book": "book",
    "bookpart": "book-chapter",
    "bookchapter": "book-chapter",
    "report": "report",
    "technicalreport": "report",
    "technicaldocumentation": "report",
    "workingpaper": "report",
    "bachelorthesis": "dissertation",
    "masterthesis": "dissertation",
    "doctoralthesis": "dissertation",
    "dissertation": "dissertation",
    "thesis": "dissertation",
    "dataset": "dataset",
    "software": "software",
}
"""Types of OpenAIRE, COAR, DataCite and HAL, written without case, blanks and punctuation."""


def work_type(word: str) -> str | None:
    """Crossref's word for `word`; of an address such as `info:eu-repo/semantics/article` the last part counts."""
    return _TYPES.get(re.sub(r"[^a-z]", "", word.rpartition("/")[2].lower()))
