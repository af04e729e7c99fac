"""What the tagger reads of a work: one text made of title and abstract, or the reason not to read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CHARACTERS = 8_000
"""Characters of a text that are looked at: more than the encoder's token cut can hold of prose."""
LEAST_LETTERS = 10
LEAST_WORDS = 2
LEAST_SHARE = 0.5
"""Least share of letters among the visible characters, and of Latin letters among the letters."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")


@dataclass(frozen=True, slots=True)
class Paper:
    """The words of a work that its tags rest on."""

    title: str
    abstract: str = ""

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Paper:
        """The paper of a record `{id, title, abstract}`; raises ValueError, one sentence, when it is not one."""
        if record.get("id") in (None, ""):
            raise ValueError("the record has no 'id'")
        title, abstract = record.get("title"), record.get("abstract")
        if not isinstance(title, str):
            raise ValueError("the record has no 'title', or it is not a text")
        if not isinstance(abstract, str | None):
            raise ValueError("the record's 'abstract' is not a text")
        return cls(title, abstract or "")

    @property
    def text(self) -> str:
        """Title and abstract as the encoder reads them: blanks made single, cut after `CHARACTERS`."""
        parts = [" ".join(part[:CHARACTERS].split()) for part in (self.title, self.abstract)]
        return ". ".join(part for part in parts if part)[:CHARACTERS]


def refusal(text: str) -> str | None:
    """Why no goal can be told from `text`, or None when it can be read."""
    letters = sum(map(str.isalpha, text))
    if not text:
        return "no text"
    if letters < LEAST_SHARE * len(text.replace(" ", "")):
        return "not prose: most of it is not letters"
    if len(_LATIN.findall(text)) < LEAST_SHARE * letters:
        return "not in a Latin script, which the model cannot read"
    if letters < LEAST_LETTERS or len(_WORD.findall(text)) < LEAST_WORDS:
        return "too short to judge"
    return None
