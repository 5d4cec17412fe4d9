"""How often the best of a grid in one half of the days is below the grid's median in the other.

Source: Bailey, Borwein, López de Prado and Zhu 2017, "The probability of backtest overfitting":
combinatorially symmetric cross-validation (CSCV). The days are cut into ``blocks`` equal stretches;
every choice of half of them is once the sample in which the best configuration is chosen, and the
rest is where it is judged. Assumes that the grid holds all configurations that were tried, and that
performance is a Sharpe ratio of returns without much memory beyond a stretch. It judges the way of
choosing, not one configuration: in a grid of equals it is about one half even where all earn.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.daily_returns import DAYS_PER_YEAR

Floats = npt.NDArray[np.float64]
BLOCKS = 16
FEWEST_DAYS_OF_A_BLOCK = 4
_SPLITS_AT_ONCE = 1000
_RATIOS_KEPT = 100


@dataclass(frozen=True)
class Overfitting:
    """What cross-validation says of choosing the best of a grid.

    Attributes
    ----------
    probability : share of the splits whose chosen configuration ranks at the median or below
        outside of the sample it was chosen in; NaN where there is no answer.
    logits : log of odds of its relative rank, one a split; 0 is the median.
    slope, intercept : of the chosen one's annual Sharpe ratio outside on that inside, by least
        squares (performance degradation); NaN where the ratio inside never changes.
    determination : R squared of that line.
    loss : share of the splits in which it lost money outside.
    chosen, all_others : annual Sharpe ratios outside of the chosen ones, and of all
        configurations in all splits, as quantiles at ``levels``.
    dominates_first, dominates_second : whether choosing beats picking at random at every level
        (first-order stochastic dominance), or in every lower tail (second order).
    configurations, splits, blocks : how many.
    reason : one sentence.
    """

    probability: float
    logits: Floats
    slope: float
    intercept: float
    determination: float
    loss: float
    levels: Floats
    chosen: Floats
    all_others: Floats
    dominates_first: bool
    dominates_second: bool
    configurations: int
    splits: int
    blocks: int
    reason: str


@dataclass(frozen=True)
class _Splits:
    """Of every split: Sharpe ratio inside and relative rank and ratio outside of the chosen one."""

    inside: Floats
    outside: Floats
    relative_rank: Floats
    everyone: Floats  # all ratios outside, of large grids their quantiles; a row a split


def backtest_overfitting(grid: pd.DataFrame, blocks: int = BLOCKS) -> Overfitting:
    """Cross-validate the choice of the best configuration.

    Parameters
    ----------
    grid : simple net returns, one row a day, one column a configuration, no NaN. Days at the start
        that do not fill a stretch are left out.
    blocks : an even number from 2 to 20; fewer days than ``FEWEST_DAYS_OF_A_BLOCK`` a stretch
        lower it.

    Raises
    ------
    RegimesError
        If ``blocks`` is odd or out of its range, or a return is missing.
    """
    if blocks % 2 or not 2 <= blocks <= 20:
        raise RegimesError(f"blocks is {blocks}; an even number from 2 to 20 is allowed.")
    returns = grid.to_numpy(dtype=float)
    if not np.isfinite(returns).all():
        raise RegimesError("A return of the grid is missing; give all days for each configuration.")
    days, configurations = returns.shape
    blocks = min(blocks, days // FEWEST_DAYS_OF_A_BLOCK // 2 * 2)
    if configurations < 2 or blocks < 2:
        why = f"{configurations} configuration(s) of {days} days; two of 8 days are needed."
        return _nothing(configurations, why)
    levels = np.linspace(0.01, 0.99, 99)
    return _told(_splits(returns, blocks), levels, configurations, blocks)


def _splits(returns: Floats, blocks: int) -> _Splits:
    """Go through all splits; sums over stretches give every ratio without touching days again."""
    length = len(returns) // blocks
    used = returns[len(returns) - length * blocks :].reshape(blocks, length, -1)
    sums, squares = used.sum(axis=1), (used**2).sum(axis=1)
    halves = np.array(list(itertools.combinations(range(blocks), blocks // 2)))
    days = length * blocks // 2
    parts = []
    for first in range(0, len(halves), _SPLITS_AT_ONCE):
        chosen = halves[first : first + _SPLITS_AT_ONCE]
        picked = np.zeros((len(chosen), blocks))
        np.put_along_axis(picked, chosen, 1.0, axis=1)
        inside = _ratios(picked @ sums, picked @ squares, days)
        outside = _ratios((1 - picked) @ sums, (1 - picked) @ squares, days)
        best = inside.argmax(axis=1)[:, None]
        own = np.take_along_axis(outside, best, axis=1)
        # Rank from 1 (worst); equals share their mean rank.
        rank = (outside < own).sum(axis=1) + ((outside == own).sum(axis=1) + 1) / 2
        parts.append(
            (
                np.take_along_axis(inside, best, axis=1)[:, 0],
                own[:, 0],
                rank / (outside.shape[1] + 1),
                _thinned(outside),
            )
        )
    return _Splits(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _thinned(ratios: Floats) -> Floats:
    """At most ``_RATIOS_KEPT`` of each row, evenly by rank, so that a large grid fits in memory."""
    if ratios.shape[1] <= _RATIOS_KEPT:
        return ratios
    middles = (np.arange(_RATIOS_KEPT) + 0.5) / _RATIOS_KEPT
    return np.asarray(np.quantile(ratios, middles, axis=1).T)


def _ratios(sums: Floats, squares: Floats, days: int) -> Floats:
    """Annual Sharpe ratios from sums over days; 0 where nothing moved."""
    mean = sums / days
    variance = (squares - days * mean**2) / (days - 1)
    moved = variance > 1e-18
    ratio = np.where(moved, mean / np.sqrt(np.where(moved, variance, 1.0)), 0.0)
    return np.asarray(ratio * math.sqrt(DAYS_PER_YEAR))


def _told(found: _Splits, levels: Floats, configurations: int, blocks: int) -> Overfitting:
    logits = np.log(found.relative_rank / (1 - found.relative_rank))
    probability = float((logits <= 0).mean())
    slope, intercept, determination = _line(found.inside, found.outside)
    loss = float((found.outside < 0).mean())
    chosen, everyone = np.quantile(found.outside, levels), np.quantile(found.everyone, levels)
    gain = chosen - everyone
    return Overfitting(
        probability=probability,
        logits=logits,
        slope=slope,
        intercept=intercept,
        determination=determination,
        loss=loss,
        levels=levels,
        chosen=chosen,
        all_others=everyone,
        dominates_first=bool((gain >= 0).all() and (gain > 0).any()),
        dominates_second=bool((np.cumsum(gain) >= 0).all() and (gain > 0).any()),
        configurations=configurations,
        splits=len(logits),
        blocks=blocks,
        reason=f"The best of {configurations} configurations in half of the days was at or below "
        f"their median in the other half in {probability:.1%} of {len(logits)} splits, and lost "
        f"money there in {loss:.1%}.",
    )


def _line(inside: Floats, outside: Floats) -> tuple[float, float, float]:
    moved = inside - inside.mean()
    spread = float((moved**2).sum())
    if spread < 1e-12:
        return math.nan, math.nan, math.nan
    slope = float((moved * outside).sum()) / spread
    intercept = float(outside.mean() - slope * inside.mean())
    total = float(((outside - outside.mean()) ** 2).sum())
    return slope, intercept, slope**2 * spread / total if total > 0 else math.nan


def _nothing(configurations: int, why: str) -> Overfitting:
    nan, none = math.nan, np.empty(0)
    return Overfitting(
        nan, none, nan, nan, nan, nan, none, none, none, False, False, configurations, 0, 0, why
    )
