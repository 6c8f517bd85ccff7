"""Work that takes longer than a moment, off the event loop: threads, progress, cancelling, and "only the newest counts"."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["CancelledWork", "Jobs", "Newest", "Progress", "SupersededWork", "Task"]

logger = logging.getLogger(__name__)

T = TypeVar("T")


class CancelledWork(Exception):  # noqa: N818 (it is no fault)
    """Raised inside the work when somebody has cancelled it."""


class SupersededWork(Exception):  # noqa: N818
    """Raised for a request that a newer one has overtaken before its work began."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is."""

    fraction: float
    """0 to 1."""
    text: str


class Task(Generic[T]):
    """One piece of work in a thread: its progress, its result, and a way to cancel it."""

    def __init__(self) -> None:
        self._progress = Progress(0.0, "")
        self._cancelled = threading.Event()
        self._future: Future[T] | None = None

    @property
    def progress(self) -> Progress:
        """How far it is; may be read from any thread."""
        return self._progress

    @property
    def done(self) -> bool:
        """Whether it has ended, well or badly."""
        return self._future is not None and self._future.done()

    @property
    def failed(self) -> bool:
        """Whether it has ended badly or was cancelled, so that it may be started anew."""
        future = self._future
        return future is not None and future.done() and (future.cancelled() or future.exception() is not None)

    def report(self, fraction: float, text: str) -> None:
        """Note how far the work is. Called by the work; raises `CancelledWork` if it was cancelled."""
        if self._cancelled.is_set():
            raise CancelledWork
        self._progress = Progress(min(max(fraction, 0.0), 1.0), text)

    def cancel(self) -> None:
        """Ask the work to stop; it does so the next time it reports."""
        self._cancelled.set()
        if self._future is not None:
            self._future.cancel()

    def result(self) -> T:
        """Return what the work returned, waiting for it; raises what the work raised."""
        assert self._future is not None
        return self._future.result()

    async def wait(self) -> T:
        """Wait without blocking the event loop; any number of callers may wait for one task."""
        assert self._future is not None
        return await asyncio.shield(asyncio.wrap_future(self._future))


class Jobs:
    """A few threads of our own. Compiled searches release Python's lock, so the event loop stays free meanwhile."""

    def __init__(self, n_threads: int, *, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=n_threads, thread_name_prefix=name)

    async def run(self, work: Callable[[], T]) -> T:
        """Run the work in a thread and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def start(self, work: Callable[[Callable[[float, str], None]], T]) -> Task[T]:
        """Start work that reports its progress; it is handed the function to report with."""
        task: Task[T] = Task()
        task._future = self._pool.submit(work, task.report)
        task._future.add_done_callback(_log_failure)
        return task

    def close(self) -> None:
        """Take no more work; what has not begun is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class Newest:
    """
    Runs requests one at a time; of those that wait, only the newest is worth doing.

    A person who drags a stop makes a request for every place on the way. The one being computed is finished, all but
    the last of the others are dropped.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._number = 0
        self._turn = asyncio.Lock()

    def overtake(self) -> None:
        """Drop whatever waits, without a new request."""
        self._number += 1

    def take(self) -> int:
        """Return the number of a new request, which drops whatever waits; for a request that must wait itself."""
        self._number += 1
        return self._number

    async def run(self, work: Callable[[], T], *, number: int | None = None) -> T:
        """
        Return the work's result; raises `SupersededWork` if a newer request came before it or while it ran.

        `number` is what `take` gave; without it this call is a request of its own.
        """
        return await self.run_started(lambda: self._jobs.run(work), self.take() if number is None else number)

    async def run_started(self, start: Callable[[], Awaitable[T]], number: int) -> T:
        """Return what `start` gives, like `run`; for work that others may wait for as well and that is not lost with this request."""
        async with self._turn:
            self.require_newest(number)
            try:
                result = await start()
            finally:
                self.require_newest(number)
        return result

    def require_newest(self, number: int) -> None:
        """Raise `SupersededWork` if a newer request has come."""
        if number != self._number:
            raise SupersededWork


def _log_failure(future: Future[T]) -> None:
    """Name a failure at once; who waits for the task meets it again."""
    with contextlib.suppress(Exception):
        if not future.cancelled() and (error := future.exception()) and not isinstance(error, CancelledWork):
            logger.error("work failed: %s", error, exc_info=error)
