"""How far Sharpe ratio, net return and drawdown could lie from what was seen: block bootstrap.

Source: Politis and Romano 1994, "The stationary bootstrap": blocks of random, geometrically
distributed length, from a series closed to a circle. Mean length: see ``block_length``. Intervals
are percentiles. Assumes that the days are a stretch of a stationary process: what the market never
did in them, the intervals do not know.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.evaluation.daily_returns import DAYS_PER_YEAR
from freqai_regimes.evidence.block_length import mean_block_length

Floats = npt.NDArray[np.float64]
DRAWS = 2000
CONFIDENCE = 0.95
FEWEST_DAYS = 20
_DRAWS_AT_ONCE = 250


@dataclass(frozen=True)
class Interval:
    """A figure with its interval; NaN where there are too few days."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class BootstrapIntervals:
    """Intervals of a run's figures.

    Attributes
    ----------
    sharpe : annual, of daily returns, times the root of 365.
    net_return : of the whole run, compounded, as a fraction.
    drawdown : greatest fall below the highest equity of a day's end so far, as a fraction, 0 to 1.
    not_positive : share of the draws whose Sharpe ratio is 0 or below.
    mean_block_days, draws, confidence : how they were made.
    reason : one sentence.
    """

    sharpe: Interval
    net_return: Interval
    drawdown: Interval
    not_positive: float
    mean_block_days: float
    draws: int
    confidence: float
    reason: str


@dataclass(frozen=True)
class SharpeDifference:
    """Annual Sharpe ratio of one series less that of another, over the same days.

    Attributes
    ----------
    difference : with its interval.
    p_two_sided : twice the smaller share of draws on either side of 0, at most 1; NaN without.
    mean_block_days : the longer of what both series need.
    reason : one sentence.
    """

    difference: Interval
    p_two_sided: float
    mean_block_days: float
    reason: str


def bootstrap_rows(
    rows: int, draws: int, mean_block: float, generator: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Rows of so many resampled series, shape (draws, rows).

    Each follows the one before it, or with probability ``1 / mean_block`` begins a block anywhere.
    """
    begins = generator.random((draws, rows)) < 1 / mean_block
    begins[:, 0] = True
    places = np.arange(rows)
    block = np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    anywhere = generator.integers(0, rows, (draws, rows))
    start = np.take_along_axis(anywhere, block, axis=1)
    drawn: npt.NDArray[np.intp] = (start + places - block) % rows
    return drawn


def annual_sharpe(returns: Floats) -> Floats:
    """Sharpe ratios along the last axis, times the root of 365; 0 where nothing moves."""
    spread = returns.std(axis=-1, ddof=1)
    moved = spread > 1e-15
    ratio = np.where(moved, returns.mean(axis=-1) / np.where(moved, spread, 1.0), 0.0)
    return np.asarray(ratio * math.sqrt(DAYS_PER_YEAR))


def greatest_drawdown(returns: Floats) -> Floats:
    """Greatest fall of compounded returns along the last axis, 0 to 1; the start counts too."""
    equity = np.cumprod(1 + returns, axis=-1)
    highest = np.maximum(np.maximum.accumulate(equity, axis=-1), 1.0)
    return np.asarray((1 - equity / highest).max(axis=-1))


def bootstrap_intervals(
    daily: pd.Series, *, draws: int = DRAWS, confidence: float = CONFIDENCE, seed: int = 0
) -> BootstrapIntervals:
    """Intervals of annual Sharpe ratio, net return and greatest drawdown.

    Parameters
    ----------
    daily : simple net returns of each day, finite; quiet days are 0.
    draws : resampled runs.
    confidence : of each two-sided interval.
    """
    values = daily.to_numpy(dtype=float)
    if len(values) < FEWEST_DAYS:
        nothing = Interval(math.nan, math.nan, math.nan)
        why = f"{len(values)} days; {FEWEST_DAYS} are needed for an interval."
        return BootstrapIntervals(nothing, nothing, nothing, math.nan, math.nan, 0, confidence, why)
    block = mean_block_length(values)
    parts = [_figures(values[rows]) for rows in _chunks(len(values), draws, block, seed)]
    drawn = [np.concatenate(part) for part in zip(*parts, strict=True)]
    sharpe, net, drawdown = (
        Interval(float(value), *_ends(figures, confidence))
        for value, figures in zip(_figures(values), drawn, strict=True)
    )
    return BootstrapIntervals(
        sharpe,
        net,
        drawdown,
        float((drawn[0] <= 0).mean()),
        block,
        draws,
        confidence,
        f"Sharpe {sharpe.value:.2f} a year, {confidence:.0%} interval {sharpe.low:.2f} to "
        f"{sharpe.high:.2f} ({draws} draws, blocks of {block:.1f} days on average).",
    )


def sharpe_difference(
    one: pd.Series, other: pd.Series, *, draws: int = DRAWS, seed: int = 0
) -> SharpeDifference:
    """Compare two arms by days that are drawn together, so that what both share drops out.

    Ledoit and Wolf 2008, "Robust performance hypothesis testing with the Sharpe ratio", explain why
    the days must be paired; the interval here is the plain percentile one, theirs is studentised.

    Parameters
    ----------
    one, other : simple net returns by day; only days that both have are used.
    """
    both = pd.concat([one, other], axis=1, join="inner").to_numpy(dtype=float).T
    days = both.shape[1]
    if days < FEWEST_DAYS:
        none = Interval(math.nan, math.nan, math.nan)
        why = f"{days} days in common; {FEWEST_DAYS} are needed."
        return SharpeDifference(none, math.nan, 1.0, why)
    block = max(mean_block_length(series) for series in both)
    drawn = np.concatenate(
        [
            annual_sharpe(both[0][rows]) - annual_sharpe(both[1][rows])
            for rows in _chunks(days, draws, block, seed)
        ]
    )
    value = float(annual_sharpe(both[0]) - annual_sharpe(both[1]))
    found = Interval(value, *_ends(drawn, CONFIDENCE))
    below, above = float((drawn <= 0).mean()), float((drawn >= 0).mean())
    words = "differs from 0" if found.low > 0 or found.high < 0 else "may be chance"
    return SharpeDifference(
        found,
        min(1.0, 2 * min(below, above)),
        block,
        f"Sharpe {value:+.2f} a year, {CONFIDENCE:.0%} interval {found.low:+.2f} to "
        f"{found.high:+.2f} over {days} common days: {words}.",
    )


def _figures(returns: Floats) -> tuple[Floats, Floats, Floats]:
    net = np.asarray(np.prod(1 + returns, axis=-1) - 1)
    return annual_sharpe(returns), net, greatest_drawdown(returns)


def _chunks(rows: int, draws: int, block: float, seed: int) -> Iterator[npt.NDArray[np.intp]]:
    generator = np.random.default_rng(seed)
    for first in range(0, draws, _DRAWS_AT_ONCE):
        yield bootstrap_rows(rows, min(_DRAWS_AT_ONCE, draws - first), block, generator)


def _ends(figures: Floats, confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low, high = np.quantile(figures, [tail, 1 - tail])
    return float(low), float(high)
