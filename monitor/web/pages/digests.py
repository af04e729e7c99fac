"""The archive of digests: its front page, the filed documents, and a calendar of them."""

from __future__ import annotations

import errno
from pathlib import Path
from types import MappingProxyType

from monitor.digest.weeks import window_of
from monitor.digest.words import plain, span
from monitor.store.digests import Filed
from monitor.web.asked import Answer, Asked, PageError
from monitor.web.site import Site

KINDS = MappingProxyType(
    {
        ".html": "text/html; charset=utf-8",
        ".txt": "text/plain; charset=utf-8",
        ".md": "text/markdown; charset=utf-8",
        ".json": "application/json",
        ".atom": "application/atom+xml",
        ".pdf": "application/pdf",
        ".png": "image/png",
        ".svg": "image/svg+xml",
    }
)
"""What is given out of the folder of digests, and nothing else."""


async def archive(site: Site, asked: Asked) -> Answer:
    """`/digests/`."""
    filed = await site.read(lambda store: store.digests.filed("all"))
    shown = [(one, span(window_of(one.week)), _formats(site.digests, one.week)) for one in filed]
    countries = sorted(path.stem for path in (site.digests / "countries").glob("*.atom"))
    return Answer("digests.html", {"filed": shown, "goals": site.names, "countries": countries})


async def document(site: Site, asked: Asked) -> Answer:
    """`/digests/WEEK/digest.html` and whatever else lies in the folder of digests; raises PageError (404)."""
    path = within(site.digests, asked.parts["path"])
    try:
        if path is not None and path.is_file():
            return Answer(body=path.read_bytes(), kind=KINDS[path.suffix])
    except OSError as error:  # not a name that a file can have
        if error.errno != errno.ENAMETOOLONG:
            raise
    raise PageError(404, "There is no such document among the digests.")


async def calendar(site: Site, asked: Asked) -> Answer:
    """`/digests.ics`: the day each digest was made, for calendars (RFC 5545)."""
    filed = await site.read(lambda store: store.digests.filed("all"))
    base = site.base_url.rstrip("/") if site.base_url else ""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//research-monitor//digests//EN", "NAME:Research abroad"]
    for one in filed:
        lines += _event(one, base)
    text = "\r\n".join([*map(_folded, lines), _folded("END:VCALENDAR"), ""])
    return Answer(body=text.encode(), kind="text/calendar; charset=utf-8", download="digests.ics")


def within(folder: Path, name: str) -> Path | None:
    """The file `name` in `folder`; None for a way out of it, by dots or by links, and for kinds that are not given out.

    Nor are digests of subscribers, a folder further down: they may hold links that speak for their readers.
    """
    parts = name.split("/")
    if len(parts) > 2 or any(part.startswith(".") or not part or "\\" in part or "\0" in part for part in parts):
        return None
    path = folder.joinpath(*parts)
    inside = path.resolve() == folder.resolve().joinpath(*parts)
    return path if inside and path.suffix in KINDS else None


def _formats(folder: Path, week: str) -> list[tuple[str, str]]:
    """The formats in which a digest lies there, and their addresses."""
    found = [(name, f"{week}/digest.{name}") for name in ("html", "pdf", "md", "txt", "json")]
    return [(name.upper(), f"/digests/{path}") for name, path in found if (folder / path).is_file()]


def _event(one: Filed, base: str) -> list[str]:
    day = one.made_at
    return [
        "BEGIN:VEVENT",
        f"UID:{one.week}@digests.research-monitor",
        f"DTSTAMP:{day:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"SUMMARY:{_escaped(one.subject)}",
        *([f"URL:{base}/digests/{one.week}/digest.html"] if base else []),
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    """Text as RFC 5545, section 3.3.11, has it."""
    marked = plain(text).replace("\\", "\\\\").replace(";", "\\;")
    return marked.replace(",", "\\,")


def _folded(line: str) -> str:
    """Lines of at most 75 bytes, the rest on lines that begin with a space (section 3.1)."""
    parts, rest = [], line
    while len(rest.encode()) > 74:
        cut = 74
        while len(rest[:cut].encode()) > 74:
            cut -= 1
        parts.append(rest[:cut])
        rest = rest[cut:]
    return "\r\n ".join([*parts, rest])
