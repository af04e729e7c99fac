"""One request that brings nothing home: a digest posted to a webhook, a heartbeat.

The same guard as for feeds: the very address that is called was judged, the answer has a deadline, redirects are not
followed, and nothing is sent along that was not asked for.
"""

from __future__ import annotations

import functools
import http.client
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from monitor.errors import FetchError
from monitor.http import pace_key, retry_after
from monitor.http.line import FOREIGN, Session, Watch, authorities, root

DEADLINE = 30.0
CONNECT_TIMEOUT = 10.0


def call(
    method: Literal["GET", "POST"],
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    allow_private: bool = False,
    deadline: float = DEADLINE,
) -> None:
    """Make the request, and return when the answer is a 2xx; what else it holds is not read.

    Raises FetchError, which carries the status of an answer; its message names the host and never the path, which
    may be a secret.
    """
    host = pace_key(url)
    trust = functools.cache(authorities)
    with Watch(
        host, private=allow_private, deadline=deadline, connect_timeout=CONNECT_TIMEOUT, clock=time.monotonic
    ) as watch:
        try:
            with (
                Session(trust) as session,
                session.request(
                    method, url, data=body, headers=dict(headers or {}), timeout=deadline, allow_redirects=False
                ) as response,
            ):
                status, rest = response.status_code, response.headers.get("retry-after")
        except FOREIGN as error:
            raise FetchError(watch.sentence(root(error))) from root(error)
    if not 200 <= status < 300:
        raise _refusal(host, status, rest)


def _refusal(host: str, status: int, rest: str | None) -> FetchError:
    if 300 <= status < 400:
        return FetchError(f"{host} redirects, which is not followed here", status=status)
    phrase = http.client.responses.get(status, "")
    return FetchError(
        f"{host} answered {status} {phrase}".rstrip(), retry_after=retry_after(rest, datetime.now(UTC)), status=status
    )
