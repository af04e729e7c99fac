"""Charts as SVG made here: they need no script and no network, and follow the page's colours, light and dark. Pure.

Each has a title and a description for screen readers (https://www.w3.org/TR/SVG-access/), and beside it the page has
the same numbers as a table. Colours are classes of the style sheet, since the pages allow no styles within.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap

from markupsafe import Markup, escape

SHADES = 5
"""Steps of a heat map, from hardly any to most."""


def heat(rows: Sequence[str], columns: Sequence[str], counts: Mapping[tuple[str, str], int], title: str) -> Markup:
    """Rows × columns, darker where there is more; each number stands in its cell."""
    left, top, wide, high = 150, 40, 104, 26
    most = max(counts.values(), default=0)
    parts = []
    for n, name in enumerate(columns):
        for above, text in enumerate(reversed(wrap(name, 17)[:2])):
            parts.append(_text(left + n * wide + wide / 2, top - 8 - 14 * above, text, "mid small"))
    for y, row in enumerate(rows):
        parts.append(_text(left - 8, top + y * high + 18, _short(row, 20), "end"))
        for x, column in enumerate(columns):
            number = counts.get((row, column), 0)
            shade = shade_of(number, most)
            place = f'x="{left + x * wide}" y="{top + y * high}" width="{wide - 2}" height="{high - 2}"'
            parts.append(f'<rect class="heat{shade}" {place}></rect>')
            if number:
                middle = left + x * wide + wide / 2 - 1
                parts.append(_text(middle, top + y * high + 17, f"{number:,}", f"mid on{shade}"))
    return _drawing(left + len(columns) * wide + 4, top + len(rows) * high + 4, parts, title, _told(rows, counts))


def shade_of(number: int, most: int) -> int:
    """0 for none, 1 to SHADES for more; by the root, so that small numbers differ too."""
    return 0 if number <= 0 or most <= 0 else max(1, min(SHADES, round(SHADES * (number / most) ** 0.5)))


def bars(rows: Sequence[tuple[str, float]], title: str) -> Markup:
    """One bar a row, with its number."""
    left, wide, high = 260, 300, 26
    most = max((number for _, number in rows), default=0)
    parts = []
    for y, (name, number) in enumerate(rows):
        length = wide * number / most if most else 0
        parts.append(_text(left - 8, y * high + 18, _short(name, 36), "end"))
        parts.append(
            f'<rect class="bar" x="{left}" y="{y * high + 4}" width="{length:.1f}" height="{high - 8}"></rect>'
        )
        parts.append(_text(left + length + 6, y * high + 18, f"{number:,.0f}", ""))
    told = "; ".join(f"{name} {number:,.0f}" for name, number in rows)
    return _drawing(left + wide + 60, len(rows) * high + 8, parts, title, told)


def line(weeks: Sequence[str], numbers: Sequence[int], title: str, width: int = 300) -> Markup:
    """Numbers over weeks."""
    high, top, bottom = 92, 14, 68
    most = max(numbers, default=0) or 1
    step = (width - 40) / max(1, len(weeks) - 1)
    points = [(30 + n * step, bottom - (bottom - top) * number / most) for n, number in enumerate(numbers)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = [
        f'<path class="axis" d="M30 {bottom + 1}H{width - 8}"></path>',
        _text(26, top + 4, f"{most:,}", "end small"),
        _text(26, bottom + 4, "0", "end small"),
        f'<polyline class="trend" points="{path}"></polyline>',
    ]
    if points:
        parts.append(f'<circle class="dot" cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="3.5"></circle>')
        parts.append(_text(30, bottom + 18, weeks[0], "small"))
        if len(weeks) > 1:
            parts.append(_text(width - 8, bottom + 18, weeks[-1], "end small"))
    told = "; ".join(f"{week} {number:,}" for week, number in zip(weeks, numbers, strict=True))
    return _drawing(width, high, parts, title, told)


def _told(rows: Sequence[str], counts: Mapping[tuple[str, str], int]) -> str:
    totals = {row: sum(number for (r, _), number in counts.items() if r == row) for row in rows}
    return "; ".join(f"{row} {total:,}" for row, total in totals.items())


def _drawing(width: float, height: float, parts: Sequence[str], title: str, told: str) -> Markup:
    inside = Markup("").join(Markup(part) for part in parts)  # noqa: S704 — every text in them went through `_text`
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    head = Markup("<title>{}</title><desc>{}</desc>").format(title, told)
    return Markup(f'<svg class="chart" role="img" {size}>') + head + inside + Markup("</svg>")  # noqa: S704 — numbers only


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}">{escape(text)}</text>'


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
