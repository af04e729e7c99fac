"""Keys by which providers recognise their clients: added when a request goes out, and kept nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote_plus

from urllib3.util import Url

from monitor.errors import FetchError
from monitor.types import Key


@dataclass(frozen=True, slots=True)
class Secret:
    """The key of one provider."""

    value: str = field(repr=False)
    parameter: str | None
    """Query parameter that carries it."""
    header: str | None = None
    """Header that carries it, without a parameter; None as well: it is a bearer token (RFC 6750)."""

    def signed(self, url: Url) -> Url:
        """`url` with the key in it, where that is its place."""
        if self.parameter is None:
            return url
        pair = f"{quote(self.parameter, safe='')}={quote(self.value, safe='')}"
        return url._replace(query=f"{url.query}&{pair}" if url.query else pair)

    def unsigned(self, url: Url) -> Url:
        """`url` without the key: a server that redirects may repeat the question it was asked."""
        if self.parameter is None or not url.query:
            return url
        pairs = (pair for pair in url.query.split("&") if unquote_plus(pair.partition("=")[0]) != self.parameter)
        return url._replace(query="&".join(pairs) or None)

    @property
    def headers(self) -> dict[str, str]:
        """The header that carries the key, where that is its place."""
        if self.parameter is not None:
            return {}
        return {self.header: self.value} if self.header else {"Authorization": f"Bearer {self.value}"}


def find(key: Key | None, env: Mapping[str, str], url: Url, *, private: bool) -> Secret | None:
    """The key that `env` holds for requests to `url`; None when none is asked for or set.

    Raises FetchError for one that would go over the net in the clear, and for one that is no key: it could carry a
    header of its own.
    """
    value = env.get(key.variable, "").strip() if key else ""
    if not key or not value:
        return None
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise FetchError(f"${key.variable} is no key: it has blanks or control characters in it", state="blocked")
    if url.scheme != "https" and not private:
        raise FetchError(
            f"refused to send the key of ${key.variable} to {url.netloc} without encryption", state="blocked"
        )
    return Secret(value, key.parameter, key.header)
