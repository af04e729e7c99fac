"""The plugin that makes Datasette ours: its hooks, and the way from its requests to our pages and back.

Written for Datasette 0.65 (https://docs.datasette.io/en/stable/plugin_hooks.html).
"""

from __future__ import annotations

import hashlib
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote

from datasette import hookimpl
from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400, NotFound, Request, Response
from datasette.views.base import DatasetteError
from markupsafe import Markup

from monitor.digest import words
from monitor.errors import LockError, MonitorError
from monitor.store.guard import guard
from monitor.web.asked import Answer, Asked, Page, PageError
from monitor.web.pages.item import path_of
from monitor.web.people import COOKIE, SESSION
from monitor.web.routes import BY_POST, OPEN, ROUTES
from monitor.web.site import Site

if TYPE_CHECKING:
    from monitor.web.server import Pages

STATIC = Path(__file__).parent / "static"
_log = logging.getLogger(__name__)

UIDS = frozenset({"uid", "other_uid", "into_uid"})
"""Columns that name works."""

RETRY = 10
"""Seconds after which a decision that had to wait may be sent again."""


@hookimpl
def register_routes(datasette: Pages) -> list[tuple[str, Callable[..., Awaitable[Any]]]]:
    """Our pages; they come before Datasette's own."""
    return [(pattern, _view(page)) for pattern, page in ROUTES]


@hookimpl
def actor_from_request(datasette: Pages, request: Request) -> dict[str, str] | None:
    """Who is signed in."""
    site = datasette.site
    peer = (request.scope.get("client") or ("", 0))[0]
    reviewer = site.gate.reviewer(request.cookies, request.headers, peer, site.clock())
    return {"id": reviewer} if reviewer else None


@hookimpl
def permission_allowed(datasette: Pages, actor: Mapping[str, str] | None, action: str) -> bool | None:
    """Reading is for all who reach the pages, unless it is for reviewers alone; what changes or debugs Datasette is for
    nobody."""
    if not action.startswith(("view-", "execute-sql")):
        return False
    return None if may_read(datasette.site, actor) else False


@hookimpl
def prepare_connection(conn: Any, database: str) -> None:
    """Connections on which analysts' SQL runs read and do nothing else; Datasette's notes to itself are not ours."""
    if database != "_internal":
        guard(conn)


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    """What our templates can say."""
    env.filters.update(
        country=words.country,
        day=words.day,
        minute=words.minute,
        likelihood=words.likelihood,
        percent=words.percent,
        counted=words.counted,
        plain=words.plain,
        safe_link=words.safe_link,
        item_path=path_of,
    )


@hookimpl
def render_cell(value: object, column: str) -> Markup | None:
    """Names of works lead to their pages, in every table and answer."""
    if column not in UIDS or not isinstance(value, str) or not value:
        return None
    return Markup('<a href="{}">{}</a>').format(path_of(value), value)


@hookimpl
def extra_template_vars(datasette: Pages, request: Request | None) -> dict[str, Any]:
    """What every page shows at its top, Datasette's own among them."""
    site = datasette.site
    reviewer = request.actor["id"] if request and request.actor else None
    return {
        "reviewer": reviewer,
        "form_token": site.gate.form(reviewer or "", site.clock()),
        "reviewers_exist": bool(site.gate.settings.reviewers),
        "here": request.full_path if request else "/",
        "stamp": stamp(),
    }


@hookimpl
def skip_csrf(datasette: Pages) -> bool:
    """Datasette's own check lets requests without cookies pass; ours looks at every form (`_posted`)."""
    return True


@hookimpl
def forbidden(datasette: Pages, request: Request, message: str) -> Callable[[], Awaitable[Any]]:
    """Strangers are shown where to sign in."""

    async def told() -> Any:
        if request.actor is None and request.method == "GET":
            return Response.redirect(f"/sign-in?next={quote(request.full_path)}")
        return await _response(datasette, request, _told(403, "This is not for you to see."))

    return told


@hookimpl
def handle_exception(datasette: Pages, request: Request, exception: Any) -> Callable[[], Awaitable[Any]]:
    """Mistakes as a page with one sentence; what is not the asker's fault goes to the log, without anybody's values."""
    if isinstance(exception, QueryInterrupted):  # as it comes where CSV was asked for
        exception = DatasetteError("", title="SQL Interrupted", status=400, message_is_html=True)
    known = isinstance(exception, Base400 | DatasetteError)
    status = exception.status if known else 500
    if known and status == 500:  # of a column that there is not, Datasette tells without a status
        status = 400
    sentence = _sentence(exception) if known else "This failed; the log of the server says why."
    if not known:
        _log.error("%s %s failed: %s", request.method, request.path, _where(exception))

    async def told() -> Any:
        if request.path.endswith(".json"):
            return Response.json({"ok": False, "error": sentence, "status": status}, status=status)
        if request.path.endswith(".csv"):
            return Response.text(f"{sentence}\n", status=status)
        return await _response(datasette, request, _told(status, sentence))

    return told


def _where(exception: BaseException) -> str:
    """What kind of fault, and the way to it, on one line: what it says of itself may hold what was asked."""
    frames = traceback.extract_tb(exception.__traceback__)[-5:]
    return f"{type(exception).__name__} at " + " > ".join(
        f"{'/'.join(Path(f.filename).parts[-3:])}:{f.lineno}" for f in frames
    )


def _sentence(exception: Any) -> str:
    if getattr(exception, "message_is_html", False):  # the one that Datasette writes of an interrupted query
        return (
            f"{exception.title}: the query took too long, or its answer was too large, and was stopped. Ask for less."
        )
    if isinstance(exception, NotFound):
        return "There is no such page, table or row."
    return str(getattr(exception, "message", "") or exception) or "This cannot be answered."


def may_read(site: Site, actor: Mapping[str, str] | None) -> bool:
    """Whether the pages may be read by who asks."""
    return site.gate.settings.read == "everyone" or actor is not None


@cache
def stamp() -> str:
    """Changes with the style sheet and the script, so that browsers do not keep old ones."""
    files = sorted(STATIC.iterdir())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _view(page: Page) -> Callable[..., Awaitable[Any]]:
    async def view(datasette: Pages, request: Request) -> Any:
        site = datasette.site
        if page not in OPEN and not may_read(site, request.actor):
            return Response.redirect(f"/sign-in?next={quote(request.full_path)}")
        form: dict[str, str] = {}
        try:
            form = await _posted(site, request, page)
            answer = await page(site, _asked(site, request, form))
        except PageError as error:
            answer = _told(error.status, str(error))
        except LockError:
            again = {key: value for key, value in form.items() if key != "token_of_form"}
            answer = Answer(
                "busy.html", {"again": again, "sent_to": request.full_path, "posted": bool(form)}, status=503
            )
        except MonitorError as error:
            answer = _told(503, str(error))
        return await _response(datasette, request, answer)

    return view


async def _posted(site: Site, request: Request, page: Page) -> dict[str, str]:
    """The form that was sent; raises PageError when it was not given out by one of our pages to who sends it."""
    if request.method != "POST":
        if page in BY_POST:
            raise PageError(405, "This is done by sending a form.")
        return {}
    body = (await request.post_body()).decode("utf-8", "replace")
    form = dict(parse_qsl(body, keep_blank_values=True, max_num_fields=200))
    reviewer = request.actor["id"] if request.actor else ""
    if request.path != "/unsubscribe" and not site.gate.is_ours(form.get("token_of_form", ""), reviewer, site.clock()):
        raise PageError(403, "This form has expired, or was not made by these pages: go back, reload, and try again.")
    return {**form, "token_of_form": ""}


def _asked(site: Site, request: Request, form: Mapping[str, str]) -> Asked:
    return Asked(
        now=site.clock(),
        path=request.path,
        parts={name: unquote(value) for name, value in request.url_vars.items()},
        query=dict(parse_qsl(request.query_string, keep_blank_values=True, max_num_fields=200)),
        form=form,
        posted=request.method == "POST",
        reviewer=request.actor["id"] if request.actor else None,
    )


def _told(status: int, sentence: str) -> Answer:
    return Answer("told.html", {"sentence": sentence, "status": status}, status=status)


async def _response(datasette: Pages, request: Request, answer: Answer) -> Any:
    if answer.to:
        response = Response.redirect(answer.to, status=303 if request.method == "POST" else 302)
        if answer.cookie is not None:
            _set_cookie(response, answer.cookie, secure=(datasette.site.base_url or "").startswith("https://"))
        return response
    headers = {"Content-Disposition": f'attachment; filename="{answer.download}"'} if answer.download else {}
    if answer.status == 503:
        headers["Retry-After"] = str(RETRY)
    if answer.template:
        text = await datasette.render_template(f"monitor/{answer.template}", dict(answer.values), request)
        return Response(text, answer.status, headers, answer.kind)
    return Response(answer.body, answer.status, headers, answer.kind)


def _set_cookie(response: Any, value: str, *, secure: bool) -> None:
    age = int(SESSION.total_seconds()) if value else 0
    response.set_cookie(COOKIE, value, max_age=age, httponly=True, samesite="lax", secure=secure)
