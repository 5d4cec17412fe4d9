"""What the same trades would have earned one candle later: an edge that needs haste is none.

Assumes that each order is filled at the open of the candle after the one it was filled in, with the
same amount and cost, also where a stop or a limit filled inside a candle. Orders of the last candle
keep their price.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from freqai_regimes.errors import CandleError
from freqai_regimes.evidence.cost_stress import money_before, on_days
from freqai_regimes.evidence.fills import fills
from freqai_regimes.evidence.stationary_bootstrap import annual_sharpe


@dataclass(frozen=True)
class DelayStress:
    """A run whose orders are all one candle late.

    Attributes
    ----------
    net_return : compounded, as a fraction; sharpe: annual.
    kept : profit that is left, as a share of the run's own; NaN where that is not positive.
    moved : orders that were moved, of ``orders``.
    reason : one sentence.
    """

    net_return: float
    sharpe: float
    kept: float
    moved: int
    orders: int
    reason: str


def delay_stress(
    daily: pd.Series,
    trades: pd.DataFrame,
    candles: Mapping[str, pd.DataFrame],
    starting_balance: float,
) -> DelayStress:
    """Fill every order of a run one candle later.

    Parameters
    ----------
    daily : simple net returns by day (UTC). What the delay takes from a trade is taken on the day
        it was closed.
    trades : freqtrade's backtest trades.
    candles : by pair, ``date`` (opening time, UTC, ascending) and ``open``.

    Raises
    ------
    CandleError
        If a traded pair has no candles.
    """
    filled = fills(trades)
    later = _prices(filled, candles)
    change = (later - filled["price"]) * filled["amount"]
    change = -filled["side"] * change - change * filled["fee"]
    lost = change.groupby(filled["trade"]).sum().reindex(range(len(trades)), fill_value=0.0)
    closed = pd.DatetimeIndex(pd.to_datetime(trades["close_date"], utc=True)).normalize()
    by_day = pd.Series(lost.to_numpy(), index=closed).groupby(level=0).sum()
    moved_by = on_days(by_day, daily) / money_before(daily, starting_balance)
    returns = np.maximum((daily + moved_by).to_numpy(dtype=float), -1.0)
    net = float(np.prod(1 + returns) - 1)
    profit = float(trades["profit_abs"].astype(float).sum())
    kept = (profit + float(lost.sum())) / profit if profit > 0 else math.nan
    words = "" if math.isnan(kept) else f", {kept:.0%} of its own profit"
    return DelayStress(
        net,
        float(annual_sharpe(returns)) if len(returns) > 1 else 0.0,
        kept,
        int((later != filled["price"]).sum()),
        len(filled),
        f"One candle late the run nets {net:+.1%}{words}.",
    )


def _prices(filled: pd.DataFrame, candles: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Open of the candle after the one that each order was filled in."""
    later = filled["price"].copy()
    for pair, orders in filled.groupby("pair"):
        if pair not in candles:
            raise CandleError(f"No candles of {pair}, which was traded; give those of the run.")
        frame = candles[str(pair)]
        opens = frame["open"].to_numpy(dtype=float)
        dates = pd.DatetimeIndex(frame["date"]).as_unit("ns")
        place = dates.searchsorted(pd.DatetimeIndex(orders["date"]).as_unit("ns"), side="right")
        known = place < len(opens)
        later.loc[orders.index[known]] = opens[place[known]]
    return later
