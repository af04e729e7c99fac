"""Port `Output`: one module of this package for each way a digest leaves the house, and nothing else in it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast

from monitor.errors import ConfigError
from monitor.types import Delivery, Document, Mail, Subscriber
from monitor.unsubscribe import Links, Ways

Post = Callable[[str, bytes, Mapping[str, str], bool], None]
"""Posts a body with headers to an address on the web, or raises FetchError; the last argument allows private hosts."""


@dataclass(frozen=True, slots=True)
class Means:
    """What outputs have to work with."""

    mail: Mail | None = None
    ways: Ways | None = None
    """How readers end a subscription."""
    post: Post | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Environment variables whose values are not to be stored or told: keys, addresses that are secrets."""
    private: frozenset[str] = frozenset()
    """Names of the subscribers whose webhooks may be on private addresses."""

    def links(self, subscriber: str, recipient: str) -> Links | None:
        """The ways out of one recipient's subscription, where any is configured."""
        return self.ways.links(subscriber, recipient) if self.ways else None


class Output(Protocol):
    """What an output's module holds."""

    def check(self, subscriber: Subscriber, means: Means) -> None:
        """Raise ConfigError, naming the subscriber, when this output could never deliver to it."""
        ...

    def deliver(self, delivery: Delivery, document: Document, means: Means) -> None:
        """Hand `document` to `delivery.recipient`, once, and return only when it was accepted.

        Raises DeliveryError; its `permanent` says whether trying again can help.
        """
        ...


def kinds() -> tuple[str, ...]:
    """Names of all outputs, sorted."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__)))


def load(kind: str) -> Output:
    """The module of `kind`; raises ConfigError when there is none."""
    name = f"{__name__}.{kind}"
    try:
        return cast(Output, importlib.import_module(name))
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ConfigError(f"there is no output {kind!r}; the outputs are {', '.join(kinds())}") from None
