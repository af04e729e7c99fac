"""Short texts that only this monitor can have written: tokens for links, bound to one purpose.

A token is `<fields>.<mark>`, both in URL-safe base64 without padding: the fields as JSON, and an HMAC-SHA256 over the
purpose and them (RFC 2104). It proves who made it and hides nothing. It does not expire: whoever needs that puts a
day among the fields.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json

LONGEST = 2_000
"""Characters of a token that are looked at."""


def sign(secret: str, purpose: str, *fields: str) -> str:
    """A token that says `fields`, good for `purpose` alone. Raises ValueError when the secret is empty."""
    if not secret:
        raise ValueError("there is no secret to sign with")
    body = _packed(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{body}.{_mark(secret, purpose, body)}"


def read(secret: str, purpose: str, token: str) -> tuple[str, ...] | None:
    """The fields of a token that `sign` made with this secret for this purpose; None for anything else."""
    body, dot, mark = token.partition(".")
    if not secret or not dot or len(token) > LONGEST or not token.isascii():
        return None
    if not hmac.compare_digest(mark, _mark(secret, purpose, body)):
        return None
    try:
        fields = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError):
        return None
    return tuple(fields)


def _mark(secret: str, purpose: str, body: str) -> str:
    text = f"{len(purpose)}:{purpose}:{body}".encode()
    return _packed(hmac.new(secret.encode(), text, hashlib.sha256).digest())


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
