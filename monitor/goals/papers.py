"""What the tagger reads of a work: one text made of title and abstract, or the reason not to read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor import language

CHARACTERS = 8_000
"""Characters of a text that are looked at: more than the encoder's token cut can hold of prose."""
LEAST_LETTERS = 10
LEAST_WORDS = 2
LEAST_SHARE = 0.5
"""Least share of letters among the visible characters, and of Latin letters among the letters."""
MOST_CHARACTERS = 50_000
"""The longest real abstracts have a tenth of this; what is longer is a whole document, or an attack."""
MOST_WORDS_OF_FRONT_MATTER = 40

_WORD = re.compile(r"[^\W\d_]{2,}")
_ASCII_WORD = re.compile(r"[A-Za-z]{2,}")
_NO_ASCII_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
_FRONT_MATTER = re.compile(
    r"(editorial board|front matter|back matter|table of contents|contents( list)?$|masthead|issue information|"
    r"author index|subject index|list of reviewers|call for papers|cover (image|picture)|publisher['’]?s note|"
    r"erratum|errata\b|corrigendum|correction( to\b|:)|retraction( note| notice|:|$)|expression of concern|"
    r"thanks? to reviewers)",
    re.IGNORECASE,
)
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
        return cls(sound(title), sound(abstract or ""))

    @property
    def text(self) -> str:
        """Title and abstract as the encoder reads them: blanks made single, cut after `CHARACTERS`."""
        parts = [" ".join(part[:CHARACTERS].split()) for part in (self.title, self.abstract)]
        return ". ".join(part for part in parts if part)[:CHARACTERS]


def sound(text: str) -> str:
    """`text` without halves of pairs of UTF-16, which JSON can name and no encoder can read."""
    return text.encode("utf-8", "replace").decode()


def refusal(paper: Paper) -> str | None:
    """Why no goal can be told from `paper`, or None when it can be read."""
    text = paper.text
    letters, words = _letters(text)
    if not text:
        return "no text"
    if len(paper.title) + len(paper.abstract) > MOST_CHARACTERS:
        return f"not a title and an abstract: longer than {MOST_CHARACTERS:,} characters"
    if letters < LEAST_SHARE * len(text.replace(" ", "")):
        return "not prose: most of it is not letters"
    if not text.isascii() and len(_LATIN.findall(text)) < LEAST_SHARE * letters:
        return "not in a Latin script, which the model cannot read"
    if letters < LEAST_LETTERS or len(words) < LEAST_WORDS:
        return "too short to judge"
    if len(words) < MOST_WORDS_OF_FRONT_MATTER and _FRONT_MATTER.match(paper.title.strip()):
        return "not a paper: front matter or a notice of its journal"
    if (code := language.told(text, words)) not in ("en", None):
        return f"not in English, which alone the model can read: it looks like {code}"
    return None


def _letters(text: str) -> tuple[int, list[str]]:
    """The number of letters and the words of two or more of them; nine texts in ten are ASCII, which is quick."""
    if text.isascii():
        return len(text.encode().translate(None, _NO_ASCII_LETTERS)), _ASCII_WORD.findall(text)
    return sum(map(str.isalpha, text)), _WORD.findall(text)
