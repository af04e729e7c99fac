"""What titles say, and how alike they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.identity.titles import likeness, numbers_contradict, take_apart

LONG = "Muon tomography of shipping containers at a working sea port"


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        (LONG, LONG.upper(), "same"),
        (LONG, f"RETRACTED: {LONG}", "same"),
        (LONG, f"{LONG} (extended version)", "same"),
        ("$\\alpha$-decay of H$_2$O & ice in caves", "Alpha-decay of H₂O and ice in caves", "same"),
        ("Modelling the behaviour of crowds in stations", "Modeling of the behavior of crowds in stations", "spelt"),
        ("Co-operation of rescue teams underground", "Cooperation of rescue teams underground", "same"),
        (f"{LONG}: lessons of two years", LONG, "cut"),
        (LONG, "Muon tomography of shipping containers at a wor…", "cut"),
        (LONG, "Muon tomography of parked trucks at a working sea port", "worded"),
        (LONG, "Sparrows of the northern harbour", "other"),
        ("Detecting hypertension in rescue workers", "Detecting hypotension in rescue workers", "worded"),
    ],
)
def test_likeness(one: str, other: str, how: str) -> None:
    assert likeness(take_apart(one), take_apart(other)) == how


@pytest.mark.parametrize(
    ("title", "notice"),
    [
        (f"Erratum: {LONG}", "correction"),
        (f"Author Correction: {LONG}", "correction"),
        (f"{LONG}: Corrigendum", "correction"),
        (f"Retraction Note: {LONG}", "retraction"),
        (f"Reply to “{LONG}”", "reply"),
        (f"Data from: {LONG}", "data"),
        ("Decision letter: muons", "review"),
        ("Correction of bias in models of floods", ""),
        ("Data assimilation for floods", ""),
        ("Commentary and criticism in networks", ""),
        (LONG, ""),
    ],
)
def test_notices_are_told_from_works(title: str, notice: str) -> None:
    assert take_apart(title).notice == notice


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LONG, f"{LONG}. Part II"),
        (f"{LONG} I: theory", f"{LONG} II: practice"),
        ("Report of the commission on floods 2023", "Report of the commission on floods 2024"),
        ("Collisions of lead at 7 TeV", "Collisions of lead at 13 TeV"),
        (f"{LONG} (1)", f"{LONG} (2)"),
        ("YOLO: seeing at once", "YOLO++: seeing at once"),
    ],
)
def test_numbers_and_parts_tell_works_apart(one: str, other: str) -> None:
    assert numbers_contradict(take_apart(one), take_apart(other))


def test_a_number_that_only_one_title_has_is_no_contradiction() -> None:
    assert not numbers_contradict(take_apart("Lessons of Tohoku"), take_apart("Lessons of Tohoku 2011"))
    assert not numbers_contradict(take_apart("COVID-19 in ports"), take_apart("COVID 19 in ports"))


@pytest.mark.parametrize("title", ["Editorial", "Annual report of the commission", "Front Matter", "In this issue"])
def test_titles_that_serve_again_and_again_are_known(title: str) -> None:
    assert take_apart(title).serial


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_symmetric_and_a_title_is_like_itself(one: str, other: str) -> None:
    left, right = take_apart(one), take_apart(other)
    assert likeness(left, right) == likeness(right, left)
    assert likeness(left, left) == "same"
    assert numbers_contradict(left, right) == numbers_contradict(right, left)
