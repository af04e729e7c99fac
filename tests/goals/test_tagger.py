from __future__ import annotations

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

BREAD = Paper("Sourdough fermentation", "Bakers keep sourdough alive, sourdough alone, for years.")
TEA = Paper("Oolong leaves", "Steeping oolong leaves, oolong only, at several temperatures.")
NEITHER = Paper("Stellar spectra", "A survey of faint galaxies observed at night.")


@pytest.fixture
def tagger(model_folder: Path, fake_encoder: FakeEncoder) -> Tagger:
    """Knows `sourdough` and `oolong` and nothing else."""
    head = Head(
        name="tiny-fake.1",
        encoder="fake/1",
        labels=("bread", "tea"),
        weights=np.array([direction("sourdough"), direction("oolong")], np.float32),
        bias=np.zeros(2, np.float32),
        calibration=((10.0, -3.5), (10.0, -3.5)),
        thresholds=(0.5, 0.5),
    )
    head.save(model_folder)
    loaded = Head.load(model_folder, labels=("bread", "tea"), encoder="fake/1", dimensions=16)
    return Tagger(load_taxonomy(model_folder), loaded, fake_encoder)


def labels(tagging: Any) -> list[str]:
    return [tag.label for tag in tagging.selected]


def test_every_goal_gets_a_probability_and_some_are_selected(tagger: Tagger) -> None:
    taggings = tagger.tag([BREAD, TEA, NEITHER])
    assert [labels(t) for t in taggings] == [["bread"], ["tea"], []]
    for tagging in taggings:
        assert [(tag.facet, tag.label, tag.model) for tag in tagging.tags] == [
            ("goal", "bread", "tiny-fake.1"),
            ("goal", "tea", "tiny-fake.1"),
        ]
        assert all(0 <= tag.probability <= 1 for tag in tagging.tags)
        assert tagging.reason is None


def test_evidence_is_given_for_selected_goals_only_and_stands_in_the_paper(tagger: Tagger) -> None:
    (tagging,) = tagger.tag([BREAD])
    bread, tea = tagging.tags
    assert tea.evidence == ()
    assert 1 <= len(bread.evidence) <= 3
    assert "sourdough" in bread.evidence[0].lower()
    assert all(phrase in BREAD.title or phrase in BREAD.abstract for phrase in bread.evidence)


def test_what_cannot_be_judged_has_a_reason_and_nothing_else(tagger: Tagger, fake_encoder: FakeEncoder) -> None:
    first, second, third = tagger.tag([Paper(""), BREAD, Paper("12:30 + 4 %")])
    for tagging in (first, third):
        assert (tagging.tags, tagging.vector, tagging.selected) == ((), None, ())
        assert tagging.reason
    assert labels(second) == ["bread"]
    assert fake_encoder.texts == [BREAD.text]


def test_kept_vectors_give_the_same_tags_and_only_selected_texts_are_read(
    tagger: Tagger, fake_encoder: FakeEncoder
) -> None:
    papers = [BREAD, NEITHER, TEA]
    fresh = tagger.tag(papers)
    kept = [np.asarray(t.vector).astype("<f2").astype(np.float32) for t in fresh]
    fake_encoder.texts.clear()
    again = tagger.tag(papers, vectors=kept)
    assert fake_encoder.texts == [BREAD.text, TEA.text]
    for one, other in zip(fresh, again, strict=True):
        assert one.tags == other.tags
        assert np.array_equal(np.asarray(one.vector), np.asarray(other.vector))


@pytest.mark.parametrize("bad", [np.zeros(15), np.zeros((1, 16)), np.full(16, np.nan), None])
def test_a_kept_vector_that_cannot_be_is_made_anew(tagger: Tagger, bad: Any) -> None:
    assert tagger.tag([BREAD], vectors=[bad])[0].tags == tagger.tag([BREAD])[0].tags


def test_batches_do_not_change_the_answers(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    papers = [BREAD, Paper(""), TEA, NEITHER, BREAD]
    whole = tagger.tag(papers)
    monkeypatch.setattr(module, "BATCH", 2)
    assert [t.tags for t in tagger.tag(papers)] == [t.tags for t in whole]
    assert tagger.tag([]) == []


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


def test_classify_refuses_a_record_that_is_no_paper(tagger: Tagger) -> None:
    with pytest.raises(ValueError, match="the record has no 'id'"):
        list(classify(tagger, [{"title": "T"}]))


def test_a_head_for_another_encoder_is_refused_on_opening(tagger: Tagger, model_folder: Path) -> None:
    assert tagger.name == "tiny-fake.1"
    with pytest.raises(ModelError, match=r"head\.json: trained on vectors of fake/1, but the encoder is all-MiniLM"):
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


@pytest.fixture(scope="module")
def real(encoder: Encoder) -> Tagger:
    folder = shipped.path("models/goals")
    taxonomy = load_taxonomy(folder)
    head = Head.load(folder, labels=taxonomy.slugs, encoder=encoder.identity, dimensions=encoder.dimensions)
    return Tagger(taxonomy, head, encoder)


def test_the_shipped_model_opens() -> None:
    tagger = Tagger.open(shipped.path("models/goals"))
    assert tagger.name.startswith("goals-minilm-lr.")
    assert tagger.encoder_identity == "all-MiniLM-L6-v2/53aa51172d14/torch-fp32/256"
    assert [goal.slug for goal in tagger.goals] == list(EXAMPLES)


def test_the_shipped_model_knows_clear_cases_and_shows_why(real: Tagger) -> None:
    taggings = real.tag(list(EXAMPLES.values()))
    for (slug, paper), tagging in zip(EXAMPLES.items(), taggings, strict=True):
        (tag,) = (t for t in tagging.tags if t.label == slug)
        assert tag.selected, (slug, tag)
        assert 2 <= len(tag.evidence) <= 3
        assert all(phrase in paper.text and 2 <= len(phrase.split()) <= 8 for phrase in tag.evidence)


def test_the_shipped_model_is_able_to_say_none(real: Tagger) -> None:
    papers = [
        Paper("Spectra of faint galaxies", "We measure redshifts of 300 galaxies and discuss their star formation."),
        Paper(
            "On the cohomology of moduli spaces", "We prove a vanishing theorem for the cohomology of a moduli space."
        ),
        Paper("Recipes for sourdough", "Fermentation of wheat dough at several temperatures is described."),
    ]
    assert [labels(t) for t in real.tag(papers)] == [[], [], []]


def test_the_shipped_model_gives_the_same_answer_from_kept_vectors(real: Tagger) -> None:
    papers = list(EXAMPLES.values())
    fresh = real.tag(papers)
    again = real.tag(papers, vectors=[t.vector for t in fresh])
    for one, other in zip(fresh, again, strict=True):
        assert [(t.label, t.probability, t.selected, t.evidence) for t in one.tags] == [
            (t.label, t.probability, t.selected, t.evidence) for t in other.tags
        ]
