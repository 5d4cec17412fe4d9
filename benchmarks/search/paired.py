"""Paired stationary block bootstrap of the difference of two Sharpe ratios, blocks as written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.evidence.stationary_bootstrap import annual_sharpe, bootstrap_rows
from search.account import sharpe

MEAN_BLOCK_DAYS = 20
RESAMPLES, LOT = 10_000, 500
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
    lots = [bootstrap_rows(len(days), LOT, MEAN_BLOCK_DAYS, rng) for _ in range(RESAMPLES // LOT)]
    draws = np.concatenate(
        [annual_sharpe(ours[rows]) - annual_sharpe(theirs[rows]) for rows in lots]
    )
    return Gain(sharpe(candidate.loc[days]) - sharpe(rule.loc[days]), draws, len(days))
