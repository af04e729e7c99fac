"""Models: trained, replaced by what reviewers decided, and measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import measuring, training
from monitor.api.opened import Verbs
from monitor.store.trainings import TrainingRow

if TYPE_CHECKING:
    from monitor.learning import Comparison, Corrected, Evaluation, Screening, Training
    from monitor.learning.linking import LinkingEvaluation
    from monitor.origin.evaluation import Evaluation as OriginEvaluation

MODEL = "goals"
Paths = Sequence[str | Path]


class Models(Verbs):
    """The models of the home: folders with a taxonomy, labels and a head. All raise ModelError."""

    def train(self, model: str = MODEL, *, texts: Paths = (), out: str | Path | None = None) -> Training:
        """Train a head from taxonomy and labels, and write it with its card into `out`, by default the home's folder of
        that model. New labels are looked up in `texts`, files or folders of JSON lines with id, title and abstract."""
        done, _ = training.train(self._at.app, model, texts=_paths(texts), out=Path(out) if out else None)
        return done

    def retrain(self, model: str = MODEL, *, by: str, force: bool = False) -> TrainingRow | None:
        """Train from what reviewers decided too, and replace the head in use if the new one is no worse, or even so
        with `force`: `promoted`, `verdict`, figures. None when there is no judgement that the model does not know.
        Takes minutes; needs 40 new judgements, unless by `force`."""
        return training.from_feedback(self._at.app, self._at.store, model, by=by, force=force)

    def rollback(self, model: str = MODEL, name: str = "", *, by: str) -> TrainingRow:
        """Return to the version `name`, by default to what the head in use replaced."""
        return training.rollback(self._at.app, self._at.store, model, name, by=by)

    def trainings(self, model: str = MODEL) -> list[TrainingRow]:
        """Every training from feedback and every way back, the newest first."""
        return self._at.store.trainings.all(model)

    def background(
        self, texts: Paths, *, size: int = training.SIZE, model: str = MODEL, without: Paths = ()
    ) -> tuple[int, int]:
        """Draw about `size` ordinary papers that thresholds are set on, and more of those that may carry a rare goal;
        how many were drawn, of how many. `without` names CSV files whose column id tells papers to leave out."""
        app = self._at.app
        drawn, found, _ = training.background(app, _paths(texts), size=size, model=model, without=_paths(without))
        return drawn, found


class Evaluate(Verbs):
    """Figures on labelled data, with 95 % confidence intervals."""

    def goals(self, model: str = MODEL, labels: str | Path | None = None, *, texts: Paths = ()) -> Evaluation:
        """How good the tags of a model are: as it is, on `labels` (CSV with id and goals) whose texts are in `texts`;
        without labels by cross-validation on its own, which takes minutes. Raises ModelError."""
        if labels is None:
            return measuring.cross_validated(self._at.app, model, texts=_paths(texts))
        return measuring.scored(self._at.app, model, Path(labels), _paths(texts))

    def compare(self, model: str, against: str, labels: str | Path, texts: Paths) -> Comparison:
        """Two models as they are, on the same labels. Raises ModelError."""
        return measuring.compared(self._at.app, model, against, Path(labels), _paths(texts))

    def origin(self, file: str | Path) -> OriginEvaluation:
        """Countries, on a tab-separated file with the columns affiliation, countries (A2,A2) and maybe source."""
        return measuring.origin(self._at.app, Path(file))

    def linking(self, file: str | Path) -> LinkingEvaluation:
        """Which records are found to be one work, on labelled pairs as `monitor evaluate linking` reads them."""
        return measuring.linking(Path(file))

    def screening(self, model: str = MODEL, *, seeds: int = 5) -> Screening:
        """How much of the labelled papers of a model need not be read to find 95 % of those of a goal, beside reading
        at random and a support vector machine; takes minutes. Raises ModelError."""
        from monitor import learning

        return learning.simulate(measuring.examples(self._at.app, model), seeds=seeds)

    def corrections(self, model: str = MODEL) -> Corrected:
        """What 200 corrections of newer papers are worth to a head that was taught on older ones, measured on the
        newest; takes a minute. Raises ModelError."""
        from monitor import learning

        return learning.after_corrections(measuring.examples(self._at.app, model))


def _paths(paths: Paths) -> tuple[Path, ...]:
    return tuple(map(Path, paths))
