"""Runs tasks side by side and hands out their results in the order of the tasks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TypeVar

import joblib
import psutil

Task = TypeVar("Task")
Result = TypeVar("Result")

#: How long the cores are watched before some of them count as free.
SECONDS_WATCHED = 0.2


def free_cores() -> int:
    """Cores that nobody uses at the moment, at least 1 (seen from a thread that sleeps)."""
    busy = psutil.cpu_percent(interval=SECONDS_WATCHED) / 100
    idle = int(joblib.cpu_count() * (1 - busy) + 0.5)
    return max(1, idle)


def in_order(
    work: Callable[[Task], Result], tasks: Iterable[Task], workers: int
) -> Iterator[Result]:
    """Results of ``work(task)``, each as soon as it and all before it are there.

    Threads, not processes: LightGBM releases the interpreter while it fits, and nothing has to be
    copied. At most ``2 * workers`` results wait to be taken, however slow the taker is. What a task
    raises is raised here, and tasks that have not begun are dropped.
    """
    if workers == 1:
        yield from map(work, tasks)
        return
    executor: Executor = ThreadPoolExecutor(workers)
    waiting: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            waiting.append(executor.submit(work, task))
            if len(waiting) >= 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        executor.shutdown(cancel_futures=True)
