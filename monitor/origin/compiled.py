"""The rules of this room as machine code, where they were compiled from just the sources that lie here.

`hatch_build.py` compiles them while the package is built, if it can. What it makes lies in a folder of its own, and is
put before the sources only when its stamp names them: whoever edits a rule runs that rule, never an older one.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path

MODULES = (
    *("context", "domains", "evidence", "finding", "lookup", "mentions", "names", "piece", "places", "resolution"),
    *("resolver", "segment", "text", "tokens", "weigh"),
)
"""What each affiliation goes through; the other modules of the room work once in a run, or wait for numpy."""
STAMP = "sources.sha256"
GROUP = "rules"
"""The name of the library that holds them all; the others only lead to it."""

ROOM = Path(__file__).parent
FOLDER = ROOM / "native"


def stamp(room: Path = ROOM) -> str:
    """What the sources of the modules are, as a hash."""
    found = hashlib.sha256()
    for module in MODULES:
        found.update((room / f"{module}.py").read_bytes() + b"\0")
    return found.hexdigest()


def current(folder: Path = FOLDER, room: Path = ROOM) -> bool:
    """Whether `folder` holds what was compiled from the sources in `room`."""
    try:
        return (folder / STAMP).read_text("ascii").strip() == stamp(room)
    except (OSError, UnicodeDecodeError):
        return False


def use() -> None:
    """Have the modules that are imported from now on come from `FOLDER`, if it is current and can be loaded here."""
    path: list[str] = sys.modules[__package__].__path__  # type: ignore[assignment]
    if str(FOLDER) in path or not current():
        return
    path.insert(0, str(FOLDER))
    try:
        importlib.import_module(f"{__package__}.{GROUP}__mypyc")
    except ImportError:  # made for another Python or another system
        path.remove(str(FOLDER))


def in_use() -> bool:
    """Whether the rules that are loaded are machine code."""
    resolver = sys.modules.get(f"{__package__}.resolver")
    return resolver is not None and not str(resolver.__file__).endswith(".py")
