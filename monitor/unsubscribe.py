"""The ways out of a subscription: a signed link, a mail, and the header fields that offer both to mail programs.

The link ends one recipient's subscription and nothing else. A GET of it must only show a page, because scanners fetch
links before people do; the POST with the body `List-Unsubscribe=One-Click` acts at once (RFC 8058). The mail carries
the same token in its subject.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from monitor.signing import read, sign

PURPOSE = "unsubscribe"
PATH = "/unsubscribe"
"""Below the base address: `<base>/unsubscribe?token=<token>`."""

ONE_CLICK = "List-Unsubscribe=One-Click"
"""Body of the POST that acts without asking again (RFC 8058, section 3.1)."""

_SUBJECT = re.compile(r"unsubscribe ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Links:
    """The ways out for one recipient; at least one is there."""

    page: str | None = None
    """Address of the page, whose POST acts with one click."""
    mail: str | None = None
    """A mailto: address (RFC 6068)."""

    @property
    def visible(self) -> str:
        """The one to show to a reader."""
        return self.page or self.mail or ""

    def headers(self) -> dict[str, str]:
        """Header fields of RFC 2369, and of RFC 8058, which asks for https."""
        fields = {"List-Unsubscribe": ", ".join(f"<{link}>" for link in (self.page, self.mail) if link)}
        if self.page and self.page.startswith("https://"):
            fields["List-Unsubscribe-Post"] = ONE_CLICK
        return fields


@dataclass(frozen=True, slots=True)
class Ways:
    """What is configured: the base address of the pages, an address for mail, and the secret that signs."""

    base: str | None = None
    mail: str | None = None
    secret: str | None = field(default=None, repr=False)

    def links(self, subscriber: str, recipient: str) -> Links | None:
        """The ways out for a recipient; None when there is none. Without a secret only people can act on a mail."""
        mark = token(self.secret, subscriber, recipient) if self.secret else None
        page = f"{self.base.rstrip('/')}{PATH}?token={mark}" if self.base and mark else None
        subject = quote(f"unsubscribe {mark or subscriber}")
        mail = f"mailto:{quote(self.mail, safe='@')}?subject={subject}" if self.mail else None
        return Links(page, mail) if page or mail else None


def token(secret: str, subscriber: str, recipient: str) -> str:
    """A token that ends the subscription of `recipient` to the digests of `subscriber`; it stays good for ever."""
    return sign(secret, PURPOSE, subscriber, recipient)


def recipient_of(secret: str | None, text: str) -> tuple[str, str] | None:
    """Subscriber and recipient that a token names; None when it is not one of ours."""
    fields = read(secret, PURPOSE, text) if secret else None
    return (fields[0], fields[1]) if fields and len(fields) == 2 else None


def asked_by_mail(secret: str | None, subject: str) -> tuple[str, str] | None:
    """Subscriber and recipient whose subscription a mail with this subject ends; None when it is another mail."""
    found = _SUBJECT.search("".join(subject.split("\n")))
    return recipient_of(secret, found[1]) if found else None
