"""The models of a home: trained from labels, from what reviewers decided, when that is due, and the way back.

The command line and the Python API both train from here. Every training from feedback, and every way back, is a row of
the table trainings.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from monitor.errors import ModelError
from monitor.store import care
from monitor.store.trainings import TrainingRow

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.goals import Paper
    from monitor.learning import Training
    from monitor.store import Store

_Arguments = ParamSpec("_Arguments")
_Row = TypeVar("_Row")

SCHEDULE = "schedule"
"""Who trained, when nobody did by hand."""

SIZE = 6_000
"""Ordinary papers that are drawn evenly."""


def papers(texts: Sequence[Path]) -> Callable[[Collection[str]], Mapping[str, Paper]] | None:
    """Looks papers up by id in files or folders of JSON lines; None when there are none to look in."""
    if not texts:
        return None
    from monitor import learning

    return lambda ids: learning.find_papers(ids, texts)


def _models(app: App) -> AbstractContextManager[None]:
    """Held by whoever replaces models of a home: two together would leave files of both."""
    return care.run_lock(app.home / "store" / "training.lock", "the models")


def _alone(work: Callable[Concatenate[App, _Arguments], _Row]) -> Callable[Concatenate[App, _Arguments], _Row]:
    """One at a time in a home."""

    @functools.wraps(work)
    def one(app: App, /, *arguments: _Arguments.args, **named: _Arguments.kwargs) -> _Row:
        with _models(app):
            return work(app, *arguments, **named)

    return one


def train(app: App, model: str, *, texts: Sequence[Path] = (), out: Path | None = None) -> tuple[Training, Path]:
    """Train the head of `model` from its taxonomy and labels, and write it with its card into `out`, by default the
    home's own folder of that model; what came of it, and that folder. Raises ModelError, and LockError while another
    training of the home is at work."""
    from monitor import learning
    from monitor.encoder import Encoder

    target = out or app.home / "models" / model
    with contextlib.nullcontext() if out else _models(app):
        encoder = Encoder.open(app.weights)
        return learning.train(app.model_folder(model), out=target, papers=papers(texts), encoder=encoder), target


@_alone
def from_feedback(
    app: App,
    store: Store,
    model: str,
    *,
    by: str,
    force: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> TrainingRow | None:
    """Train `model` on what reviewers decided, and replace the head in use unless the new one is worse, or even so with
    `force`; the row that was written, None when there is no judgement that the model does not know. Raises LockError
    while another training is at work."""
    from monitor.encoder import Encoder
    from monitor.learning import retrain

    rows = store.trainings.all(model)
    found = retrain(
        app.model_folder(model),
        app.home / "models" / model,
        store.labels.feedback(),
        used=[row.model for row in rows],
        encoder=Encoder.open(app.weights),
        force=force,
        report=report,
    )
    if found is None:
        return None
    row = TrainingRow(
        taxonomy=model,
        what="training",
        trained_at=app.clock(),
        trained_by=by,
        model=found.model,
        instead_of=found.instead_of,
        data=found.data,
        labels=found.labels,
        feedback=found.feedback,
        figures=found.figures,
        promoted=found.promoted,
        forced=force,
        verdict=found.verdict,
    )
    store.trainings.add(row)
    return row


@_alone
def rollback(app: App, store: Store, model: str, name: str = "", *, by: str) -> TrainingRow:
    """Return to the version `name`, or to what the model in use replaced; the row that was written.

    Raises ModelError when there is no such version.
    """
    from monitor.goals.head import read_meta
    from monitor.learning import versions

    target, rows = app.home / "models" / model, store.trainings.all(model)
    try:
        running = str(read_meta(app.model_folder(model))["name"])
    except ModelError:  # a training was killed between two files, and the way back leads out of that too
        running = "a damaged model"
    if not name:
        before = (row.instead_of for row in rows if row.promoted and row.what == "training" and row.model == running)
        name = next(before, "")
        if not name:
            kept = ", ".join(versions.kept(target)) or "none is kept"
            raise ModelError(f"{running} did not replace another model by feedback; name a version: {kept}")
    versions.restore(target, name)
    row = TrainingRow(
        taxonomy=model,
        what="rollback",
        trained_at=app.clock(),
        trained_by=by,
        model=name,
        instead_of=running,
        data=str(read_meta(target)["training"]["data"]),
        labels=0,
        feedback=0,
        figures={},
        promoted=True,
        forced=False,
        verdict=f"{name} is in use again instead of {running}",
    )
    store.trainings.add(row)
    return row


def when_due(
    app: App, store: Store, every: timedelta, report: Callable[[str], None] = lambda _: None
) -> TrainingRow | None:
    """Train the model in use from feedback, unless that was done less than `every` ago or there is too little news."""
    from monitor.learning import feedback

    model = app.config.model
    rows = [row for row in store.trainings.all(model) if row.what == "training"]
    if rows and app.clock() - rows[0].trained_at < every:
        return None
    _, _, fresh = feedback.news(app.model_folder(model), store.labels.feedback())
    if len(fresh) < feedback.LEAST_NEW:
        return None
    return from_feedback(app, store, model, by=SCHEDULE, report=report)


@_alone
def background(
    app: App, texts: Sequence[Path], *, size: int = SIZE, model: str = "goals", without: Sequence[Path] = ()
) -> tuple[int, int, Path]:
    """Draw about `size` ordinary papers from `texts`, and more of those that may carry a rare goal of `model`, into the
    home; `without` names CSV files whose column id tells papers to leave out. How many were drawn, of how many, and the
    folder. Raises ModelError."""
    from monitor import learning
    from monitor.encoder import Encoder
    from monitor.goals import Tagger

    spared = {name for file in without for name in learning.read_ids(file)}
    found = {name: paper for name, paper in learning.all_papers(texts).items() if name not in spared}
    folder = app.model_folder(model)
    tagger = Tagger.open(folder, weights=app.weights) if (folder / "head.json").exists() else None
    drawn = learning.draw(found, size, tagger.encoder if tagger else Encoder.open(app.weights), tagger=tagger)
    target = app.home / "models" / learning.BACKGROUND
    learning.save_background(drawn, target)
    return len(drawn.ids), len(found), target
