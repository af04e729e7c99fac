"""The way back from a digest: a signed link by which its reader says, without signing in, whether a work was of use.

A link speaks for one subscriber about one work of one week, and for nothing else. A GET of it must only show a page,
because scanners fetch links before people do; the POST of that page says yes or no. Whoever has the mail has the link,
so what comes by it is an opinion on use alone: it never changes what a work carries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from monitor.signing import read, sign

PURPOSE = "opinion"
PATH = "/opinion"
"""Below the base address: `<base>/opinion?token=<token>`."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a link is about."""

    subscriber: str
    week: str
    """ISO week of the digest."""
    uid: str


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the links of digests."""

    base: str
    """Where readers reach the pages of `monitor serve`."""
    secret: str = field(repr=False)

    def link(self, about: Opinion) -> str:
        """The address for one work."""
        token = sign(self.secret, PURPOSE, about.subscriber, about.week, about.uid)
        return f"{self.base.rstrip('/')}{PATH}?token={quote(token)}"


def about(secret: str | None, token: str) -> Opinion | None:
    """What a token is about; None when it is not one of ours."""
    fields = read(secret, PURPOSE, token) if secret else None
    return Opinion(*fields) if fields and len(fields) == 3 else None
