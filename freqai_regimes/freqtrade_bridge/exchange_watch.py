"""Blocks entries while requests to the exchange keep failing: live only, between candles."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import ccxt

from freqai_regimes.freqtrade_bridge import guard_locks
from freqai_regimes.freqtrade_bridge.announcements import announce
from freqai_regimes.freqtrade_bridge.exchange_failures import listen
from freqai_regimes.freqtrade_bridge.guard_locks import ALL_PAIRS
from freqai_regimes.risk.guards.decision import QUIET, GuardDecision
from freqai_regimes.risk.guards.exchange_trouble import ExchangeTrouble

logger = logging.getLogger(__name__)


class ExchangeWatch:
    """Listens to failed requests from its making on; ``look`` is called in each loop.

    A pause ends by itself once its time is over and ``answers`` says that the exchange is back;
    what stands on the exchange (stops) is left alone all the while.
    """

    def __init__(self, guard: ExchangeTrouble, answers: Callable[[], bool]) -> None:
        self.guard = guard
        self.answers = answers
        self.failures = listen()
        self._trip: GuardDecision = QUIET
        self._since: datetime | None = None
        self._looks: deque[datetime] = deque(maxlen=2)

    def look(self, now: datetime) -> None:
        """Trip on new failures; lift when the exchange answers again or the user has unlocked."""
        self._looks.append(now)
        if self._trip.tripped:
            self._lift_when_over(now)
            return
        decision = self.guard.decide(list(self.failures.moments), now)
        if decision.tripped and decision.until is not None:
            self._since = now
            self._pause(decision, now)
            text = f"Guard {self.guard.name} tripped: {self._trip.reason}."
            logger.warning(text)
            announce(
                f"{text} No entries until {decision.until:%Y-%m-%d %H:%M} UTC at least, and until "
                "the exchange answers. Stops on the exchange stay."
            )

    def refusal(self) -> str | None:
        """Why no entry may be made; None if one may.

        Also without a pause none is made while a request of the last two loops failed in every try.
        """
        if self._trip.tripped:
            return f"guard {self.guard.name}: {self._trip.reason}"
        given_up = self.failures.given_up
        if given_up is not None and self._looks and given_up >= self._looks[0]:
            return "the exchange has just left a request without answer"
        return None

    def _pause(self, decision: GuardDecision, now: datetime) -> None:
        assert decision.until is not None
        reason = f"{decision.reason} (checked live only)"
        guard_locks.lock(ALL_PAIRS, self.guard.name, reason, decision.until, now)
        self._trip = replace(decision, reason=reason)

    def _lift_when_over(self, now: datetime) -> None:
        until = self._trip.until
        over = until is not None and now >= until
        if over and not self.answers():
            later = now + timedelta(minutes=self.guard.pause_minutes)
            guard_locks.lift(ALL_PAIRS, self.guard.name, now)  # the new one ends later
            self._pause(GuardDecision(True, "the exchange does not answer", later), now)
            logger.warning("The exchange still does not answer: no entries until %s.", later)
        elif over or not guard_locks.is_locked(ALL_PAIRS, self.guard.name, now):
            self._trip = QUIET
            guard_locks.lift(ALL_PAIRS, self.guard.name, now)
            self.failures.moments.clear()
            minutes = (now - self._since).total_seconds() / 60 if self._since else 0.0
            text = f"Guard {self.guard.name} lifted after {minutes:.0f} minutes: entries go on."
            logger.warning(text)
            announce(text)


def answers(exchange: Any, pair: str, timeframe: str) -> bool:
    """Whether the exchange answers now: about the account, in a dry-run about candles."""
    try:
        if exchange._config["dry_run"]:
            exchange._api.fetch_ohlcv(pair, timeframe, limit=1)
        else:
            exchange._api.fetch_balance()
    except ccxt.BaseError as error:
        logger.info("The exchange does not answer: %s", error)
        return False
    return True
