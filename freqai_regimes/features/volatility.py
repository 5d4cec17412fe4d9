"""Volatility of closed candles: the unit in which moves are measured and positions are sized."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.candles import timeframe_seconds

HALF_LIVES_KEPT = 4
DAYS_PER_YEAR = 365


def periods_per_year(timeframe: str) -> float:
    """Candles in a year of 365 days (crypto markets do not close).

    >>> periods_per_year("4h")
    2190.0
    """
    return DAYS_PER_YEAR * 86400 / timeframe_seconds(timeframe)


def window_candles(half_life_candles: int) -> int:
    """Candles that ``ewma_volatility`` looks at; the first value needs one more for its return."""
    return HALF_LIVES_KEPT * half_life_candles


def ewma_volatility(close: pd.Series, half_life_candles: int) -> pd.Series:
    """Exponentially weighted standard deviation of log returns, per candle.

    The mean return is taken as zero (RiskMetrics, J.P. Morgan 1996). Unlike in the usual
    recursion, the weights end after four half-lives (94 % of the whole): a value then depends on a
    fixed number of candles and is the same in training, backtest and live.

    Parameters
    ----------
    close : closing prices, one row a candle.
    half_life_candles : candles after which a squared return counts half.

    Returns
    -------
    Series of fractions per candle, same index; row t uses closes <= t; NaN for the first
    ``window_candles(half_life_candles)`` rows; zero only where no price moved at all.
    """
    values = _volatility(close.to_numpy(dtype=float).tobytes(), half_life_candles)
    return pd.Series(values.copy(), index=close.index, name="volatility")


@lru_cache(maxsize=4)
def _volatility(close: bytes, half_life_candles: int) -> npt.NDArray[np.float64]:
    """Kept, since features, labels, regime and size of a look all ask for that of one column."""
    length, prices = window_candles(half_life_candles), np.frombuffer(close)
    returns = np.diff(np.log(prices))
    volatility = np.full(len(prices), np.nan)
    if len(returns) >= length:
        weights = 0.5 ** (np.arange(length)[::-1] / half_life_candles)
        weights /= weights.sum()
        windows = np.lib.stride_tricks.sliding_window_view(returns**2, length)
        volatility[length:] = np.sqrt(np.einsum("ij,j->i", windows, weights))
    return volatility
