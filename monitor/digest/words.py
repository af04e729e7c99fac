"""Feed data and figures in words that are safe to print: one line, visible, of bounded length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from monitor.text import URL_LIMIT, clean, web_url
from monitor.types import EU, Author, Item, Window

_URL_MARKS = "/%:@!$&()*+,;=-._~?#'[]"
"""What an address may hold besides letters and digits (RFC 3986, section 2.2)."""

_LIKELIHOODS = (
    (0.99, "virtually certain"),
    (0.90, "very likely"),
    (0.66, "likely"),
    (0.33, "about as likely as not"),
    (0.10, "unlikely"),
    (0.0, "very unlikely"),
)
"""Least probability → words, by the IPCC's guidance note on uncertainty (Mastrandrea et al., 2010, table 1)."""


def plain(text: str, most: int | None = None) -> str:
    """`text` on one line, without what cannot be seen, and cut to at most `most` characters."""
    line = clean(text)
    return line if most is None or len(line) <= most else line[: most - 1].rstrip() + "…"


def cleaned(value: Any) -> Any:
    """JSON `value` with every string made plain."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return {plain(key): cleaned(part) for key, part in value.items()}
    return [cleaned(part) for part in value] if isinstance(value, list) else value


def counted(number: int, noun: str) -> str:
    """`number` and `noun`, in the plural where it belongs: "1 work", "1,204 works"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return f" {last} ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else "".join(parts)


def share(part: float, whole: float) -> str:
    """A percentage that does not round a few down to none or a rest away: "22%", "under 1%"."""
    percent = 100 * part / whole if whole else 0.0
    if 0 < percent < 1:
        return "under 1%"
    return "over 99%" if 99 < percent < 100 else f"{percent:.0f}%"


def percent(part: float) -> str:
    """A share of 1 as `share` writes it."""
    return share(part, 1)


def likelihood(probability: float, *, said: bool = False) -> str:
    """`probability` in words and as a number: "very likely, 0.96"; whose word it is where a person `said` so."""
    rounded = round(probability, 2)
    if said:
        return f"said by a reviewer, the model has {rounded:.2f}"
    words = next(words for least, words in _LIKELIHOODS if rounded >= least)
    return f"{words}, {rounded:.2f}" if rounded < 1 else f"{words}, over 0.99"


def byline(authors: Sequence[Author], shown: int = 3) -> str:
    """The first authors, and how many more there are."""
    names = [plain(author.name, 80) or "a nameless author" for author in authors[:shown]]
    if len(authors) > shown:
        return f"{', '.join(names)} and {len(authors) - shown:,} more"
    return listed(names) or "authors not given"


def venue(item: Item) -> str:
    """Where the work appeared, or what it is."""
    if item.venue and (name := plain(item.venue, 120)):
        return name
    if item.type:
        return plain(item.type, 40).replace("-", " ")
    return "preprint" if any(i.scheme == "arxiv" for i in item.identifiers) else "venue not given"


def link(item: Item) -> str | None:
    """Where the work can be read: its own address, else that of its DOI or arXiv id; None when none is safe."""
    known = {
        identifier.scheme: quote(clean(identifier.value), safe="/().:;-_") for identifier in reversed(item.identifiers)
    }
    resolved = (
        known.get("doi") and f"https://doi.org/{known['doi']}",
        known.get("arxiv") and f"https://arxiv.org/abs/{known['arxiv']}",
    )
    return next((safe for url in (item.url, *resolved) if url and (safe := safe_link(url))), None)


def safe_link(url: str) -> str | None:
    """`url` in the characters of RFC 3986, when it is one to link to; else None."""
    known = web_url(url)
    safe = quote(known, safe=_URL_MARKS, errors="replace") if known else ""
    return safe if 0 < len(safe) <= URL_LIMIT else None


def host(url: str) -> str:
    """The host that a safe link really leads to."""
    return urlsplit(url).hostname or ""


@cache
def country(code: str) -> str:
    """English name of a place: an ISO 3166-1 alpha-2 code (CLDR), EU or `unknown`; the code itself when it has none."""
    if code == "unknown":
        return "Country unknown"
    if code == EU:
        return "EU bodies"
    from babel import Locale

    return str(Locale("en").territories.get(code, plain(code, 20)))


_language: ContextVar[str] = ContextVar("language", default="en")


@contextmanager
def dates_in(language: str) -> Iterator[None]:
    """While inside, dates are written as the locale `language` (CLDR) has them."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def day(moment: datetime | None) -> str:
    """ "21 July 2026", or as the language writes a day in full: "21. Juli 2026", "2026年7月21日"."""
    from babel.dates import format_date

    if moment is None:
        return "date not given"
    return str(format_date(moment.astimezone(UTC), _day_pattern(), locale=_language.get()))


def minute(moment: datetime) -> str:
    """ "21 July 2026, 06:30 UTC"."""
    return f"{day(moment)}, {moment.astimezone(UTC):%H:%M} UTC"


def span(window: Window) -> str:
    """The first and the last day of a window: "20 to 26 July 2026", or as the language writes an interval."""
    from babel.dates import format_date, format_interval

    first, last = window.since.astimezone(UTC), window.until.astimezone(UTC) - timedelta(seconds=1)
    if first.date() == last.date():
        return day(last)
    if _language.get() != "en":
        return str(format_interval(first, last, "yMMMMd", locale=_language.get()))
    pattern = "d MMMM y" if first.year != last.year else "d MMMM" if first.month != last.month else "d"
    return f"{format_date(first, pattern, locale='en')} to {day(last)}"


def _day_pattern() -> str:
    """The day before the month in plain English, as most of the world has it; else CLDR's own order."""
    return "d MMMM y" if _language.get() == "en" else "long"
