"""What a trade in a pair is expected to cost: freqtrade's fee, candles and funding rates in."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from freqtrade.enums import CandleType

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.risk.costs import entry_costs

if TYPE_CHECKING:
    from freqai_regimes.freqtrade_bridge.risk_callbacks import RiskCallbacks

logger = logging.getLogger(__name__)

#: Freqtrade keeps funding rates as candles of this length, dated at their settlement.
FUNDING_TIMEFRAME = "1h"


class ExpectedCosts:
    """Costs per candle, as the settings ``costs`` want them."""

    def __init__(self, strategy: RiskCallbacks) -> None:
        self.strategy = strategy
        self.settings = strategy.settings.costs
        self.futures = strategy.config.get("trading_mode", "spot") == "futures"

    def informative_pairs(self, pairs: list[str]) -> list[tuple[str, str, str]]:
        """Funding rates that a live bot must load."""
        if not (self.settings.funding and self.futures):
            return []
        return [(pair, FUNDING_TIMEFRAME, CandleType.FUNDING_RATE) for pair in pairs]

    def of(self, frame: pd.DataFrame, pair: str) -> pd.DataFrame | None:
        """Columns ``long`` and ``short`` for each candle; None if they are the fixed ones."""
        settings = self.settings
        funded = settings.funding and self.futures
        if settings.spread == "fixed" and not settings.fee_from_exchange and not funded:
            return None
        step = timeframe_seconds(self.strategy.config["timeframe"])
        return entry_costs(
            frame,
            settings,
            fee=self._fee(pair),
            funding_rate=self._funding_rate(frame, pair, step) if funded else None,
            holding_hours=self.strategy.settings.horizon_candles * step / 3600,
        )

    def book_refusal(self, pair: str) -> str | None:
        """Why the order book forbids an entry now (live only); None if it does not.

        An empty or crossed book forbids it too.
        """
        widest = self.settings.widest_book
        if widest is None:
            return None
        book = self.strategy.dp.orderbook(pair, 1)
        if not book["bids"] or not book["asks"]:
            return "the order book is empty"
        bid, ask = float(book["bids"][0][0]), float(book["asks"][0][0])
        spread = 2 * (ask - bid) / (ask + bid)
        if 0 <= spread <= widest:
            return None
        return f"the book's spread is {100 * spread:.3f} %, limit {100 * widest:.3f} % (live only)"

    def _fee(self, pair: str) -> float:
        """Fee of one side: as set, or freqtrade's ``fee``, or that of the exchange's tier."""
        if not self.settings.fee_from_exchange:
            return self.settings.fee
        if self.strategy.config.get("fee") is not None:
            return float(self.strategy.config["fee"])
        exchange = getattr(self.strategy.dp, "_exchange", None)
        if exchange is None:  # a certificate has none
            return self.settings.fee
        return float(exchange.get_fee(pair, taker_or_maker=self.settings.liquidity))

    def _funding_rate(self, frame: pd.DataFrame, pair: str, step: int) -> pd.Series:
        """Mean rate for 8 hours, of the settlements that were past when each candle closed."""
        rates = self.strategy.dp.get_pair_dataframe(
            pair, FUNDING_TIMEFRAME, CandleType.FUNDING_RATE
        )
        if rates.empty:
            return pd.Series(np.nan, index=frame.index)
        return trailing_funding(
            frame["date"] + pd.Timedelta(seconds=step), rates, self.settings.funding_hours
        )


def trailing_funding(moments: pd.Series, rates: pd.DataFrame, hours: int) -> pd.Series:
    """Rate for 8 hours from the settlements within the last ``hours`` before each moment.

    ``rates`` holds ``date`` (of the settlement, at which it is known) and ``open`` (its rate). NaN
    where history is shorter than the window. Each sum begins with its own newest settlement, so
    that a rate is the same to the bit whatever history came before.
    """
    settled, paid = pd.DatetimeIndex(rates["date"]).as_unit("ns"), rates["open"].to_numpy(float)
    ends = pd.DatetimeIndex(moments).as_unit("ns")
    begins = ends - pd.Timedelta(hours=hours)
    first, last = (settled.searchsorted(edge, side="right") for edge in (begins, ends))
    window = np.zeros(len(moments))
    for back in range(1, int((last - first).max(initial=0)) + 1):
        place = last - back
        window += np.where(place >= first, paid[place], 0.0)
    known = begins >= settled[0] - pd.Timedelta(hours=8)
    return pd.Series(np.where(known, window * 8 / hours, np.nan), index=moments.index)
