"""The scheduler: jobs run at once, again, one at a time, and end when told."""

import threading
import time
from datetime import timedelta

import pytest

from monitor import schedule


def test_jobs_run_at_once_and_one_at_a_time() -> None:
    stop = threading.Event()
    at_work = threading.Lock()
    running: list[str] = []

    def work(name: str) -> None:
        assert at_work.acquire(blocking=False), "another job is at work"
        running.append(name)
        if {"scan", "deliver"} <= set(running):
            stop.set()
        at_work.release()

    jobs = [
        schedule.Job("scan", timedelta(hours=1), lambda: work("scan")),
        schedule.Job("deliver", timedelta(hours=1), lambda: work("deliver")),
    ]
    schedule.run(jobs, stop)
    assert sorted(running) == ["deliver", "scan"]


def test_a_clock_that_is_set_back_makes_every_job_due() -> None:
    stop, offset, runs = threading.Event(), [0.0], []

    def work() -> None:
        runs.append(True)
        offset[0] = -86_400.0
        if len(runs) == 2:
            stop.set()

    timer = threading.Timer(30, stop.set)  # so that what waits a day fails soon
    timer.start()
    jobs = [schedule.Job("scan", timedelta(hours=1), work)]
    schedule.run(jobs, stop, clock=lambda: time.time() + offset[0], look=0.01)
    timer.cancel()
    assert len(runs) == 2


def test_the_job_under_way_is_finished_when_told_to_stop() -> None:
    stop = threading.Event()
    done: list[bool] = []

    def work() -> None:
        stop.set()
        done.append(True)

    schedule.run([schedule.Job("scan", timedelta(seconds=1), work)], stop)
    assert done[0]


def test_nothing_is_waited_for_when_told_a_second_time() -> None:
    stop, at_work, released = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        at_work.set()
        released.wait(30)

    def interrupted() -> float:
        at_work.wait(30)
        stop.set()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        schedule.run([schedule.Job("scan", timedelta(hours=1), work)], stop, clock=interrupted)
    assert not released.is_set()
    assert any(thread.name.startswith("ThreadPoolExecutor") for thread in threading.enumerate()), (
        "the job was waited for"
    )
    released.set()
