"""Results come in the order of the tasks, few wait, and an error ends it."""

from __future__ import annotations

import threading
import time

import pytest

from freqai_regimes.windows.in_order import free_cores, in_order


@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_order_whatever_ends_first(workers: int) -> None:
    def work(task: int) -> int:
        time.sleep(0.01 * (task % 3 == 0))
        return task * task

    assert list(in_order(work, range(12), workers)) == [task * task for task in range(12)]


def test_so_many_work_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=5)
    assert list(in_order(lambda _: meeting.wait() >= 0, range(6), 3)) == [True] * 6


def test_a_slow_taker_does_not_let_results_pile_up() -> None:
    begun: list[int] = []
    results = in_order(lambda task: begun.append(task), range(100), 2)
    next(results)
    time.sleep(0.05)
    assert len(begun) <= 4


def test_an_error_ends_it_and_drops_what_has_not_begun() -> None:
    begun: list[int] = []

    def work(task: int) -> int:
        begun.append(task)
        return 1 // task

    with pytest.raises(ZeroDivisionError):
        list(in_order(work, range(100), 2))
    assert len(begun) <= 5


def test_at_least_one_core_is_free() -> None:
    assert free_cores() >= 1
