"""What a strategy earned on candles that could have been: the runs' figures beside its own.

The candles come from ``candle_resampling`` and ``candle_noise``; running the strategy on them is
the caller's. Assumes what the making of the candles assumes (``ASSUMES``). On resampled candles the
trends are cut, so a figure that stays as high there was not earned by trends longer than a block.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from freqai_regimes.evidence.stationary_bootstrap import Interval

Kind = Literal["resampled", "noisy"]
RESAMPLED: Kind = "resampled"
NOISY: Kind = "noisy"
FEWEST_RUNS = 5
#: Noise of noisy candles: standard deviation of log prices over the usual log range of a candle.
SHARE_OF_RANGE = 0.1
ASSUMES = {
    RESAMPLED: "days alike once their blocks are cut; trends longer than a block are lost",
    NOISY: f"nothing of the market; every price is moved by {SHARE_OF_RANGE:g} of the usual range "
    "of a candle, models are trained again",
}


@dataclass(frozen=True)
class MonteCarlo:
    """The figures of runs on other candles.

    Attributes
    ----------
    kind : how the candles were made.
    sharpe, net_return : the run's own value, and the 5 % and 95 % quantiles of the others; NaN
        with fewer than ``FEWEST_RUNS``.
    median_sharpe, median_net_return : of the others.
    losing : share of the others that lost money.
    runs : annual Sharpe ratio and net return of each, in the order of their seeds.
    reason : one sentence.
    """

    kind: Kind
    sharpe: Interval
    net_return: Interval
    median_sharpe: float
    median_net_return: float
    losing: float
    runs: tuple[tuple[float, float], ...]
    reason: str

    @property
    def assumes(self) -> str:
        """What the making of the candles assumes."""
        return ASSUMES[self.kind]


def monte_carlo(
    kind: Kind, own: tuple[float, float], others: Sequence[tuple[float, float]]
) -> MonteCarlo:
    """Sum up runs, each a pair of annual Sharpe ratio and net return (fraction)."""
    nan = math.nan
    if len(others) < FEWEST_RUNS:
        why = f"{len(others)} runs on {kind} candles; {FEWEST_RUNS} are needed."
        none = [Interval(value, nan, nan) for value in own]
        return MonteCarlo(kind, none[0], none[1], nan, nan, nan, tuple(others), why)
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
        tuple(others),
        f"On {len(others)} {kind} candle paths the Sharpe ratio was {middle[0]:.2f} in the middle, "
        f"{low[0]:.2f} to {high[0]:.2f} in nine of ten; its own is {own[0]:.2f}. "
        f"Net {middle[1]:+.1%} in the middle, {low[1]:+.1%} to {high[1]:+.1%} in nine of ten, "
        f"its own {own[1]:+.1%}; {losing:.0%} of them lost.",
    )
