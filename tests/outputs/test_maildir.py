"""The output `maildir` adds a message once, however often it is tried."""

import mailbox
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import outputs
from monitor.errors import ConfigError, DeliveryError
from monitor.outputs import Means
from monitor.types import Delivery, Document, Subscriber
from monitor.unsubscribe import Ways

maildir = outputs.load("maildir")

DOCUMENT = Document("Research abroad", {"html": b"<html><body><p>a</p></body></html>", "txt": b"a\n", "json": b"{}\n"})
MADE = datetime(2026, 7, 27, 6, tzinfo=UTC)


def delivery(folder: Path) -> Delivery:
    return Delivery(1, 1, "analysts", "2026-W30", "maildir", str(folder), "<id@example.org>", made_at=MADE)


def test_the_message_is_there_once_read_or_not(tmp_path: Path) -> None:
    folder = tmp_path / "box"
    for _ in range(2):
        maildir.deliver(delivery(folder), DOCUMENT, Means())
    [path] = (folder / "new").iterdir()
    path.rename(folder / "cur" / f"{path.name}:2,S")
    maildir.deliver(delivery(folder), DOCUMENT, Means())
    assert not list((folder / "new").iterdir())
    assert not list((folder / "tmp").iterdir())
    [message] = mailbox.Maildir(folder)
    assert (message["Message-ID"], message["Subject"]) == ("<id@example.org>", "Research abroad")
    assert message["Date"] == "Mon, 27 Jul 2026 06:00:00 +0000"
    assert [part.get_content_type() for part in message.walk() if not part.is_multipart()] == [
        *("text/plain", "text/html", "application/json")
    ]


def test_the_same_delivery_makes_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name in ("one", "two"):
        maildir.deliver(delivery(tmp_path / name), DOCUMENT, Means())
        [path] = (tmp_path / name / "new").iterdir()
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]
    assert b"\r" not in contents[0]


def test_the_way_out_is_in_header_text_and_html(tmp_path: Path) -> None:
    ways = Ways("https://monitor.example", None, "secret")
    maildir.deliver(delivery(tmp_path / "box"), DOCUMENT, Means(ways=ways))
    [message] = mailbox.Maildir(tmp_path / "box")
    links = ways.links("analysts", str(tmp_path / "box"))
    assert links
    assert links.page in str(message["List-Unsubscribe"]).replace("\n", "").replace(" ", "")
    texts = [part.get_payload(decode=True) for part in message.walk() if part.get_content_maintype() == "text"]
    assert len(texts) == 2
    for text in texts:
        assert isinstance(text, bytes)
        assert links.page in text.decode()
    assert texts[1].rstrip().endswith(b"</p></body></html>")


def test_a_place_that_cannot_be_written_may_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "box").write_text("in the way")
    with pytest.raises(DeliveryError, match="could not be put into") as caught:
        maildir.deliver(delivery(tmp_path / "box"), DOCUMENT, Means())
    assert not caught.value.permanent
    with pytest.raises(ConfigError, match="cannot be a Maildir"):
        maildir.check(Subscriber("a", "maildir", (str(tmp_path / "box"),)), Means())
    with pytest.raises(ConfigError, match="names no Maildir"):
        maildir.check(Subscriber("a", "maildir"), Means())
