"""A Postfix of its own on a loopback port, with its own configuration, queue and mailboxes, for tests.

Postfix's master has to be started by root; its services run as its own user. Debian: `apt-get install postfix`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path

SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

SETTINGS = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mx.agency.example
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = agency.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{group}
virtual_minimum_uid = 1
relay_domains = remote.example
transport_maps = inline:{{ {{ remote.example = smtp:[127.0.0.1]:{beyond} }} }}
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/refused, permit_mynetworks, reject
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
smtpd_client_connection_rate_limit = 0
"""


@dataclass(frozen=True)
class Postfix:
    """A running instance."""

    folder: Path
    port: int

    def refuse(self, answers: dict[str, str]) -> None:
        """Answer so to these recipients from now on, and let in everybody else."""
        table = self.folder / "refused"
        expected = {line.split()[0]: "250" for line in table.read_text().splitlines()}
        expected |= {who: answer.split()[0] for who, answer in answers.items()}
        table.write_text("".join(f"{who} {answer}\n" for who, answer in answers.items()))
        _postfix(self.folder, "reload")
        ends = time.monotonic() + 60
        while self._answers(expected) != expected:
            if time.monotonic() > ends:
                raise RuntimeError(f"postfix does not answer {expected}")
            time.sleep(0.1)  # Postfix reloads in processes of its own

    def inbox(self) -> list[Message]:
        """Every message that was delivered to the domain agency.example."""
        return [message_from_bytes(path.read_bytes()) for path in sorted(self.folder.glob("mail/inbox/new/*"))]

    def delivered(self) -> list[tuple[str, str]]:
        """Recipient and Message-ID of each message in the inbox."""
        return sorted((str(m["X-Original-To"]), str(m["Message-ID"])) for m in self.inbox())

    def settled(self, count: int, seconds: float = 120.0) -> list[tuple[str, str]]:
        """What was delivered, once it is `count` messages and the queue is empty, or the time is over."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and (len(self.delivered()) < count or self._queued()):
            time.sleep(0.1)  # another process works; there is no clock to pass in
        return self.delivered()

    def _answers(self, recipients: Iterable[str]) -> dict[str, str]:
        """What the server says to each."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as server:
            server.ehlo()
            server.mail("monitor@agency.example")
            return {who: str(server.rcpt(who)[0]) for who in recipients}

    def _queued(self) -> bool:
        folders = ("maildrop", "incoming", "active", "deferred")
        return any(path.is_file() for name in folders for path in (self.folder / "queue" / name).rglob("*"))


def missing() -> str:
    """Why Postfix cannot be run here; empty when it can."""
    if shutil.which("postfix") is None and not Path("/usr/sbin/postfix").exists():
        return "Postfix is not installed (make mail-server)"
    return "" if os.geteuid() == 0 else "Postfix's master has to be started by root"


@contextmanager
def running(port: int, beyond: int = 9) -> Iterator[Postfix]:
    """An instance on `port`; mail for remote.example goes on to the port `beyond`."""
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)  # its services run as another user
    user = pwd.getpwnam("postfix")
    for name in ("queue", "data", "mail", "etc"):
        (folder / name).mkdir()
    for name in ("data", "mail"):
        os.chown(folder / name, user.pw_uid, user.pw_gid)
    settings = SETTINGS.format(folder=folder, user=user.pw_uid, group=user.pw_gid, beyond=beyond)
    (folder / "etc" / "main.cf").write_text(settings)
    (folder / "etc" / "master.cf").write_text(SERVICES.format(port=port))
    (folder / "refused").write_text("")
    try:
        _postfix(folder, "start")
        yield Postfix(folder, port)
    finally:
        subprocess.run(["/usr/sbin/postfix", "-c", folder / "etc", "stop"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _postfix(folder: Path, command: str) -> None:
    done = subprocess.run(
        ["/usr/sbin/postfix", "-c", folder / "etc", command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        log = folder / "log"
        raise RuntimeError(f"postfix {command}: {done.stderr}{log.read_text() if log.exists() else ''}")
