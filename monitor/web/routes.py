"""Which address leads to which page."""

from __future__ import annotations

from monitor.web.asked import Page
from monitor.web.pages import digests, entrance, explore, home, item, opinions, review, search

ROUTES: tuple[tuple[str, Page], ...] = (
    (r"^/$", home.home),
    (r"^/digests/?$", digests.archive),
    (r"^/digests\.ics$", digests.calendar),
    (r"^/digests/(?P<path>.+)$", digests.document),
    (r"^/item/(?P<uid>.+)$", item.item),
    (r"^/explore$", explore.explore),
    (r"^/explore/(?P<part>[a-z]+)\.csv$", explore.table),
    (r"^/search$", search.search),
    (r"^/export/(?P<format>[a-z-]+)$", search.export),
    (r"^/review$", review.review),
    (r"^/review/decide$", review.decide),
    (r"^/review/undo$", review.undo),
    (r"^/sign-in$", entrance.sign_in),
    (r"^/sign-out$", entrance.sign_out),
    (r"^/unsubscribe$", entrance.leave),
    (r"^/opinion$", opinions.opine),
)
"""Pattern of the path → page; the first that fits counts, and Datasette's own pages come after all of these."""

OPEN: frozenset[Page] = frozenset({entrance.sign_in, entrance.leave, opinions.opine})
"""Pages for those who have not signed in, even where reading is for reviewers alone."""

BY_POST: frozenset[Page] = frozenset({review.decide, review.undo, entrance.sign_out})
"""Pages that only act."""
