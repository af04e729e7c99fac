"""The same-work rule."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import identity
from monitor.types import Affiliation, Author, Entry, Identifier

TITLE = "Muon tomography of shipping containers at a sea port"
PREPRINT = Entry(
    "1",
    TITLE,
    authors=(Author("Ana Lima"), Author("Bo Chen")),
    identifiers=(Identifier("arxiv", "9912.00001"),),
    year=2025,
    type="preprint",
)
ARTICLE = replace(
    PREPRINT,
    key="2",
    title="Muon Tomography of Shipping Containers at a Sea Port",
    authors=(Author("Lima, Ana"), Author("Chen, Bo")),
    identifiers=(Identifier("doi", "10.5555/muon.1"),),
    year=2026,
    type="article",
)


def uid(entry: Entry, feed: str) -> str:
    return next(identity.uids(entry, feed))


def same(one: Entry, other: Entry) -> bool:
    answer = identity.same_work(identity.signature(one), identity.signature(other))
    assert answer == identity.same_work(identity.signature(other), identity.signature(one)), "the rule is symmetric"
    return answer


def test_preprint_and_article_are_one_work() -> None:
    assert same(PREPRINT, ARTICLE)


def test_a_shared_identifier_is_enough() -> None:
    assert same(PREPRINT, replace(ARTICLE, title="Another title", identifiers=PREPRINT.identifiers))


def test_an_arxiv_doi_names_the_arxiv_paper() -> None:
    by_doi = replace(ARTICLE, title="", identifiers=(Identifier("doi", "10.48550/arxiv.9912.00001"),))
    assert same(PREPRINT, by_doi)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"authors": (Author("Cem Demir"),)}, "another first author"),
        ({"year": 2039}, "years too far apart"),
        ({"title": TITLE + " II"}, "another title"),
        ({"identifiers": (Identifier("arxiv", "9912.00002"),)}, "another arXiv id"),
    ],
)
def test_what_tells_works_apart(change: dict[str, object], why: str) -> None:
    assert not same(PREPRINT, replace(ARTICLE, **change)), why


def test_a_short_title_is_no_evidence() -> None:
    assert not same(replace(PREPRINT, title="Editorial"), replace(ARTICLE, title="Editorial"))


def test_without_authors_only_a_long_title_counts() -> None:
    assert same(replace(PREPRINT, authors=()), ARTICLE)
    short = "Detecting landmines from drones"
    assert not same(replace(PREPRINT, title=short, authors=()), replace(ARTICLE, title=short))


def test_title_key_ignores_case_accents_markup_and_punctuation() -> None:
    one = identity.title_key("On $\\alpha$-Détection: <i>a</i> survey")
    assert one == identity.title_key("on alpha  detection a SURVEY") == identity.title_key("On α-detection – a survey")


def test_uid_prefers_the_arxiv_id_and_falls_back_on_a_hash() -> None:
    both = replace(PREPRINT, identifiers=(*PREPRINT.identifiers, Identifier("doi", "10.5555/x")))
    assert uid(both, "feed") == "arxiv:9912.00001"
    assert uid(ARTICLE, "feed") == "doi:10.5555/muon.1"
    nameless = replace(ARTICLE, identifiers=())
    assert uid(nameless, "one").startswith("src:")
    assert uid(nameless, "one") == uid(nameless, "other"), "it rests on the work, not the feed"
    assert uid(Entry("k"), "one") != uid(Entry("k"), "other"), "nothing but the feed's key is known"


def test_merge_takes_the_best_of_each_record() -> None:
    rich = replace(
        PREPRINT,
        abstract="We image cargo.",
        authors=(Author("Ana Lima", (Affiliation("Porto, Portugal"),)),),
        venue="arXiv",
        published=datetime(2025, 3, 1, tzinfo=UTC),
    )
    poor = replace(ARTICLE, venue="Journal of Cargo", published=datetime(2026, 1, 1, tzinfo=UTC))
    merged = identity.merge([poor, rich])
    assert merged.abstract == "We image cargo."
    assert merged.venue == "Journal of Cargo"
    assert merged.type == "article"
    assert merged.published == rich.published
    assert merged.authors == rich.authors
    assert {i.scheme for i in merged.identifiers} == {"arxiv", "doi"}


entries = st.builds(
    Entry,
    key=st.text(max_size=5),
    title=st.text(max_size=40),
    abstract=st.text(max_size=40),
    authors=st.lists(st.builds(Author, name=st.text(max_size=10)), max_size=3).map(tuple),
    year=st.none() | st.integers(1990, 2030),
    type=st.sampled_from([None, "preprint", "article"]),
    venue=st.none() | st.text(max_size=5),
)


@given(st.lists(entries, min_size=1, max_size=4), st.randoms())
def test_the_order_of_records_does_not_matter(records: list[Entry], random: object) -> None:
    records = list({e.key: e for e in records}.values())
    shuffled = records[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert identity.merge(records) == identity.merge(shuffled)


@given(entries, entries)
def test_the_rule_is_symmetric_and_never_raises(one: Entry, other: Entry) -> None:
    same(one, other)
