"""Titles as works are told apart by: letters, words, numbers, and the words that make a notice of a title. Pure."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from monitor.bylines import UNCOMPOSED

Likeness = Literal["same", "spelt", "cut", "worded", "other"]
"""How alike two titles are. `same`: letter by letter; `spelt`: only spelling, inflection or small words differ;
`cut`: one lacks the end of the other; `worded`: most words are shared; `other`: anything less."""

LEAST = 24
"""Letters and digits a title must have to identify a work: "Editorial" and "Preface" do not."""

SHARED = 0.6
"""Share of the weight of their words that titles have in common at least when they are `worded` alike."""

_MACRO = re.compile(r"\\[^a-zA-Z]|\\(?:text|math|mbox|emph|bf|it|rm|em|sc|tt|left|right|cal)[a-z]*\b|\\(?=[a-zA-Z])")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,60}>")
_LETTERS = (
    "α alpha β beta γ gamma δ delta ε epsilon ϵ epsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu ν nu ξ xi "
    "ο omicron π pi ρ rho σ sigma ς sigma τ tau υ upsilon φ phi ϕ phi χ chi ψ psi ω omega"
)
_GREEK = str.maketrans(dict(re.findall(r"(\S) (\S+)", _LETTERS)))
_STATE = re.compile(
    r"\A\s*(?:\[?(?:retracted|withdrawn|removed)(?: article)?\]?\s*[:–—-]\s*|retracted article\s*[:.]\s*|title\s*:\s*)"
    r"|\s*[\[(](?:version \d+[^\])]*|v\d+|preprint|extended (?:version|abstract)|full (?:version|paper)|long version"
    r"|short paper|(?:retracted|withdrawn)[^\])]*|with (?:an )?appendix|accepted manuscript|postprint)[\])]\s*\Z"
    r"|\s*[-–—:.]\s*(?:extended|full|long) version\s*\Z",
    re.IGNORECASE,
)
"""What is said of a work's state in its title."""

_NOTICE = re.compile(
    r"""\A\W*(?:
      (?P<correction>(?:(?:publisher|author|editorial)?'?s?\s*(?:correction|corrigend(?:um|a)|errat(?:um|a)|addend(?:um|a))\b)
        (?=\s*(?:to|for|on|[:(.\[–—-]|\Z)))
    | (?P<retraction>retraction(?:\ note|\ notice)?\b(?=\s*(?:to|of|for|[:–-]|\Z))|expressions?\ of\ concern\b)
    | (?P<reply>(?:(?:the\ )?authors?'?\ )?(?:reply|response|rebuttal|rejoinder|comments?|commentary)\s*
        (?:to|on|:)(?=\W))
    | (?P<review>(?:book\ |peer\ |editor\ )?reviews?\ (?:of|for)\s*[:"“«'‘]|decision\ letter\b|editor's\ evaluation\b
        |peer\ review\b)
    | (?P<data>(?:supplement\w*(?:\ \w+)?\ (?:to|for|of)|data(?:set)?s?\ (?:from|for)(?=\s*[:"“])
        |(?:research|raw|source|supplement\w*)\ data(?:set)?s?\ (?:from|for)
        |replication\ (?:data|code|package)\ (?:for|of)|(?:source\ )?code\ (?:for|of)|appendix\ (?:to|for))\b))
    | (?P<ending>[:.–—(\[-]\s*(?:an?\ )?(?P<word>corrigendum|erratum|addendum|correction|reply|comment|retraction
        |supplement(?:ary)?(?:\ \w+)?|appendix|peer\ review)[\])]?\W*\Z)""",
    re.IGNORECASE | re.VERBOSE,
)
_SERIAL = re.compile(
    r"\b(?:annual|quarterly|monthly|weekly|daily|biennial|yearly|progress|situation|activity) "
    r"(?:reports?|reviews?|updates?|statistics|summary|meeting|bulletins?|newsletters?)\b"
    r"|\b(?:editorial|preface|foreword|front ?matter|back ?matter|table of contents|author index|subject index|masthead"
    r"|call for papers|in memoriam|obituary|book reviews?|letters? to the editor|news|newsletter|year ?book"
    r"|in this issue|list of reviewers|acknowledg\w+ (?:of|to) reviewers|about the (?:authors|cover)|issue information"
    r"|proceedings of|(?:technical|conference|scientific) program\w*|welcome (?:message|from)|message from"
    r"|introduction to the (?:special|minitrack)|special (?:issue|section)|guest editors?|abstracts? of|poster session"
    r"|workshop report|minutes of|errata|announcements?|untitled)\b"
)
_PART = re.compile(
    r"\b(?:part|pt|paper|vol|volume|chapter|episode|phase|lecture|session|no|number|version|report|supplement|round|wave|case|section"
    r"|release|edition|book|series|day|week|season)\.?\s+([0-9]{1,4}|[ivx]{1,5}|one|two|three|four|five|six|[a-h])\b"
    r"|[(\[](\d{1,2}|[ivx]{1,4})[)\]]\s*\Z"
    r"|\b([ivx]{2,5})\b(?=\s*(?:[:.]|\Z))|\bi(?=\s*(?:[:.]|\Z))"
)
_AGAIN = re.compile(r"\b(?:plusplus|v\d)\b")
_OPEN = re.compile(r"\s*\S*\s*(?:…|\.\.\.)\s*\Z")
"""The word, perhaps half of one, that a title was cut at, and the dots that say so."""
_COUNT = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
_ROMAN = {"i": 1, "v": 5, "x": 10}
_NUMBER = re.compile(r"(?<![\w])\d+(?![^\W\d])|(?<=[a-z]-)\d+\b")
_WORD = re.compile(r"\w+")
_SMALL = frozenset(
    re.findall(
        r"\w+",
        "a an and the of in on for to with by from at as via its their is are be or into using use based toward "
        "towards through over under between within der die das und des von zur le la les et de du un une el los las y",
    )
)


@dataclass(frozen=True, slots=True)
class Title:
    """A title taken apart."""

    key: str
    """Its letters and digits."""
    words: tuple[str, ...]
    """Its words, folded, in order."""
    main: str
    """Letters and digits before the first colon, question mark or dash; empty where there is none."""
    numbers: frozenset[str]
    parts: frozenset[str]
    """Which part of a series it names, in digits."""
    notice: str
    """What it is about another work: `correction`, `retraction`, `reply`, `review`, `data`; empty for none."""
    serial: bool
    """Whether works that appear again and again are called so: annual reports, editorials, front matter."""


def title_key(title: str) -> str:
    """`title` without case, accents, markup, punctuation and blanks; Greek letters by name."""
    return "".join(_WORD.findall(_folded(title))).replace("_", "")


def take_apart(title: str) -> Title:
    """What `title` says."""
    bare = _OPEN.sub("", _STATE.sub("", title))
    folded = _folded(bare)
    words = tuple(_WORD.findall(folded.replace("_", " ")))
    head = re.split(r"[:?]\s|\s[-–—]+\s|[.]\s(?=[A-Z])", bare, maxsplit=1)[0]
    notice = _NOTICE.search(bare)
    return Title(
        key="".join(words),
        words=words,
        main=title_key(head) if len(head) < len(bare) else "",
        numbers=frozenset(_NUMBER.findall(folded)),
        parts=frozenset(_part(m) for m in _PART.finditer(folded)) | frozenset(_AGAIN.findall(folded)),
        notice=_notice(notice) if notice else "",
        serial=_SERIAL.search(folded) is not None,
    )


def likeness(one: Title, other: Title) -> Likeness:
    """How alike two titles are; symmetric."""
    if one.key == other.key:
        return "same"
    short, long = sorted((one, other), key=lambda t: (len(t.key), t.key))
    if len(short.key) >= LEAST and (long.key.startswith(short.key) or short.key == long.main):
        return "cut"
    start = long.words[: len(short.words)]
    if len(short.key) >= LEAST and len(start) < len(long.words) and not any(_unlike(set(short.words), set(start))):
        return "cut"
    ours, theirs = set(one.words), set(other.words)
    both = ours & theirs
    left, right = _unlike(ours - both, theirs - both)
    if not left and not right:
        return "spelt" if both and min(len(one.key), len(other.key)) >= LEAST else "other"
    common = weight(both)
    shared = 2 * common / (2 * common + weight(left) + weight(right))
    return "worded" if shared >= SHARED else "other"


def numbers_contradict(one: Title, other: Title) -> bool:
    """Whether the numbers or parts in two titles that are not the same letter by letter tell works apart."""
    if one.key == other.key:
        return False
    if one.parts != other.parts:
        return True
    return bool(one.numbers - other.numbers) and bool(other.numbers - one.numbers)


def rarest(words: Iterable[str], most: int) -> tuple[str, ...]:
    """The `most` rarest of `words`, by the ranks of words in titles; the same for the same words in any order."""
    ranks = _ranks()
    known = {w for w in words if len(w) > 2 and w not in _SMALL and not w.isdigit()}
    return tuple(sorted(known, key=lambda w: (-ranks.get(w, len(ranks)), -len(w), w))[:most])


def weight(words: Iterable[str]) -> float:
    """How much `words` tell: a rare one 1, the commonest next to nothing."""
    ranks = _ranks()
    return sum(_weight(ranks.get(w, len(ranks)), len(ranks)) for w in words if w not in _SMALL)


def is_common(word: str) -> bool:
    """Whether `word` stands in so many titles that two of them together may still be chance."""
    return _ranks().get(word, COMMON) < COMMON


COMMON = 600


def _weight(rank: int, most: int) -> float:
    return 0.3 + 0.7 * rank / most


@cache
def _ranks() -> dict[str, int]:
    """Words of titles by rank, the commonest 0: those of 147,000 titles on arXiv."""
    lines = files(__package__).joinpath("words.txt").read_text("utf-8").split()
    return {word: rank for rank, word in enumerate(lines)}


def _folded(title: str) -> str:
    """`title` in small letters without accents, markup and macros, its punctuation kept."""
    if "&" in title:
        title = html.unescape(title).replace("&", " and ")
    if "<" in title:
        title = _TAG.sub("", title)
    if "\\" in title or "$" in title:
        title = _MACRO.sub("", title.replace("$", "")).replace("{", "").replace("}", "")
    return _fold(title.replace("++", " plusplus "))


def _fold(title: str) -> str:
    if title.isascii():
        return title.casefold()
    apart = unicodedata.normalize("NFKD", title.casefold().translate(_GREEK).translate(UNCOMPOSED))
    return "".join(c for c in apart if not unicodedata.combining(c))


def _part(found: re.Match[str]) -> str:
    name = found[1] or found[2] or found[3] or "i"
    if name in _COUNT:
        return _COUNT[name]
    if all(c in _ROMAN for c in name):
        values = [_ROMAN[c] for c in name]
        return str(sum(-v if v < max(values[n:]) else v for n, v in enumerate(values)))
    return name


def _notice(found: re.Match[str]) -> str:
    word = (found["word"] or "").casefold()
    if not word:
        return found.lastgroup or ""
    for start, kind in (("repl", "reply"), ("comm", "reply"), ("retr", "retraction"), ("peer", "review")):
        if word.startswith(start):
            return kind
    return "data" if word.startswith(("suppl", "append")) else "correction"


def _unlike(left: set[str], right: set[str]) -> tuple[set[str], set[str]]:
    """What is left of two sets of words when small words and pairs that differ in spelling only are taken away."""
    ours, theirs = sorted(left - right - _SMALL), sorted(right - left - _SMALL)
    if ours and theirs and "".join(ours) == "".join(theirs):
        return set(), set()
    for word in tuple(ours):
        match = next((w for w in theirs if _spelt(word, w)), None)
        if match:
            ours.remove(word)
            theirs.remove(match)
    return set(ours), set(theirs)


def _spelt(one: str, other: str) -> bool:
    """Whether two words are one, inflected or spelt otherwise: color and colour, network and networks."""
    if one.isdigit() or other.isdigit() or min(len(one), len(other)) < 4:
        return False
    short, long = sorted((one, other), key=len)
    if long in (f"{short}s", f"{short}es"):
        return True
    start = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    ours, theirs = short[start:], long[start:]
    if len(short) == len(long):
        return {ours, theirs} == {"er", "re"} or (ours[1:] == theirs[1:] and {ours[:1], theirs[:1]} == {"s", "z"})
    doubled = theirs[0] == long[start - 1]
    return ours == theirs[1:] and (doubled or theirs[0] in "uel" or theirs[:2] == "ae")
