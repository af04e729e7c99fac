"""The monitor as a service: scanning, delivering and training, each when it is due, until it is told to stop.

The command line and the Python API both run it from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import schedule
from monitor.errors import ConfigError, MonitorError

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
    deliver: Callable[[Store], object]
    train: Callable[[Store, timedelta], None]
    """Given the time that is to lie between two trainings."""
    failed: Callable[[MonitorError], None]
    """Hears what went wrong with one round, or is wrong in feeds.yaml; the next one comes all the same."""
    renewed: Callable[[], None] = lambda: None
    """Hears that feeds.yaml says something else than before."""


def run(app: App, rounds: Rounds) -> None:
    """Do the rounds when they are due, in a thread of their own, until `app.stop` is set; what is under way then is
    finished. A round that was missed is made up once.

    Each round goes by feeds.yaml as it stands then, or as it stood before a mistake in it; how often is looked for what
    is due, and whether models are trained, by the one at the start.
    """
    file = _Watched(app)

    def quietly(work: Callable[[Store], object], *, locked: bool = True) -> Callable[[], None]:
        def once() -> None:
            file.look(rounds)
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


class _Watched:
    """feeds.yaml, read anew once it has changed."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._path = app.home / "feeds.yaml"
        self._mark: object = None
        """What the file was like when it was last read; it may have changed between then and the first round."""

    def look(self, rounds: Rounds) -> None:
        """Read it where it has changed; a mistake in it is told once."""
        if (mark := _mark(self._path)) == self._mark:
            return
        self._mark, before = mark, self._app.config
        try:
            self._app.read_anew()
        except ConfigError as error:
            rounds.failed(ConfigError(f"{error}\nfeeds.yaml as it was read before stays in use until this is mended"))
            return
        if self._app.config != before:
            rounds.renewed()


def _mark(path: Path) -> object:
    try:
        state = path.stat()
    except OSError:
        return "missing"
    return state.st_ino, state.st_size, state.st_mtime_ns
