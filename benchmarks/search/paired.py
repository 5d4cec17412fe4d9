"""Paired stationary block bootstrap of the difference of two Sharpe ratios.

D. N. Politis and J. P. Romano, "The stationary bootstrap", JASA 89 (1994): blocks of geometric
length begin anywhere and wrap around. Both accounts are drawn on the same days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from search.account import DAYS_PER_YEAR, sharpe

MEAN_BLOCK_DAYS = 20
RESAMPLES = 10_000
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Gain:
    """Sharpe ratio of one account less that of another, and what chance makes of it."""

    difference: float
    draws: Floats
    days: int

    def interval(self, level: float = 0.05) -> tuple[float, float]:
        """Ends between which all but ``level`` of the resampled differences lie."""
        low, high = np.quantile(self.draws, [level / 2, 1 - level / 2])
        return float(low), float(high)


def gain(candidate: pd.Series, rule: pd.Series, *, seed: int = 1) -> Gain:
    """Compare daily returns on the days that both have."""
    days = candidate.index.intersection(rule.index)
    ours, theirs = candidate.loc[days].to_numpy(), rule.loc[days].to_numpy()
    rng = np.random.default_rng(seed)
    draws = np.concatenate(
        [_ratio(ours[rows]) - _ratio(theirs[rows]) for rows in _drawn(len(days), rng)]
    )
    return Gain(sharpe(candidate.loc[days]) - sharpe(rule.loc[days]), draws, len(days))


def _drawn(days: int, rng: np.random.Generator) -> list[npt.NDArray[np.intp]]:
    """Positions of resampled days, in lots of 500 resamples."""
    lots = []
    for _ in range(RESAMPLES // 500):
        begins = rng.random((500, days)) < 1 / MEAN_BLOCK_DAYS
        begins[:, 0] = True
        starts = rng.integers(0, days, (500, days))
        block = np.maximum.accumulate(np.where(begins, np.arange(days), 0), axis=1)
        offset = np.arange(days) - block
        lots.append((np.take_along_axis(starts, block, axis=1) + offset) % days)
    return lots


def _ratio(returns: Floats) -> Floats:
    spread = returns.std(axis=1, ddof=1)
    mean = returns.mean(axis=1)
    safe = np.where(spread > 0, spread, 1.0)
    return np.where(spread > 0, mean / safe, 0.0) * float(np.sqrt(DAYS_PER_YEAR))
