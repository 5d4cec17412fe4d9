"""Moves the clock of this process and of the exchange from one look of the bot to the next."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

import httpx
import time_machine
from freqtrade.enums import State

from freqai_regimes.freqtrade_bridge.stepped_bot.plan import (
    PROGRESS,
    SECONDS_AFTER_CANDLE,
    SteppedPlan,
)
from freqai_regimes.freqtrade_bridge.stepped_bot.training_gate import TrainingGate


class Stepper:
    """Stands in for the bot's pause between two looks: lets FreqAI train, then moves the time.

    ``bot`` and ``strategy`` are the running ones, set when freqtrade has made them.
    """

    def __init__(self, plan: SteppedPlan) -> None:
        self.plan = plan
        self.now = datetime.fromisoformat(plan.start).timestamp()
        self.end = self.now + plan.candles * plan.timeframe_seconds
        self.looks = 0
        self.is_done = False
        self.bot: Any = None
        self.strategy: Any = None
        self.gate = TrainingGate()
        self._clock = time_machine.travel(datetime.fromisoformat(plan.start), tick=False)
        self._moment = self._clock.start()
        self._exchange = httpx.Client(base_url=plan.url, timeout=30)
        self._move_exchange()  # an earlier run has left it one candle before

    def pause(self, seconds: float = 0.0) -> None:
        """One step: trainings that are due, then the next look's moment.

        Raises
        ------
        KeyboardInterrupt
            After the last look; freqtrade then ends in its usual way.
        """
        if self.strategy.model_is_on and self.freqai.scanning:
            self.gate.settle(self.freqai)
        self.after_look()
        self.looks += 1
        if self.looks == self.plan.paused_looks:
            self.bot.state = State.RUNNING
        step = self.plan.step
        moment = (self.now // step + 1) * step + SECONDS_AFTER_CANDLE
        if moment > self.end + SECONDS_AFTER_CANDLE:
            self.is_done = True
            raise KeyboardInterrupt
        self.now = moment
        self._move_exchange()
        self._moment.move_to(moment)
        if self.now // self.plan.timeframe_seconds != (self.now - step) // (
            self.plan.timeframe_seconds
        ):
            left = (self.end - self.now) // self.plan.timeframe_seconds
            print(PROGRESS, int(self.plan.candles - left), file=sys.__stdout__, flush=True)

    def _move_exchange(self) -> None:
        told = self._exchange.post("/clock", json={"now": int(self.now * 1000)})
        told.raise_for_status()

    def after_look(self) -> None:
        """Called after each look and its trainings, before the time moves."""

    def stop(self) -> None:
        """Give the process its own clock back."""
        self._exchange.close()
        self._clock.stop()

    @property
    def freqai(self) -> Any:
        """FreqAI's model as the bot has loaded it."""
        return self.strategy.freqai
