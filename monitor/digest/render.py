"""A digest as HTML for mail or for a file, plain text, Markdown, JSON and PDF: the same works in the same order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from monitor.digest import words
from monitor.digest.charts import Chart, draw
from monitor.digest.coverage import STATES, looked
from monitor.digest.pdf import pdf
from monitor.digest.record import record
from monitor.digest.typeset import typeset
from monitor.digest.view import View, fewer, view
from monitor.types import Digest, Document

LARGEST_HTML = 88_000
"""Bytes, which the way out of the subscription and the line ends of mail make 90,000 at most. Gmail clips a message at
about 102 KB of HTML, and what is clipped is not read."""

_MOST_ROWS, _MOST_NAMES = 40, 300
"""Feeds that the HTML has room for when nearly everything fails: told in lines, named in a paragraph."""

_MOST_PLACES = 40
"""Lines of the table of countries in a mail, which the world would fill; the text beside the HTML has all."""


def render(
    digest: Digest,
    largest: int | None = LARGEST_HTML,
    *,
    templates: Path | None = None,
    with_pdf: bool = False,
) -> Document:
    """`digest` in the formats `html`, `txt`, `md` and `json`, in UTF-8, and `pdf` where it is asked for.

    The same digest gives the same bytes. `largest` makes it a document for mail: styles stand on each element, pictures
    are PNG that travel with the message, and when the HTML would have more than so many bytes, every format shows fewer
    works of each goal and says how many more there are. None is for files, which nobody clips: pictures are drawn in
    the page itself. Templates in the folder `templates` stand in for ours; ConfigError tells file and line of a mistake
    in one, or that PDF cannot be made.
    """
    with words.dates_in(digest.language):
        return _document(digest, largest, templates, with_pdf)


def _document(digest: Digest, largest: int | None, templates: Path | None, with_pdf: bool) -> Document:
    charts = draw(view(digest), mail=largest is not None)
    if largest is None:
        html = _page(digest, charts, templates)
    else:
        digest, html = _fitting(digest, largest, charts, templates)
    shown = view(digest)
    formats = {
        "html": html,
        "txt": _set("txt", shown, templates),
        "md": _set("md", shown, templates),
        "json": record(digest, shown.subject),
    }
    if with_pdf:
        drawn = charts if largest is None else draw(shown, mail=False)
        formats["pdf"] = pdf(_page(digest, drawn, templates))
    return Document(shown.subject, formats, _pictures(charts) if largest is not None else {})


def _pictures(charts: Mapping[str, Chart]) -> dict[str, bytes]:
    """The PNG of each chart, by the name that the HTML of a mail uses."""
    return {
        f"{name}-{side}": picture
        for name, chart in charts.items()
        for side, picture in (("light", chart.light), ("dark", chart.dark))
    }


def _fitting(digest: Digest, largest: int, charts: Mapping[str, Chart], templates: Path | None) -> tuple[Digest, bytes]:
    """As much of the digest as fits, and its HTML: the greatest number of works a goal, found by halving."""
    html = _mail(digest, charts, templates)
    fits, fails = 0, max((len(section.works) for section in digest.sections), default=0)
    if len(html) <= largest or not fails:
        return digest, html
    while fails - fits > 1:
        middle = (fits + fails) // 2
        if len(_mail(_cut(digest, middle), charts, templates)) <= largest:
            fits = middle
        else:
            fails = middle
    cut = _cut(digest, fits)
    return cut, _mail(cut, charts, templates)


def _cut(digest: Digest, most: int) -> Digest:
    return replace(digest, sections=tuple(replace(s, works=s.works[:most]) for s in digest.sections))


def _mail(digest: Digest, charts: Mapping[str, Chart], templates: Path | None) -> bytes:
    """With the style of each element on it: many mail clients drop style sheets. Nothing is loaded from outside."""
    import css_inline

    inliner = css_inline.CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)
    shown = view(digest)
    places: dict[str, Any] = {"table": fewer(shown.table, _MOST_PLACES), "all_places": len(shown.table)}
    text = _set("html", shown, templates, _MOST_ROWS, _MOST_NAMES, charts=charts, mail=True, **places).decode()
    return _declared(inliner.inline(text)).encode()


def _declared(html: str) -> str:
    """With the encoding in the first 1024 bytes, where HTML wants it; the inliner puts the remaining styles there."""
    declaration = '<meta charset="utf-8">'
    return html.replace(declaration, "", 1).replace("<head>", f"<head>{declaration}", 1)


def _page(digest: Digest, charts: Mapping[str, Chart], templates: Path | None) -> bytes:
    shown = view(digest)
    places: dict[str, Any] = {"table": shown.table, "all_places": len(shown.table)}
    return _set("html", shown, templates, charts=charts, mail=False, **places)


def _set(
    name: str,
    shown: View,
    templates: Path | None,
    most_rows: int | None = None,
    most_names: int | None = None,
    **more: Any,
) -> bytes:
    values = {
        "view": shown,
        "looked": looked(shown.feeds, most_rows, most_names),
        "states": STATES,
        "ask": {query.name: query.link for query in shown.queries},
        **more,
    }
    return typeset(name, values, templates).encode()
