"""Blocks entries while requests to the exchange keep failing: live only, between candles."""

from __future__ import annotations

import logging
from datetime import datetime

from freqai_regimes.freqtrade_bridge import guard_locks
from freqai_regimes.freqtrade_bridge.announcements import announce
from freqai_regimes.freqtrade_bridge.exchange_failures import listen
from freqai_regimes.freqtrade_bridge.guard_locks import ALL_PAIRS
from freqai_regimes.risk.guards.decision import QUIET, GuardDecision
from freqai_regimes.risk.guards.exchange_trouble import ExchangeTrouble

logger = logging.getLogger(__name__)


class ExchangeWatch:
    """Listens to failed requests from its making on; ``look`` is called in each loop."""

    def __init__(self, guard: ExchangeTrouble) -> None:
        self.guard = guard
        self.failures = listen()
        self._trip: GuardDecision = QUIET

    def look(self, now: datetime) -> None:
        """Trip on new failures, lift when the pause is over or the user has unlocked."""
        if self._trip.tripped:
            over = self._trip.until is not None and now >= self._trip.until
            if over or not guard_locks.is_locked(ALL_PAIRS, self.guard.name, now):
                self._trip = QUIET
                self.failures.moments.clear()
                announce("Guard exchange_trouble lifted.")
            return
        decision = self.guard.decide(list(self.failures.moments), now)
        if decision.tripped and decision.until is not None:
            reason = f"{decision.reason} (checked live only)"
            guard_locks.lock(ALL_PAIRS, self.guard.name, reason, decision.until, now)
            self._trip = decision
            text = f"Guard {self.guard.name} tripped: {reason}."
            logger.warning(text)
            announce(f"{text} No entries until {decision.until:%Y-%m-%d %H:%M} UTC.")

    def refusal(self) -> str | None:
        """Why no entry may be made; None if one may."""
        return f"guard {self.guard.name}: {self._trip.reason}" if self._trip.tripped else None
