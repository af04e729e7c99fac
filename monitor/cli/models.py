"""Commands about models: train, evaluate, background."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.words import NO_REGISTRY, as_json, print_json, say

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.goals import Paper
    from monitor.learning import Evaluation

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
    """Train the head of MODEL from its taxonomy and labels.csv, and write it with its card.

    Reads models/MODEL/taxonomy.yaml and labels.csv and what is kept there of labelled papers; new labels are looked up
    in the texts of --texts. Without labels the taxonomy speaks for itself. Writes head, checksums and card. The same
    labels give the same head.
    """
    from monitor import learning
    from monitor.encoder import Encoder

    folder = app.model_folder(model)
    target = out or app.home / "models" / model
    done = learning.train(folder, out=target, papers=_papers(texts), encoder=Encoder.open(app.weights))
    say(f"{done.examples.source}")
    click.echo(learning.table(done.evaluation) if done.evaluation else "Too few labels to measure anything.")
    click.echo(f"\n{done.head.name} in {target}")
    return 0


@click.group()
def evaluate() -> None:
    """Print how good the answers are on labelled data, with 95 % confidence intervals."""


@evaluate.command("origin")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@as_json
@click.pass_obj
def evaluate_origin(app: App, file: Path, as_json: bool) -> int:
    """Score countries on FILE: tab-separated, with the columns affiliation, countries (A2,A2) and maybe source."""
    from monitor.origin import evaluation

    rows = evaluation.read_labelled(file)
    if not app.resolver.registry:
        say(NO_REGISTRY)
    found = evaluation.evaluate(app.resolver, rows)
    if as_json:
        print_json(found.to_json())
    else:
        say(f"{len(rows):,} texts by {found.resolver}, {found.texts_per_second:,} a second")
        click.echo(evaluation.table(found))
    return 0


@evaluate.command("linking")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@as_json
def evaluate_linking(file: Path, as_json: bool) -> int:
    """Score which records are found to be one work on FILE: JSON lines or CSV of pairs of records.

    JSON lines are {one, other, same, part}, a record {id, title, abstract, authors, year, venue, type, doi, ...}; CSV
    has the columns same, part, one_title, other_title and so on. Leave identifiers out, or they decide.
    """
    from monitor import learning

    found = learning.evaluate_linking(learning.read_pairs(file))
    if as_json:
        print_json(found.to_json())
    else:
        say(f"rules {found.rules}")
        click.echo(learning.linking_table(found))
    return 0


@evaluate.command("goals")
@click.option("--model", default="goals", show_default=True, help="Folder under models/, or a path of one.")
@click.option("--against", metavar="MODEL", help="Compare with this model, on the same --labels.")
@click.option(
    "--labels",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Score the model as it is on these labels (id, goals); needs --texts. Default: cross-validation on its own.",
)
@_texts
@as_json
@click.pass_obj
def evaluate_goals(
    app: App, model: str, against: str | None, labels: Path | None, texts: Sequence[Path], as_json: bool
) -> int:
    """Print how good the tags are, with 95 % confidence intervals, beside plain ways to tag.

    Without --labels: five-fold cross-validation of the way MODEL is made, on its own labels, of which the texts are not
    needed. It takes some minutes.
    """
    from monitor import learning
    from monitor.encoder import Encoder
    from monitor.goals import Tagger

    folder, papers = _folder(app, model), _papers(texts)
    if labels is None:
        if against:
            raise click.UsageError("--against needs --labels and --texts: two models are compared on the same papers")
        examples = learning.load_examples(folder, papers=papers, encoder=Encoder.open(app.weights))
        return _show(learning.evaluate(examples), as_json)
    if papers is None:
        raise click.UsageError("--labels needs --texts, where the titles and abstracts are")
    tagger = Tagger.open(folder, weights=app.weights)
    if against is None:
        examples = learning.load_examples(folder, encoder=tagger.encoder)
        return _show(learning.score(tagger, labels, papers, examples), as_json)
    found = learning.compare(tagger, Tagger.open(_folder(app, against), weights=app.weights), labels, papers)
    if as_json:
        print_json(found.to_json())
    else:
        say(f"{found.papers:,} papers")
        click.echo(learning.comparison_table(found))
    return 0


@click.command()
@click.option(
    "--texts",
    "texts",
    multiple=True,
    required=True,
    metavar="PATH",
    type=click.Path(path_type=Path, exists=True),
    help="File or folder of JSON lines with id, title and abstract; may be repeated.",
)
@click.option(
    "--size", metavar="N", default=6_000, show_default=True, type=click.IntRange(100), help="Papers to draw evenly."
)
@click.option("--model", default="goals", show_default=True, help="Its first look finds the papers near a rare goal.")
@click.option(
    "--without",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV file whose column id names papers to leave out; may be repeated.",
)
@click.pass_obj
def background(app: App, texts: Sequence[Path], size: int, model: str, without: Sequence[Path]) -> int:
    """Draw the ordinary papers that thresholds are set on, and put them into models/background.

    They should come from the stream that is to be tagged. About N of them are drawn evenly, and more of those that may
    carry a rare goal. Afterwards, train again.
    """
    from monitor import learning
    from monitor.encoder import Encoder
    from monitor.goals import Tagger

    spared = {name for file in without for name in learning.read_ids(file)}
    papers = {name: paper for name, paper in learning.all_papers(texts).items() if name not in spared}
    folder = app.model_folder(model)
    tagger = Tagger.open(folder, weights=app.weights) if (folder / "head.json").exists() else None
    drawn = learning.draw(papers, size, tagger.encoder if tagger else Encoder.open(app.weights), tagger=tagger)
    target = app.home / "models" / learning.BACKGROUND
    learning.save_background(drawn, target)
    click.echo(f"{len(drawn.ids):,} of {len(papers):,} papers in {target}")
    return 0


def _folder(app: App, model: str) -> Path:
    """A model by name, or by the path of its folder."""
    return Path(model) if (Path(model) / "taxonomy.yaml").is_file() else app.model_folder(model)


def _show(found: Evaluation, as_json: bool) -> int:
    from monitor import learning

    if as_json:
        print_json(found.to_json())
    else:
        say(f"{found.papers:,} papers: {found.source}")
        click.echo(learning.table(found))
    return 0


def _papers(texts: Sequence[Path]) -> Callable[[Collection[str]], Mapping[str, Paper]] | None:
    if not texts:
        return None
    from monitor import learning

    return lambda ids: learning.find_papers(ids, texts)


COMMANDS = (train, evaluate, background)
