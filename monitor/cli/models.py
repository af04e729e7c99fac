"""Commands about models: train, evaluate."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.words import as_json, print_json, say

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.goals import Paper

_texts = click.option(
    "--texts",
    "texts",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path, exists=True),
    help="File or folder of JSON lines with id, title and abstract; may be repeated.",
)
_model = click.argument("model", default="goals")


@click.command()
@_model
@_texts
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Default: models/MODEL.")
@click.pass_obj
def train(app: App, model: str, texts: Sequence[Path], out: Path | None) -> int:
    """Train the head of MODEL from its labels.csv, and write it with its card.

    Reads models/MODEL/labels.csv and the vectors kept there; the vectors of new labels are made from the texts of
    --texts. Writes head, vectors, checksums and card.md. The same labels give the same head.
    """
    from monitor import learning
    from monitor.encoder import Encoder

    folder = app.model_folder(model)
    target = out or app.home / "models" / model
    done = learning.train(folder, out=target, papers=_papers(texts), encoder=Encoder.open(app.weights))
    say(f"{done.examples.source}")
    click.echo(done.evaluation.table())
    click.echo(f"\n{done.head.name} in {target}")
    return 0


@click.command()
@click.argument("what", type=click.Choice(["goals"]))
@click.option("--model", default="goals", show_default=True, help="Folder under models/.")
@click.option(
    "--labels",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Score the model as it is on these labels (id, goals); needs --texts. Default: cross-validation on its own.",
)
@_texts
@as_json
@click.pass_obj
def evaluate(app: App, what: str, model: str, labels: Path | None, texts: Sequence[Path], as_json: bool) -> int:
    """Print how good the tags are, with 95 % confidence intervals.

    Without --labels: five-fold cross-validation of the way MODEL is made, on its own labels. With --texts, a baseline
    on the words alone is measured beside it.
    """
    from monitor import learning
    from monitor.encoder import Encoder
    from monitor.goals import Tagger

    folder = app.model_folder(model)
    papers = _papers(texts)
    if labels:
        if papers is None:
            raise click.UsageError("--labels needs --texts, where the titles and abstracts are")
        found = learning.score(Tagger.open(folder, weights=app.weights), labels, papers)
    else:
        examples = learning.load_examples(folder, papers=papers, encoder=Encoder.open(app.weights))
        found = learning.evaluate(examples, papers=papers)
    if as_json:
        print_json(found.to_json())
    else:
        say(f"{found.papers:,} papers: {found.source}")
        click.echo(found.table())
    return 0


def _papers(texts: Sequence[Path]) -> Callable[[Collection[str]], Mapping[str, Paper]] | None:
    if not texts:
        return None
    from monitor import learning

    return lambda ids: learning.find_papers(ids, texts)


COMMANDS = (train, evaluate)
