"""Output `webhook`: a digest as JSON, posted to an address on the web and signed.

Signed as Standard Webhooks has it (https://www.standardwebhooks.com): HMAC-SHA256 over id, time and body with the
secret $MONITOR_WEBHOOK_SECRET, so that a receiver can tell a forged, changed or replayed message. The id is the same at
every try. `text` is what chat systems such as Mattermost and Slack show.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from monitor.errors import ConfigError, DeliveryError, FetchError
from monitor.outputs import Means
from monitor.types import Delivery, Document, Subscriber

SCHEMA = "research-monitor/webhook/1"
SECRET = "MONITOR_WEBHOOK_SECRET"  # noqa: S105 — the name of the variable

LONGEST_TEXT = 12_000
"""Characters of `text`. Mattermost takes 16,383; what is cut is said, and is in `digest`."""

_GONE = frozenset({410, 413})
"""Answers that another try will not change: the endpoint is gone for good, or the digest is too large for it."""


def check(subscriber: Subscriber, means: Means) -> None:
    """There must be addresses, and a secret to sign with."""
    if not subscriber.addresses:
        raise ConfigError(f"subscriber {subscriber.name!r} names no address that could be posted to")
    try:
        for recipient in subscriber.addresses:
            _address(recipient, means.secrets)
        _key(means.secrets)
    except DeliveryError as error:
        raise ConfigError(f"subscriber {subscriber.name!r}: {error}") from error


def deliver(delivery: Delivery, document: Document, means: Means) -> None:
    """Post the digest, and return once the server has answered that it is well."""
    if means.post is None:
        raise DeliveryError("nothing here can post to the web", everybody=True)
    body = json.dumps(payload(delivery, document), ensure_ascii=False, sort_keys=True).encode()
    moment = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": delivery.message_id,
        "webhook-timestamp": moment,
        "webhook-signature": signature(_key(means.secrets), delivery.message_id, moment, body),
    }
    url = _address(delivery.recipient, means.secrets)
    try:
        means.post(url, body, headers, delivery.subscriber in means.private)
    except FetchError as error:
        sentence = f"the digest could not be posted to {_told(delivery.recipient)}: {error}"
        raise DeliveryError(sentence, permanent=error.status in _GONE) from error


def payload(delivery: Delivery, document: Document) -> dict[str, Any]:
    """What is posted: a text for people, and the digest as docs/digest-json.md has it for programs."""
    text = (document.formats.get("md") or document.formats["txt"]).decode()
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT].rpartition("\n")[0] + "\n\n(shortened)"
    digest = document.formats.get("json")
    return {
        "schema": SCHEMA,
        "id": delivery.message_id,
        "subscriber": delivery.subscriber,
        "week": delivery.week,
        "subject": document.subject,
        "text": text,
        "digest": json.loads(digest) if digest else None,
    }


def signature(key: bytes, name: str, moment: str, body: bytes) -> str:
    """The header `webhook-signature` of a message called `name`, sent at `moment` (seconds since 1970)."""
    mark = hmac.new(key, f"{name}.{moment}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(mark).decode()}"


def _key(secrets: Mapping[str, str]) -> bytes:
    """The secret; `whsec_` and base64 is how Standard Webhooks writes one, anything else stands for itself."""
    text = secrets.get(SECRET, "")
    if not text:
        raise DeliveryError(f"webhooks are signed, and the environment has no {SECRET}", everybody=True)
    if not text.startswith("whsec_"):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise DeliveryError(f"{SECRET} begins with whsec_ and goes on with something that is not base64") from error


def _address(recipient: str, secrets: Mapping[str, str]) -> str:
    """Where to post; `$NAME` stands for an address that is itself a secret, as those of chat systems are."""
    if not recipient.startswith("$"):
        return recipient
    if not secrets.get(recipient[1:]):
        raise DeliveryError(f"the environment has no {recipient[1:]}, where the address of the webhook should be")
    return secrets[recipient[1:]]


def _told(recipient: str) -> str:
    """The recipient as it may be told: whatever comes after the host may be a secret."""
    return recipient if recipient.startswith("$") else "/".join(recipient.split("/", 3)[:3])
