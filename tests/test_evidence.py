"""Which evidence decides: by examples of every rank, and by properties over all mixtures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.evidence import STRONG, WEAK, Evidence, Kind, Statement, decide

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
METHODS: dict[int, tuple[Kind, str]] = {
    1: ("affiliation", "country-name"),
    2: ("affiliation", "ror-attached"),
    3: ("affiliation", "us-state"),
    4: ("domain", "domain"),
    5: ("index", "index"),
    6: ("profile", "profile"),
}


def piece(
    country: str | None, rank: int = 1, author: int | None = 0, route: str = "feed", raw: str | None = None
) -> Evidence:
    kind, method = METHODS[rank]
    statement = Statement(kind, raw or f"{country} {rank}", author)
    words = country or ""
    return Evidence(statement, route, route, NOW, country=country, method=method, score=0.9, words=words)


@pytest.mark.parametrize("rank", METHODS)
def test_ranks(rank: int) -> None:
    assert piece("SE", rank).rank == rank


def test_a_country_by_the_domain_inside_an_affiliation_is_no_better_than_a_domain() -> None:
    assert replace(piece("SE"), method="domain").rank == 4


@pytest.mark.parametrize("better", range(1, 6))
def test_stronger_evidence_replaces_weaker_whichever_came_first(better: int) -> None:
    strong = piece("SE", better, route="a")
    weak = piece("NO", better + 1, route="b")
    for order in ([strong, weak], [weak, strong]):
        verdict = decide(order, 1)
        assert [o.country for o in verdict.origins] == ["SE"]
        assert verdict.strong == (better <= STRONG)


def test_of_equals_the_earlier_stays_and_the_other_is_a_conflict() -> None:
    first, second = piece("SE", route="feed"), piece("NO", route="arxiv-html")
    verdict = decide([first, second], 1)
    assert [o.country for o in verdict.origins] == ["SE"]
    assert verdict.conflicts == (second,)
    assert decide([piece("SE", 4), piece("NO", 5)], 1).conflicts == (), "weak evidence may disagree"


def test_several_affiliations_in_one_document_all_count_each_by_its_strongest_words() -> None:
    rows = [
        piece("SE", 1, raw="KTH, Sweden"),
        piece("DE", 2, raw="KTH, Sweden"),
        piece("US", 3, raw="Boston, MA"),
        piece("FR", 4, raw="x.fr"),
    ]
    verdict = decide(rows, 1)
    assert {(o.country, o.fraction) for o in verdict.origins} == {("SE", 0.5), ("US", 0.5)}
    assert [e.country for e in verdict.conflicts] == ["DE"], "the attached ROR id says otherwise"


def test_a_country_told_twice_is_one_row_with_the_better_reason() -> None:
    [row] = decide([piece("IT", 3, raw="one"), piece("IT", 1, raw="two")], 1).origins
    assert (row.country, row.method, row.fraction) == ("IT", "country-name", 1.0)


def test_profiles_are_shown_and_never_an_answer() -> None:
    verdict = decide([piece("SE", WEAK)], 1)
    assert (verdict.state, verdict.origins) == ("no-affiliation", ())
    assert [e.country for e in verdict.weak] == ["SE"]
    assert decide([piece("SE", WEAK), piece("NO", 5)], 1).weak == ()


def test_states_are_told_apart() -> None:
    assert decide([], 2).state == "no-affiliation"
    assert decide([piece(None, 4, raw="gmail.com")], 2).state == "no-affiliation"
    assert decide([piece(None, 3, raw="Trinity College")], 2).state == "no-country"
    assert decide([piece("SE")], 2).state == "partial"
    assert decide([piece("SE"), piece("SE", author=1)], 2).state == "known"
    assert decide([piece("SE", author=None)], 0).state == "partial"


def test_countries_of_the_work_share_what_falls_to_unknown_authors() -> None:
    rows = [piece("SE"), piece("PT", author=None, raw="a"), piece("NO", author=None, raw="b")]
    verdict = decide(rows, 4)
    assert verdict.fractional == {"NO": 0.375, "PT": 0.375, "SE": 0.25}
    assert verdict.whole == {"NO": 1, "PT": 1, "SE": 1}
    assert (verdict.state, verdict.covered, verdict.strong) == ("partial", 0.25, False)
    everyone = [*rows, *(piece("SE", author=n) for n in (1, 2, 3))]
    assert decide(everyone, 4).fractional == {"SE": 1.0}, "nobody is left for the work's countries"


def test_countries_by_position() -> None:
    last = piece("NO", author=2)
    rows = [piece("SE"), piece("PT", author=1), replace(last, statement=replace(last.statement, corresponding=True))]
    assert decide(rows, 3).by_position == {
        "first": ("SE",),
        "last": ("NO",),
        "corresponding": ("NO",),
        "any": ("SE", "PT", "NO"),
    }
    assert decide([piece("SE", author=None)], 2).by_position["first"] == ()


PIECES = st.builds(
    piece,
    st.sampled_from(["SE", "NO", "PT", None]),
    st.integers(1, 6),
    st.sampled_from([None, 0, 1, 2]),
    st.sampled_from(["feed", "arxiv-html", "openalex"]),
)


@given(st.lists(PIECES, max_size=12), st.integers(0, 3))
def test_fractions_add_up_to_what_is_known(rows: list[Evidence], authors: int) -> None:
    verdict = decide(rows, authors)
    total = sum(verdict.fractional.values())
    assert total <= 1 + 1e-9
    if any(o.author is None for o in verdict.origins) or verdict.state == "known":
        assert total == pytest.approx(1)
    else:
        assert total == pytest.approx(verdict.covered)
    assert len({(o.author, o.country) for o in verdict.origins}) == len(verdict.origins)


@given(st.lists(PIECES, max_size=8), PIECES)
def test_a_later_piece_changes_an_answer_only_when_it_is_stronger(rows: list[Evidence], late: Evidence) -> None:
    late = replace(late, route="late", source="late")
    before = {(o.author, o.country) for o in decide(rows, 3).origins if o.author == late.statement.author}
    after = {(o.author, o.country) for o in decide([*rows, late], 3).origins if o.author == late.statement.author}
    known = [e.rank for e in rows if e.country and e.rank < WEAK and e.statement.author == late.statement.author]
    if known and late.rank >= min(known):
        assert after == before


@given(st.lists(PIECES, max_size=8))
def test_conflicts_are_strong_and_of_another_country(rows: list[Evidence]) -> None:
    verdict = decide(rows, 3)
    for e in verdict.conflicts:
        assert e.rank <= STRONG
        assert e.country not in {o.country for o in verdict.origins if o.author == e.statement.author}


@pytest.mark.timeout(5)
def test_a_large_collaboration_is_decided_in_time() -> None:
    rows = [piece("SE", author=n % 5_000) for n in range(10_000)]
    assert decide(rows, 5_000).fractional == {"SE": pytest.approx(1.0)}
