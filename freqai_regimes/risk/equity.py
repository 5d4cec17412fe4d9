"""What an open position is worth at a closing price, as freqtrade reckons it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """An open position.

    Attributes
    ----------
    amount : in base currency, after fees.
    entry_value : what was paid for it with fees (long) or got after fees (short), in stake
        currency; for leverage, the whole value and not the margin.
    exit_fee : fraction of the value that closing costs.
    realised : profit of parts that are already closed, in stake currency.
    funding : funding received (positive) or paid, in stake currency.
    """

    pair: str
    is_short: bool
    amount: float
    entry_value: float
    exit_fee: float
    realised: float = 0.0
    funding: float = 0.0

    def profit(self, price: float) -> float:
        """Profit in stake currency if it were closed at this price.

        >>> Position("BTC/USDT", False, 2.0, 200.2, 0.001).profit(110.0)
        19.58
        >>> Position("BTC/USDT", True, 2.0, 199.8, 0.001).profit(110.0)
        -20.42
        """
        value = self.amount * price
        if self.is_short:
            gain = self.entry_value - value * (1 + self.exit_fee)
        else:
            gain = value * (1 - self.exit_fee) - self.entry_value
        return round(gain + self.realised + self.funding, 8)
