"""What was looked at, feed by feed."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from digest.sample import fetch, sample

from monitor.digest.coverage import STATES, FeedLine, feed_lines, looked, missed
from monitor.types import Fetch, FetchState


def line(*fetches: Fetch) -> FeedLine:
    [only] = feed_lines(sample(coverage=fetches, watched=()))
    return only


def feeds(number: int, state: str = "ok") -> tuple[FeedLine, ...]:
    return tuple(FeedLine(f"{state}-{n:02}", state, 1, 0, 2, 1, None) for n in range(number))


def test_a_feed_is_as_its_last_fetch_left_it() -> None:
    healed = line(fetch("f", "failed", 0, 0, error="f: no answer"), fetch("f", "ok", 5, 2, day=1))
    assert (healed.state, healed.well, healed.seen, healed.new) == ("ok", True, 5, 2)
    assert healed.note == "1 of 2 fetches did not come back well"
    broken = line(fetch("f", "ok", 5, 2), fetch("f", "blocked", 0, 0, day=1, error="f: answered 403"))
    assert (broken.state, broken.well, broken.note) == ("blocked", False, "answered 403")


def test_a_feed_that_gave_something_was_read_even_if_nothing_came_in_the_end() -> None:
    assert line(fetch("f", "ok", 5, 2), fetch("f", "empty", 0, 0, day=1)).state == "ok"
    assert line(fetch("f", "unchanged", 0, 0), fetch("f", "empty", 0, 0, day=1)).state == "empty"


def test_a_skipped_fetch_counts_only_when_there_was_no_other() -> None:
    assert line(fetch("f", "ok", 5, 2), fetch("f", "skipped", 0, 0, day=1)).state == "ok"
    skipped = line(fetch("f", "skipped", 0, 0))
    assert (skipped.state, skipped.well) == ("skipped", False)


def test_a_short_answer_says_how_short() -> None:
    assert line(fetch("f", "short", 812, 9, announced=1204)).note == "812 of 1,204 records came"
    assert line(fetch("f", "stale", 0, 0)).note is None


def test_a_long_error_is_cut_and_made_plain() -> None:
    note = line(fetch("f", "failed", 0, 0, error="f: \x1b[31m" + "x" * 500)).note
    assert note is not None
    assert (len(note), note[:5], note[-1]) == (200, "[31mx", "…")


def test_feeds_that_did_not_come_back_well_come_first() -> None:
    lines = feed_lines(sample())
    assert [(f.name, f.state) for f in lines] == [
        ("proceedings", "short"),
        ("standards-body", "failed"),
        ("theses", "silent"),
        ("arxiv-listing", "ok"),
        ("computing-index", "unchanged"),
        ("journals", "ok"),
    ]


def test_every_state_has_words() -> None:
    assert set(STATES) == {*get_args(FetchState), "silent"}


def test_few_feeds_are_told_line_by_line() -> None:
    few = (*feeds(2, "failed"), *feeds(12))
    assert looked(few).rows == few
    assert looked(few).briefly == ()


def test_many_good_feeds_are_told_in_one_paragraph() -> None:
    many = (*feeds(2, "failed"), *feeds(13))
    assert looked(many).rows == many[:2]
    [brief] = looked(many).briefly
    assert (brief.words, len(brief.names), brief.more) == ("came back well", 13, 0)
    assert brief.names[0] == "ok-00 (2 seen, 1 new)"


@pytest.mark.parametrize("good", [0, 13])
def test_where_room_is_short_bad_feeds_are_still_all_named(good: int) -> None:
    many = (*feeds(30, "failed"), *feeds(30, "silent"), *feeds(good))
    told = looked(many, most_rows=40, most_names=300)
    assert told.rows == many[:40]
    assert [(b.words, len(b.names), b.more) for b in told.briefly][:1] == [("never fetched", 20, 0)]


def test_names_beyond_the_bound_are_counted() -> None:
    told = looked(feeds(500, "failed"), most_rows=40, most_names=300)
    assert [(b.words, len(b.names), b.more) for b in told.briefly] == [("failed", 300, 160)]


def test_a_healed_feed_is_marked_in_the_paragraph_too() -> None:
    healed = replace(feeds(1)[0], fetches=4, failures=1)
    [brief] = looked((healed, *feeds(12))).briefly
    assert brief.names[0] == "ok-00 (2 seen, 1 new; 1 of 4 fetches did not come back well)"


def test_what_may_have_been_missed_is_told_gap_by_gap() -> None:
    assert missed(sample()) == (
        "proceedings, 21 July 2026, 00:00 UTC to 24 July 2026, 05:00 UTC: still owed; "
        "1204 records were announced and 812 came.",
        "journals, 21 July 2026, 00:00 UTC to 24 July 2026, 05:00 UTC: lost; "
        "given up after 12 tries in 14.1 days: journals.example answered 500.",
        "computing-index may have missed 2 works that another feed brought.",
    )
    assert missed(sample(), most=1)[1:] == ("And 2 more gaps.",)
    assert missed(sample(gaps=(), possibly_missed={})) == ()


def test_gaps_of_feeds_that_are_watched_no_more_are_not_told() -> None:
    assert missed(sample(watched=("theses",))) == ()
