"""Whatever carries digests to their readers, wired from feeds.yaml: outputs, the mailbox of what came back, alarms."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from monitor import outputs, pipeline
from monitor.config import Config
from monitor.errors import DeliveryError
from monitor.outputs import Means
from monitor.store import Store
from monitor.unsubscribe import Ways

if TYPE_CHECKING:
    from monitor.bounces import Mailbox


class PostOffice:
    """Sends, takes back, and notices what is late."""

    def __init__(self, config: Config, user_agent: str) -> None:
        self._config = config
        self._user_agent = user_agent

    @property
    def means(self) -> Means:
        """What outputs have to work with."""
        config = self._config
        return Means(
            mail=config.mail,
            ways=Ways(config.base_url, config.mail.unsubscribe_to if config.mail else None, config.secret),
            post=self._post,
            secrets=config.secrets,
            private=frozenset(s.name for s in config.subscribers if s.allow_private),
        )

    def check(self) -> None:
        """Raise ConfigError when an output could never deliver to one of its subscribers."""
        for subscriber in self._config.subscribers:
            if subscriber.addresses:
                outputs.load(subscriber.output).check(subscriber, self.means)

    def returned(self, store: Store, now: datetime) -> pipeline.Returned:
        """Take in what came back, where a mailbox is configured."""
        try:
            with self._mailbox() as mailbox:
                if mailbox is None:
                    return pipeline.Returned()
                return pipeline.read_bounces(
                    store, mailbox, now, secret=self._config.secret, rest_after=self._config.bounces.rest_after
                )
        except DeliveryError as error:
            return pipeline.Returned(error=str(error))

    def probe(self) -> bool:
        """Whether a mailbox of what came back is configured, and can be read; marks nothing. Raises DeliveryError."""
        with self._mailbox() as mailbox:
            if mailbox is not None:
                next(iter(mailbox.unread()), None)
            return mailbox is not None

    def deliver(self, store: Store, clock: Callable[[], datetime], stop: Callable[[], bool]) -> pipeline.Outcome:
        """Step deliver; who left feeds.yaml meanwhile gets nothing more."""
        store.outbox.withdraw_others((s.name, to) for s in self._config.subscribers for to in s.addresses)
        return pipeline.deliver(store, self.means, clock, rest_after=self._config.bounces.rest_after, stop=stop)

    def overdue(self, store: Store, plan: pipeline.Plan, now: datetime) -> tuple[pipeline.Overdue, ...]:
        """The digests that should be out, grace included, and are not."""
        return pipeline.overdue(store, plan, now, self._config.schedule.grace)

    def alarm(self, store: Store, late: Sequence[pipeline.Overdue], now: datetime) -> pipeline.Alarm:
        """Raise an alarm for each digest that is late, once."""
        return pipeline.alarm(store, self.means, self._config.alarm.to, late, now)

    def heartbeat(self) -> bool:
        """Call the address that is called while all is well; False when there is none. Raises FetchError."""
        alarm = self._config.alarm
        if not alarm.heartbeat:
            return False
        from monitor.http.call import call

        call("GET", alarm.heartbeat, headers={"User-Agent": self._user_agent}, allow_private=alarm.allow_private)
        return True

    def _post(self, url: str, body: bytes, headers: Mapping[str, str], private: bool) -> None:
        from monitor.http.call import call

        agent = {"User-Agent": self._user_agent}
        call("POST", url, body=body, headers={**headers, **agent}, allow_private=private)

    @contextlib.contextmanager
    def _mailbox(self) -> Iterator[Mailbox | None]:
        """The mailbox of what came back, None where none is configured. Raises DeliveryError."""
        place = self._config.bounces
        if place.maildir:
            from monitor.bounces.maildir import Maildir

            yield Maildir(place.maildir)
        elif place.imap:
            from monitor.bounces.imap import Imap

            if not place.imap.password:
                raise DeliveryError(f"the environment has no MONITOR_IMAP_PASSWORD for {place.imap.user}")
            imap = Imap(place.imap.host, place.imap.port, place.imap.user, place.imap.password, place.imap.folder)
            with contextlib.closing(imap):
                yield imap
        else:
            yield None
