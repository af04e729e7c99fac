"""The output `webhook`, up to the server that checks the signature."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from monitor import outputs
from monitor.errors import ConfigError, DeliveryError, FetchError
from monitor.http.call import call
from monitor.outputs import Means
from monitor.outputs.webhook import LONGEST_TEXT, SECRET
from monitor.types import Delivery, Document, Subscriber

webhook = outputs.load("webhook")

DOCUMENT = Document("Research abroad", {"md": b"# Research\n", "txt": b"Research\n", "json": b'{"schema": "s"}\n'})
KEY = base64.b64encode(b"a key of some length").decode()


@dataclass
class Receiver:
    """What a server took, and what it answers."""

    url: str = ""
    status: int = 204
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    mind = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            mind.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(mind.status)
            self.send_header("Location", "http://127.0.0.1/elsewhere")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    mind.url = f"http://127.0.0.1:{server.server_port}/hook/secret-path"
    yield mind
    server.shutdown()
    server.server_close()


def post(url: str, body: bytes, headers: object, private: bool) -> None:
    assert isinstance(headers, dict)
    call("POST", url, body=body, headers=headers, allow_private=private)


MEANS = Means(post=post, secrets={SECRET: f"whsec_{KEY}"}, private=frozenset({"chat"}))


def delivery(url: str) -> Delivery:
    return Delivery(1, 1, "chat", "2026-W30", "webhook", url, "<id@example.org>")


def test_the_receiver_can_tell_who_sent_it_and_when(receiver: Receiver) -> None:
    webhook.deliver(delivery(receiver.url), DOCUMENT, MEANS)
    [(headers, body)] = receiver.taken
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mark = hmac.new(base64.b64decode(KEY), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(mark).decode()}"
    assert (headers["webhook-id"], headers["content-type"]) == ("<id@example.org>", "application/json")
    told = json.loads(body)
    assert (told["subject"], told["text"], told["week"]) == ("Research abroad", "# Research\n", "2026-W30")
    assert told["digest"] == {"schema": "s"}


def test_a_long_text_is_cut_at_a_line_and_says_so(receiver: Receiver) -> None:
    long = replace(DOCUMENT, formats={"md": b"- one line\n" * 3_000})
    webhook.deliver(delivery(receiver.url), long, MEANS)
    text = json.loads(receiver.taken[0][1])["text"]
    assert len(text) < LONGEST_TEXT + 20
    assert text.endswith("- one line\n\n(shortened)")


@pytest.mark.parametrize(("status", "permanent"), [(500, False), (404, False), (302, False), (410, True)])
def test_an_answer_that_is_not_well(receiver: Receiver, status: int, permanent: bool) -> None:
    receiver.status = status
    with pytest.raises(DeliveryError) as caught:
        webhook.deliver(delivery(receiver.url), DOCUMENT, MEANS)
    assert caught.value.permanent == permanent
    assert "secret-path" not in str(caught.value)
    assert len(receiver.taken) == 1, "a redirect is not followed"


def test_a_private_address_needs_leave(receiver: Receiver) -> None:
    with pytest.raises(DeliveryError, match="private"):
        webhook.deliver(delivery(receiver.url), DOCUMENT, replace(MEANS, private=frozenset()))
    assert receiver.taken == []
    with pytest.raises(FetchError, match="private"):
        call("GET", receiver.url)


def test_an_address_may_be_a_secret(receiver: Receiver) -> None:
    means = replace(MEANS, secrets={**MEANS.secrets, "CHAT": receiver.url})
    webhook.deliver(delivery("$CHAT"), DOCUMENT, means)
    assert len(receiver.taken) == 1
    with pytest.raises(DeliveryError, match="the environment has no CHAT"):
        webhook.deliver(delivery("$CHAT"), DOCUMENT, MEANS)


def test_nothing_goes_unsigned() -> None:
    subscriber = Subscriber("chat", "webhook", ("https://chat.example/hook",))
    webhook.check(subscriber, MEANS)
    with pytest.raises(ConfigError, match=f"the environment has no {SECRET}"):
        webhook.check(subscriber, replace(MEANS, secrets={}))
    with pytest.raises(ConfigError, match="not base64"):
        webhook.check(subscriber, replace(MEANS, secrets={SECRET: "whsec_?"}))
    with pytest.raises(ConfigError, match="names no address"):
        webhook.check(Subscriber("chat", "webhook"), MEANS)
