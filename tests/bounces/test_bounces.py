"""Reports of mail that did not arrive, from the message to the recipient that rests."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.bounces.maildir import Maildir
from monitor.bounces.report import Report, read, subject
from monitor.errors import DeliveryError
from monitor.pipeline.bounces import Returned, read_bounces
from monitor.store import Store
from monitor.store.outbox import Address
from monitor.types import Digest, Document, Window
from monitor.unsubscribe import token

NOW = datetime(2026, 7, 27, 6, tzinfo=UTC)


def report(message_id: str = "<1@x>", action: str = "failed", status: str = "5.1.1", original: str = "rfc822") -> bytes:
    """A report as Postfix writes it."""
    kind = "message/rfc822" if original == "rfc822" else "text/rfc822-headers"
    return (
        "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered Mail\r\nAuto-Submitted: auto-replied\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n boundary="B"\r\n\r\n'
        "--B\r\nContent-Type: text/plain\r\n\r\nI'm sorry.\r\n\r\n"
        "--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; bo@agency.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 no such\r\n user\r\n\r\n"
        f"--B\r\nContent-Type: {kind}\r\n\r\nMessage-ID: {message_id}\r\nSubject: Digest\r\n\r\n--B--\r\n"
    ).encode()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    (tmp_path / "new").mkdir()
    return filled(Store.memory())


def filled(store: Store) -> Store:
    """With three digests that were sent to one recipient, as <1@x> to <3@x>."""
    for number in (1, 2, 3):
        window = Window(NOW - timedelta(days=7), NOW)
        digest = Digest("staff", f"2026-W3{number}", window, NOW, (), {}, 0, 0, 0, (), ())
        to = [Address("email", "bo@agency.example", f"<{number}@x>")]
        store.digests.add(digest, Document("Week", {"txt": b"text"}), to)
        delivery = store.outbox.claim(NOW)
        assert delivery
        store.outbox.settle(delivery, "sent", NOW)
    return store


def take_in(store: Store, folder: Path, *messages: bytes) -> Returned:
    for number, content in enumerate(messages):
        (folder / "new" / str(number)).write_bytes(content)
    return read_bounces(store, Maildir(folder), NOW, secret="secret", rest_after=2)


def states(store: Store) -> list[object]:
    return [row["state"] for row in store.digests.log()][::-1]


@pytest.mark.parametrize("original", ["rfc822", "headers"])
def test_a_report_is_understood(original: str) -> None:
    told = read(report(original=original))
    assert told == Report("<1@x>", "failed", "5.1.1", "550 no such user")
    assert (told.failed, told.hard) == (True, True)


def test_two_bounces_in_a_row_and_the_recipient_rests(store: Store, tmp_path: Path) -> None:
    assert take_in(store, tmp_path, report("<2@x>")).bounced == 1
    assert (states(store), store.subscribers.resting()) == (["sent", "bounced", "sent"], ())
    take_in(store, tmp_path, report("<3@x>"))
    [rest] = store.subscribers.resting()
    assert (rest.recipient, rest.reason, rest.note) == ("bo@agency.example", "bounced", "550 no such user")
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == ["0:2,S"]


def test_the_same_report_twice_changes_nothing(store: Store, tmp_path: Path) -> None:
    take_in(store, tmp_path, report("<3@x>"), report("<3@x>"))
    assert states(store) == ["sent", "sent", "bounced"]
    assert store.subscribers.resting() == ()


def test_a_queue_that_ran_out_of_time_is_lost_and_no_reason_to_rest(store: Store, tmp_path: Path) -> None:
    take_in(store, tmp_path, report("<2@x>", status="4.4.1"), report("<3@x>", status="4.4.1"))
    assert states(store) == ["sent", "given-up", "given-up"]
    assert store.subscribers.resting() == ()


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_a_report_of_anything_else_changes_nothing(store: Store, tmp_path: Path, action: str) -> None:
    assert take_in(store, tmp_path, report("<1@x>", action)) == Returned()
    assert set(states(store)) == {"sent"}


def test_mail_for_people_is_flagged_and_left(store: Store, tmp_path: Path) -> None:
    foreign = [
        b"Subject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n",
        report("<9@elsewhere>"),
        b"",
    ]
    assert take_in(store, tmp_path, *foreign).others == 3
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == ["0:2,F", "1:2,F", "2:2,F"]
    assert set(states(store)) == {"sent"}


def test_a_mail_may_end_a_subscription_and_a_forged_one_not(store: Store, tmp_path: Path) -> None:
    mine, forged = token("secret", "staff", "bo@agency.example"), token("other", "staff", "bo@agency.example")
    assert take_in(store, tmp_path, f"Subject: unsubscribe {forged}\r\n\r\n".encode()).unsubscribed == 0
    folded = f"Subject: Re:\r\n unsubscribe\r\n {mine}\r\n\r\n".encode()
    assert take_in(store, tmp_path, folded).unsubscribed == 1
    assert [(r.recipient, r.reason) for r in store.subscribers.resting()] == [("bo@agency.example", "unsubscribed")]


def test_a_mail_that_ends_a_subscription_may_have_its_subject_in_encoded_words(store: Store, tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = f"unsubscribe {token('secret', 'staff', 'bo@agency.example')}"
    assert b"=?utf-8?q?" in mail.as_bytes(), "as Python's own mail programs write a word of a hundred letters"
    assert take_in(store, tmp_path, mail.as_bytes()).unsubscribed == 1


def test_a_mailbox_that_is_not_there_is_told(store: Store, tmp_path: Path) -> None:
    found = read_bounces(store, Maildir(tmp_path / "none"), NOW, secret=None, rest_after=2)
    assert "is no Maildir" in (found.error or "")
    with pytest.raises(DeliveryError):
        list(Maildir(tmp_path / "none").unread())


def test_a_mailbox_that_cannot_be_marked_is_told_and_keeps_no_mail_from_going(store: Store, tmp_path: Path) -> None:
    (tmp_path / "new" / "1").write_bytes(report())
    (tmp_path / "cur").write_text("no folder")
    found = read_bounces(store, Maildir(tmp_path), NOW, secret=None, rest_after=2)
    assert found.error == f"{tmp_path / 'new' / '1'} was read and cannot be marked so: File exists"


def test_a_mailbox_that_may_not_be_looked_into_is_told(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refused)
    found = read_bounces(store, Maildir(tmp_path), NOW, secret=None, rest_after=2)
    assert found.error is not None
    assert found.error.endswith("new: Permission denied")


@given(st.binary(max_size=200), st.integers(0, 1_000), st.integers(0, 1_000))
def test_broken_mail_is_mail_for_people_and_no_crash(noise: bytes, start: int, end: int) -> None:
    whole = report()
    for content in (noise, whole[:start] + noise + whole[end:]):
        read(content)
        assert "\n" not in subject(content)
