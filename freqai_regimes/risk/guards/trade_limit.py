"""Trade limit: a run ends after so many trades."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from freqai_regimes.risk.guards.decision import QUIET, Account, GuardDecision, Memory


@dataclass(frozen=True)
class TradeLimit:
    """Trips once ``limit`` trades were opened in this run, until it is lifted by hand.

    A run begins with the trade database (or the backtest), and anew when the guard is lifted.
    """

    limit: int
    name: ClassVar[str] = "trade_limit"

    def first(self, account: Account) -> Memory:
        """The run begins here."""
        return {"opened": account.opened}

    def follow(self, memory: Memory, account: Account) -> Memory:
        """Nothing to add."""
        return memory

    def decide(self, memory: Memory, account: Account) -> GuardDecision:
        """Whether the run has had its trades."""
        opened = account.opened - memory["opened"]
        if opened < self.limit:
            return QUIET
        return GuardDecision(True, f"{opened:.0f} trades opened, limit {self.limit} for a run")
