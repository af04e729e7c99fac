"""Zenodo on the loopback: one concept record that leads to its newest version, and that version's file.

It is written against https://developers.zenodo.org/#records and shares no code with the program.
"""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class ZenodoServer:
    """Serves `content` as the file of the newest version; `announced` replaces parts of what the record says of it."""

    def __init__(self, content: bytes, **announced: Any) -> None:
        self.content = content
        self.announced = announced
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        self.record = f"{self.base}/api/records/1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """302 for the concept, JSON for its newest version, bytes for the file."""
        if handler.path == "/api/records/1":
            handler.send_response(302)
            handler.send_header("Location", "/api/records/7")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        body = json.dumps(self.newest()).encode() if handler.path == "/api/records/7" else self.content
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def newest(self) -> dict[str, Any]:
        """The record of the newest version."""
        digest = hashlib.md5(self.content, usedforsecurity=False).hexdigest()
        file = {
            "key": "v9.9-2026-01-02-ror-data.zip",
            "size": len(self.content),
            "checksum": f"md5:{digest}",
            "links": {"self": f"{self.base}/api/records/7/files/v9.9/content"},
        }
        return {"id": 7, "metadata": {"version": "v9.9"}, "files": [file | self.announced]}
