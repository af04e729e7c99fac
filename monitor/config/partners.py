"""Section `partners`: what its forms cannot see one by one, and the lens it makes."""

from __future__ import annotations

from monitor.config import forms
from monitor.config.document import Place
from monitor.config.problems import Problems
from monitor.types import EU, Body, Partner, Partners


def check(form: forms.PartnersForm, problems: Problems) -> None:
    """Note where a country is in two groups on one day, or a name or ROR id means two bodies."""
    for position, nation in enumerate(form.nations):
        place: Place = ("partners", "nations", position)
        if nation.country == form.home:
            problems.add(place, f": {nation.country} is 'partners.home' and cannot be a partner of itself")
        for earlier, other in enumerate(form.nations[:position]):
            if nation.country == other.country and _overlap(nation, other):
                line = problems.document.line(("partners", "nations", earlier))
                remedy = "let each span end with 'until' before the next begins, or keep one line"
                problems.add(place, f": {nation.country} has these days on line {line} already; {remedy}")
                break
    _check_bodies(form.ec.bodies if form.ec else [], problems)


def _check_bodies(bodies: list[forms.BodyForm], problems: Problems) -> None:
    lines: dict[str, int] = {}
    for position, body in enumerate(bodies):
        place = ("partners", "ec", "bodies", position)
        for word in dict.fromkeys((body.name.casefold(), *map(str.casefold, body.also), *body.ror)):
            if word in lines:
                problems.add(place, f": {word!r} is the body on line {lines[word]} already")
            lines.setdefault(word, problems.document.line(place))


def _overlap(one: forms.SpanForm, other: forms.SpanForm) -> bool:
    return (one.until is None or other.since < one.until) and (other.until is None or one.since < other.until)


def build(form: forms.PartnersForm) -> Partners:
    """The lens that the section describes."""
    return Partners(
        home=form.home,
        nations=tuple(Partner(n.country, n.since, n.until) for n in form.nations),
        commission=Partner(EU, form.ec.since, form.ec.until) if form.ec else None,
        bodies=tuple(
            Body(b.name, tuple(b.also), tuple(b.ror), tuple(b.near)) for b in (form.ec.bodies if form.ec else ())
        ),
    )
