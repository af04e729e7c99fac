"""The monitor as a service: scanning, delivering and training, each when it is due, until it is told to stop.

The command line and the Python API both run it from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor import schedule
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.store import Store

MOST_BETWEEN_SCANS = timedelta(minutes=15)
"""Feeds have rhythms of their own; whether one is due is asked at least so often."""
BETWEEN_DELIVERIES = timedelta(minutes=5)
BETWEEN_TRAININGS = timedelta(hours=1)
"""How often it is asked whether a training is due."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """What is done again and again, over an open store; scans and deliveries hold the run lock."""

    scan: Callable[[Store], None]
    deliver: Callable[[Store], None]
    train: Callable[[Store, timedelta], None]
    """Given the time that is to lie between two trainings."""
    failed: Callable[[MonitorError], None]
    """Hears what went wrong with one round; the next one comes all the same."""


def run(app: App, rounds: Rounds) -> None:
    """Do the rounds when they are due, in a thread of their own, until `app.stop` is set; what is under way then is
    finished. A round that was missed is made up once."""

    def quietly(work: Callable[[Store], None], *, locked: bool = True) -> Callable[[], None]:
        def once() -> None:
            try:
                with app.store(locked=locked) as store:
                    work(store)
            except MonitorError as error:
                rounds.failed(error)

        return once

    settings = app.config.schedule
    jobs = [
        schedule.Job("scan", min(settings.scan, MOST_BETWEEN_SCANS), quietly(rounds.scan)),
        schedule.Job("deliver", BETWEEN_DELIVERIES, quietly(rounds.deliver)),
    ]
    if every := settings.train:
        train = quietly(lambda store: rounds.train(store, every), locked=False)
        jobs.append(schedule.Job("train", BETWEEN_TRAININGS, train))
    schedule.run(jobs, app.stop)
