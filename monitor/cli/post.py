"""What `deliver`, `scan` and `run` share: the post goes out, and somebody notices what did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.cli.words import count, say

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.pipeline import Outcome, Returned
    from monitor.store import Store


def deliver(app: App, store: Store) -> tuple[Returned, Outcome]:
    """Take in what came back and send what is due; one line for each delivery that did not arrive."""
    office = app.post_office
    returned = office.returned(store, app.clock())
    if returned.error:
        say(returned.error)
    if returned.bounced or returned.unsubscribed:
        say(f"{count(returned.bounced, 'bounce')}, {count(returned.unsubscribed, 'unsubscription')} by mail")
    outcome = office.deliver(store, app.clock, app.stop.is_set)
    for delivery in outcome.failed:
        say(f"{delivery.week} to {delivery.recipient}: {delivery.state}: {delivery.error}")
    if outcome.held:
        say(f"{count(outcome.held, 'more delivery', 'more deliveries')} put off for the same reason")
    if outcome.capped:
        say(f"stopped after {count(len(outcome.deliveries), 'delivery', 'deliveries')}, the most of one run")
    return returned, outcome


def watch(app: App, store: Store) -> None:
    """Raise an alarm for digests that are late; call the heartbeat only while `status` finds all well."""
    from monitor import health

    watched = health.watch(app, store)
    for sentence in watched.alarm.raised:
        say(f"ALARM: {sentence}")
    if watched.alarm.error:
        say(f"the mail that should say that a digest is late did not go: {watched.alarm.error}")
    if watched.error:
        say(f"the heartbeat did not arrive: {watched.error}")
