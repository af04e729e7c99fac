"""When each step is due, in the foreground. Knows only callables.

APScheduler keeps time in UTC and nothing else: what was done and what is due is in the store, so jobs may be
asked for too often, and a job that was missed is run once (`misfire_grace_time=None`, `coalesce`). One thread
runs them all, because one run at a time holds the store.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

LOOK = 30.0
"""Seconds between two looks at the clock."""

SET_BACK = 60.0
"""Seconds by which a clock has been set back, and does not only run slow."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do again and again, at once and then `every` so often."""

    name: str
    every: timedelta
    work: Callable[[], None]


def run(
    jobs: Sequence[Job], stop: threading.Event, *, clock: Callable[[], float] = time.time, look: float = LOOK
) -> None:
    """Run `jobs` when they are due until `stop` is set; the job that is running then is finished first.

    When `clock`, the seconds of the time of day, is set back, all are due at once: APScheduler would wait until it is
    as late again as it was.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler
    from apscheduler.triggers.interval import IntervalTrigger

    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    scheduler.start()
    for job in jobs:
        trigger = IntervalTrigger(seconds=int(job.every.total_seconds()), timezone=UTC)
        scheduler.add_job(job.work, trigger, id=job.name, next_run_time=datetime.now(UTC))
    try:
        _watch(scheduler, stop, clock, look)
    except BaseException:
        # Ctrl-C, where nobody took it as the wish to stop, lets the job that is running finish; a second one does not.
        again = stop.is_set()
        stop.set()
        scheduler.shutdown(wait=not again)
        raise
    scheduler.shutdown(wait=True)


def _watch(scheduler: BackgroundScheduler, stop: threading.Event, clock: Callable[[], float], look: float) -> None:
    """Wait for `stop`, and make all jobs due whenever the clock has been set back."""
    ahead = clock() - time.monotonic()
    while not stop.wait(look):
        before, ahead = ahead, clock() - time.monotonic()
        if ahead < before - SET_BACK:
            for job in scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))
