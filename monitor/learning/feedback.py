"""From what reviewers decided to the next head, and whether that is better than the one in use.

Two questions decide. On the newest judgements, which the new head is first taught without: is it right as often? These
were asked for because the running head doubted them, so they are hard for it; therefore also, on the older papers that
were drawn and not proposed, each head by scores of a machine that had not seen them: is it clearly worse? Only then is
the head that is used taught with everything.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from monitor.encoder import Encoder
from monitor.errors import ModelError
from monitor.goals import Head, Paper, load_taxonomy, manifest, taxonomy
from monitor.goals.words import moved
from monitor.learning import labels, versions
from monitor.learning.baselines import Decisions
from monitor.learning.card import ABOUT, card
from monitor.learning.evaluate import decided, judged
from monitor.learning.examples import Examples, load_examples, words_file
from monitor.learning.labels import FROM_STORE, SURE, Label, labels_csv, read_labels
from monitor.learning.learn import SEED, Learned, learn
from monitor.learning.machine import NOISES, SHARES
from monitor.learning.metrics import Estimate, Figure, f1, gain, macro_f1
from monitor.learning.train import KIND, fit_head
from monitor.store.labels import Feedback
from monitor.types import stamp

HOME = f"{KIND}-home"
"""The middle of the name of heads that learnt from feedback: they never bear the name of a shipped one."""
LIKELY = 2
"""The most that a judgement counts which leaves goals open: that the reviewer let stand what was shown is likely."""
LEAST_NEW = 40
"""New judgements below which there is nothing to compare on."""
HELD, LEAST_HELD = 0.3, 20
"""Share of the new judgements that is held out, the newest, and how many at least."""

GROWN = 1.2
"""How many times as many labels as the running head had make it worth to choose shares of the kernels anew, which
takes six times as long."""

Rows = NDArray[np.int64]


class Choice(TypedDict):
    """What `learn` may choose from."""

    shares: tuple[float, ...]
    noises: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """The new head and the running one on the same papers."""

    papers: int
    new: float
    running: float
    gain: Estimate


@dataclass(frozen=True, slots=True)
class Retraining:
    """What came of a training from feedback."""

    model: str
    instead_of: str
    labels: int
    feedback: int
    """Judgements of the store that the running head did not know."""
    held: Beside | None
    """F1 over all decisions on the newest judgements; None when they were too few."""
    before: Beside | None
    """Macro-F1 on the older papers that were drawn; None when there are none."""
    promoted: bool
    verdict: str
    """A sentence."""
    data: str
    """SHA-256 of everything that decides about the head."""

    @property
    def figures(self) -> dict[str, Any]:
        """What was measured, as plain JSON types."""
        return {
            name: dataclasses.asdict(beside)
            for name, beside in (("held", self.held), ("before", self.before))
            if beside is not None
        }


def news(folder: Path, found: Sequence[Feedback]) -> tuple[list[Label], list[Label], list[Label]]:
    """The labels of the model in `folder`, those and what the store holds (`merged`), and what of it is new.

    Raises ConfigError for taxonomy and labels.
    """
    slugs, path = load_taxonomy(folder).slugs, folder / labels.FILE
    known = read_labels(path, slugs) if path.exists() else []
    return (known, *merged(known, found, slugs))


def merged(known: Sequence[Label], found: Sequence[Feedback], slugs: Sequence[str]) -> tuple[list[Label], list[Label]]:
    """The `known` labels with what the store holds in their place or added, and those of the result that are new, the
    oldest first. A judgement of some goals leaves the others as the known label, or else the views, have them."""
    by_id = {label.id: label for label in known}
    fresh: dict[str, Label] = {}
    # What was only said of goals that the taxonomy no longer has would otherwise teach what the head itself shows.
    said = [f for f in found if f.judgement.goals.keys() & set(slugs)]
    for feedback in sorted(said, key=lambda f: f.judgement.labelled_at):
        name = next((name for name in feedback.names if name in by_id), feedback.judgement.uid)
        label = _label(name, by_id.get(name), feedback, slugs)
        before = by_id.get(name)
        if before is None or (before.goals, before.confidence) != (label.goals, label.confidence):
            fresh[name] = label
    return [*(fresh.get(label.id, label) for label in known), *(fresh[n] for n in fresh if n not in by_id)], [
        *fresh.values()
    ]


def _label(name: str, known: Label | None, feedback: Feedback, slugs: Sequence[str]) -> Label:
    said = feedback.judgement
    whole = said.goals.keys() >= set(slugs)
    rest = {slug: slug in known.goals for slug in slugs} if known else feedback.standing
    sure = said.confidence or SURE
    # What was left open once stays so when it comes back as a label of the head that learnt from it.
    most = SURE if whole or (known and known.stratum != FROM_STORE) else max(LIKELY, known.confidence if known else 0)
    return Label(
        id=name,
        goals=tuple(slug for slug in slugs if said.goals.get(slug, rest.get(slug, False))),
        confidence=min(sure, most),
        stratum=known.stratum if known else FROM_STORE,
        who=said.reviewer,
        when=stamp(said.labelled_at),
        guide=said.guide or "",
    )


def retrain(
    folder: Path,
    target: Path,
    found: Sequence[Feedback],
    *,
    used: Collection[str] = (),
    encoder: Encoder | None = None,
    force: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> Retraining | None:
    """Learn from the labels of the model in `folder` and from `found`, and make the head the one in `target` if it is
    no worse than the running one, or by `force`. `used` are names of heads that must not be given again.

    None when the store holds no judgement that the running head does not know. The same labels, texts and background
    give the same head and the same verdict. Takes minutes. Raises ConfigError for taxonomy and labels, ModelError for
    damaged files and when the judgements are too few to compare on and nobody insists.
    """
    known, wanted, fresh = news(folder, found)
    running = Head.load(
        folder,
        labels=load_taxonomy(folder).slugs,
        encoder=encoder.space if encoder else Encoder.space,
        dimensions=(encoder or Encoder).dimensions,
    )
    if not fresh:
        return None
    if len(fresh) < LEAST_NEW and not force:
        raise ModelError(
            f"{len(fresh)} new judgements are too few to tell whether a new head is better than {running.name}: "
            f"{LEAST_NEW} are needed (`monitor label`), or --force"
        )
    examples = load_examples(folder, papers=_texts(found), encoder=encoder, out=target, judged=wanted)
    report(f"{len(fresh):,} new judgements beside {len(known):,} labels; comparing with {running.name}")
    choice = _choice(running, examples)
    held, before = _compare(running, examples, known, fresh, choice, encoder)
    worse = _worse(held, before)
    promoted = not worse or force
    number = versions.following([running.name, *used, *versions.kept(target)])
    report("learning from all of them")
    head = fit_head(examples, number, encoder, kind=HOME, **choice)
    result = Retraining(
        model=head.name,
        instead_of=running.name,
        labels=len(examples.labels),
        feedback=len(fresh),
        held=held,
        before=before,
        promoted=promoted,
        verdict=_verdict(head.name, running.name, held, before, worse=worse, promoted=promoted),
        data=head.training["data"],
    )
    if promoted:
        versions.keep(folder, target)
        _write(folder, target, head, examples, wanted, result)
    return result


def _choice(running: Head, examples: Examples) -> Choice:
    """What the machine may choose from: what the running head chose, until there are many more labels."""
    made = running.training
    if made.get("described", True) or len(examples.labels) > GROWN * made["papers"]:
        return Choice(shares=SHARES, noises=NOISES)
    return Choice(shares=(made["share"],), noises=(made["noise"],))


def _compare(
    running: Head,
    examples: Examples,
    known: Sequence[Label],
    fresh: Sequence[Label],
    choice: Choice,
    encoder: Encoder | None,
) -> tuple[Beside | None, Beside | None]:
    """Both heads on held-out judgements and on older papers."""
    if len(fresh) < LEAST_NEW:
        return None, None
    row_of = {label.id: row for row, label in enumerate(examples.labels)}
    newest = fresh[-max(LEAST_HELD, int(HELD * len(fresh))) :]
    held = _rows(row_of[label.id] for label in newest if label.id in row_of)
    rest = np.setdiff1d(np.arange(len(examples.labels)), held)
    learned = learn(examples.only(rest), encoder, **choice)
    unseen = examples.only(held)
    beside = _beside(f1, unseen.targets, decided(learned, unseen), as_it_is(running, unseen))
    return beside, _older(running, examples, learned, rest, known, fresh, encoder)


def as_it_is(head: Head, held: Examples) -> Decisions:
    """What a head says of other papers."""
    words = head.vocabulary.weigh(moved(held.counts, held.terms, head.terms))
    chances = head.probabilities(head.scores(held.vectors, words))
    return Decisions(chances, chances >= np.array(head.thresholds))


def _older(
    running: Head,
    examples: Examples,
    learned: Learned,
    rest: Rows,
    known: Sequence[Label],
    fresh: Sequence[Label],
    encoder: Encoder | None,
) -> Beside | None:
    """Both heads on what was drawn and is not in dispute, by leave-one-out; None where labels are too few for that."""
    if learned.described or running.training.get("described", True):
        return None
    changed = {label.id for label in fresh}
    row_of = {label.id: row for row, label in enumerate(examples.labels)}
    mine = _rows(row_of[label.id] for label in known if label.id in row_of and label.id not in changed)
    made = running.training
    as_it_was = learn(examples.only(mine), encoder, shares=(made["share"],), noises=(made["noise"],))
    drawn = [row for row in mine.tolist() if not examples.labels[row].proposed]
    if not drawn:
        return None
    return _beside(
        macro_f1,
        examples.targets[drawn],
        _unseen(learned, _places(rest, drawn)),
        _unseen(as_it_was, _places(mine, drawn)),
    )


def _unseen(learned: Learned, rows: Rows) -> Decisions:
    """What a machine that had not seen them says of some of the rows that it learnt from."""
    return judged(learned, learned.machine.unseen[rows])


def _places(rows: Rows, wanted: Sequence[int]) -> Rows:
    place = {row: n for n, row in enumerate(rows.tolist())}
    return _rows(place[row] for row in wanted)


def _rows(found: Iterable[int]) -> Rows:
    return np.array(list(found), np.int64)


def _beside(figure: Figure, truth: NDArray[np.bool_], new: Decisions, running: Decisions) -> Beside:
    return Beside(
        papers=len(truth),
        new=figure(truth, new.chosen),
        running=figure(truth, running.chosen),
        gain=gain(figure, truth, new.chosen, running.chosen, SEED),
    )


def _worse(held: Beside | None, before: Beside | None) -> str:
    """In what the new head is worse; empty when in nothing."""
    if held is not None and held.new < held.running:
        return f"F1 {held.new:.3f} instead of {held.running:.3f} on the {held.papers} newest judgements"
    if before is not None and before.gain.high < 0:
        return f"macro-F1 {before.new:.3f} instead of {before.running:.3f} on {before.papers:,} older papers"
    return ""


def _verdict(name: str, running: str, held: Beside | None, before: Beside | None, *, worse: str, promoted: bool) -> str:
    if worse:
        end = "it is in use all the same, as somebody insisted" if promoted else f"{running} stays in use"
        return f"{name} is worse than {running}: {worse}; {end}"
    if held is None:
        return f"{name} is in use, compared with nothing, as somebody insisted"
    older = f", {before.new:.3f} ({before.running:.3f}) on {before.papers:,} older papers" if before else ""
    newest = f"F1 {held.new:.3f} ({running}: {held.running:.3f}) on the {held.papers} newest judgements"
    return f"{name} is in use: {newest}{older}"


def _texts(found: Sequence[Feedback]) -> Callable[[Collection[str]], Mapping[str, Paper]]:
    papers = {name: f.paper for f in found for name in (f.judgement.uid, *f.names)}
    return lambda ids: {name: Paper(*papers[name]) for name in ids if name in papers}


def _write(
    folder: Path, target: Path, head: Head, examples: Examples, wanted: Sequence[Label], result: Retraining
) -> None:
    about = (folder / ABOUT).read_text("utf-8", "replace") if (folder / ABOUT).exists() else ""
    told = f"## How it came into use\n\n{result.verdict}.\n"
    plain = card(head, examples, None, about=f"{told}\n{about}" if about else told)
    plain[taxonomy.FILE] = (folder / taxonomy.FILE).read_bytes()
    plain[labels.FILE] = labels_csv(wanted)
    if about:
        plain[ABOUT] = about.encode()
    manifest.write(target, {**head.files(), **words_file(examples, head.terms)}, unlisted=plain)
