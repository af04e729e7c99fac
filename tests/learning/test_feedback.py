"""Learning from what reviewers decided, on a little world: bread, tea or stars in words that are known, then new."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder

from monitor.errors import ModelError
from monitor.goals import Head, Paper, load_taxonomy
from monitor.learning import Label, metrics, read_labels, retrain, train, versions, write_labels
from monitor.learning.baselines import BASELINES, KEYWORDS
from monitor.learning.feedback import Retraining, merged
from monitor.store.labels import Feedback, Judgement

NOW = datetime(2026, 7, 1, tzinfo=UTC)
KINDS: list[tuple[str, ...]] = [(), ("bread",), (), ("tea",)]
OLD = {(): "stars", ("bread",): "sourdough", ("tea",): "oolong"}
NEW = {(): "owls", ("bread",): "brioche", ("tea",): "matcha"}
SLUGS = ("bread", "tea")


def paper(word: str, number: int) -> Paper:
    return Paper(f"The study {number % 7}", f"This is the {word} of kind {number % 11}.")


LABELS = [Label(f"x:{n}", KINDS[(n + (n % 17 == 16)) % 4], 3, "made") for n in range(80)]
PAPERS = {f"x:{n}": paper(OLD[KINDS[n % 4]], n) for n in range(80)}


def papers(ids: Collection[str]) -> Mapping[str, Paper]:
    return {name: PAPERS[name] for name in ids if name in PAPERS}


def said(number: int, goals: Sequence[str], text: Paper, **changes: object) -> Feedback:
    judged = {slug: slug in goals for slug in SLUGS}
    judgement = Judgement(f"s:{number}", judged, "ana", 3, "g/1", NOW + timedelta(hours=number))
    fields = {"judgement": judgement, "names": (f"s:{number}",), "paper": (text.title, text.abstract), "standing": {}}
    return Feedback(**{**fields, **changes})  # type: ignore[arg-type]


def drift(count: int = 60) -> list[Feedback]:
    """Judgements of papers in words that the first head never met."""
    return [said(n, KINDS[n % 4], paper(NEW[KINDS[n % 4]], n)) for n in range(count)]


def change_of_mind(count: int = 80) -> list[Feedback]:
    """Older judgements that call bread tea and tea bread, and newer ones that are right."""
    wrong = {(): (), ("bread",): ("tea",), ("tea",): ("bread",)}
    kinds = [KINDS[n % 4] for n in range(count)]
    return [said(n, k if n >= count * 0.7 else wrong[k], paper(OLD[k], n)) for n, k in enumerate(kinds)]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "RESAMPLES", 20)
    monkeypatch.setattr(sys.modules["monitor.learning.evaluate"], "BASELINES", {KEYWORDS: BASELINES[KEYWORDS]})


@pytest.fixture
def folder(model_folder: Path, fake_encoder: FakeEncoder) -> Path:
    write_labels(model_folder / "labels.csv", LABELS)
    (model_folder / "about.md").write_text("## Limits\n\nNone of it is real.\n", "utf-8")
    train(model_folder, papers=papers, encoder=fake_encoder)
    return model_folder


def name_in(folder: Path) -> str:
    slugs = load_taxonomy(folder).slugs
    return Head.load(folder, labels=slugs, encoder="fake", dimensions=16).name


def learned(folder: Path, found: list[Feedback], encoder: FakeEncoder, **how: object) -> Retraining | None:
    return retrain(folder, folder.parent / "home" / "tiny", found, encoder=encoder, **how)  # type: ignore[arg-type]


def test_a_better_head_comes_into_use_and_the_one_before_is_kept(folder: Path, fake_encoder: FakeEncoder) -> None:
    result = learned(folder, drift(), fake_encoder)
    home = folder.parent / "home" / "tiny"
    assert result is not None
    assert result.promoted, result.verdict
    assert result.held is not None
    assert result.held.new > result.held.running
    assert result.before is not None
    assert result.before.papers == 80
    assert (result.model, result.instead_of, result.labels, result.feedback) == (
        *("tiny-minilm-krr-home.2", "tiny-minilm-krr.1"),
        *(140, 60),
    )
    assert name_in(home) == result.model
    assert versions.kept(home) == ("tiny-minilm-krr.1",)
    assert len(read_labels(home / "labels.csv", SLUGS)) == 140
    card = (home / "card.md").read_text("utf-8")
    assert result.verdict in card
    assert card.endswith("None of it is real.\n")
    assert name_in(folder) == "tiny-minilm-krr.1", "what is shipped stays"


def test_the_same_feedback_gives_the_same_head_and_is_no_news_afterwards(
    folder: Path, fake_encoder: FakeEncoder
) -> None:
    first = retrain(folder, folder.parent / "one", drift(), encoder=fake_encoder)
    again = retrain(folder, folder.parent / "two", list(reversed(drift())), encoder=fake_encoder)
    assert first == again
    assert (folder.parent / "one" / "head.safetensors").read_bytes() == (
        folder.parent / "two" / "head.safetensors"
    ).read_bytes()
    home = folder.parent / "one"
    assert retrain(home, home, drift(), encoder=fake_encoder) is None


def test_a_worse_head_is_refused_unless_somebody_insists(folder: Path, fake_encoder: FakeEncoder) -> None:
    home = folder.parent / "home" / "tiny"
    result = learned(folder, change_of_mind(), fake_encoder)
    assert result is not None
    assert not result.promoted
    assert "is worse than tiny-minilm-krr.1: F1 0." in result.verdict
    assert "stays in use" in result.verdict
    assert not home.exists()
    forced = learned(folder, change_of_mind(), fake_encoder, force=True)
    assert forced is not None
    assert forced.promoted
    assert "as somebody insisted" in forced.verdict
    assert name_in(home) == forced.model


def test_too_few_judgements_compare_nothing(folder: Path, fake_encoder: FakeEncoder) -> None:
    with pytest.raises(ModelError, match=r"39 new judgements are too few .* 40 are needed"):
        learned(folder, drift(39), fake_encoder)
    result = learned(folder, drift(39), fake_encoder, force=True)
    assert result is not None
    assert (result.promoted, result.held, result.figures) == (True, None, {})


def test_a_name_is_never_given_twice(folder: Path, fake_encoder: FakeEncoder) -> None:
    used = ["tiny-minilm-krr-home.7", "tiny-minilm-krr.1"]
    result = learned(folder, drift(), fake_encoder, used=used)
    assert result is not None
    assert result.model == "tiny-minilm-krr-home.8"


def test_the_way_back_and_forth(folder: Path, fake_encoder: FakeEncoder) -> None:
    result = learned(folder, drift(), fake_encoder)
    home = folder.parent / "home" / "tiny"
    assert result is not None
    versions.restore(home, "tiny-minilm-krr.1")
    assert name_in(home) == "tiny-minilm-krr.1"
    assert len(read_labels(home / "labels.csv", SLUGS)) == 80
    versions.restore(home, result.model)
    assert name_in(home) == result.model
    with pytest.raises(ModelError, match=r"no version '\.\./tiny' .* there are tiny"):
        versions.restore(home, "../tiny")


def test_training_by_hand_keeps_what_it_replaces_and_gives_no_name_twice(
    folder: Path, fake_encoder: FakeEncoder
) -> None:
    """Works that were tagged under a name are not tagged anew under it."""
    result = learned(folder, drift(), fake_encoder)
    assert result is not None
    home = folder.parent / "home" / "tiny"
    for number in (3, 4):
        write_labels(home / "labels.csv", LABELS[number:])
        train(home, papers=papers, encoder=fake_encoder)
        assert name_in(home) == f"tiny-minilm-krr.{number}"
        versions.restore(home, "tiny-minilm-krr.1")
    assert set(versions.kept(home)) == {result.model, *(f"tiny-minilm-krr.{number}" for number in (1, 3, 4))}


def test_a_damaged_version_is_no_way_back(folder: Path, fake_encoder: FakeEncoder) -> None:
    result = learned(folder, drift(), fake_encoder)
    home = folder.parent / "home" / "tiny"
    assert result is not None
    (home / "versions" / "tiny-minilm-krr.1" / "head.safetensors").write_bytes(b"cut short")
    with pytest.raises(ModelError, match="damaged"):
        versions.restore(home, "tiny-minilm-krr.1")
    assert name_in(home) == result.model


def test_a_training_that_was_killed_between_two_files_is_repaired_by_the_next_or_by_the_way_back(
    folder: Path, fake_encoder: FakeEncoder
) -> None:
    home = folder.parent / "home" / "tiny"
    version = home / "versions" / "tiny-minilm-krr.1"
    versions.keep(folder, home)
    (version / "manifest.json").unlink()
    assert versions.kept(home) == ()
    result = learned(folder, drift(), fake_encoder)
    assert result is not None
    (home / "manifest.json").write_bytes((version / "manifest.json").read_bytes())
    with pytest.raises(ModelError):
        name_in(home)
    versions.restore(home, "tiny-minilm-krr.1")
    assert name_in(home) == "tiny-minilm-krr.1"


def test_judgements_take_the_place_of_labels_under_whatever_name() -> None:
    known = [Label("arxiv:1", ("bread",), 3, "drawn"), Label("x:2", (), 3, "drawn")]
    judgement = Judgement("doi:9", {"bread": False, "tea": True}, "ana", 2, None, NOW)
    found = Feedback(judgement, ("arxiv:1", "doi:9"), ("", ""), {})
    wanted, fresh = merged(known, [found], SLUGS)
    assert fresh == [Label("arxiv:1", ("tea",), 2, "drawn", "ana", "2026-07-01T00:00:00Z", "")]
    assert wanted == [fresh[0], known[1]]
    same = Feedback(Judgement("x:2", {"tea": False}, "ana", 3, None, NOW), ("x:2",), ("", ""), {"bread": True})
    assert merged(known, [same], SLUGS) == (known, []), "who agrees with a label tells nothing new"


def test_goals_that_were_left_open_stand_as_they_were_shown() -> None:
    judgement = Judgement("doi:9", {"tea": False}, "ana", None, None, NOW)
    [label] = merged([], [Feedback(judgement, (), ("", ""), {"bread": True, "tea": False})], SLUGS)[1]
    assert (label.goals, label.confidence, label.stratum) == (("bread",), 2, "proposed:store")


def test_what_was_left_open_is_no_news_once_it_is_learnt_and_no_surer() -> None:
    judgement = Judgement("doi:9", {"tea": False}, "ana", 3, None, NOW)
    found = [Feedback(judgement, (), ("", ""), {"bread": True, "tea": False})]
    learnt, _ = merged([], found, SLUGS)
    assert merged(learnt, found, SLUGS) == (learnt, [])
    more = [Feedback(Judgement("doi:9", {"tea": True}, "ana", 3, None, NOW), (), ("", ""), {})]
    assert [(f.goals, f.confidence) for f in merged(learnt, more, SLUGS)[1]] == [(("bread", "tea"), 2)]


def test_what_is_said_of_goals_that_are_gone_teaches_nothing() -> None:
    judgement = Judgement("doi:9", {"milk": True}, "ana", 3, None, NOW)
    assert merged([], [Feedback(judgement, (), ("", ""), {"bread": True})], SLUGS) == ([], [])


def test_the_number_after_the_highest() -> None:
    assert versions.following(["a.4", "a-home.11", "odd", "a.x"]) == 12
    assert versions.following([]) == 1
