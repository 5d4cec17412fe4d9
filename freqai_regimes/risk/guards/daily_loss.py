"""Daily loss: equity against 00:00 UTC, open positions included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from freqai_regimes.risk.guards.decision import QUIET, Account, GuardDecision, Memory

SECONDS_PER_DAY = 86400


@dataclass(frozen=True)
class DailyLoss:
    """Trips when equity has lost ``limit`` (a fraction) since 00:00 UTC, until the next 00:00.

    Equity at 00:00 is that of the candle which closes then, or of the first candle seen that day.
    A deposit or withdrawal moves capital, not profit, and is no loss. A guard lifted by hand
    measures from that moment on. An equity that is not known (NaN) trips it.
    """

    limit: float
    name: ClassVar[str] = "daily_loss"

    def first(self, account: Account) -> Memory:
        """The day begins with this account."""
        day = account.moment.timestamp() // SECONDS_PER_DAY
        return {"day": day, "profit": account.profit, "capital": account.capital}

    def follow(self, memory: Memory, account: Account) -> Memory:
        """The same day, or a new one that begins with this account."""
        same = memory["day"] == account.moment.timestamp() // SECONDS_PER_DAY
        return memory if same else self.first(account)

    def decide(self, memory: Memory, account: Account) -> GuardDecision:
        """Compare equity with the day's beginning.

        >>> guard = DailyLoss(0.03)
        >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        >>> morning = {"day": 20454, "profit": 100.0, "capital": 900.0}
        >>> guard.decide(morning, Account(noon, 71.0, 900.0)).tripped
        False
        >>> guard.decide(morning, Account(noon, 70.0, 900.0)).reason
        'equity -3.00 % since 00:00 UTC, limit -3.00 %'
        """
        change = lost(memory, account)
        if change < self.limit:
            return QUIET
        reason = f"equity {-100 * change:.2f} % since 00:00 UTC, limit {-100 * self.limit:.2f} %"
        midnight = datetime.fromtimestamp(memory["day"] * SECONDS_PER_DAY, UTC) + timedelta(days=1)
        return GuardDecision(True, reason, midnight)


def lost(memory: Memory, account: Account) -> float:
    """Fraction of the remembered equity that is gone; all of it where there was none."""
    equity = memory["capital"] + memory["profit"]
    return (memory["profit"] - account.profit) / equity if equity > 0 else 1.0
