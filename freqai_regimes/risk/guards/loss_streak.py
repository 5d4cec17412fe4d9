"""Loss streak: a pause after so many losing trades in a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from freqai_regimes.risk.guards.decision import QUIET, Account, GuardDecision, Memory


@dataclass(frozen=True)
class LossStreak:
    """Trips after ``limit`` closed trades in a row without profit, for ``pause_minutes``.

    The count begins anew when it lifts.
    """

    limit: int
    pause_minutes: float
    name: ClassVar[str] = "loss_streak"

    def first(self, account: Account) -> Memory:
        """No loss yet; what was closed before does not count."""
        return {"losses": 0, "seen": account.moment.timestamp()}

    def follow(self, memory: Memory, account: Account) -> Memory:
        """Count the trades closed since the last ones that were counted."""
        new = [trade for trade in account.closed if trade.closed_at.timestamp() >= memory["seen"]]
        if not new:
            return memory
        losses = memory["losses"]
        for trade in new:
            losses = losses + 1 if trade.profit <= 0 else 0
        return {"losses": losses, "seen": account.moment.timestamp()}

    def decide(self, memory: Memory, account: Account) -> GuardDecision:
        """Whether the streak is long enough."""
        if memory["losses"] < self.limit:
            return QUIET
        until = account.moment + timedelta(minutes=self.pause_minutes)
        return GuardDecision(True, f"{memory['losses']:.0f} losing trades in a row", until)
