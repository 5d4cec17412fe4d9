"""What a run would have earned at no cost, at its own, and at twice that; and where it breaks even.

Assumes that other costs would not have changed which trades were made nor their sizes. The
break-even cost is arithmetic: gross profit over the value traded, not compounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from freqai_regimes.evidence.fills import fills, gross_profit
from freqai_regimes.evidence.stationary_bootstrap import annual_sharpe

MULTIPLES = (0.0, 1.0, 2.0)
BASIS_POINTS = 10_000


@dataclass(frozen=True)
class StressedRun:
    """A run at a multiple of its costs: compounded net return (fraction), annual Sharpe ratio."""

    multiple: float
    net_return: float
    sharpe: float


@dataclass(frozen=True)
class CostStress:
    """A run under other costs.

    Attributes
    ----------
    runs : one for each of ``MULTIPLES``.
    paid : all costs, in stake currency; turnover: value of all buys and sells.
    paid_bps : mean cost of a side in basis points of its value; NaN without trades.
    break_even_bps : cost of a side at which nothing is left; below 0 where even free trades lose;
        NaN without trades.
    reason : one sentence.
    """

    runs: tuple[StressedRun, ...]
    paid: float
    turnover: float
    paid_bps: float
    break_even_bps: float
    reason: str

    def at(self, multiple: float) -> StressedRun:
        """The run at one of the multiples."""
        return next(run for run in self.runs if run.multiple == multiple)


def cost_stress(daily: pd.Series, trades: pd.DataFrame, starting_balance: float) -> CostStress:
    """Stress the costs of a run.

    Parameters
    ----------
    daily : simple net returns by day (UTC).
    trades : freqtrade's backtest trades.
    starting_balance : stake currency, above 0.
    """
    filled = fills(trades)
    shares = cost_shares(daily, filled, starting_balance)
    runs = tuple(_run(multiple, daily, shares) for multiple in MULTIPLES)
    turnover, paid = float(filled["value"].sum()), float(filled["cost"].sum())
    if turnover == 0:
        return CostStress(runs, 0.0, 0.0, math.nan, math.nan, "No trade, so no cost.")
    breaks = float(gross_profit(trades, filled).sum()) / turnover * BASIS_POINTS
    mean = paid / turnover * BASIS_POINTS
    return CostStress(
        runs,
        paid,
        turnover,
        mean,
        breaks,
        f"A side cost {mean:.1f} bps and may cost {breaks:.1f} before nothing is left; at twice "
        f"the cost the run nets {runs[-1].net_return:+.1%}.",
    )


def cost_shares(daily: pd.Series, filled: pd.DataFrame, starting_balance: float) -> pd.Series:
    """Costs of each day as a fraction of the money it began with; same index as ``daily``."""
    before = money_before(daily, starting_balance)
    paid = filled.groupby(filled["date"].dt.normalize())["cost"].sum()
    return on_days(paid, daily) / before


def money_before(daily: pd.Series, starting_balance: float) -> pd.Series:
    """Money that each day begins with, in stake currency."""
    grown = (1 + daily.astype(float)).cumprod()
    return starting_balance * grown.shift(1, fill_value=1.0)


def on_days(amounts: pd.Series, daily: pd.Series) -> pd.Series:
    """Amounts by day, on the days of a run; what lies outside counts on its first or last day."""
    days = pd.DatetimeIndex(daily.index)
    answer = pd.Series(0.0, index=daily.index)
    if len(amounts) and len(days):
        place = days.searchsorted(pd.DatetimeIndex(amounts.index), side="right") - 1
        place = np.clip(place, 0, len(days) - 1)
        answer[:] = np.bincount(place, amounts.to_numpy(dtype=float), minlength=len(days))
    return answer


def _run(multiple: float, daily: pd.Series, shares: pd.Series) -> StressedRun:
    returns = (daily + (1 - multiple) * shares).to_numpy(dtype=float)
    returns = np.maximum(returns, -1.0)
    sharpe = float(annual_sharpe(returns)) if len(returns) > 1 else 0.0
    return StressedRun(multiple, float(np.prod(1 + returns) - 1), sharpe)
