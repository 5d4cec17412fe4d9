"""Thresholds of the alternating rule tried one after the other, and what the best is worth then."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.evaluation.alternating_trades import (
    Market,
    Performance,
    Trades,
    pooled,
    trades_of,
    transactions,
)
from freqai_regimes.evaluation.deflated_sharpe import (
    SharpeSample,
    deflated_sharpe_ratio,
    expected_maximum_sharpe,
    probabilistic_sharpe_ratio,
    variance_by_chance,
)

DIRECTIONS = ("both", "long", "short")


@dataclass(frozen=True)
class Choice:
    """One pair of thresholds: what each direction gave; days and daily ratio of the one wanted."""

    buy_threshold: float
    sell_threshold: float
    performance: Mapping[str, Performance]
    sample: SharpeSample
    daily: npt.NDArray[np.float64] = field(repr=False, compare=False)


@dataclass(frozen=True)
class GridResult:
    """All choices, the best first, and the Sharpe ratio of the best after as many tries.

    Attributes
    ----------
    choices : by the return a month of the direction wanted.
    variance : of the daily ratios between choices.
    chance : daily ratio to be expected of the best of so many without skill.
    psr, dsr : probability that the best's true ratio is above 0, above ``chance``.
    dsr_by_chance : the same with the variance of ratios without skill, 1 / (days - 1): the one
        between the choices is large where costs ruin some of them.
    """

    direction: str
    choices: tuple[Choice, ...]
    variance: float
    chance: float
    psr: float
    dsr: float
    dsr_by_chance: float


def search(
    markets: Sequence[Market],
    buy_thresholds: Sequence[float],
    sell_thresholds: Sequence[float] | None,
    *,
    direction: str = "both",
    cost: float = 0.0,
) -> GridResult:
    """Try every buy threshold with every sell threshold; with None, with its own negative.

    Parameters
    ----------
    markets : one a pair, the same money in each.
    direction : which trades count when choosing: ``both``, ``long`` or ``short``.
    cost : of one side, as a fraction.
    """
    pairs = (
        [(buy, -buy) for buy in buy_thresholds]
        if sell_thresholds is None
        else list(itertools.product(buy_thresholds, sell_thresholds))
    )
    tried = [evaluate(markets, buy, sell, direction=direction, cost=cost) for buy, sell in pairs]
    ranked = sorted(tried, key=lambda one: -one.performance[direction].monthly_return)
    ratios = [one.sample.sharpe for one in tried]
    variance = float(np.var(ratios, ddof=1)) if len(ratios) > 1 else 0.0
    best = ranked[0].sample
    return GridResult(
        direction,
        tuple(ranked),
        variance,
        expected_maximum_sharpe(len(tried), variance),
        probabilistic_sharpe_ratio(best),
        deflated_sharpe_ratio(best, len(tried), variance),
        deflated_sharpe_ratio(best, len(tried), variance_by_chance(best.observations)),
    )


def evaluate(
    markets: Sequence[Market], buy: float, sell: float, *, direction: str, cost: float
) -> Choice:
    """One pair of thresholds on all markets."""
    days = max(int(market.day[-1]) for market in markets) + 1
    rows = [transactions(market, buy, sell) for market in markets]
    trades = [trades_of(m, own, cost) for m, own in zip(markets, rows, strict=True)]
    daily = np.zeros(days)
    for market, pair in zip(markets, trades, strict=True):
        for part in wanted(pair, direction):
            daily += np.bincount(market.day[part.rows], weights=part.returns, minlength=days)
    daily /= len(markets)
    return Choice(buy, sell, pooled(rows, trades, days), SharpeSample.of(daily), daily)


def by_month(
    markets: Sequence[Market], buy: float, sell: float, cost: float
) -> dict[str, dict[str, float]]:
    """Return of each month (``2024-01``), added up, by direction, with the number of trades."""
    found: dict[str, dict[str, float]] = {}
    for market in markets:
        months = market.dates.strftime("%Y-%m")
        for month in months.unique():
            found.setdefault(month, {"trades": 0, "both": 0.0, "long": 0.0, "short": 0.0})
        long, short = trades_of(market, transactions(market, buy, sell), cost)
        for name, part in (("long", long), ("short", short)):
            each = pd.Series(part.returns).groupby(np.asarray(months[part.rows])).agg
            for month, total, count in each(["sum", "count"]).itertuples():
                share = total / len(markets)
                found[month][name] += share
                found[month]["both"] += share
                found[month]["trades"] += int(count)
    return dict(sorted(found.items()))


def wanted(trades: tuple[Trades, Trades], direction: str) -> tuple[Trades, ...]:
    """The trades that count: long, short or both."""
    long, short = trades
    return {"both": (long, short), "long": (long,), "short": (short,)}[direction]


def steps(low: float, high: float, count: int) -> npt.NDArray[np.float64]:
    """Evenly spaced thresholds, both ends included, free of rounding's last digits.

    >>> steps(0.02, 0.1, 5).tolist()
    [0.02, 0.04, 0.06, 0.08, 0.1]
    """
    return np.round(np.linspace(low, high, count), 10)
