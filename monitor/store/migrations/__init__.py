"""The tables, as named migrations: a module each, applied in the order of their names and never edited once released.

Each step and the record of it share one transaction (sqlite-utils `Migrations`); the caller holds the
write lock around all of them, because `Migrations.apply` takes none of its own.
"""

from __future__ import annotations

import importlib
import pkgutil

from sqlite_utils import Migrations

migrations = Migrations("monitor")

names = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
"""In the order in which they are applied; the last one names the version of the store."""

for _name in names:
    migrations(name=_name)(importlib.import_module(f"{__name__}.{_name}").apply)
