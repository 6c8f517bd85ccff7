"""Threads: progress, cancelling, and that of waiting requests only the newest is done."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from workbench.jobs import CancelledWork, Jobs, Newest, SupersededWork


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    """Two threads."""
    jobs = Jobs(2, name="test")
    yield jobs
    jobs.close()


def test_work_runs_in_another_thread_and_its_error_comes_back(jobs: Jobs) -> None:
    async def ask() -> tuple[str, str]:
        name = await jobs.run(lambda: threading.current_thread().name)
        with pytest.raises(ZeroDivisionError):
            await jobs.run(lambda: 1 / 0)
        return name, threading.current_thread().name

    worker, loop = asyncio.run(ask())
    assert worker.startswith("test")
    assert loop != worker


def test_of_waiting_requests_only_the_newest_is_done(jobs: Jobs) -> None:
    done: list[int] = []
    gate = threading.Event()

    def work(number: int) -> Callable[[], int]:
        def act() -> int:
            if number == 0:
                gate.wait(10)
            done.append(number)
            return number

        return act

    async def ask() -> list[object]:
        newest = Newest(jobs)
        first = asyncio.create_task(newest.run(work(0)))
        await asyncio.sleep(0.05)
        others = [asyncio.create_task(newest.run(work(number))) for number in (1, 2, 3)]
        await asyncio.sleep(0.05)
        gate.set()
        return await asyncio.gather(first, *others, return_exceptions=True)

    results = asyncio.run(ask())
    # The first had begun and is finished, but its result is no longer wanted; 1 and 2 never ran.
    assert done == [0, 3]
    assert [type(result) for result in results[:3]] == [SupersededWork] * 3
    assert results[3] == 3


def test_a_failure_does_not_block_the_queue(jobs: Jobs) -> None:
    async def ask() -> int:
        newest = Newest(jobs)
        with pytest.raises(ZeroDivisionError):
            await newest.run(lambda: 1 // 0)
        return await newest.run(lambda: 7)

    assert asyncio.run(ask()) == 7


def test_a_task_tells_how_far_it_is_and_many_may_wait_for_it(jobs: Jobs) -> None:
    reported, go_on = threading.Event(), threading.Event()

    def work(report: Callable[[float, str], None]) -> str:
        report(0.25, "a quarter")
        reported.set()
        go_on.wait(10)
        report(7.0, "too much")
        return "done"

    task = jobs.start(work)
    assert reported.wait(10)
    assert (task.progress.fraction, task.progress.text) == (0.25, "a quarter")
    assert not task.done
    go_on.set()

    async def wait_twice() -> list[str]:
        return await asyncio.gather(task.wait(), task.wait())

    assert asyncio.run(wait_twice()) == ["done", "done"]
    assert task.progress.fraction == 1.0


def test_a_cancelled_task_stops_when_it_next_reports(jobs: Jobs) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(report: Callable[[float, str], None]) -> str:
        begun.set()
        go_on.wait(10)
        report(0.5, "half")
        return "should not come this far"

    task = jobs.start(work)
    assert begun.wait(10)
    task.cancel()
    go_on.set()
    with pytest.raises(CancelledWork):
        task.result()
