"""What sources call the relation between two records, told in the three kinds of `monitor.types.RelationKind`. Pure.

Knows the words of Crossref (relations.xsd 4.x and the types of Crossmark updates), of DataCite's metadata schema 4.6
(relationType), of PubMed (CommentsCorrections/@RefType) and of the OpenAIRE guidelines (info:eu-repo/semantics),
however they are spelt: `is-preprint-of`, `IsPreprintOf` and `is preprint of` are one word. Words that tell nothing of
identity, such as `cites`, are no relation.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor import text
from monitor.types import Identifier, Relation, RelationKind

_VERSION = """
    is-preprint-of has-preprint is-manuscript-of has-manuscript is-version-of has-version is-new-version-of
    is-previous-version-of is-variant-form-of is-original-form-of is-identical-to is-same-as is-expression-of
    has-expression is-manifestation-of has-manifestation is-format-of has-format is-translation-of has-translation
    replaces is-replaced-by new-version new-edition update-of update-in republished-from republished-in
    corrected-and-republished-from corrected-and-republished-in retracted-and-republished-from
    retracted-and-republished-in reprint-of reprint-in alt-identifier
"""
_ABOUT = """
    is-review-of has-review reviews is-reviewed-by is-comment-on has-comment comment-on comment-in is-reply-to
    has-reply is-supplement-to is-supplemented-by is-derived-from has-derivation is-source-of is-based-on
    is-basis-for continues is-continued-by describes is-described-by documents is-documented-by has-related-material
    is-related-material compiles is-compiled-by obsoletes is-obsoleted-by collects is-collected-by addendum
    clarification correction corrigendum erratum expression-of-concern partial-retraction removal retraction
    withdrawal erratum-for erratum-in retraction-of retraction-in partial-retraction-of partial-retraction-in
    expression-of-concern-for expression-of-concern-in summary-for-patients-in original-report-in associated-dataset
    associated-publication dataset has-part is-correction-of has-correction is-retraction-of has-retraction
"""
_VOLUME = "is-part-of is-published-in is-in-journal is-in-series is-in-proceedings is-part-of-series"

SCHEMES = {"doi": "doi", "arxiv": "arxiv", "pmid": "pmid", "pmcid": "pmcid", "isbn": "isbn", "issn": "issn"}
"""What sources call the system of an identifier, in small letters, and what it is called here."""


def relation(word: str, identifier: Identifier) -> Relation | None:
    """The relation that a source calls `word`; None for words that tell nothing of identity, and for unknown ones."""
    kind = _KINDS.get(_letters(word.rpartition("/")[2]))
    return Relation(kind, identifier, text.clean(word, 60)) if kind else None


def stated(word: str, scheme: str, value: str) -> Relation | None:
    """The same, of an identifier as sources write it: `("IsVersionOf", "DOI", "https://doi.org/10.5555/X")`.

    None as well where the identifier is of a system that names no works, or is not one at all; a link counts as
    the DOI or arXiv identifier that it leads to.
    """
    identifier = _identifier(_letters(scheme), value)
    return relation(word, identifier) if identifier else None


def _identifier(scheme: str, value: str) -> Identifier | None:
    if scheme in ("url", "uri", "doi", ""):
        return text.identifier(value)
    if scheme == "arxiv":
        found = text.arxiv_id(value)
        return Identifier("arxiv", found[0]) if found else None
    name = text.clean(value, text.URL_LIMIT).lower()
    return Identifier(SCHEMES[scheme], name) if scheme in SCHEMES and name else None


def _letters(word: str) -> str:
    return "".join(c for c in word.casefold() if c.isalpha())


def _words(kind: RelationKind, words: str) -> Iterable[tuple[str, RelationKind]]:
    return ((_letters(word), kind) for word in words.split())


_KINDS: dict[str, RelationKind] = dict(
    (*_words("version", _VERSION), *_words("about", _ABOUT), *_words("volume", _VOLUME))
)
