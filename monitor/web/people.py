"""Who a request is from, and what proves it: a token, a session, a reverse proxy, or a form that we gave out. Pure.

Nobody is a reviewer whom `serve.reviewers` of feeds.yaml does not name; taking a name off that list ends everything
that was ever signed for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from monitor.config import Serve
from monitor.signing import read, sign

COOKIE = "reviewer"
SESSION = timedelta(days=14)
FORM = timedelta(hours=12)
"""How long a page may stand open before its forms are sent."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Tells who is who."""

    settings: Serve
    key: str = field(repr=False)
    """Signs sessions and forms."""
    secret: str | None = field(default=None, repr=False)
    """Signs what is kept for longer: tokens to sign in with. None: there are none."""

    def token(self, reviewer: str, until: date) -> str:
        """What `reviewer` signs in with, up to and without the day `until`. Raises ValueError without a secret."""
        return sign(self.secret or "", "sign-in", reviewer, until.isoformat())

    def bearer(self, token: str, now: datetime) -> str | None:
        """The reviewer whom a token lets in; None when it is not ours, is over, or its reviewer is none any more."""
        fields = read(self.secret, "sign-in", token.strip()) if self.secret else None
        if not fields or len(fields) != 2 or fields[1] <= now.astimezone(UTC).date().isoformat():
            return None
        return self._known(fields[0])

    def session(self, reviewer: str, now: datetime) -> str:
        """What the cookie of a reviewer says who has just signed in."""
        return sign(self.key, "session", reviewer, _second(now + SESSION))

    def reviewer(self, cookies: Mapping[str, str], headers: Mapping[str, str], peer: str, now: datetime) -> str | None:
        """The reviewer that a request is from. `headers` by small name; `peer` is the address it came from."""
        settings = self.settings
        if settings.header and peer in settings.proxies and headers.get(settings.header):
            return self._known(headers[settings.header].strip())
        fields = read(self.key, "session", cookies.get(COOKIE, ""))
        if not fields or len(fields) != 2 or fields[1] <= _second(now):
            return None
        return self._known(fields[0])

    def form(self, who: str, now: datetime) -> str:
        """A token for the forms of a page that `who` is looking at; a name, or empty for a stranger."""
        return sign(self.key, "form", who, _second(now + FORM))

    def is_ours(self, token: str, who: str, now: datetime) -> bool:
        """Whether a form was given to `who`, and not long ago."""
        fields = read(self.key, "form", token)
        return fields is not None and len(fields) == 2 and fields[0] == who and fields[1] > _second(now)

    def _known(self, name: str) -> str | None:
        return name if name in self.settings.reviewers else None


def _second(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
