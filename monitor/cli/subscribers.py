"""Commands about subscribers: who there are, and who is left in peace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli import words
from monitor.cli.words import as_json, say
from monitor.recipients import recipient_key
from monitor.types import to_json

if TYPE_CHECKING:
    from monitor.app import App


@click.group()
def subscribers() -> None:
    """Who gets digests: list, pause, resume."""


@subscribers.command("list")
@as_json
@click.pass_obj
def listing(app: App, as_json: bool) -> None:
    """Every subscriber of feeds.yaml, and which of its recipients rest."""
    with app.store() as store:
        resting = store.subscribers.resting()
    if as_json:
        words.print_json({"subscribers": to_json(app.config.subscribers), "resting": to_json(resting)})
        return
    reasons = {(rest.subscriber, recipient_key(rest.recipient)): rest for rest in resting}
    for subscriber in app.config.subscribers:
        for recipient in subscriber.addresses:
            rest = reasons.get((subscriber.name, recipient_key(recipient)))
            state = f"rests since {rest.since:%Y-%m-%d}: {rest.reason}, {rest.note}" if rest else ""
            click.echo(f"{subscriber.name:<24} {subscriber.output:<8} {recipient}  {state}".rstrip())


@subscribers.command()
@click.argument("name")
@click.argument("address")
@click.pass_obj
def pause(app: App, name: str, address: str) -> None:
    """Send nothing more to ADDRESS, a recipient of subscriber NAME, as if it had unsubscribed."""
    from monitor import subscriptions

    with app.store(locked=True) as store:
        changed = subscriptions.pause(app, store, name, address)
    say(f"{address} gets no more digests of {name!r}" if changed else f"{address} rested already")


@subscribers.command()
@click.argument("name")
@click.argument("address")
@click.pass_obj
def resume(app: App, name: str, address: str) -> None:
    """Send digests of subscriber NAME to ADDRESS again, from the next one on."""
    from monitor import subscriptions

    with app.store(locked=True) as store:
        changed = subscriptions.resume(app, store, name, address)
    say(f"{address} gets the digests of {name!r} again" if changed else f"{address} did not rest")


COMMANDS = (subscribers,)
