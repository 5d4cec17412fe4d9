"""Fees of spot trades paid in BNB: a quarter less than in the coin that is received."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from freqai_regimes.candles import SPOT
from freqai_regimes.errors import ExchangeError
from freqai_regimes.local_exchange import as_of
from freqai_regimes.local_exchange.candle_store import CandleStore
from freqai_regimes.local_exchange.trading.candle_path import exact

BNB = "BNB"
DISCOUNT = Decimal("0.25")


@dataclass(frozen=True)
class FeeCoin:
    """What a fee is in BNB, at the price last known.

    Raises
    ------
    ExchangeError
        If there are no candles that tell its price in every quote coin of the spot markets.
    """

    store: CandleStore

    def __post_init__(self) -> None:
        quotes = {market.quote for market in self.store.markets(SPOT)} - {BNB}
        known = {each for each in quotes if self.store.market(SPOT, BNB + each) is not None}
        if quotes != known or not quotes:
            pairs = ", ".join(f"{BNB}/{quote}" for quote in sorted(quotes - known)) or "BNB/USDT"
            raise ExchangeError(
                f"Fees in BNB need its price, but there are no spot candles of {pairs}: store "
                "them in the data directory, or pay fees in the coins that are received."
            )

    def fee(self, value: Decimal, quote: str, rate: Decimal, time: int) -> Decimal | None:
        """Fee in BNB for a trade's value in the quote coin; None before BNB has a price."""
        price = Decimal(1)
        if quote != BNB:
            market = self.store.market(SPOT, BNB + quote)
            last = None if market is None else as_of.last_price(self.store, market, time)
            if last is None:
                return None
            price = exact(last.price)
        return (value * rate * (1 - DISCOUNT) / price).quantize(Decimal("1e-8"))
