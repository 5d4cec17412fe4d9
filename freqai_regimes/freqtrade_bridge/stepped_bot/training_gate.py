"""Lets FreqAI's own training thread run between two looks of the bot, and waits until it is done.

The thread asks every second of real time whether the pair at the head of its queue is due. Behind a
clock that stands still between two steps its answer does not change, so instead of sleeping it
waits for leave to ask once more; it gets that until asking changes nothing any longer.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from types import SimpleNamespace
from typing import Any

from freqtrade.freqai import freqai_interface

from freqai_regimes.errors import RegimesError

#: A training that takes longer than this (real time) has hung.
LONGEST_SECONDS = 1800.0


class TrainingGate:
    """Where FreqAI's threads wait (a reload starts another one); one gate a process."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._arrivals: Counter[threading.Thread] = Counter()
        self._leaves: Counter[threading.Thread] = Counter()

    def install(self) -> None:
        """Put the gate in the place of the thread's sleep, and open it when FreqAI shuts down."""
        freqai_interface.time = SimpleNamespace(time=time.time, sleep=self._wait)
        shutdown, gate = freqai_interface.IFreqaiModel.shutdown, self

        def and_leave(model: Any) -> None:
            model._stop_event.set()
            for thread in model._threads:
                gate._give_leave(thread)
            shutdown(model)

        freqai_interface.IFreqaiModel.shutdown = and_leave

    def settle(self, freqai: Any) -> None:
        """Let the thread ask until nothing is due any more; returns when it waits again.

        Raises
        ------
        RegimesError
            If the thread has ended, or a training hangs.
        """
        thread: threading.Thread = freqai._threads[-1]
        self._await(thread, 1)
        unchanged = 0
        while unchanged <= len(freqai.train_queue):
            queue, before = list(freqai.train_queue), _state(freqai)
            arrivals = self._arrivals[thread]
            self._give_leave(thread)
            self._await(thread, arrivals + 1)
            unchanged = unchanged + 1 if _state(freqai) == before else 0
            if unchanged and list(freqai.train_queue) == queue:
                return

    def _wait(self, seconds: float) -> None:
        """Stand in for the thread's sleep."""
        own = threading.current_thread()
        with self._condition:
            self._arrivals[own] += 1
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._leaves[own] > 0)
            self._leaves[own] -= 1

    def _give_leave(self, thread: threading.Thread) -> None:
        with self._condition:
            self._leaves[thread] = 1
            self._condition.notify_all()

    def _await(self, thread: threading.Thread, arrivals: int) -> None:
        deadline = time.monotonic() + LONGEST_SECONDS
        with self._condition:
            while self._arrivals[thread] < arrivals:
                self._condition.wait(1.0)
                if self._arrivals[thread] < arrivals and not thread.is_alive():
                    raise RegimesError("FreqAI's training thread has ended; its log says why.")
                if time.monotonic() > deadline:
                    raise RegimesError(
                        f"A training took longer than {LONGEST_SECONDS:.0f} s; its log says more."
                    )


def _state(freqai: Any) -> tuple[object, ...]:
    """What a training or a decision not to train changes; the queue's order is not part of it."""
    trained = {pair: info["trained_timestamp"] for pair, info in freqai.dd.pair_dict.items()}
    failed = dict(getattr(freqai, "_failed_stop", {}))
    return trained, failed, sorted(freqai.train_queue)
