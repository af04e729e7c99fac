"""What a search rests on: a query read, vectors kept for products, ranks made one. It knows no store and no encoder."""

from __future__ import annotations

from monitor.search.found import Found, Hit
from monitor.search.fuse import fuse
from monitor.search.query import Query, read

__all__ = ["Found", "Hit", "Query", "fuse", "read"]
