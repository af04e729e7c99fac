"""Recipients of digests that are left in peace, and those that are told again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.errors import ConfigError, suggestion
from monitor.recipients import recipient_key
from monitor.store import Store

if TYPE_CHECKING:
    from monitor.app import App


def pause(app: App, store: Store, name: str, address: str) -> bool:
    """Send nothing more to a recipient of the subscriber `name`, as if it had unsubscribed; False when it rested
    already. Raises ConfigError for one that neither feeds.yaml nor the store knows."""
    _check(app, store, name, address)
    return store.subscribers.rest(name, address, "unsubscribed", "by the operator", app.clock())


def resume(app: App, store: Store, name: str, address: str) -> bool:
    """Send digests to a recipient again, from the next one on; False when it did not rest. Raises ConfigError."""
    _check(app, store, name, address)
    return store.subscribers.resume(name, address, app.clock())


def _check(app: App, store: Store, name: str, address: str) -> None:
    key = recipient_key(address)
    if any(recipient_key(rest.recipient) == key for rest in store.subscribers.resting(name)):
        return
    known = app.config.subscriber(name).addresses
    if key not in map(recipient_key, known):
        hint = suggestion(address, known)
        raise ConfigError(f"{app.config.path}: subscriber {name!r} has no recipient {address!r}{hint}")
