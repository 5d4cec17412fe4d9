"""Leaks from rows close by: shifts, fills, windows and filters that reach past their own row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.causality.finding import PERTURBATION, TRUNCATION, WARM_UP
from freqai_regimes.causality.leaks.mutant import Mutant, feature
from freqai_regimes.causality.leaks.zig_zag import final_leg, running_leg

SEEN = (TRUNCATION, PERTURBATION)


def returns(candles: pd.DataFrame) -> pd.Series:
    """Log return of each candle; NaN in the first row."""
    return pd.Series(np.log(candles["close"])).diff()


def observed(candles: pd.DataFrame) -> pd.Series:
    """A series with gaps: the return of every eighth hour, NaN between."""
    return returns(candles).where(candles["date"].dt.hour % 8 == 0)


def distance(candles: pd.DataFrame) -> pd.Series:
    """Close over its average of 20."""
    return candles["close"] / candles["close"].rolling(20).mean() - 1


def _smooth(values: pd.Series) -> pd.Series:
    return values.ewm(span=10).mean()


def _backwards(values: pd.Series) -> pd.Series:
    return _smooth(values[::-1])[::-1]


def _wild(candles: pd.DataFrame) -> pd.Series:
    """Log likelihood ratio of a wild against a calm state, by the size of the return."""
    size = returns(candles).abs() * 100
    return size - 0.8


def _chance(evidence: pd.Series) -> pd.Series:
    return pd.Series(1 / (1 + np.exp(-5 * evidence)))


def _top(candles: pd.DataFrame) -> pd.Series:
    """1 where the high of five candles lies in the middle one."""
    high = candles["high"]
    return (high == high.rolling(5, center=True).max()).astype(float)


def _top_seen(candles: pd.DataFrame) -> pd.Series:
    high = candles["high"]
    return (high.shift(2) == high.rolling(5).max()).astype(float).where(high.shift(4).notna())


def _day(candles: pd.DataFrame) -> pd.Series:
    return pd.Series(candles["date"].dt.floor("1D"))


def _day_mean_so_far(candles: pd.DataFrame) -> pd.Series:
    days = returns(candles).groupby(_day(candles))
    return pd.Series(days.cumsum() / (days.cumcount() + 1))


MUTANTS: tuple[Mutant, ...] = (
    feature(
        "back-filled gaps",
        "bfill() on a series that is published every eight hours",
        SEEN,
        lambda c: observed(c).bfill(),
        lambda c: observed(c).ffill(),
        warm_up_candles=9,
    ),
    feature(
        "back-filled warm-up",
        "bfill() to get rid of the NaN at the beginning",
        (*SEEN, WARM_UP),
        lambda c: distance(c).bfill(),
        distance,
        warm_up_candles=19,
        first_value_candles=19,
    ),
    feature(
        "linear interpolation",
        "interpolate() draws a line to a value that is not known yet",
        SEEN,
        lambda c: observed(c).interpolate(),
        lambda c: observed(c).ffill(),
        warm_up_candles=9,
    ),
    feature(
        "centred window",
        "rolling(..., center=True)",
        SEEN,
        lambda c: returns(c).rolling(11, center=True).mean(),
        lambda c: returns(c).rolling(11).mean(),
        warm_up_candles=11,
    ),
    feature(
        "negative shift",
        "shift(-1) where shift(1) was meant",
        SEEN,
        lambda c: returns(c).shift(-1),
        lambda c: returns(c).shift(1),
        warm_up_candles=2,
    ),
    feature(
        "off by one candle",
        "the return of a candle stands in the row of the one before",
        SEEN,
        lambda c: pd.Series(np.append(np.diff(np.log(c["close"])), np.nan), c.index),
        lambda c: pd.Series(np.insert(np.diff(np.log(c["close"])), 0, np.nan), c.index),
        warm_up_candles=1,
    ),
    feature(
        "central difference",
        "numpy.gradient takes the slope from both neighbours",
        SEEN,
        lambda c: pd.Series(np.gradient(np.log(c["close"])), c.index) if len(c) > 1 else returns(c),
        returns,
        warm_up_candles=1,
    ),
    feature(
        "window that peeks one row",
        "a sliding window is stored one row too early",
        SEEN,
        lambda c: returns(c).rolling(10).mean().shift(-1),
        lambda c: returns(c).rolling(10).mean(),
        warm_up_candles=10,
    ),
    feature(
        "average of the reversed series",
        "ewm() on data that are sorted newest first",
        SEEN,
        lambda c: _backwards(returns(c)),
        lambda c: _smooth(returns(c)),
        warm_up_candles=200,
    ),
    feature(
        "zero-phase filter",
        "a filter run forward and backward (filtfilt) so that nothing lags",
        SEEN,
        lambda c: _backwards(_smooth(returns(c))),
        lambda c: _smooth(_smooth(returns(c))),
        warm_up_candles=300,
    ),
    feature(
        "forward-backward states",
        "smoothed state probabilities of a hidden Markov model instead of filtered ones",
        SEEN,
        lambda c: _chance(_smooth(_wild(c)) + _backwards(_wild(c))),
        lambda c: _chance(_smooth(_wild(c))),
        warm_up_candles=200,
    ),
    feature(
        "swing high on its own candle",
        "a top is marked where it was, two candles before it can be seen",
        SEEN,
        _top,
        _top_seen,
        warm_up_candles=4,
    ),
    feature(
        "zig-zag that repaints",
        "the direction of a leg, drawn from pivot to pivot after the fact",
        SEEN,
        lambda c: pd.Series(final_leg(c["close"].to_numpy())[0], c.index),
        lambda c: pd.Series(running_leg(c["close"].to_numpy()), c.index),
    ),
    feature(
        "mean of the whole day",
        "groupby(day).transform('mean') gives the morning the evening's prices",
        SEEN,
        lambda c: returns(c).groupby(_day(c)).transform("mean"),
        _day_mean_so_far,
        warm_up_candles=24,
    ),
    feature(
        "high of the whole day",
        "distance to the day's high, known from midnight on",
        SEEN,
        lambda c: c["close"] / c.groupby(_day(c))["high"].transform("max") - 1,
        lambda c: c["close"] / c.groupby(_day(c))["high"].cummax() - 1,
        warm_up_candles=24,
    ),
)
