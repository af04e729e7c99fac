"""Research monitor: scans the scientific literature, tags it by goal and country, and files a weekly digest.

`from monitor import Monitor` is the Python API (docs/api.md).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monitor.api import Monitor

__version__ = "0.1.0"

__all__ = ["Monitor", "__version__"]


def __getattr__(name: str) -> Any:
    """Load the API when it is asked for (PEP 562): the command line does not need it."""
    if name == "Monitor":
        from monitor.api import Monitor

        return Monitor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
