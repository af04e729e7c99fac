"""Works in the formats of other programs: one module a format, and nothing else.

A format is a fifth door: a module `monitor/exports/<format>.py` with what `Format` names; hyphens of its name are
underscores there. Works come one after the other and go out as they come, however many there are.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol, cast
from uuid import UUID

from monitor.errors import ConfigError
from monitor.selection import Listed


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself."""

    title: str
    archive: UUID
    """What tells the store from all others, so that ids can be made that no other monitor makes."""
    made_at: datetime


class Format(Protocol):
    """What the module of a format holds."""

    SUFFIX: str
    """Ending of its files, without the dot."""
    MEDIA_TYPE: str
    """Name at IANA, with its parameters."""

    def write(self, works: Iterable[Listed], out: BinaryIO, about: About) -> None:
        """Write `works` to `out`; raises ConfigError when a library that the format needs is missing."""
        ...


def formats() -> tuple[str, ...]:
    """Names of all formats, sorted."""
    return tuple(sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(__path__)))


def load(name: str) -> Format:
    """The module of a format; raises ConfigError when there is none."""
    module = f"{__name__}.{name.replace('-', '_')}"
    try:
        return cast(Format, importlib.import_module(module))
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise ConfigError(f"there is no export format {name!r}; the formats are {', '.join(formats())}") from None
