"""How feeds, routes, digests and deliveries stand: what `monitor status` tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitor import pipeline
from monitor.errors import FetchError, ModelError
from monitor.store import Store
from monitor.types import Delivery

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.store.subscribers import Rest

BAD = ("stale", "failed", "blocked", "throttled", "short")
"""Statuses of a feed or route that somebody should see to."""


@dataclass(frozen=True, slots=True)
class Health:
    """How everything stands at one moment."""

    home: str
    feeds: tuple[Mapping[str, Any], ...]
    """Rows of the view feed_health."""
    items: int
    """Works in the store."""
    untagged: int
    """Works that wait for tags of the model in use."""
    model: str | None
    """The model in use; None when it cannot be used."""
    model_error: str | None
    """Why it cannot."""
    resolver: str
    """Version of the rules that tell countries."""
    registry: str | None
    """Release of the registry of organisations; None when none is loaded."""
    origins: Mapping[str, int]
    """How the search for origins stands (`monitor.evidence.State`) → works."""
    routes: tuple[Mapping[str, Any], ...]
    """Rows of the view route_health for the routes that are switched on, with `budget` and `idle`."""
    digests: int
    """Finished digests."""
    deliveries: Mapping[str, int]
    """State → deliveries."""
    deliveries_waiting: int
    overdue: tuple[pipeline.Overdue, ...]
    """Digests that should be out and are not."""
    lost: tuple[Delivery, ...]
    """Deliveries of the last days that ended without arriving."""
    resting: tuple[Rest, ...]
    """Recipients that are left in peace, which is no fault."""

    @property
    def healthy(self) -> bool:
        """Whether nothing has to be seen to."""
        bad = any(one["status"] in BAD for one in (*self.feeds, *self.routes))
        owing = any(f["open_windows"] or f["possibly_missed"] or f["moved_to"] for f in self.feeds)
        return not (bad or owing or self.model_error or self.overdue or self.lost)


def health(app: App, store: Store) -> Health:
    """How everything stands now."""
    model, fault = _model(app)
    now = app.clock()
    return Health(
        home=str(app.home),
        feeds=tuple(store.ledger.health()),
        items=store.items.count(),
        untagged=store.findings.untagged_count(model or ""),
        model=model,
        model_error=fault,
        resolver=app.resolver.version,
        registry=app.resolver.registry,
        origins=store.evidence.states(),
        routes=_routes(app, store),
        digests=store.digests.count(),
        deliveries=store.outbox.states(),
        deliveries_waiting=store.outbox.waiting(),
        overdue=app.post_office.overdue(store, app.plan, now),
        lost=pipeline.lost(store, now),
        resting=store.subscribers.resting(),
    )


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of looking for digests that are late."""

    alarm: pipeline.Alarm
    heartbeat: bool
    """Whether the heartbeat was called: feeds.yaml names one, and all is well."""
    error: str | None = None
    """Why it did not arrive."""


def watch(app: App, store: Store) -> Watched:
    """Raise an alarm for digests that are late, once; call the heartbeat only while `health` finds all well."""
    office, now = app.post_office, app.clock()
    alarm = office.alarm(store, office.overdue(store, app.plan, now), now)
    if not (app.config.alarm.heartbeat and health(app, store).healthy):
        return Watched(alarm, heartbeat=False)
    try:
        return Watched(alarm, heartbeat=office.heartbeat())
    except FetchError as error:
        return Watched(alarm, heartbeat=False, error=str(error))


def _routes(app: App, store: Store) -> tuple[dict[str, Any], ...]:
    """How each route that is switched on stands, asked or not."""
    told = {row["route"]: row for row in store.evidence.health()}
    return tuple(
        {**told.get(r.name, {"status": None, "asked": 0}), "route": r.name, "budget": r.budget, "idle": r.idle}
        for r in app.config.affiliations.routes
    )


def _model(app: App) -> tuple[str | None, str | None]:
    """Name of the model in use, or what keeps it from being used."""
    try:
        return app.tagger.name, None
    except ModelError as error:
        return None, str(error)
