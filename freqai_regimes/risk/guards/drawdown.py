"""Drawdown: equity against its peak, open positions included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from freqai_regimes.risk.guards.daily_loss import lost
from freqai_regimes.risk.guards.decision import QUIET, Account, GuardDecision, Memory


@dataclass(frozen=True)
class Drawdown:
    """Trips when equity lies ``limit`` (a fraction) below its peak.

    Of equity, not of profit: a share of the peak profit is lost soon after a small one. Lifts after
    ``pause_hours``, or by hand if there is none; the peak then begins anew.
    """

    limit: float
    pause_hours: float | None = None
    name: ClassVar[str] = "drawdown"

    def first(self, account: Account) -> Memory:
        """The peak is here."""
        return {"profit": account.profit, "capital": account.capital}

    def follow(self, memory: Memory, account: Account) -> Memory:
        """A higher peak, or the same one."""
        return self.first(account) if account.profit > memory["profit"] else memory

    def decide(self, memory: Memory, account: Account) -> GuardDecision:
        """Compare equity with the peak."""
        change = lost(memory, account)
        if change < self.limit:
            return QUIET
        reason = f"equity {-100 * change:.2f} % from its peak, limit {-100 * self.limit:.2f} %"
        if self.pause_hours is None:
            return GuardDecision(True, reason)
        return GuardDecision(True, reason, account.moment + timedelta(hours=self.pause_hours))
