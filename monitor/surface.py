"""The analysts' pages, wired from feeds.yaml: who may do what, what is shown, what searches and what is asked next."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor import review
from monitor.errors import ConfigError
from monitor.store import Store, dictionary
from monitor.web.people import Gate
from monitor.web.site import Site

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.web.headers import App as Pages


def gate(app: App) -> Gate:
    """Who may do what. Without $MONITOR_SECRET there are no tokens, and sessions end with the server."""
    secret = app.config.secret
    return Gate(app.config.serve, secret or secrets.token_hex(32), secret)


def token(app: App, name: str, days: int) -> str:
    """What a reviewer of feeds.yaml signs in with for so many days.

    Raises ConfigError for anybody else, and where there is no $MONITOR_SECRET to sign with.
    """
    if name not in app.config.serve.reviewers:
        raise ConfigError(f"{app.config.path} does not name {name!r} under serve.reviewers")
    if not app.config.secret:
        raise ConfigError("the environment has no MONITOR_SECRET, any long random text, to sign tokens with")
    return gate(app).token(name, (app.clock() + timedelta(days=days)).date())


def site(app: App) -> Site:
    """What every page works with."""

    def queue(store: Store, reviewer: str, count: int, goals: Sequence[str] | None) -> Sequence[review.Queued]:
        bars = review.Bars.read(app.model_folder())  # anew, for the head may have been replaced meanwhile
        return review.review_queue(store, bars, reviewer, count, goals)

    return Site(
        database=app.database,
        digests=app.digests,
        goals=app.goals,
        gate=gate(app),
        clock=app.clock,
        queue=queue,
        searcher=app.searcher,
        alarms=lambda store: [late.sentence for late in app.post_office.overdue(store, app.plan, app.clock())],
        base_url=app.config.base_url,
    )


def pages(shown: Site) -> Pages:
    """The pages of a site, as an ASGI application."""
    from monitor.web import server

    return server.pages(shown, dictionary.datasette(dictionary.load()))
