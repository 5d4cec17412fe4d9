"""What a strategy earned on candles that could have been: the runs' figures beside its own.

The candles come from ``candle_resampling`` and ``candle_noise``; running the strategy on them is
the caller's. Assumes what the making of the candles assumes. On resampled candles the trends are
cut, so a figure that stays as high there was not earned by trends longer than a block.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from freqai_regimes.evidence.stationary_bootstrap import Interval

FEWEST_RUNS = 5


@dataclass(frozen=True)
class MonteCarlo:
    """The figures of runs on other candles.

    Attributes
    ----------
    kind : how the candles were made, ``resampled`` or ``noise``.
    sharpe, net_return : the run's own value, and the 5 % and 95 % quantiles of the others; NaN
        with fewer than ``FEWEST_RUNS``.
    median_sharpe, median_net_return : of the others.
    losing : share of the others that lost money.
    runs : how many.
    reason : one sentence.
    """

    kind: str
    sharpe: Interval
    net_return: Interval
    median_sharpe: float
    median_net_return: float
    losing: float
    runs: int
    reason: str


def monte_carlo(
    kind: str, own: tuple[float, float], others: Sequence[tuple[float, float]]
) -> MonteCarlo:
    """Sum up runs, each a pair of annual Sharpe ratio and net return (fraction)."""
    nan = math.nan
    if len(others) < FEWEST_RUNS:
        why = f"{len(others)} runs on {kind} candles; {FEWEST_RUNS} are needed."
        none = [Interval(value, nan, nan) for value in own]
        return MonteCarlo(kind, none[0], none[1], nan, nan, nan, len(others), why)
    figures = np.array(others, dtype=float)
    low, middle, high = np.quantile(figures, [0.05, 0.5, 0.95], axis=0)
    sharpe, net = (Interval(own[i], float(low[i]), float(high[i])) for i in range(2))
    losing = float((figures[:, 1] <= 0).mean())
    return MonteCarlo(
        kind,
        sharpe,
        net,
        float(middle[0]),
        float(middle[1]),
        losing,
        len(others),
        f"On {len(others)} {kind} candle paths the Sharpe ratio was {middle[0]:.2f} in the middle, "
        f"{low[0]:.2f} to {high[0]:.2f} in nine of ten, and {losing:.0%} of them lost; its own is "
        f"{own[0]:.2f}.",
    )
