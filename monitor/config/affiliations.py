"""The section `affiliations`: which routes to affiliations are switched on, each within its provider's terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from monitor.config import forms
from monitor.config.problems import Problems
from monitor.config.settings import Affiliations, RouteSettings
from monitor.errors import suggestion


class Paced(Protocol):
    """A provider and its terms."""

    URL: str
    PACE: float


class RouteKind(Paced, Protocol):
    """What must be known of a route to check its settings; its module holds it."""

    BUDGET: int
    KEY: str | None


def affiliations(
    form: forms.AffiliationsForm, kinds: Mapping[str, RouteKind], problems: Problems, env: Mapping[str, str]
) -> Affiliations:
    """The routes that are switched on, in the order of the file; what is wrong with them is added to `problems`."""
    found = []
    for name, said in form.routes.items():
        route = said or forms.RouteForm()
        if name not in kinds:
            remedy = suggestion(name, kinds) or f"; the routes are {', '.join(kinds)}"
            problems.add(("affiliations", "routes", name), f": there is no route {name!r}{remedy}")
        elif route.enabled:
            found.append(_route(name, route, kinds[name], problems, env))
    return Affiliations(form.look_up == "all", tuple(found))


def _route(
    name: str, form: forms.RouteForm, kind: RouteKind, problems: Problems, env: Mapping[str, str]
) -> RouteSettings:
    url = form.url or kind.URL
    if form.pace is not None and (clause := terms(form.pace, url, kind)):
        problems.add(("affiliations", "routes", name, "pace"), clause)
    key = env.get(kind.KEY) if kind.KEY else None
    lacks = kind.KEY if not key and site(url) == site(kind.URL) else None
    return RouteSettings(
        name=name,
        url=url,
        pace=kind.PACE if form.pace is None else form.pace,
        budget=kind.BUDGET if form.budget is None else form.budget,
        allow_private=form.allow_private,
        key=key,
        idle=f"{site(url)} answers only with a key, and ${lacks} is not set" if lacks else "",
    )


def terms(pace: float, url: str, kind: Paced) -> str:
    """What is wrong with a pace on the provider's own hosts, as a clause; nothing when it keeps the terms."""
    if pace < kind.PACE and site(url) == site(kind.URL) is not None:
        return f": {pace:g} is less than the {kind.PACE:g} seconds between requests that {site(url)} asks for"
    return ""


def site(url: str) -> str | None:
    """The last two labels of the host, such as `arxiv.org`: providers state their terms for all their hosts."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return ".".join(host.split(".")[-2:]) if host else None
