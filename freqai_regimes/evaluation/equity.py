"""The account and the market over time: equity, buy and hold, drawdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.record import RunRecord


@dataclass(frozen=True)
class Account:
    """What an account was worth over time, in stake currency, and where that is known from."""

    curve: pd.Series[float]
    source: str


def account_curve(
    trades: pd.DataFrame, wallet: pd.DataFrame | None, stats: dict[str, Any]
) -> Account:
    """Follow the account of a run to its final balance.

    Parameters
    ----------
    trades, wallet : see ``closed_trade_equity`` and ``wallet_equity``; no wallet may be there.
    stats : the strategy's part of freqtrade's backtest result json.
    """
    balance = float(stats["starting_balance"])
    first, last = (
        pd.Timestamp(int(stats[f"backtest_{end}_ts"]), unit="ms", tz="UTC")
        for end in ("start", "end")
    )
    if wallet is None or wallet.empty:
        source = "the starting balance plus the profit of closed trades (open trades do not show)"
        return Account(closed_trade_equity(trades, balance, first, last), source)
    curve = wallet_equity(wallet)
    final = stats.get("final_balance")
    if isinstance(final, int | float):  # what is open at the end is sold after the last capture
        closing = pd.Series({max(last, curve.index[-1]) + pd.Timedelta(seconds=1): float(final)})
        curve = pd.concat([curve, closing])
    return Account(curve, "freqtrade's wallet at each candle's open")


def daily_returns_of(curve: pd.Series[float]) -> pd.Series[float]:
    """Simple return of each day (UTC), from the last value of the day before to the day's last.

    The first day is measured from the curve's first value; a day without a value returns 0.

    >>> texts = ["2024-01-01 00:00", "2024-01-01 12:00", "2024-01-03 00:00"]
    >>> times = pd.to_datetime(texts, utc=True)
    >>> daily_returns_of(pd.Series([100.0, 110.0, 99.0], times)).round(3).tolist()
    [0.1, 0.0, -0.1]
    """
    days = curve.groupby(pd.DatetimeIndex(curve.index).floor("D")).last().asfreq("D").ffill()
    before = days.shift(1, fill_value=float(curve.iloc[0]))
    return (days / before.where(before > 0) - 1.0).fillna(0.0).astype(float)


def monthly_returns(curve: pd.Series[float]) -> pd.Series[float]:
    """Change over each month (UTC, as ``2024-05``), from the last value of the month before.

    The first month is measured from the curve's first value.
    """
    last = curve.groupby(pd.DatetimeIndex(curve.index).strftime("%Y-%m")).last()
    before = last.shift(1, fill_value=float(curve.iloc[0]))
    return last / before.where(before > 0) - 1.0


def wallet_equity(wallet: pd.DataFrame) -> pd.Series[float]:
    """Total wealth at each time of freqtrade's wallet file, in stake currency.

    Parameters
    ----------
    wallet : freqtrade's captures (``date``, ``rate``, ``balance``, one row a currency), taken at
        each candle's open; or ``date`` and ``total_quote``, already summed.

    Notes
    -----
    In spot, coins count at the candle's open. In futures freqtrade captures the stake currency
    alone, so open positions show only once they are closed.
    """
    if "total_quote" in wallet.columns:
        value = wallet["total_quote"].astype(float)
    elif {"rate", "balance"} <= set(wallet.columns):
        value = wallet["rate"].astype(float) * wallet["balance"].astype(float)
    else:
        raise RegimesError(
            f"The wallet has columns {list(wallet.columns)}; date with total_quote, or date with "
            "rate and balance, is needed. Give the wallet file of freqtrade's backtest result."
        )
    return value.groupby(pd.to_datetime(wallet["date"], utc=True)).sum().sort_index()


def closed_trade_equity(
    trades: pd.DataFrame, starting_balance: float, start: pd.Timestamp, end: pd.Timestamp
) -> pd.Series[float]:
    """Add up the starting balance and the profit of all trades closed so far, stake currency."""
    profit = trades["profit_abs"].astype(float).groupby(trades["close_date"]).sum().sort_index()
    equity = starting_balance + profit.cumsum()
    ends = {start: starting_balance}
    if equity.empty or end > equity.index[-1]:
        ends[end] = float(equity.iloc[-1]) if len(equity) else starting_balance
    curve = pd.concat([pd.Series(ends, dtype=float), equity]).sort_index()
    return curve[~curve.index.duplicated(keep="last")]


def buy_and_hold(
    record: RunRecord,
    starting_balance: float,
    fee: float = 0.0,
    funding: Mapping[str, pd.Series[float]] | None = None,
) -> pd.Series[float]:
    """Put the same money into all pairs in equal parts at the first close, and leave it there.

    Indexed by the time each candle closed. A pair that starts later is held as cash until its
    first candle.

    Parameters
    ----------
    fee : of one side, as a fraction; paid on buying, and on the value that is sold at the end.
    funding : by pair, rates indexed by the time they were settled; a holder pays rate times value.
    """
    growth = {}
    for pair, frame in record.pairs.items():
        closed = pd.DatetimeIndex(frame["date"] + record.candle_length)
        close = frame["close"].set_axis(closed) / float(frame["close"].iloc[0])
        rates = (funding or {}).get(pair)
        growth[pair] = (close - _paid(rates, close)) * (1.0 - fee)
    held = pd.DataFrame(growth).sort_index().ffill().fillna(1.0)
    held.iloc[0] = 1.0
    held.iloc[-1] *= 1.0 - fee
    return held.mean(axis=1) * starting_balance


def _paid(rates: pd.Series[float] | None, value: pd.Series[float]) -> pd.Series[float]:
    """Funding that a holder of these values has paid by each time."""
    if rates is None or rates.empty:
        return pd.Series(0.0, index=value.index)
    times = pd.DatetimeIndex(rates.index)
    settled = rates[(times > value.index[0]) & (times <= value.index[-1])]
    due = settled.to_numpy() * value.reindex(settled.index, method="ffill").to_numpy()
    paid = pd.Series(due, index=settled.index).cumsum()
    return paid.reindex(value.index, method="ffill").fillna(0.0)


def drawdown(equity: pd.Series[float]) -> pd.Series[float]:
    """How far below its highest value so far, as a fraction: -0.1 is ten percent below.

    >>> [round(fall, 2) for fall in drawdown(pd.Series([100.0, 120.0, 90.0, 130.0]))]
    [0.0, 0.0, -0.25, 0.0]
    """
    return equity / equity.cummax() - 1.0
