"""Commands about models: train, evaluate, background."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import words
from monitor.cli.words import NO_REGISTRY, as_json, print_json, say
from monitor.errors import ModelError

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.learning import Evaluation
    from monitor.store.trainings import TrainingRow

_texts = click.option(
    "--texts",
    "texts",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path, exists=True),
    help="File or folder of JSON lines with id, title and abstract; may be repeated.",
)


@click.command()
@click.argument("model", required=False)
@_texts
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Default: models/MODEL.")
@click.option(
    "--from-feedback", is_flag=True, help="Add what reviewers decided, and replace the head if that is better."
)
@click.option(
    "--force", is_flag=True, help="With --from-feedback: replace it even if it is worse, or cannot be compared."
)
@click.option(
    "--rollback", metavar="[NAME]", is_flag=False, flag_value="", help="Return to the head before, or to that version."
)
@click.option("--by", metavar="NAME", help="Who trains, for the record. Default: the login name.")
@click.pass_obj
def train(
    app: App,
    model: str | None,
    texts: Sequence[Path],
    out: Path | None,
    from_feedback: bool,
    force: bool,
    rollback: str | None,
    by: str | None,
) -> int:
    """Train the head of MODEL from its taxonomy and labels.csv, and write it with its card.

    Reads models/MODEL/taxonomy.yaml and labels.csv and what is kept there of labelled papers; new labels are looked up
    in the texts of --texts. Without labels the taxonomy speaks for itself. Writes head, checksums and card. The same
    labels give the same head.

    With --from-feedback the judgements of the store are learnt from too. The new head is compared with the one in use,
    on the newest judgements and on older papers; exit 1, and nothing replaced, when it is worse. Every training is
    written down, and every head that was in use is kept. MODEL is the one in use then, unless named; else goals.
    """
    from monitor import training

    if from_feedback or rollback is not None:
        if texts or out or (from_feedback and rollback is not None) or (force and not from_feedback):
            raise click.UsageError("--from-feedback [--force] and --rollback [NAME] go with --by alone, one at a time")
        model = model or app.config.model
        with app.store() as store:
            if rollback is not None:
                click.echo(training.rollback(app, store, model, rollback, by=words.who(by)).verdict)
                return 0
            return told(training.from_feedback(app, store, model, by=words.who(by), force=force, report=say))
    if force:
        raise click.UsageError("--force needs --from-feedback")
    from monitor import learning

    done, folder = training.train(app, model or "goals", texts=texts, out=out)
    say(f"{done.examples.source}")
    click.echo(learning.table(done.evaluation) if done.evaluation else "Too few labels to measure anything.")
    click.echo(f"\n{done.head.name} in {folder}")
    return 0


def told(row: TrainingRow | None) -> int:
    """Say what came of a training from feedback; exit code 1 when the new head is worse."""
    if row is None:
        say("there is no judgement that the model does not know already")
        return 0
    if not row.promoted:
        say(f"monitor: {row.verdict} (`--force` takes it all the same)")
        return 1
    click.echo(row.verdict)
    way_back = f"monitor train {row.taxonomy} --rollback"
    say(f"works are tagged anew by the next `monitor tag` or scan; `{way_back}` is the way back")
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
    from monitor import measuring
    from monitor.origin import evaluation

    if not app.resolver.registry:
        say(NO_REGISTRY)
    found = measuring.origin(app, file)
    if as_json:
        print_json(found.to_json())
    else:
        say(f"{found.groups['all'].texts:,} texts by {found.resolver}, {found.texts_per_second:,} a second")
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
    from monitor import learning, measuring

    found = measuring.linking(file)
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
    from monitor import learning, measuring

    if labels is None:
        if against:
            raise click.UsageError("--against needs --labels and --texts: two models are compared on the same papers")
        return _show(measuring.cross_validated(app, model, texts=texts), as_json)
    if not texts:
        raise click.UsageError("--labels needs --texts, where the titles and abstracts are")
    if against is None:
        return _show(measuring.scored(app, model, labels, texts), as_json)
    found = measuring.compared(app, model, against, labels, texts)
    if as_json:
        print_json(found.to_json())
    else:
        say(f"{found.papers:,} papers")
        click.echo(learning.comparison_table(found))
    return 0


@evaluate.command("learning")
@click.option("--model", default="goals", show_default=True, help="Folder under models/, or a path of one.")
@click.option("--seeds", metavar="N", default=5, show_default=True, type=click.IntRange(1), help="Times to screen.")
@as_json
@click.pass_obj
def evaluate_learning(app: App, model: str, seeds: int, as_json: bool) -> int:
    """Print what learning from readers saves, simulated on the labels of MODEL.

    Screening: how much of the labelled papers need not be read to find 95 % of those of a goal, when the likeliest are
    read first and the learner is told as one reads, beside reading at random and a support vector machine on words.
    Then corrections: a head taught on older papers, before and after 200 judgements of newer ones, on the newest.
    Takes some minutes; the same labels and seeds give the same figures.
    """
    from monitor import learning, measuring

    examples = measuring.examples(app, model)
    often = words.count(seeds, "time")
    say(f"screening {len(examples.labels):,} papers {often} for each goal and each way; this takes minutes")
    with words.progress("screening") as progress:
        screening = learning.simulate(examples, seeds=seeds, progress=progress)
    if not as_json:
        say("work saved over sampling at 95 % recall, and recall after a tenth of the papers")
        click.echo(learning.screening_table(screening) + "\n")
    try:
        corrected = learning.after_corrections(examples, report=say)
    except ModelError as error:  # few labels tell something about screening all the same
        say(f"what corrections are worth cannot be told: {error}")
        corrected = None
    if as_json:
        print_json({"screening": screening.to_json(), "corrections": corrected.to_json() if corrected else None})
    elif corrected:
        since, measured = corrected.since
        say(
            f"taught on {corrected.older:,} papers, {corrected.corrections:,} corrections from {since} on, "
            f"measured on {corrected.measured:,} from {measured} on"
        )
        click.echo(learning.corrected_table(corrected))
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
    from monitor import training

    drawn, found, target = training.background(app, texts, size=size, model=model, without=without)
    click.echo(f"{drawn:,} of {found:,} papers in {target}")
    return 0


def _show(found: Evaluation, as_json: bool) -> int:
    from monitor import learning

    if as_json:
        print_json(found.to_json())
    else:
        say(f"{found.papers:,} papers: {found.source}")
        click.echo(learning.table(found))
    return 0


COMMANDS = (train, evaluate, background)
