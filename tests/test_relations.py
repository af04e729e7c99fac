"""What sources call the relation between two records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import relations
from monitor.types import Entry, Identifier, Relation, entry_from_json, to_json

ARTICLE = Identifier("doi", "10.5555/article")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("is-preprint-of", "version"),
        ("IsPreprintOf", "version"),
        ("HasVersion", "version"),
        ("UpdateIn", "version"),
        ("info:eu-repo/semantics/altIdentifier", "version"),
        ("ErratumFor", "about"),
        ("expression_of_concern", "about"),
        ("is-review-of", "about"),
        ("IsSupplementTo", "about"),
        ("IsPartOf", "volume"),
        ("IsPublishedIn", "volume"),
    ],
)
def test_words_of_every_source_fall_into_kinds(word: str, kind: str) -> None:
    found = relations.relation(word, ARTICLE)
    assert found
    assert (found.kind, found.word) == (kind, word)


@pytest.mark.parametrize("word", ["Cites", "references", "is-referenced-by", "Requires", "", "is-financed-by"])
def test_words_that_tell_nothing_of_identity_are_no_relation(word: str) -> None:
    assert relations.relation(word, ARTICLE) is None


@pytest.mark.parametrize(
    ("scheme", "value", "identifier"),
    [
        ("doi", "10.5555/ARTICLE", ARTICLE),
        ("DOI", "https://doi.org/10.5555/article", ARTICLE),
        ("URL", "https://doi.org/10.5555/article", ARTICLE),
        ("arXiv", "arXiv:9912.00001v2", Identifier("arxiv", "9912.00001")),
        ("URL", "https://arxiv.org/abs/9912.00001", Identifier("arxiv", "9912.00001")),
        ("PMID", "123", Identifier("pmid", "123")),
        ("ISBN", "978-3-16-148410-0", Identifier("isbn", "978-3-16-148410-0")),
    ],
)
def test_identifiers_are_read_as_sources_write_them(scheme: str, value: str, identifier: Identifier) -> None:
    found = relations.stated("IsVersionOf", scheme, value)
    assert found
    assert found.identifier == identifier


@pytest.mark.parametrize(
    ("scheme", "value"), [("doi", "none"), ("URL", "https://x.example/a"), ("w3id", "a"), ("arXiv", "x"), ("PMID", " ")]
)
def test_what_is_no_name_of_a_work_is_no_relation(scheme: str, value: str) -> None:
    assert relations.stated("IsVersionOf", scheme, value) is None


@given(st.text(max_size=30), st.text(max_size=10), st.text(max_size=30))
def test_nothing_raises(word: str, scheme: str, value: str) -> None:
    relations.stated(word, scheme, value)


def test_an_entry_keeps_its_relations_as_json_and_in_its_hash() -> None:
    entry = Entry("k", relations=(Relation("version", ARTICLE, "has-version"),))
    assert entry_from_json(to_json(entry)) == entry
    assert entry.digest() != Entry("k").digest()
