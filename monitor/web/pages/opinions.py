"""What a reader of a digest says by its link: whether a work was of use."""

from __future__ import annotations

from datetime import timedelta

from monitor import opinion
from monitor.digest.weeks import window_of
from monitor.store.decisions import Reviewer
from monitor.types import Item
from monitor.web.asked import Answer, Asked, PageError
from monitor.web.asking import address
from monitor.web.pages.review import ANSWERS
from monitor.web.site import Site

GOOD_FOR = timedelta(weeks=26)
"""How long after its week a digest's links are taken."""


async def opine(site: Site, asked: Asked) -> Answer:
    """`/opinion?token=…`: a GET shows the question and changes nothing; the POST keeps the answer."""
    token = asked.one("token")
    about = opinion.about(site.gate.secret, token) if site.gate.settings.links else None
    if about is None or asked.now > window_of(about.week).until + GOOD_FOR:
        raise PageError(403, "This link is not one that this monitor wrote, or its time is over.")
    work = await site.read(lambda store: next(iter(store.items.get(store.items.ids_of([about.uid]))), None))
    if work is None:
        raise PageError(404, f"There is no work {about.uid!r} any more.")
    useful = ANSWERS.get(asked.form.get("useful", ""))
    if asked.posted and useful is not None:
        await _keep(site, asked, about, work, useful=useful)
    values = {
        "work": work,
        "who": about.subscriber,
        "week": about.week,
        "action": address(opinion.PATH, token=token),
        "done": asked.posted and useful is not None,
        "useful": useful,
    }
    return Answer("link.html", values)


async def _keep(site: Site, asked: Asked, about: opinion.Opinion, work: Item, *, useful: bool) -> None:
    by = Reviewer(f"reader of {about.subscriber}", asked.now, "digest", f"digest of {about.week}")
    await site.write(lambda store: store.decisions.rate(work.id, useful, by))
