"""Average true range, as a fraction of the price."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.features.trailing_window import trailing_mean


def average_range(candles: pd.DataFrame, length: int) -> pd.Series:
    """Mean of the last ``length`` true ranges, over the close.

    A plain mean (Wilder, 1978, smooths without end): a value then depends on ``length + 1`` candles
    and is the same in backtest and live. Row t uses rows <= t; NaN before.
    """
    high, low, close = (candles[name].to_numpy(dtype=float) for name in ("high", "low", "close"))
    before = np.concatenate([[np.nan], close[:-1]])
    true_range = np.where(high > before, high, before) - np.where(low < before, low, before)
    mean = trailing_mean(true_range, length)
    known = np.where(np.arange(len(mean)) >= length, mean, np.nan)
    return pd.Series(known / close, index=candles.index)
