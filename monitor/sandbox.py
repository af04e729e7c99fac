"""Runs a pure function in a child process with limits, so that no document can hang or fill the monitor.

The limits are on time and memory, and keep a crash of a parser written in C away from the monitor. They are no
wall against code that runs in the child: it has the rights of the user, and the parent unpickles what it sends.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import resource
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Self, TypeVar, cast

from monitor.errors import MonitorError, ParseError

T = TypeVar("T")

MEMORY = 2**30
"""Bytes of address space. A child takes 45 MiB with feedparser and lxml loaded, 130 MiB with an Atom feed of 15 MiB."""
START = 60.0
"""Most seconds that a child may take to start; a tenth of a second is usual."""
GRACE = 1.0
"""Seconds after its time is up when a child ends itself, because its parent is no longer there to do it."""


class Sandbox:
    """A child process that is started when first needed, kept for later calls, and replaced when it fails.

    One thread may use it: give each worker thread its own.
    """

    def __init__(self, *, memory: int = MEMORY) -> None:
        """`memory` is the most bytes of address space that the child may have."""
        self._memory = memory
        self._process: SpawnProcess | None = None
        self._line: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child, whatever it is doing."""
        if self._process is not None:
            if self._process.pid is not None:
                self._process.kill()
                self._process.join()
            self._process.close()
            self._process = None
        if self._line is not None:
            self._line.close()
            self._line = None

    def run(self, function: Callable[..., T], *args: Any, seconds: float = 30.0) -> T:
        """`function(*args)`, called in the child; the function must be importable there, and all values pickled.

        An error of the monitor's own comes back as it was raised. Raises ParseError for every other exception,
        naming its type, and when the call takes too long, needs too much memory or kills the child.
        """
        try:
            line = self._started()
            line.send((function, args, seconds))
            if not line.poll(seconds):
                raise ParseError(f"the document took longer than {seconds:g} s to read")
            succeeded, outcome = line.recv()
        except (EOFError, OSError) as error:
            self.close()
            limit = f"{self._memory / 2**20:g} MiB"
            raise ParseError(f"the document needed more than {limit} of memory, or crashed the parser") from error
        except BaseException:
            self.close()
            raise
        if not succeeded:
            raise outcome
        return cast(T, outcome)

    def _started(self) -> Connection:
        """The line to a child that is alive and waits for work."""
        if self._process is not None and self._line is not None and self._process.is_alive():
            return self._line
        self.close()
        spawn = multiprocessing.get_context("spawn")
        self._line, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs, self._memory), name="parser", daemon=True)
        try:
            with theirs:  # closed on this side, so that the end of the child is the end of the line
                self._process.start()
            if not self._line.poll(START):
                raise TimeoutError
            self._line.recv()
        except (EOFError, OSError) as error:
            raise ParseError("the process that reads documents could not be started") from error
        return self._line


def _serve(line: Connection, memory: int) -> None:
    """The life of the child: it ends when the line does, that is with its parent, however that ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent decides
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CORE, 0)
    with contextlib.suppress(EOFError, OSError):
        line.send(None)
        while True:
            line.send_bytes(_outcome(line.recv_bytes()))


def _limit(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (least, least))


def _outcome(job: bytes) -> bytes:
    """The pickled outcome of a pickled call: (True, result) or (False, exception)."""
    error: MonitorError
    try:
        function, args, seconds = pickle.loads(job)  # noqa: S301 - from the parent
        # Ends a child that is stuck in a parser, deaf to the end of its line, when the parent was killed meanwhile.
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE)
        return pickle.dumps((True, function(*args)))
    except MemoryError:
        os._exit(1)  # a new child begins with an empty heap
    except MonitorError as raised:
        error = raised
    except Exception as raised:
        words = " ".join(str(raised).split())[:200]
        error = ParseError(f"the document could not be read: {type(raised).__name__}: {words}")
        error.add_note(traceback.format_exc())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return pickle.dumps((False, error))
