"""Port `Output`: one module of this package for each way a digest leaves the house, and nothing else in it."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Protocol, cast

from monitor.errors import ConfigError
from monitor.types import Delivery, Document, Mail, Subscriber


class Output(Protocol):
    """What an output's module holds."""

    def check(self, subscriber: Subscriber, mail: Mail | None) -> None:
        """Raise ConfigError, naming the subscriber, when this output could never deliver to it."""
        ...

    def deliver(self, delivery: Delivery, document: Document, mail: Mail | None) -> None:
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
