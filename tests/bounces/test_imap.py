"""The mailbox of bounces on an IMAP server, over a real connection."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from bounces.test_bounces import NOW, filled, report, states
from servers.imap import PASSWORD, USER, Folder, serving

from monitor.bounces import MOST_BYTES, MOST_MESSAGES, imap
from monitor.errors import DeliveryError
from monitor.pipeline.bounces import Returned, read_bounces
from monitor.store import Store

Start = Callable[..., Folder]


@pytest.fixture
def start(tls: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a server whose certificate is trusted, unless told otherwise."""
    context, certificate = tls
    with ExitStack() as stack:

        def run(*contents: bytes, trusted: bool = True, encrypted: bool = True, plain: bool = True) -> Folder:
            if trusted:
                monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            folder = Folder(plain=plain)
            folder.put(*contents)
            return stack.enter_context(serving(folder, context if encrypted else None))

        yield run


def opened(folder: Folder, password: str = PASSWORD, name: str = "INBOX") -> imap.Imap:
    return imap.Imap("127.0.0.1", folder.port, USER, password, name)


def take_in(store: Store, folder: Folder) -> Returned:
    with closing(opened(folder)) as mailbox:
        return read_bounces(store, mailbox, NOW, secret="secret", rest_after=2)


def trouble(folder: Folder, password: str = PASSWORD, name: str = "INBOX") -> str:
    with pytest.raises(DeliveryError) as caught:
        opened(folder, password, name)
    said = str(caught.value)
    assert said.startswith(f"the mailbox of {USER} at 127.0.0.1:{folder.port} cannot be read: ")
    assert "\n" not in said
    assert password not in said
    return said


def test_reports_are_taken_in_and_the_rest_is_flagged_for_people(start: Start) -> None:
    folder = start(report("<2@x>"), b"Subject: Out of office\r\n\r\nI am away.\r\n", report("<3@x>"))
    with filled(Store.memory()) as store:
        assert take_in(store, folder) == Returned(bounced=2, others=1)
        assert states(store) == ["sent", "bounced", "bounced"]
        assert [rest.recipient for rest in store.subscribers.resting()] == ["bo@agency.example"]
    assert folder.flags == [r"\Seen", r"\Flagged \Seen", r"\Seen"]


def test_what_was_read_is_not_read_again(start: Start) -> None:
    folder = start(report("<2@x>"))
    with filled(Store.memory()) as store:
        take_in(store, folder)
        folder.put(report("<9@elsewhere>"))
        assert take_in(store, folder) == Returned(others=1)
    assert folder.asked.count("UID FETCH") == 2
    assert folder.asked[-1] == "LOGOUT"


def test_a_run_reads_no_more_than_it_may_and_the_beginning_of_each(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "MOST_MESSAGES", 2)
    folder = start(*[b"x" * (MOST_BYTES + 5)] * 3)
    with closing(opened(folder)) as mailbox:
        read = list(mailbox.unread())
    assert MOST_MESSAGES > 2
    assert [len(content) for _, content in read] == [MOST_BYTES] * 2


def test_killed_before_the_mark_the_next_run_takes_the_same_in_and_nothing_changes(start: Start) -> None:
    folder = start(report("<3@x>"))
    folder.answers["UID STORE"] = ""
    with filled(Store.memory()) as store:
        assert "cannot be read" in (take_in(store, folder).error or "")
        assert states(store) == ["sent", "sent", "bounced"]
        folder.answers.clear()
        assert take_in(store, folder) == Returned()
        assert states(store) == ["sent", "sent", "bounced"]
        assert store.subscribers.resting() == ()
    assert folder.flags == [r"\Seen"]


@pytest.mark.parametrize("plain", [True, False])
def test_a_wrong_password_is_told_and_not_repeated(start: Start, plain: bool) -> None:
    folder = start(plain=plain)
    assert "wrong user or password" in trouble(folder, "letmein")
    assert "SELECT" not in folder.asked


def test_a_password_that_login_cannot_carry(start: Start) -> None:
    folder = start(plain=False)
    assert "it does not offer AUTH=PLAIN" in trouble(folder)
    assert folder.asked == ["CAPABILITY"], "half a password was sent"


def test_a_certificate_that_nobody_signed_is_refused(start: Start) -> None:
    folder = start(trusted=False)
    assert "certificate verify failed" in trouble(folder)
    assert folder.asked == []


def test_where_tls_is_refused_nothing_is_said(start: Start) -> None:
    folder = start(encrypted=False)
    assert "SSL" in trouble(folder)
    assert "LOGIN" not in folder.asked


def test_a_server_that_is_not_there(start: Start) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        assert "refused" in trouble(Folder(port=probe.getsockname()[1]))


def test_a_folder_that_is_not_there(start: Start) -> None:
    assert "no such folder" in trouble(start(), name="Bounces")


@pytest.mark.parametrize("command", ["UID SEARCH", "UID FETCH", "UID STORE"])
@pytest.mark.parametrize("answer", ["NO [SERVERBUG] not today", "BAD what", ""])
def test_a_server_that_fails_on_the_way(start: Start, command: str, answer: str) -> None:
    folder = start(report("<2@x>"), report("<9@elsewhere>"))
    folder.answers[command] = answer
    with filled(Store.memory()) as store:
        error = take_in(store, folder).error or ""
    assert "cannot be read" in error
    assert "\n" not in error
    assert folder.flags == ["", ""], "what was not taken in is marked as read"


def test_a_server_that_leaves_out_the_line_of_a_search_has_nothing_unread(start: Start) -> None:
    folder = start(report("<2@x>"))
    folder.answers["UID SEARCH"] = "OK done"
    with filled(Store.memory()) as store:
        assert take_in(store, folder) == Returned()
    assert folder.asked == ["CAPABILITY", "AUTHENTICATE", "SELECT", "UID SEARCH", "LOGOUT"]


def test_what_was_found_may_come_in_several_lines(start: Start) -> None:
    folder = start(report("<2@x>"), report("<3@x>"))
    folder.answers["UID SEARCH"] = "* SEARCH 7\r\n* SEARCH 14\r\n{tag} OK done"
    with filled(Store.memory()) as store:
        assert take_in(store, folder).bounced == 2
    assert folder.flags == [r"\Seen", r"\Seen"]


def test_a_message_that_somebody_deletes_meanwhile_is_passed_over(start: Start) -> None:
    folder = start(report("<2@x>"))
    folder.answers["UID FETCH"] = "OK done"
    with filled(Store.memory()) as store:
        assert take_in(store, folder) == Returned()
    assert "UID STORE" not in folder.asked


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert "timed out" in trouble(Folder(port=server.getsockname()[1]))
