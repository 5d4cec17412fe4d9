"""What each difference between two trades of the same position did to the profit."""

from __future__ import annotations

from dataclasses import dataclass

from freqai_regimes.parity.trade_pairs import OneTrade


@dataclass(frozen=True)
class MoneyParts:
    """Live's profit less the backtest's, in stake currency, cut into parts that add up to it.

    The backtest's trade is turned into the live one step by step: first the entry price, then the
    exit price, then the amount; what is left is fees, funding and further orders.
    """

    entry: float
    exit: float
    size: float
    rest: float

    @property
    def total(self) -> float:
        """All parts together."""
        return self.entry + self.exit + self.size + self.rest


def money_parts(live: OneTrade, backtest: OneTrade) -> MoneyParts:
    """Cut the difference in profit of two trades into parts.

    Where live's trade is open and nobody valued it, it counts as left at the backtest's price.
    """
    valued = live.close_rate == live.close_rate and live.profit == live.profit
    if backtest.close_rate != backtest.close_rate or backtest.profit != backtest.profit:
        return MoneyParts(0.0, 0.0, 0.0, 0.0)
    close = live.close_rate if valued else backtest.close_rate
    sign, amount = backtest.sign, backtest.amount
    entry = -sign * amount * (live.open_rate - backtest.open_rate)
    leaving = sign * amount * (close - backtest.close_rate)
    size = sign * (live.amount - amount) * (close - live.open_rate)
    if not valued:
        return MoneyParts(entry, 0.0, size, 0.0)
    return MoneyParts(entry, leaving, size, live.profit - backtest.profit - entry - leaving - size)
