"""Sum, mean and spread of windows in which nothing is missing; every other window has none.

Each value depends on the rows of its own window alone, to the bit: the same however much history
came before. The window of row t is rows t-window+1 to t.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.features.trailing_window import (
    Values,
    last_known,
    trailing_mean,
    trailing_moments,
    trailing_sum,
)


def full_window_sum(values: pd.Series, window: int) -> pd.Series:
    """Sum of each full window; NaN where a value of it is missing or infinite.

    >>> full_window_sum(pd.Series([1.0, 3.0, np.nan, 5.0, 7.0]), 2).tolist()
    [nan, 4.0, nan, nan, 12.0]
    """
    return _where_full(values, window, trailing_sum(last_known(values), window))


def full_window_mean(values: pd.Series, window: int) -> pd.Series:
    """Mean of each full window; NaN where a value of it is missing or infinite.

    >>> full_window_mean(pd.Series([1.0, 3.0, np.nan, 5.0, 7.0]), 2).tolist()
    [nan, 2.0, nan, nan, 6.0]
    """
    return _where_full(values, window, trailing_mean(last_known(values), window))


def full_window_variance(values: pd.Series, window: int) -> pd.Series:
    """Variance (ddof 1) of each full window of two rows or more; exactly 0 where all are the same.

    >>> full_window_variance(pd.Series([1.0, 3.0, np.nan, 5.0, 5.0]), 2).tolist()
    [nan, 2.0, nan, nan, 0.0]
    """
    squares = trailing_moments(last_known(values), window).second
    return _where_full(values, window, squares / (window - 1))


def full_window_covariance(values: pd.Series, others: pd.Series, window: int) -> pd.Series:
    """Covariance (ddof 1) of each window that is full in both; of a column with itself, variance.

    >>> full_window_covariance(pd.Series([1.0, 3.0]), pd.Series([2.0, 1.0]), 2).tolist()
    [nan, -1.0]
    """
    together = full_window_variance(values + others, window)
    return (together - full_window_variance(values - others, window)) / 4


def _where_full(values: pd.Series, window: int, results: Values) -> pd.Series:
    rows = np.arange(len(values))
    unknown = ~np.isfinite(values.to_numpy(dtype=float))
    last_unknown = np.maximum.accumulate(np.where(unknown, rows, -1))
    return pd.Series(np.where(rows - last_unknown >= window, results, np.nan), index=values.index)
