"""The monitor as a Python object: the verbs of the command line, with the nouns of `monitor.types` as answers.

    from monitor import Monitor

    with Monitor("~/monitor") as monitor:
        monitor.scan()
        for work in monitor.works(since=datetime(2026, 7, 20, tzinfo=UTC), goal="cyber"):
            print(work.item.title, [origin.country for origin in work.origins])

A group of commands is a part of the object: `monitor feeds add` is `monitor.feeds.add(...)`. Errors are those of
`monitor.errors`. Nothing is printed. Times must be aware; a naive one is refused. docs/api.md lists every verb.
"""

from __future__ import annotations

from monitor.api.monitor import Monitor

__all__ = ["Monitor"]
