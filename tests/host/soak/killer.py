"""Kills the bot with SIGKILL: at any instant, and between an order's execution and its answer."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import Any

from freqai_regimes.local_exchange import LocalExchange
from freqai_regimes.local_exchange.clock import iso
from tests.host.soak.nest import Bot

#: Longer than a loop of the bot takes, in real seconds: an instant of it is any.
LOOP_SECONDS = 0.6


@dataclass
class Killer:
    """Every second kill waits for the next order or cancel: the bot dies before the answer to it.

    The exchange's thread kills as soon as it has taken the order, and sends its answer to nobody.
    ``done`` says when each kill was, and what it came upon.
    """

    server: LocalExchange
    rng: random.Random
    moments: list[float] = field(default_factory=list)
    done: list[tuple[str, str]] = field(default_factory=list)
    bot: Bot | None = None
    _armed: bool = False

    def __post_init__(self) -> None:
        assert self.server.desk is not None
        self._write = self.server.desk.log.write
        self.server.desk.log.write = self._noticed  # type: ignore[method-assign]

    def plan(self, begin: float, end: float, kills: int) -> None:
        """Draw the virtual moments (ms) of so many kills: a tenth is left to wait for an order."""
        span = 0.9 * (end - begin)
        self.moments = sorted(begin + span * self.rng.random() for _ in range(kills))

    def watch(self, bot: Bot) -> None:
        """Look at the time until the bot has ended, by itself or killed."""
        self.bot = bot
        while bot.returncode is None:
            if self.moments and not self._armed and self.server.clock.now_ms() >= self.moments[0]:
                self.moments.pop(0)
                if len(self.done) % 2 == 0:
                    self._armed = True
                else:
                    threading.Event().wait(self.rng.random() * LOOP_SECONDS)
                    self._kill("any instant")
            threading.Event().wait(0.003)
        self.bot = None

    def _noticed(self, time: int, event: str, **fields: Any) -> None:
        self._write(time, event, **fields)
        if self._armed and event in ("order", "cancel") and self.bot is not None:
            self._armed = False
            stop = " of a stop" if fields.get("trigger") else ""
            self._kill(f"{event}{stop} executed, not answered")

    def _kill(self, what: str) -> None:
        if self.bot is not None and self.bot.kill():
            self.done.append((iso(self.server.clock.now_ms()), what))
