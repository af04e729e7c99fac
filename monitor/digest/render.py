"""A digest as HTML for mail, plain text, Markdown and JSON: the same works in the same order."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from monitor.digest import words
from monitor.digest.compose import goal_tag
from monitor.digest.coverage import STATES, feed_lines, looked
from monitor.digest.setting import autolink, markdown, row, wrap
from monitor.digest.view import View, countries, view
from monitor.types import Digest, Document, Item, Section, Work, to_json

if TYPE_CHECKING:
    from jinja2 import Environment

LARGEST_HTML = 90_000
"""Bytes. Gmail clips a message at about 102 KB of HTML, and what is clipped is not read."""

_MOST_ROWS, _MOST_NAMES = 40, 300
"""Feeds that the HTML has room for when nearly everything fails: told in lines, named in a paragraph."""

_LONGEST_ERROR = 500
"""Characters of an error that the ledger's rows keep in JSON."""

SCHEMA = "research-monitor/digest/1"


def render(digest: Digest, largest: int | None = LARGEST_HTML) -> Document:
    """`digest` in the formats `html`, `txt`, `md` and `json`, in UTF-8.

    The same digest gives the same bytes. When the HTML would have more than `largest` bytes, every format shows
    fewer works of each goal and says how many more there are; None is for files, which nobody clips.
    """
    with words.dates_in(digest.language):
        return _document(digest, largest)


def _document(digest: Digest, largest: int | None) -> Document:
    digest, html = _fitting(digest, largest)
    shown = view(digest)
    return Document(
        shown.subject,
        {
            "html": html,
            "txt": _set("txt", shown),
            "md": _set("md", shown),
            "json": _json(digest, shown.subject),
        },
    )


def _fitting(digest: Digest, largest: int | None) -> tuple[Digest, bytes]:
    """As much of the digest as fits, and its HTML: the greatest number of works a goal, found by halving."""
    html = _html(digest)
    fits, fails = 0, max((len(section.works) for section in digest.sections), default=0)
    if largest is None or len(html) <= largest or not fails:
        return digest, html
    while fails - fits > 1:
        middle = (fits + fails) // 2
        if len(_html(_cut(digest, middle))) <= largest:
            fits = middle
        else:
            fails = middle
    cut = _cut(digest, fits)
    return cut, _html(cut)


def _cut(digest: Digest, most: int) -> Digest:
    return replace(digest, sections=tuple(replace(s, works=s.works[:most]) for s in digest.sections))


# --- for people ------------------------------------------------------------------------------


def _html(digest: Digest) -> bytes:
    """With the style of each element on it: many mail clients drop style sheets. Nothing is loaded from outside."""
    import css_inline

    inliner = css_inline.CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)
    return inliner.inline(_set("html", view(digest), _MOST_ROWS, _MOST_NAMES).decode()).encode()


def _set(name: str, shown: View, most_rows: int | None = None, most_names: int | None = None) -> bytes:
    template = _environment(name).get_template(f"digest.{name}.j2")
    return template.render(view=shown, looked=looked(shown.feeds, most_rows, most_names), states=STATES).encode()


@cache
def _environment(name: str) -> Environment:
    """Templates of one format; whatever they print is escaped for it."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    finalize: Callable[..., Any] | None = markdown if name == "md" else None
    environment = Environment(
        loader=PackageLoader("monitor.digest"),
        autoescape=name == "html",  # noqa: S701 — Markdown is escaped by `finalize`, and text has nothing active
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(wrap=wrap, row=row, autolink=autolink, counted=words.counted, capital=_capital)
    return environment


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- for programs ----------------------------------------------------------------------------


def _json(digest: Digest, subject: str) -> bytes:
    """Keys are sorted and never renamed; each work stands once, in the order in which the sections first name it."""
    works = {work.item.uid: work for section in digest.sections for work in section.works}
    document = {
        "schema": SCHEMA,
        "subject": subject,
        "subscriber": digest.subscriber,
        "week": digest.week,
        "window": digest.window,
        "made_at": digest.made_at,
        "running": digest.running,
        "selection": {"countries": digest.asked, "minimum": digest.minimum},
        "models": digest.models,
        "totals": {name: getattr(digest, name) for name in ("seen", "tagged", "selected", "unknown", "by_group")},
        "sections": [_section(section) for section in digest.sections],
        "works": [_work(work, digest) for work in works.values()],
        "countries": digest.countries,
        "groups": digest.groups,
        "shares": digest.shares,
        "shares_of_all": digest.shares_of_all,
        "collaborations": digest.collaborations,
        "pairs": digest.pairs,
        "feeds": feed_lines(digest),
        "coverage": [replace(fetch, error=fetch.error and fetch.error[:_LONGEST_ERROR]) for fetch in digest.coverage],
        "silent": digest.silent,
        "gaps": digest.gaps,
        "possibly_missed": digest.possibly_missed,
    }
    return (json.dumps(words.cleaned(to_json(document)), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _section(section: Section) -> dict[str, Any]:
    """What belongs to the goal alone; the rest of each work stands under `works`."""
    tags = [(work.item.uid, goal_tag(work, section.goal.slug)) for work in section.works]
    works = [
        {"uid": uid, "probability": tag.probability if tag else None, "evidence": tag.evidence if tag else ()}
        for uid, tag in tags
    ]
    return {"goal": section.goal, "total": section.total, "works": works}


def _work(work: Work, digest: Digest) -> dict[str, Any]:
    marks = digest.marks.get(work.item.uid, digest.groups)
    return {
        **_bibliography(work.item),
        "tags": work.tags,
        "countries": countries(work),
        "origin_state": work.origin_state,
        "origins": [{**to_json(origin), "group": marks.get(origin.country, "other")} for origin in work.origins],
    }


def _bibliography(item: Item) -> dict[str, Any]:
    """What identifies a work. Abstracts are left out: not every source lets them be passed on."""
    kept = ("uid", "title", "authors", "published", "first_seen", "year", "venue", "type", "categories", "feeds")
    return {
        **{name: getattr(item, name) for name in kept},
        "identifiers": [str(identifier) for identifier in item.identifiers],
        "link": words.link(item),
    }
