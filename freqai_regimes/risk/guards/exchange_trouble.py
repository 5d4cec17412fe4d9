"""Exchange trouble: a pause while requests to the exchange keep failing (live only)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from freqai_regimes.risk.guards.decision import QUIET, GuardDecision


@dataclass(frozen=True)
class ExchangeTrouble:
    """Trips when ``limit`` requests failed within ``window_minutes``, for ``pause_minutes``.

    Looks between candles, at the bot's own clock: it has no counterpart in a backtest.
    """

    limit: int
    window_minutes: float
    pause_minutes: float
    name: ClassVar[str] = "exchange_trouble"

    def decide(self, failures: Sequence[datetime], now: datetime) -> GuardDecision:
        """Count the failures of the last minutes."""
        since = now - timedelta(minutes=self.window_minutes)
        recent = sum(1 for moment in failures if since < moment <= now)
        if recent < self.limit:
            return QUIET
        reason = f"{recent} requests failed within {self.window_minutes:g} minutes"
        return GuardDecision(True, reason, now + timedelta(minutes=self.pause_minutes))
