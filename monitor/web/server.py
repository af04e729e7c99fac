"""Datasette with our plugin and our templates, and the server around it."""

from __future__ import annotations

import asyncio
import csv
import logging
import secrets
import socket
import warnings
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import uvicorn
from datasette.app import Datasette
from datasette.database import Database, QueryInterrupted
from datasette.plugins import pm
from datasette.utils.sqlite import sqlite3
from datasette.views import base
from datasette.views.base import DatasetteError

from monitor.errors import MonitorError
from monitor.exports.csv import cell
from monitor.store.guard import joined
from monitor.web import plugin
from monitor.web.headers import LOCAL, App, Headers, Receive, Scope, Send
from monitor.web.site import Site

FOLDER = Path(__file__).parent
_log = logging.getLogger(__name__)

SETTINGS: Mapping[str, Any] = {
    "sql_time_limit_ms": 2_500,
    "max_returned_rows": 2_000,
    "default_page_size": 50,
    "suggest_facets": False,
    "allow_download": False,
    "allow_csv_stream": True,
    "max_csv_mb": 100,
    "num_sql_threads": 3,
    "truncate_cells_html": 400,
}
"""https://docs.datasette.io/en/stable/settings.html"""

REPLACED = ("datasette.handle_exception", "datasette.forbidden", "datasette.actor_auth_cookie")
"""Parts of Datasette that ours stand in for: one prints every local variable to the log, one knows other cookies."""


FIRST = ("/", "/digests", "/explore", "/sign-in", "/search?q=research&mode=text", "/monitor", "/monitor/item_overview")
"""Pages that are asked for before anybody does."""

_ANSWERS_CSV: ContextVar[bool] = ContextVar("answers_csv", default=False)
"""Whether the request under way asks for the answer to its SQL as CSV."""


class Uncounted(Database):  # type: ignore[misc]
    """A database whose rows are counted where somebody looks at a table, and not for a list of all tables; and whose
    tables are asked once what they are, since they stay while it is served."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._asked: dict[tuple[str, str], Any] = {}

    async def execute(self, sql: str, *given: Any, log_sql_errors: bool = True, **named: Any) -> Any:
        """The answer to `sql`. A mistake in it is one line of the log that says nothing of the query, which is its
        asker's own. Datasette shows it on its pages and in JSON; where CSV was asked for it would answer with an empty
        file that looks like no rows, so there the mistake is raised."""
        try:
            joined(sql)
            return await super().execute(sql, *given, log_sql_errors=False, **named)
        except QueryInterrupted as error:
            raise QueryInterrupted(error.e, "", {}) from None  # it is printed whole where rows were on their way
        except sqlite3.DatabaseError as error:
            if log_sql_errors:
                _log.warning(
                    "SQL of a reader has no answer: %s", getattr(error, "sqlite_errorname", type(error).__name__)
                )
            if not _ANSWERS_CSV.get():
                raise
            raise DatasetteError(f"This SQL has no answer: {error}.", status=400) from error

    async def table_columns(self, table: str) -> list[str]:
        """Names of the columns."""
        return cast("list[str]", await self._once("columns", table, super().table_columns))

    async def primary_keys(self, table: str) -> list[str]:
        """Names of the columns of its key."""
        return cast("list[str]", await self._once("keys", table, super().primary_keys))

    async def fts_table(self, table: str) -> str | None:
        """Its full text, where it has one."""
        return cast("str | None", await self._once("full text", table, super().fts_table))

    async def _once(self, what: str, table: str, ask: Callable[[str], Awaitable[Any]]) -> Any:
        if (what, table) not in self._asked:
            self._asked[what, table] = await ask(table)
        return self._asked[what, table]

    async def table_counts(self, limit: int = 10) -> dict[str, int | None]:
        """No counts: those of large tables would take longer than the page may."""
        return dict.fromkeys(await self.table_names())


class Cells:
    """Writes rows as `csv.writer` does, but for texts that a spreadsheet would run: titles are strangers' words."""

    def __init__(self, out: Any) -> None:
        self._rows = csv.writer(out)

    def writerow(self, row: Iterable[object]) -> Any:
        """What `out` makes of one row."""
        return self._rows.writerow([cell(value) for value in row])


class Pages(Datasette):  # type: ignore[misc]
    """Datasette over one store, read-only, that knows the site its plugin works for."""

    def __init__(self, site: Site, metadata: Mapping[str, Any]) -> None:
        super().__init__(
            [str(site.database)],
            metadata=dict(metadata),
            settings=dict(SETTINGS),
            template_dir=str(FOLDER / "templates"),
            static_mounts=[("static", str(FOLDER / "static"))],
            secret=secrets.token_hex(32),
        )
        self.site = site
        name = site.database.stem
        self.remove_database(name)
        self.add_database(Uncounted(self, path=str(site.database), is_mutable=True), name=name)


def pages(site: Site, metadata: Mapping[str, Any]) -> App:
    """The whole site as an ASGI application."""
    for other, _ in pm.list_plugin_distinfo():  # what happens to be installed beside us is not part of these pages
        pm.unregister(other)
    for name in REPLACED:
        if pm.has_plugin(name):
            pm.unregister(name=name)
    base.csv = SimpleNamespace(writer=Cells)  # all that is used of it there
    if not pm.is_registered(plugin):
        pm.register(plugin, "monitor")
    names = [*site.gate.settings.hosts, urlsplit(site.base_url or "").hostname or ""]
    asked = _noting_csv(Pages(site, metadata).app(), f"/{site.database.stem}.csv")
    return Headers(asked, [name.lower() for name in names if name])


def _noting_csv(app: App, path: str) -> App:
    """`app`, which is told of requests to `path` that ask for the answer to SQL as CSV."""

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        before = _ANSWERS_CSV.set(scope.get("path") == path and b"sql=" in scope["query_string"])
        try:
            await app(scope, receive, send)
        finally:
            _ANSWERS_CSV.reset(before)

    return noting


def serve(application: App, host: str, port: int) -> None:
    """Answer requests in the foreground until a signal ends it; raises MonitorError when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise MonitorError(f"{host}, port {port}: cannot listen there: {error.strerror or error}") from error
    # Datasette drops what it has prepared for a page when a mistake ends it; that is no news for the log.
    warnings.filterwarnings("ignore", r"coroutine '\w*(Facet|TableView)\b.*never awaited", RuntimeWarning)
    with listening:
        server(application, host, port).run(sockets=[listening])


def server(application: App, host: str, port: int) -> uvicorn.Server:
    """The server, not started. Addresses that proxies claim are not believed here: `serve.proxies` decides on those."""
    settings = uvicorn.Config(
        application,
        host=host,
        port=port,
        log_level="warning",
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=15,
        limit_concurrency=100,
    )
    return uvicorn.Server(settings)


def warm(application: App, paths: Sequence[str] = FIRST) -> None:
    """Ask for some pages, so that whoever comes first does not wait for what is made once: templates, what Datasette
    notes of all tables, the modules behind a page. What a page answers is no matter here."""

    async def ask(path: str) -> None:
        line, _, query = path.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": line,
            "raw_path": line.encode(),
            "query_string": query.encode(),
            "headers": [(b"host", b"localhost")],
            "client": ("127.0.0.1", 0),
            "server": ("127.0.0.1", 0),
        }
        await application(scope, _nothing, _unheard)

    async def ask_all() -> None:
        for path in paths:
            await ask(path)

    asyncio.run(ask_all())


async def _nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _unheard(_: object) -> None:
    return


def is_local(host: str) -> bool:
    """Whether only this machine reaches a server on `host`."""
    return host in LOCAL or host.startswith("127.")
