"""Learning from feedback, and the way back: what `monitor train --from-feedback` and the schedule do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from monitor.cli.words import say

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.store import Store

SCHEDULE = "schedule"
"""Who trained, when nobody did by hand."""


def from_feedback(app: App, store: Store, model: str, *, by: str, force: bool, report: Callable[[str], None]) -> int:
    """Train `model` on what reviewers decided; write down what came of it. Exit code 1 when the new head is worse."""
    from monitor.encoder import Encoder
    from monitor.learning import retrain
    from monitor.store.trainings import TrainingRow

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
        say("there is no judgement that the model does not know already")
        return 0
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
    if not found.promoted:
        say(f"monitor: {found.verdict} (`--force` takes it all the same)")
        return 1
    click.echo(found.verdict)
    say("works are tagged anew by the next `monitor tag` or scan; `monitor train --rollback` is the way back")
    return 0


def rollback(app: App, store: Store, model: str, name: str, *, by: str) -> int:
    """Return to the version `name`, or to what the model in use replaced."""
    from monitor.errors import ModelError
    from monitor.goals.head import read_meta
    from monitor.learning import versions
    from monitor.store.trainings import TrainingRow

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
    data = str(read_meta(target)["training"]["data"])
    verdict = f"{name} is in use again instead of {running}"
    store.trainings.add(
        TrainingRow(
            taxonomy=model,
            what="rollback",
            trained_at=app.clock(),
            trained_by=by,
            model=name,
            instead_of=running,
            data=data,
            labels=0,
            feedback=0,
            figures={},
            promoted=True,
            forced=False,
            verdict=verdict,
        )
    )
    click.echo(verdict)
    return 0


def when_due(app: App, store: Store, every: timedelta) -> None:
    """Train the model in use from feedback, unless that was done less than `every` ago or there is too little news."""
    from monitor.learning import feedback

    model = app.config.model
    rows = [row for row in store.trainings.all(model) if row.what == "training"]
    if rows and app.clock() - rows[0].trained_at < every:
        return
    _, _, fresh = feedback.news(app.model_folder(model), store.labels.feedback())
    if len(fresh) < feedback.LEAST_NEW:
        return
    from_feedback(app, store, model, by=SCHEDULE, force=False, report=say)
