"""Any pages on a free port of this machine, by path and query."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def _silent(*_: object) -> None:
    """Requests are not told on stderr, where the tests read."""


@contextmanager
def serving(pages: Mapping[str, bytes], content_type: str = "") -> Iterator[str]:
    """Serve `pages` (path with query, or path alone → body; others are 404) and give the address."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, pages.get(self.path.partition("?")[0]))
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(body or b"")

        log_message = _silent

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
