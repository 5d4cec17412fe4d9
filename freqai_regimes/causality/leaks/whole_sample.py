"""Leaks from statistics over the whole sample: scaling, bins, fits and filters that saw it all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.causality.finding import PERTURBATION, TRUNCATION
from freqai_regimes.causality.leaks.mutant import Mutant, feature
from freqai_regimes.causality.leaks.neighbouring_rows import SEEN, observed, returns

WINDOW = 50
AFTER = WINDOW + 1


def _component(candles: pd.DataFrame) -> pd.Series:
    """First principal component of three lagged returns, fitted on all rows."""
    lags = pd.concat([returns(candles).shift(k) for k in range(3)], axis=1).fillna(0.0)
    _, _, directions = np.linalg.svd(lags - lags.mean(), full_matrices=False)
    return pd.Series(lags.to_numpy() @ (directions[0] * np.sign(directions[0, 0])), candles.index)


def _fixed_component(candles: pd.DataFrame) -> pd.Series:
    move = returns(candles)
    return 0.6 * move + 0.6 * move.shift(1) + 0.53 * move.shift(2)


def _trend_line(candles: pd.DataFrame) -> pd.Series:
    rows = np.arange(len(candles), dtype=float)
    price = np.log(candles["close"].to_numpy())
    slope = np.polyfit(rows, price, 1) if len(rows) > 2 else np.array([0.0, price[0]])
    return pd.Series(price - np.polyval(slope, rows), candles.index)


def _low_pass(candles: pd.DataFrame) -> pd.Series:
    waves = np.fft.rfft(np.log(candles["close"].to_numpy()))
    waves[max(1, len(waves) // 10) :] = 0
    smooth = pd.Series(np.fft.irfft(waves, len(candles)), candles.index)
    return pd.Series(np.log(candles["close"]) - smooth)


def _hour(candles: pd.DataFrame) -> pd.Series:
    return pd.Series(candles["date"].dt.hour)


def _minmax(values: pd.Series, low: pd.Series | float, high: pd.Series | float) -> pd.Series:
    scaled: pd.Series = (values - low) / (high - low)
    return scaled


MUTANTS: tuple[Mutant, ...] = (
    feature(
        "standardised over the sample",
        "StandardScaler fitted before the split",
        SEEN,
        lambda c: (returns(c) - returns(c).mean()) / returns(c).std(),
        lambda c: returns(c) / returns(c).rolling(WINDOW).std(),
        warm_up_candles=AFTER,
    ),
    feature(
        "quantile bins of the sample",
        "qcut() over all rows",
        SEEN,
        lambda c: pd.Series(np.ceil(5 * returns(c).rank(pct=True)), c.index),
        lambda c: pd.Series(np.ceil(5 * returns(c).rolling(WINDOW).rank(pct=True)), c.index),
        warm_up_candles=AFTER,
    ),
    feature(
        "L2-normalised column",
        "normalize() divides by the norm of the whole column",
        SEEN,
        lambda c: returns(c) / np.sqrt((returns(c) ** 2).sum()),
        lambda c: returns(c) / np.sqrt((returns(c) ** 2).rolling(WINDOW).sum()),
        warm_up_candles=AFTER,
    ),
    feature(
        "min-max over the sample",
        "MinMaxScaler fitted on all rows",
        SEEN,
        lambda c: _minmax(c["close"], c["close"].min(), c["close"].max()),
        lambda c: _minmax(
            c["close"], c["close"].rolling(WINDOW).min(), c["close"].rolling(WINDOW).max()
        ),
        warm_up_candles=AFTER,
    ),
    feature(
        "components fitted on all rows",
        "PCA.fit_transform() on the whole frame",
        SEEN,
        _component,
        _fixed_component,
        warm_up_candles=3,
    ),
    feature(
        "count from the end",
        "a cumulative sum on data that are sorted newest first",
        SEEN,
        lambda c: (returns(c) > 0)[::-1].cumsum()[::-1] / 100,
        lambda c: (returns(c) > 0).rolling(WINDOW).sum() / 100,
        warm_up_candles=AFTER,
    ),
    feature(
        "sorted by what comes",
        "rows are ranked by the return that follows them",
        SEEN,
        lambda c: returns(c).shift(-1).rank(pct=True),
        lambda c: returns(c).rolling(WINDOW).rank(pct=True),
        warm_up_candles=AFTER,
    ),
    feature(
        "trend line through all prices",
        "detrending by a regression over the whole history",
        SEEN,
        _trend_line,
        lambda c: np.log(c["close"]) - np.log(c["close"]).rolling(WINDOW).mean(),
        warm_up_candles=AFTER,
    ),
    feature(
        "low pass of the whole series",
        "a Fourier filter sees both ends",
        SEEN,
        _low_pass,
        lambda c: np.log(c["close"]) - np.log(c["close"]).rolling(10).mean(),
        warm_up_candles=10,
    ),
    feature(
        "target encoding",
        "the mean of the next return for each hour of the day, over all rows",
        SEEN,
        lambda c: returns(c).shift(-1).groupby(_hour(c)).transform("mean"),
        lambda c: returns(c).groupby(_hour(c)).transform(lambda one: one.rolling(5).mean()),
        warm_up_candles=5 * 24 + 1,
    ),
    feature(
        "outliers cut by the sample",
        "clip() at quantiles of all rows, which moves a few rows only",
        SEEN,
        lambda c: returns(c).clip(*(float(returns(c).quantile(q)) for q in (0.1, 0.9))),
        lambda c: returns(c).clip(-0.01, 0.01),
        warm_up_candles=1,
    ),
    feature(
        "gaps filled with the mean",
        "fillna(mean) where the mean is that of all rows",
        SEEN,
        lambda c: observed(c).fillna(observed(c).mean()),
        lambda c: observed(c).ffill(),
        warm_up_candles=9,
    ),
    feature(
        "position in the frame",
        "the row number as a share of all rows tells how much is left",
        (TRUNCATION, PERTURBATION),
        lambda c: pd.Series(np.arange(len(c)) / len(c), c.index),
        lambda c: _hour(c) / 24,
        warm_up_candles=0,
    ),
)
