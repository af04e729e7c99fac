"""Where the files lie that come with the program but are not code: feeds.yaml, models, checks.

In a checkout they are beside the package, where people edit them; in an installed wheel they are inside it.
"""

from __future__ import annotations

from pathlib import Path

from monitor.errors import MonitorError

_PACKAGE = Path(__file__).parent


def path(name: str) -> Path:
    """The shipped file or folder `name`, such as `feeds.yaml` or `models/goals`.

    Raises MonitorError when the installation lacks it.
    """
    for root in (_PACKAGE.parent, _PACKAGE / "_shipped"):
        if (root / "feeds.yaml").is_file() and (root / name).exists():
            return root / name
    raise MonitorError(f"{name} is missing from this installation; install the monitor again")
