"""A thread that asks whether its pair is due, as FreqAI's does, stepped until nothing is."""

from __future__ import annotations

import threading
from collections import deque
from types import SimpleNamespace

import pytest

from freqai_regimes.errors import RegimesError
from freqai_regimes.freqtrade_bridge.stepped_bot.training_gate import TrainingGate


class Trainer:
    """Trains the head of its queue if it is older than the clock, then moves on."""

    def __init__(self, gate: TrainingGate, pairs: list[str]) -> None:
        self.gate = gate
        self.now = 0
        self.train_queue = deque(pairs)
        self.dd = SimpleNamespace(pair_dict={pair: {"trained_timestamp": -1} for pair in pairs})
        self.ends = False
        thread = threading.Thread(target=self._scan, daemon=True)
        self._threads = [thread]
        thread.start()

    def trained(self) -> list[int]:
        """When each pair was trained."""
        return [info["trained_timestamp"] for info in self.dd.pair_dict.values()]

    def _scan(self) -> None:
        while True:
            self.gate._wait(1.0)
            if self.ends:
                return
            info = self.dd.pair_dict[self.train_queue[0]]
            if info["trained_timestamp"] < self.now:
                info["trained_timestamp"] = self.now
                self.train_queue.rotate(-1)


def test_every_pair_that_is_due_is_trained_and_none_afterwards() -> None:
    trainer = Trainer(TrainingGate(), ["A", "B", "C"])
    trainer.gate.settle(trainer)
    assert trainer.trained() == [0, 0, 0]
    trainer.now = 7
    assert trainer.trained() == [0, 0, 0]  # without leave it waits
    trainer.gate.settle(trainer)
    assert trainer.trained() == [7, 7, 7]


def test_a_thread_that_a_reload_starts_is_awaited_too() -> None:
    gate = TrainingGate()
    Trainer(gate, ["A"])
    second = Trainer(gate, ["B", "C"])
    gate.settle(second)
    assert second.trained() == [0, 0]


def test_a_thread_that_has_ended_is_said() -> None:
    trainer = Trainer(TrainingGate(), ["A"])
    trainer.ends = True
    with pytest.raises(RegimesError, match="training thread has ended"):
        trainer.gate.settle(trainer)
