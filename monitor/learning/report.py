"""Figures for reading: Markdown tables, and a picture of the calibration."""

from __future__ import annotations

from xml.sax.saxutils import escape

from monitor.learning.evaluate import Comparison, Evaluation
from monitor.learning.metrics import FIRST, TARGET, GoalScores, Scores

_SIDE, _GAP, _TOP = 150, 40, 30


def table(evaluation: Evaluation) -> str:
    """All figures of an evaluation, in Markdown."""
    parts = [_main(evaluation.model), _ranking(evaluation.model)]
    if evaluation.baselines:
        parts += ["Plain ways to tag, on the same papers (F1):", _beside(evaluation)]
        if evaluation.ahead:
            parts += ["Macro-F1 of this model beyond theirs, its thresholds set as theirs are:", _ahead(evaluation)]
    if evaluation.hard is not None:
        parts += [
            f"On the {evaluation.hard.papers:,} papers that were proposed because they are hard to tell:",
            _main(evaluation.hard),
        ]
    parts += ["Reliability: papers of a bin, mean probability, share that carries the goal:", _reliability(evaluation)]
    return "\n\n".join(parts)


def comparison_table(comparison: Comparison) -> str:
    """F1 of two models side by side, in Markdown."""
    one, other = comparison.scores
    lines = [
        f"| goal | {comparison.names[0]} | {comparison.names[1]} | difference |",
        "|---|---|---|---|",
        *(
            f"| {slug} | {one.goals[slug].f1} | {other.goals[slug].f1} | {gain} |"
            for slug, gain in comparison.gain.goals.items()
        ),
        f"| **macro-F1** | {one.macro_f1} | {other.macro_f1} | **{comparison.gain.macro_f1}** |",
    ]
    return "\n".join(lines)


def _main(figures: Scores) -> str:
    lines = [
        "| goal | papers | precision | recall | F1 | average precision | calibration error |",
        "|---|---|---|---|---|---|---|",
    ]
    for slug, goal in figures.goals.items():
        cells = (goal.precision, goal.recall, goal.f1, goal.average_precision, goal.calibration_error)
        lines.append(f"| {slug} | {goal.papers} | {' | '.join(map(str, cells))} |")
    lines.append(f"| **macro-F1** | {figures.papers} | | | **{figures.macro_f1}** | | |")
    return "\n".join(lines)


def _ranking(figures: Scores) -> str:
    names = " | ".join(f"precision of the first {number}" for number in FIRST)
    lines = [
        f"| goal | {names} | coverage at precision {TARGET:g} |",
        f"|---|{'---|' * (len(FIRST) + 1)}",
    ]
    for slug, goal in figures.goals.items():
        cells = (*(goal.first[number] for number in FIRST), goal.coverage)
        lines.append(f"| {slug} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _beside(evaluation: Evaluation) -> str:
    slugs = list(evaluation.model.goals)
    ways = {"**this model**": evaluation.model}
    if evaluation.lenient is not None:
        ways["this model, thresholds for F1 alone"] = evaluation.lenient
    lines = [f"| way | macro-F1 | {' | '.join(slugs)} |", f"|---|{'---|' * (len(slugs) + 1)}"]
    for name, figures in {**ways, **evaluation.baselines}.items():
        cells = (f"{figures.goals[slug].f1.value:.3f}" for slug in slugs)
        lines.append(f"| {name} | {figures.macro_f1} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _ahead(evaluation: Evaluation) -> str:
    lines = ["| way | this model ahead by |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {gain.macro_f1} |" for name, gain in evaluation.ahead.items())])


def _reliability(evaluation: Evaluation) -> str:
    goals = evaluation.model.goals
    lines = [f"| bin | {' | '.join(goals)} |", f"|---|{'---|' * len(goals)}"]
    for number in range(max(len(goal.reliability) for goal in goals.values())):
        lines.append(f"| {number + 1} | {' | '.join(_bin(goal, number) for goal in goals.values())} |")
    return "\n".join(lines)


def _bin(goal: GoalScores, number: int) -> str:
    if number >= len(goal.reliability):
        return ""
    found = goal.reliability[number]
    return f"{found.papers}: {found.said:.3f}, {found.true:.3f}"


def picture(figures: Scores) -> str:
    """A reliability diagram for each goal, side by side, as SVG: on the diagonal a probability means what it says."""
    width = len(figures.goals) * (_SIDE + _GAP) + _GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_SIDE + _TOP + 40}" width="{width}" '
        'font-family="sans-serif" font-size="11" role="img" aria-label="Reliability diagrams of the goals">',
        f'<rect width="{width}" height="{_SIDE + _TOP + 40}" fill="#ffffff"/>',
    ]
    for number, (slug, goal) in enumerate(figures.goals.items()):
        parts.append(_diagram(slug, goal, _GAP + number * (_SIDE + _GAP)))
    return "\n".join([*parts, "</svg>", ""])


def _diagram(slug: str, goal: GoalScores, left: int) -> str:
    points = [(left + b.said * _SIDE, _TOP + (1 - b.true) * _SIDE) for b in goal.reliability]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#1d4ed8"/>' for x, y in points)
    right, bottom = left + _SIDE, _TOP + _SIDE
    return (
        f'<text x="{left}" y="{_TOP - 10}" font-weight="bold">{escape(slug)}, error '
        f"{goal.calibration_error.value:.3f}</text>"
        f'<rect x="{left}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#64748b"/>'
        f'<line x1="{left}" y1="{bottom}" x2="{right}" y2="{_TOP}" stroke="#94a3b8" stroke-dasharray="4 3"/>'
        f'<polyline points="{line}" fill="none" stroke="#1d4ed8" stroke-width="1.5"/>{dots}'
        f'<text x="{left}" y="{bottom + 14}">0</text><text x="{right - 6}" y="{bottom + 14}">1</text>'
        f'<text x="{left + _SIDE / 2}" y="{bottom + 28}" text-anchor="middle">probability</text>'
        f'<text x="{left - 6}" y="{_TOP + _SIDE / 2}" text-anchor="middle" '
        f'transform="rotate(-90 {left - 6} {_TOP + _SIDE / 2})">share true</text>'
    )
