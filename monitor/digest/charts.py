"""The pictures of a digest, drawn from the numbers that stand in tables beside them.

Three of them, each as SVG for the filed page and as PNG for mail, light and dark: works by country and goal, the
weeks before, and where the authors work. Readers with any kind of colour vision can tell the colours apart: one hue in
steps of lightness for amounts, and the palette of Okabe and Ito (2008, https://jfly.uni-koeln.de/color/) for groups.
The same digest gives the same bytes.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitor.digest.view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 5.36
"""Inches at 100 pixels each: what a sheet of 600 pixels has between its margins."""

MOST_COUNTRIES = 12
"""Rows of the map; the table has the others."""

GROUP_COLOURS: Mapping[str, tuple[str, str]] = {
    "partner": ("#009e73", "#009e73"),
    "home": ("#0072b2", "#56b4e9"),
    "ec": ("#cc79a7", "#cc79a7"),
    "other": ("#8a95a1", "#8a95a1"),
    "unknown": ("#e69f00", "#e69f00"),
}
"""Group → its colour on a light page and on a dark one."""

_INK = {"ink": ("#1c2530", "#e4e9ef"), "muted": ("#556270", "#a7b3c1"), "line": ("#c9d0d8", "#3d4a58")}
_STEPS = (
    ("#f1f4f7", "#1f2833", "muted"),
    ("#dbe6f2", "#24405f", "ink"),
    ("#b4cde6", "#2f5f92", "ink"),
    ("#6d9fcd", "#4d8ac4", "dark"),
    ("#2c6aa6", "#86b9e8", "light"),
    ("#123f6d", "#c9e1f7", "light"),
)
"""No work, then five steps of amount: on a light page, on a dark one, and the ink that is legible on it."""

_ON_STEP = {"muted": _INK["muted"], "ink": _INK["ink"], "dark": ("#0d1620", "#0d1620"), "light": ("#ffffff", "#0d1620")}
_PAPER = ("#ffffff", "#171e27")
_CHANGED = ("#d55e00", "#ff9a4d")
"""This week, where it moved."""
_NOW = ("#0072b2", "#56b4e9")
_BEFORE = ("#aab6c2", "#5c6b7b")


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with the words that stand for it."""

    name: str
    title: str
    alt: str
    svg: str
    """An `svg` element whose colours follow those of the page; empty for mail."""
    light: bytes
    dark: bytes
    """PNG; empty for a page."""


def draw(view: View, *, mail: bool) -> dict[str, Chart]:
    """The pictures of a digest by name (`map`, `trend`, `origins`), as PNG for `mail` and as SVG else.

    Those without a number to show are left out.
    """
    found = {}
    if view.table:
        found["map"] = _chart("map", "Works by country and goal", _map_alt(view), lambda t: _map(view, t), mail)
    if any(trend.before for trend in view.trends):
        found["trend"] = _chart("trend", "Works a week, by goal", _trend_alt(view), lambda t: _trend(view, t), mail)
    if view.shares:
        found["origins"] = _chart(
            "origins", "Where the authors work", _origins_alt(view), lambda t: _origins(view, t), mail
        )
    return found


# --- one picture, three ways -----------------------------------------------------------------


_Theme = Callable[[tuple[str, str]], str]
"""What becomes of a colour that is one on a light page and another on a dark one."""


def _light(pair: tuple[str, str]) -> str:
    return pair[0]


def _dark(pair: tuple[str, str]) -> str:
    return pair[1]


class _Both:
    """A colour of its own for each pair, so that a picture is drawn once and each place then gets its pair."""

    def __init__(self) -> None:
        self.pairs: dict[str, tuple[str, str]] = {}

    def __call__(self, pair: tuple[str, str]) -> str:
        known = {kept: mark for mark, kept in self.pairs.items()}
        mark = known.get(pair, f"#fedc{len(self.pairs):02x}")
        self.pairs[mark] = pair
        return mark


def _chart(name: str, title: str, alt: str, paint: Callable[[_Theme], Figure], mail: bool) -> Chart:
    import matplotlib as mpl

    settings = {
        "font.family": "DejaVu Sans",
        "font.size": 9.0,
        "svg.fonttype": "none",
        "svg.hashsalt": f"monitor-{name}",
        "axes.unicode_minus": False,
        "text.parse_math": False,
    }
    with mpl.rc_context(settings), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a box stands for it; the table has the name
        if mail:
            return Chart(name, title, alt, "", _png(paint(_light), _light), _png(paint(_dark), _dark))
        both = _Both()
        return Chart(name, title, alt, _svg(name, alt, paint(both), both), b"", b"")


def _png(figure: Figure, theme: _Theme) -> bytes:
    from PIL import Image

    drawn, target = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=160, facecolor=theme(_PAPER))
    with Image.open(drawn) as image:  # a few dozen colours say the same in a quarter of the bytes
        image.convert("RGB").quantize(48, dither=Image.Dither.NONE).save(target, format="png", optimize=True)
    return target.getvalue()


def _svg(name: str, alt: str, figure: Figure, both: _Both) -> str:
    """The picture as an element of a page, each of its colours for a light page with that for a dark one beside it."""
    text = _COLOUR.sub(lambda m: _declared(m[1], *both.pairs.get(m[2], (m[2], m[2]))), _svg_text(figure))
    text = _ID.sub(lambda m: f'{m[1]}"{m[2]}{name}-{m[3]}"', text).replace("url(#", f"url(#{name}-")
    begin, end = text.index("<svg"), text.index(">", text.index("<svg"))
    opening = text[begin:end]
    size = re.search(r'viewBox="[^"]*"', opening)
    head = f'<svg {size[0] if size else ""} class="chart" role="img" aria-labelledby="{name}-alt">'
    return f'{head}<title id="{name}-alt">{_escaped(alt)}</title>{text[end + 1 :].strip()}'


def _declared(name: str, light: str, dark: str) -> str:
    """A declaration with both colours; what does not know light-dark() (CSS Color 5) keeps the first."""
    return f"{name}: {light}" if light == dark else f"{name}: {light}; {name}: light-dark({light}, {dark})"


_COLOUR = re.compile(r"\b(fill|stroke): (#[0-9a-f]{6})\b")
_ID = re.compile(r'(\bid=|xlink:href=|href=)"(#?)([^"#]+)"')


def _svg_text(figure: Figure) -> str:
    target = io.StringIO()
    figure.savefig(target, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = target.getvalue()
    for part in (r"<metadata>.*?</metadata>", r"<style[^>]*>.*?</style>", r"<defs>\s*</defs>", r"<!--.*?-->"):
        text = re.sub(part, "", text, flags=re.DOTALL)
    return text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _figure(height: float, rows: int = 1, columns: int = 1, **options: Any) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(WIDTH, height), dpi=100, layout="constrained")
    cells: list[Axes] = list(figure.subplots(rows, columns, squeeze=False, **options).flat)
    for axes in cells:
        axes.set_facecolor("none")  # the paper of the picture is what shows, light or dark
    return figure, cells


def _bare(axes: Axes, theme: _Theme, size: float = 9.0) -> None:
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0, colors=theme(_INK["ink"]), labelsize=size)


# --- works by country and goal ---------------------------------------------------------------


def step(count: int, most: int) -> int:
    """Which of the five steps `count` is in, 0 for none: equal ratios, as amounts differ by orders of magnitude."""
    if count <= 0:
        return 0
    if most <= 5:
        return min(5, count)
    return next(n for n in range(1, 6) if count <= round(most ** (n / 5)) or n == 5)


def _map(view: View, theme: _Theme) -> Figure:
    rows = view.table[:MOST_COUNTRIES]
    most = max(max(row.counts) for row in rows)
    figure, [axes] = _figure(0.62 + 0.27 * len(rows))
    _bare(axes, theme)
    for y, row in enumerate(rows):
        for x, count in enumerate(row.counts):
            light, dark, ink = _STEPS[step(count, most)]
            axes.add_patch(_tile(x, y, theme((light, dark))))
            axes.text(x, y, f"{count:,}", ha="center", va="center", color=theme(_ON_STEP[ink]), fontsize=9)
    axes.set_xlim(-0.5, len(view.goals) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), [_short(f"{row.place.name}", 24) + _sign(row.place.group) for row in rows])
    axes.set_xticks(range(len(view.goals)), [_folded(f"{goal.number} {goal.name}", 12) for goal in view.goals])
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", labelsize=7.5)
    return figure


def _tile(x: int, y: int, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=colour, linewidth=0)


def _sign(group: str) -> str:
    """Partners are marked by a sign too, not by colour alone."""
    return {"partner": " ●", "home": " ○", "ec": " ◆"}.get(group, "")


def _map_alt(view: View) -> str:
    rows = sorted(view.table, key=lambda row: -sum(row.counts))[:3]
    told = ", ".join(f"{row.place.name} {sum(row.counts):,}" for row in rows)
    return f"Map of works by country and goal. Most works: {told}. The table below has every number."


# --- the weeks before ------------------------------------------------------------------------


def _trend(view: View, theme: _Theme) -> Figure:
    columns = 3 if len(view.trends) > 2 else max(1, len(view.trends))
    lines = -(-len(view.trends) // columns)
    figure, cells = _figure(1.35 * lines + 0.1, lines, columns)
    for axes in cells[len(view.trends) :]:
        axes.set_visible(False)
    for axes, trend in zip(cells, view.trends, strict=False):
        _bare(axes, theme, 7.5)
        bars = [*trend.before, trend.now]
        colour = theme(_CHANGED) if trend.moved else theme(_NOW)
        axes.bar(range(len(bars)), bars, color=[theme(_BEFORE)] * len(trend.before) + [colour], width=0.8)
        axes.axhline(trend.mean, color=theme(_INK["muted"]), linewidth=0.8, linestyle=(0, (3, 3)))
        top = max(1, *bars)
        axes.set_ylim(0, top * 1.3)
        axes.set_xlim(-0.7, len(bars) - 0.3)
        axes.text(len(bars) - 1, trend.now + top * 0.04, f"{trend.now:,}", **_label(theme, colour))
        axes.set_title(_folded(trend.name, 20), loc="left", fontsize=8, color=theme(_INK["ink"]))
        axes.set_xticks([0, len(bars) - 1], [trend.first[-3:], trend.last[-3:]])
        axes.set_yticks([])
    return figure


def _label(theme: _Theme, colour: str) -> dict[str, Any]:
    return {"ha": "center", "va": "bottom", "fontsize": 8, "color": theme(_INK["ink"]), "fontweight": "bold"}


def _trend_alt(view: View) -> str:
    told = "; ".join(f"{t.name}: {t.now:,} this week, {t.mean:.1f} a week before" for t in view.trends)
    return f"Works a week by goal. {told}."


# --- where the authors work ------------------------------------------------------------------


def _origins(view: View, theme: _Theme) -> Figure:
    rows = view.shares
    figure, [axes] = _figure(0.55 + 0.34 * len(rows))
    _bare(axes, theme)
    for y, row in enumerate(rows):
        left = 0.0
        for share in row.shares:
            colour = theme(GROUP_COLOURS[share.group])
            axes.barh(y, share.part, left=left, color=colour, edgecolor=theme(_PAPER), linewidth=0.8, height=0.66)
            if share.part >= 0.08:
                place = left + share.part / 2
                axes.text(place, y, f"{share.part:.0%}", ha="center", va="center", color="#0d1620", fontsize=8)
            left += share.part
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    axes.set_yticks(range(len(rows)), [_short(row.name, 30) for row in rows])
    _legend(figure, view, theme)
    return figure


def _legend(figure: Figure, view: View, theme: _Theme) -> None:
    from matplotlib.patches import Patch

    marks = [Patch(facecolor=theme(GROUP_COLOURS[s.group]), label=s.name) for s in view.shares[0].shares]
    figure.legend(
        handles=marks,
        loc="outside lower left",
        ncols=len(marks),
        frameon=False,
        fontsize=8,
        labelcolor=theme(_INK["ink"]),
        handlelength=1,
        columnspacing=1.2,
    )


def _origins_alt(view: View) -> str:
    every = view.shares[-1]
    return f"Share of authors by group. {every.name}: {', '.join(map(str, every.shares))}. The table has every number."


# --- words that fit --------------------------------------------------------------------------


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _folded(text: str, width: int = 14) -> str:
    """`text` in lines of about `width` characters, two or three of them."""
    import textwrap

    return "\n".join(textwrap.wrap(text, width, max_lines=3, placeholder="…"))
