"""The tables, as named migrations: a module each, applied in the order of their names and never edited once released.

Each step and the record of it share one transaction (sqlite-utils `Migrations`); the caller holds the
write lock around all of them, because `Migrations.apply` takes none of its own.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Migrations

names = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
"""In the order in which they are applied; the last one names the version of the store."""


@cache
def load() -> Migrations:
    """The steps themselves. They bring sqlite-utils, which brings pandas where that is installed: half a second that a
    store which has them all need not wait."""
    from sqlite_utils import Migrations

    found = Migrations("monitor")
    for name in names:
        found(name=name)(importlib.import_module(f"{__name__}.{name}").apply)
    return found
