from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_encoder import FakeEncoder, direction

from monitor import shipped
from monitor.encoder import Encoder
from monitor.errors import ModelError
from monitor.goals import Head, Paper, Tagger, classify, load_taxonomy
from monitor.goals import tagger as module
from monitor.goals.head import Arrays

BREAD = Paper("Sourdough fermentation", "Bakers keep sourdough alive, sourdough alone, for years.")
TEA = Paper("Oolong leaves", "Steeping oolong leaves, oolong only, at several temperatures.")
NEITHER = Paper("Stellar spectra", "A survey of faint galaxies observed at night.")
PASSING = Paper(
    "Stellar spectra",
    "A survey of faint galaxies, which rise like sourdough, observed on many nights, with telescopes of several kinds.",
)
"""Possible after a look at its words, but not when it is read."""
HIDDEN = Paper("Levain sourdoughs", "Levain rises.")
"""Has no word that the first look knows."""


def make_head(arrays: dict[str, Any] | None = None, **changes: Any) -> Head:
    """Learnt from a paper on `sourdough`, one on `oolong` and one on `galaxies`; says yes where the vector is near one
    of the first two, with a little help from the words."""
    parts = Arrays(
        support=np.array([direction(word) for word in ("sourdough", "oolong", "galaxies")]).astype(np.float16),
        duals=np.array([[1, 0], [0, 1], [0, 0]], np.float32),
        words=np.array([[0.2, 0], [0, 0.2], [0, 0]], np.float32),
        bias=np.zeros(2, np.float32),
        idf=np.ones(3, np.float32),
        look=np.array([[1, 0], [0, 1], [0, 0]], np.float32),
        look_bias=np.zeros(2, np.float32),
        cuts=np.full(2, 0.25, np.float32),
    )
    head = Head(
        name="tiny-fake.1",
        encoder="fake",
        labels=("bread", "tea"),
        papers=("p:1", "p:2", "p:3"),
        terms=("sourdough", "oolong", "faint galaxies"),
        arrays=dataclasses.replace(parts, **(arrays or {})),
        gamma=1.0,
        calibration=((20.0, -9.6), (20.0, -9.6)),
        thresholds=(0.5, 0.5),
    )
    return dataclasses.replace(head, **changes)


@pytest.fixture
def build(model_folder: Path, fake_encoder: FakeEncoder) -> Callable[..., Tagger]:
    """Makes a tagger of a head that was written and read."""

    def made(arrays: dict[str, Any] | None = None, **changes: Any) -> Tagger:
        make_head(arrays, **changes).save(model_folder)
        taxonomy = load_taxonomy(model_folder)
        head = Head.load(
            model_folder, labels=taxonomy.slugs, encoder=fake_encoder.space, dimensions=fake_encoder.dimensions
        )
        return Tagger(taxonomy, head, fake_encoder)

    return made


@pytest.fixture
def tagger(build: Callable[..., Tagger]) -> Tagger:
    """Knows `sourdough` and `oolong` and nothing else."""
    return build()


def labels(tagging: Any) -> list[str]:
    return [tag.label for tag in tagging.selected]


def chances(tagging: Any) -> list[float]:
    return [tag.probability for tag in tagging.tags]


def test_every_goal_gets_a_probability_and_some_are_selected(tagger: Tagger) -> None:
    taggings = tagger.tag([BREAD, TEA, NEITHER, PASSING])
    assert [labels(t) for t in taggings] == [["bread"], ["tea"], [], []]
    for tagging in taggings:
        assert [(tag.facet, tag.label, tag.model) for tag in tagging.tags] == [
            ("goal", "bread", "tiny-fake.1"),
            ("goal", "tea", "tiny-fake.1"),
        ]
        assert all(0 <= tag.probability <= 1 for tag in tagging.tags)
        assert all(tag.selected is (tag.probability >= 0.5) for tag in tagging.tags)
        assert tagging.reason is None


def test_what_cannot_be_judged_has_a_reason_and_nothing_else(tagger: Tagger, fake_encoder: FakeEncoder) -> None:
    first, second, third = tagger.tag([Paper(""), BREAD, Paper("12:30 + 4 %")], exact=True)
    for tagging in (first, third):
        assert (tagging.tags, tagging.vector, tagging.selected) == ((), None, ())
        assert tagging.reason
    assert labels(second) == ["bread"]
    assert fake_encoder.texts == [BREAD.text]


def test_nothing_that_can_be_judged(tagger: Tagger, fake_encoder: FakeEncoder) -> None:
    assert [t.reason for t in tagger.tag([Paper(""), Paper("Editorial Board")], exact=True)] == [
        "no text",
        "not a paper: front matter or a notice of its journal",
    ]
    assert fake_encoder.texts == []


# --- first look -------------------------------------------------------------------------------


def test_a_paper_out_of_reach_after_a_first_look_is_not_read(tagger: Tagger, fake_encoder: FakeEncoder) -> None:
    bread, neither, passing, hidden = tagger.tag([BREAD, NEITHER, PASSING, HIDDEN])
    assert fake_encoder.texts == [BREAD.text, PASSING.text]
    assert bread.vector is not None
    assert passing.vector is not None
    for tagging in (neither, hidden):
        assert (tagging.vector, tagging.reason, labels(tagging)) == (None, None, [])
        assert all(0 <= chance < 0.5 for chance in chances(tagging))
        assert all(tag.evidence == () for tag in tagging.tags)


def test_what_is_not_read_gets_the_probabilities_of_the_first_look(tagger: Tagger) -> None:
    (tagging,) = tagger.tag([NEITHER])
    assert chances(tagging) == tagger.first_look([NEITHER])[0].tolist()


@pytest.mark.parametrize("threshold", [0.5, 0.3, 0.123457, 1e-6])
def test_what_is_not_read_stays_below_the_thresholds(
    build: Callable[..., Tagger], fake_encoder: FakeEncoder, threshold: float
) -> None:
    sure = {"look_bias": np.full(2, 9, np.float32), "cuts": np.full(2, 99, np.float32)}
    (tagging,) = build(sure, thresholds=(threshold, 0.75)).tag([BREAD])
    assert fake_encoder.texts == []
    assert chances(tagging) == [pytest.approx(threshold - 1e-6, abs=1e-9), 0.749999]
    assert labels(tagging) == []


def test_exact_reads_every_paper(tagger: Tagger, fake_encoder: FakeEncoder) -> None:
    papers = [NEITHER, BREAD, PASSING, HIDDEN]
    taggings = tagger.tag(papers, exact=True)
    assert fake_encoder.texts == [paper.text for paper in papers]
    assert all(tagging.vector is not None for tagging in taggings)
    assert [labels(t) for t in taggings] == [[], ["bread"], [], []]


def test_reading_only_the_possible_ones_changes_nothing_for_these(tagger: Tagger) -> None:
    papers = [BREAD, NEITHER, TEA, PASSING]
    quick, exact = tagger.tag(papers), tagger.tag(papers, exact=True)
    assert [labels(t) for t in quick] == [labels(t) for t in exact]
    for place in (0, 2, 3):
        assert chances(quick[place]) == pytest.approx(chances(exact[place]), abs=2e-6)
        assert [tag.evidence for tag in quick[place].tags] == [tag.evidence for tag in exact[place].tags]


def test_a_goal_without_a_cut_has_every_paper_read(build: Callable[..., Tagger], fake_encoder: FakeEncoder) -> None:
    tagger = build({"cuts": np.array([99, -np.inf], np.float32)})
    tagger.tag([NEITHER, BREAD])
    assert fake_encoder.texts == [NEITHER.text, BREAD.text]


def test_the_first_look_reads_no_text(
    tagger: Tagger, fake_encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    found = tagger.first_look([BREAD, TEA, NEITHER])
    assert found.shape == (3, 2)
    assert found.argmax(axis=1).tolist()[:2] == [0, 1]
    assert found[2].max() < 0.01
    assert tagger.first_look([]).shape == (0, 2)
    assert fake_encoder.texts == []


# --- evidence ---------------------------------------------------------------------------------


def test_evidence_is_given_for_selected_goals_only_and_stands_in_the_paper(tagger: Tagger) -> None:
    (tagging,) = tagger.tag([BREAD])
    bread, tea = tagging.tags
    assert tea.evidence == ()
    assert 1 <= len(bread.evidence) <= 3
    assert "sourdough" in bread.evidence[0].lower()
    assert all(phrase in BREAD.title or phrase in BREAD.abstract for phrase in bread.evidence)


def test_evidence_shows_what_words_alone_have_decided(build: Callable[..., Tagger]) -> None:
    tagger = build(
        {
            "duals": np.zeros((3, 2), np.float32),
            "words": np.array([[0, 0], [0, 0], [2, 0]], np.float32),
        }
    )
    (tagging,) = tagger.tag([NEITHER], exact=True)
    assert labels(tagging) == ["bread"]
    assert tagging.selected[0].evidence[0] == "faint galaxies"


def test_evidence_joins_vector_and_words(build: Callable[..., Tagger]) -> None:
    paper = Paper("Sourdough sourdough", "Sourdough sourdough sourdough. Nobody saw faint galaxies. Sourdough it was.")
    tagger = build(
        {"words": np.array([[0, 0], [0, 0], [0.25, 0]], np.float32), "idf": np.array([0.1, 1, 1], np.float32)}
    )
    (tagging,) = tagger.tag([paper], exact=True)
    shown = " | ".join(tagging.selected[0].evidence).lower()
    assert "galaxies" in shown
    assert "sourdough" in shown


# --- kept vectors -----------------------------------------------------------------------------


def test_kept_vectors_give_the_same_tags_and_only_selected_texts_are_read(
    tagger: Tagger, fake_encoder: FakeEncoder
) -> None:
    papers = [BREAD, NEITHER, TEA]
    fresh = tagger.tag(papers, exact=True)
    kept = [np.asarray(t.vector).astype("<f2").astype(np.float32) for t in fresh]
    for exact in (True, False):
        fake_encoder.texts.clear()
        again = tagger.tag(papers, vectors=kept, exact=exact)
        assert fake_encoder.texts == [BREAD.text, TEA.text]
        for one, other in zip(fresh, again, strict=True):
            assert one.tags == other.tags
            assert np.array_equal(np.asarray(one.vector), np.asarray(other.vector))


def test_a_kept_vector_counts_more_than_a_first_look(tagger: Tagger, fake_encoder: FakeEncoder) -> None:
    like_bread = np.asarray(direction("sourdough"), np.float32)
    (tagging,) = tagger.tag([HIDDEN], vectors=[like_bread])
    assert labels(tagging) == ["bread"]
    assert tagging.vector is not None
    assert fake_encoder.texts == [HIDDEN.text], "for its evidence"


def test_kept_vectors_and_missing_ones_go_together(tagger: Tagger, fake_encoder: FakeEncoder) -> None:
    papers = [PASSING, Paper(""), BREAD, NEITHER, TEA]
    fresh = tagger.tag(papers)
    kept = [fresh[0].vector, None, None, None, fresh[4].vector]
    fake_encoder.texts.clear()
    again = tagger.tag(papers, vectors=kept)
    assert sorted(fake_encoder.texts) == sorted([BREAD.text, TEA.text])
    assert [t.tags for t in again] == [t.tags for t in fresh]
    assert [t.vector is None for t in again] == [False, True, False, True, False]


@pytest.mark.parametrize("bad", [np.zeros(15), np.zeros((1, 16)), np.full(16, np.nan), None])
def test_a_kept_vector_that_cannot_be_is_made_anew(tagger: Tagger, bad: Any) -> None:
    assert tagger.tag([BREAD], vectors=[bad])[0].tags == tagger.tag([BREAD])[0].tags


def test_vectors_are_exact_in_sixteen_bits(tagger: Tagger) -> None:
    vector = np.asarray(tagger.tag([BREAD])[0].vector)
    assert vector.dtype == np.float32
    assert np.array_equal(vector, vector.astype(np.float16).astype(np.float32))


# --- batches and records ----------------------------------------------------------------------


@pytest.mark.parametrize("exact", [False, True])
def test_batches_do_not_change_the_answers(tagger: Tagger, monkeypatch: pytest.MonkeyPatch, exact: bool) -> None:
    papers = [BREAD, Paper(""), TEA, NEITHER, BREAD]
    whole = tagger.tag(papers, exact=exact)
    monkeypatch.setattr(module, "BATCH", 2)
    assert [t.tags for t in tagger.tag(papers, exact=exact)] == [t.tags for t in whole]
    assert tagger.tag([], exact=exact) == []


def test_classify_answers_in_the_contract_shape_and_order(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    records = [
        {"id": "a", "title": BREAD.title, "abstract": BREAD.abstract},
        {"id": 2, "title": "", "abstract": None},
        {"id": "c", "title": TEA.title, "abstract": TEA.abstract, "more": 1},
    ]
    answers = list(classify(tagger, iter(records)))
    assert [a["id"] for a in answers] == ["a", 2, "c"]
    assert all(list(a) == ["id", "goals", "selected", "evidence"] for a in answers)
    assert [a["selected"] for a in answers] == [["bread"], [], ["tea"]]
    assert answers[1]["goals"] == {"bread": 0.0, "tea": 0.0}
    assert list(answers[0]["evidence"]) == ["bread"]


def test_classify_reads_every_paper_unless_told_otherwise(tagger: Tagger, fake_encoder: FakeEncoder) -> None:
    record = {"id": "a", "title": NEITHER.title, "abstract": NEITHER.abstract}
    (exact,) = classify(tagger, [record])
    assert fake_encoder.texts == [NEITHER.text]
    (quick,) = classify(tagger, [record], exact=False)
    assert fake_encoder.texts == [NEITHER.text]
    assert exact["goals"] == dict(zip(("bread", "tea"), chances(tagger.tag([NEITHER], exact=True)[0]), strict=True))
    assert quick["goals"] == dict(zip(("bread", "tea"), chances(tagger.tag([NEITHER])[0]), strict=True))
    assert exact["goals"] != quick["goals"]


def test_classify_refuses_a_record_that_is_no_paper(tagger: Tagger) -> None:
    with pytest.raises(ValueError, match="the record has no 'id'"):
        list(classify(tagger, [{"title": "T"}]))


def test_a_head_for_another_encoder_is_refused_on_opening(tagger: Tagger, model_folder: Path) -> None:
    assert tagger.name == "tiny-fake.1"
    assert tagger.encoder_identity == "fake/1"
    with pytest.raises(ModelError, match=r"head\.json: trained on vectors of fake, but the encoder is all-MiniLM"):
        Tagger.open(model_folder)


# --- the shipped model ---------------------------------------------------------------------------

EXAMPLES = {
    "screening": Paper(
        "Dual-energy X-ray screening of cabin baggage at airport checkpoints",
        "Security officers must find weapons and explosives in luggage within seconds. We train a detector of "
        "prohibited items on baggage scans and test it on concealed knives and guns.",
    ),
    "cyber": Paper(
        "Fuzzing kernel drivers for memory-safety vulnerabilities",
        "Attackers exploit bugs in drivers to gain privileges. Our fuzzer found 41 vulnerabilities, 12 of which are "
        "exploitable, and helped vendors patch them.",
    ),
    "decision": Paper(
        "Forecasting epidemic waves to plan interventions",
        "Public-health authorities need outbreak forecasts to decide on school closures and to allocate vaccines. We "
        "evaluate scenario models against surveillance data from three epidemics.",
    ),
    "responder": Paper(
        "Locating firefighters in burning buildings without GPS",
        "Incident commanders lose track of crews indoors. Boot-mounted inertial sensors and ad hoc radio let rescuers "
        "find a downed firefighter in smoke.",
    ),
    "resilience": Paper(
        "Flood mapping and early warning from radar satellites",
        "Floods threaten river communities. We map inundation from synthetic aperture radar within hours and warn "
        "households downstream; damage to roads and power lines is estimated too.",
    ),
}
STRANGE = [
    Paper("Spectra of faint galaxies", "We measure redshifts of 300 galaxies and discuss their star formation."),
    Paper("On the cohomology of moduli spaces", "We prove a vanishing theorem for the cohomology of a moduli space."),
    Paper("Recipes for sourdough", "Fermentation of wheat dough at several temperatures is described."),
]


@pytest.fixture(scope="module")
def real(encoder: Encoder) -> Tagger:
    folder = shipped.path("models/goals")
    taxonomy = load_taxonomy(folder)
    head = Head.load(folder, labels=taxonomy.slugs, encoder=encoder.space, dimensions=encoder.dimensions)
    return Tagger(taxonomy, head, encoder)


def test_the_shipped_model_opens() -> None:
    tagger = Tagger.open(shipped.path("models/goals"))
    assert tagger.name.startswith("goals-minilm-krr.")
    assert tagger.encoder_identity.startswith("all-MiniLM-L6-v2/53aa51172d14/128/")
    assert [goal.slug for goal in tagger.goals] == list(EXAMPLES)


@pytest.mark.parametrize("exact", [False, True])
def test_the_shipped_model_knows_clear_cases_and_shows_why(real: Tagger, exact: bool) -> None:
    taggings = real.tag(list(EXAMPLES.values()), exact=exact)
    for (slug, paper), tagging in zip(EXAMPLES.items(), taggings, strict=True):
        (tag,) = (t for t in tagging.tags if t.label == slug)
        assert tag.selected, (slug, tag)
        assert 2 <= len(tag.evidence) <= 3
        assert all(phrase in paper.text and 2 <= len(phrase.split()) <= 8 for phrase in tag.evidence)


@pytest.mark.parametrize("exact", [False, True])
def test_the_shipped_model_is_able_to_say_none(real: Tagger, exact: bool) -> None:
    assert [labels(t) for t in real.tag(STRANGE, exact=exact)] == [[], [], []]


def test_the_shipped_model_gives_the_same_answer_from_kept_vectors(real: Tagger) -> None:
    papers = [*EXAMPLES.values(), *STRANGE]
    fresh = real.tag(papers, exact=True)
    again = real.tag(papers, vectors=[t.vector for t in fresh])
    for one, other in zip(fresh, again, strict=True):
        assert [(t.label, t.probability, t.selected, t.evidence) for t in one.tags] == [
            (t.label, t.probability, t.selected, t.evidence) for t in other.tags
        ]


def test_the_shipped_model_tags_without_torch_and_without_a_learner() -> None:
    program = (
        "import sys\n"
        "from monitor import shipped\n"
        "from monitor.goals import Paper, Tagger\n"
        "opened = Tagger.open(shipped.path('models/goals'))\n"
        f"(tagging,) = opened.tag([Paper({EXAMPLES['cyber'].title!r}, {EXAMPLES['cyber'].abstract!r})])\n"
        "assert tagging.selected\n"
        "extra = {'torch', 'transformers', 'sentence_transformers', 'sklearn'} & set(sys.modules)\n"
        "assert not extra, extra\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
