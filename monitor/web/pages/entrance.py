"""Signing in and out, and leaving a subscription."""

from __future__ import annotations

from monitor import unsubscribe
from monitor.web.asked import Answer, Asked, PageError, onward
from monitor.web.site import Site


async def sign_in(site: Site, asked: Asked) -> Answer:
    """`/sign-in`: a GET shows the form, also with a token in the address; the POST sets the cookie."""
    after = onward(asked.form.get("next") or asked.one("next") or "/")
    if not asked.posted:
        return Answer("sign-in.html", _entrance(site, asked.one("token"), after, ""))
    reviewer = site.gate.bearer(asked.form.get("token", ""), asked.now)
    if reviewer is None:
        fault = "This token lets nobody in: it is not one of this monitor, its time is over, or its name was taken off."
        return Answer("sign-in.html", _entrance(site, "", after, fault), status=403)
    return Answer(to=after, cookie=site.gate.session(reviewer, asked.now))


async def sign_out(site: Site, asked: Asked) -> Answer:
    """`/sign-out`, by POST."""
    return Answer(to="/", cookie="")


async def leave(site: Site, asked: Asked) -> Answer:
    """`/unsubscribe?token=…`: a GET shows a page and changes nothing, since scanners follow links; the POST acts, from
    the page or with one click in a mail program (RFC 8058)."""
    token = asked.one("token") or asked.form.get("token", "")
    named = unsubscribe.recipient_of(site.gate.secret, token)
    if named is None:
        raise PageError(403, "This link does not end a subscription: it is not one that this monitor wrote.")
    subscriber, recipient = named
    if asked.posted:
        await site.write(
            lambda store: store.subscribers.rest(subscriber, recipient, "unsubscribed", "by the link", asked.now)
        )
    values = {"subscriber": subscriber, "recipient": recipient, "token": token, "done": asked.posted}
    return Answer("unsubscribe.html", values)


def _entrance(site: Site, token: str, after: str, fault: str) -> dict[str, object]:
    settings = site.gate.settings
    return {
        "token": token,
        "after": after,
        "fault": fault,
        "tokens": bool(site.gate.secret and settings.reviewers),
        "proxied": bool(settings.header),
    }
