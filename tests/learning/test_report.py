from __future__ import annotations

import re

import numpy as np
import pytest
from lxml import etree

from monitor.learning import Comparison, Evaluation, comparison_table, metrics, table
from monitor.learning.metrics import Scores, difference, scores
from monitor.learning.report import picture

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "RESAMPLES", 20)


def figures(number: int = 90, slugs: tuple[str, ...] = ("bread", "tea"), seed: int = 1) -> Scores:
    rng = np.random.default_rng(seed)
    truth = rng.random((number, len(slugs))) < 0.4
    chances = np.clip(truth * 0.3 + rng.random(truth.shape) * 0.7, 0, 1)
    return scores(slugs, truth, chances, chances > 0.5, 1)


def evaluation(**other: object) -> Evaluation:
    return Evaluation("fake", 90, "made", figures(), {"key words": figures(seed=2)}, **other)  # type: ignore[arg-type]


def tables(text: str) -> list[list[list[str]]]:
    """The cells of each Markdown table in `text`, without the line below the header."""
    found = re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE)
    rows = [[[cell.strip() for cell in line[1:-1].split("|")] for line in part.splitlines()] for part in found]
    return [[row for row in part if set("".join(row)) != {"-"}] for part in rows]


def test_every_table_has_as_many_cells_in_each_row() -> None:
    found = tables(table(evaluation(hard=figures(40))))
    assert len(found) == 5
    for part in found:
        assert len({len(row) for row in part}) == 1


def test_the_tables_have_a_row_for_each_goal() -> None:
    main, ranking, beside, hard, reliability = tables(table(evaluation(hard=figures(40))))
    assert [row[0] for row in main] == ["goal", "bread", "tea", "**macro-F1**"]
    assert [row[0] for row in ranking] == ["goal", "bread", "tea"]
    assert [row[0] for row in beside] == ["way", "**this model**", "key words"]
    assert beside[0] == ["way", "macro-F1", "bread", "tea"]
    assert [row[0] for row in hard] == ["goal", "bread", "tea", "**macro-F1**"]
    assert reliability[0] == ["bin", "bread", "tea"]
    assert len(reliability) == 1 + metrics.BINS


def test_the_cells_are_the_figures() -> None:
    found = evaluation()
    main, ranking, beside, reliability = tables(table(found))
    tea = found.model.goals["tea"]
    assert main[2][1:] == [
        str(tea.papers),
        *map(str, (tea.precision, tea.recall, tea.f1, tea.average_precision, tea.calibration_error)),
    ]
    assert main[3][1] == "90"
    assert main[3][4] == f"**{found.model.macro_f1}**"
    assert ranking[0][1:] == [*(f"precision of the first {n}" for n in metrics.FIRST), "coverage at precision 0.85"]
    assert ranking[2][1:] == [*(str(tea.first[n]) for n in metrics.FIRST), str(tea.coverage)]
    assert beside[1][3] == f"{tea.f1.value:.3f}"
    first = tea.reliability[0]
    assert reliability[1][2] == f"{first.papers}: {first.said:.3f}, {first.true:.3f}"


def test_what_is_not_there_has_no_table() -> None:
    text = table(Evaluation("fake", 90, "made", figures(), {}))
    assert len(tables(text)) == 3
    assert "Plain ways" not in text
    assert "proposed" not in text


def test_few_papers_have_few_bins() -> None:
    text = table(Evaluation("fake", 4, "made", figures(4), {}))
    assert len(tables(text)[-1]) == 1 + 4


def test_two_models_stand_side_by_side() -> None:
    rng = np.random.default_rng(1)
    truth, one, other = (rng.random((50, 2)) < 0.5 for _ in range(3))
    slugs = ("bread", "tea")
    both = tuple(scores(slugs, truth, chosen * 1.0, chosen, 1) for chosen in (one, other))
    gain = difference(slugs, truth, one, other, 1)
    [rows] = tables(comparison_table(Comparison(50, ("new.2", "old.1"), both, gain)))  # type: ignore[arg-type]
    assert rows == [
        ["goal", "new.2", "old.1", "difference"],
        *([s, str(both[0].goals[s].f1), str(both[1].goals[s].f1), str(gain.goals[s])] for s in slugs),
        ["**macro-F1**", str(both[0].macro_f1), str(both[1].macro_f1), f"**{gain.macro_f1}**"],
    ]


# --- the picture -----------------------------------------------------------------------------------


@pytest.mark.parametrize("slugs", [("bread",), ("bread", "tea"), ("a", "b-c", "d", "e", "f")])
def test_the_picture_has_a_diagram_for_each_goal(slugs: tuple[str, ...]) -> None:
    found = figures(slugs=slugs)
    root = etree.fromstring(picture(found).encode())
    assert root.tag == f"{SVG}svg"
    assert len(root.findall(f"{SVG}polyline")) == len(slugs)
    assert len(root.findall(f"{SVG}circle")) == len(slugs) * metrics.BINS
    titles = [text.text for text in root.findall(f"{SVG}text") if text.get("font-weight") == "bold"]
    assert titles == [f"{s}, error {found.goals[s].calibration_error.value:.3f}" for s in slugs]


def test_every_dot_is_in_its_diagram_and_a_sure_truth_is_at_its_top() -> None:
    found = figures(slugs=("a", "b", "c"))
    root = etree.fromstring(picture(found).encode())
    width, height = (float(side) for side in root.get("viewBox").split()[2:])
    frames = [r for r in root.findall(f"{SVG}rect") if r.get("stroke")]
    dots = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in root.findall(f"{SVG}circle")]
    bins = [b for goal in found.goals.values() for b in goal.reliability]
    for number, ((x, y), b) in enumerate(zip(dots, bins, strict=True)):
        left, top, side, tall = (
            float(frames[number // metrics.BINS].get(name)) for name in ("x", "y", "width", "height")
        )
        assert (x, y) == (
            pytest.approx(left + b.said * side, abs=0.1),
            pytest.approx(top + (1 - b.true) * tall, abs=0.1),
        )
        assert 0 < x < width
        assert 0 < y < height


def test_a_slug_cannot_break_the_picture() -> None:
    root = etree.fromstring(picture(figures(slugs=("<tea> & bread",))).encode())
    assert any("<tea> & bread" in (text.text or "") for text in root.iter(f"{SVG}text"))
